"""Invoices as they are kept: rows, lines, numbers (facts/06 §12.2, §12.4, §12.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.billing.bill import Bill, Part
from mockserver.errors import Invalid
from mockserver.idempotency import key_of
from mockserver.rating.charges import USAGE, Line
from mockserver.rating.commitments import CommitmentInfo
from mockserver.rating.money import ZERO, subtract, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Compare, Eq, In, Query
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICE_SEQUENCES, INVOICES
from mockserver.store.transaction import new_id
from mockserver.times import format_time
from mockserver.work import Work

DRAFT, FINALIZED, VOIDED, SKIPPED = "DRAFT", "FINALIZED", "VOIDED", "SKIPPED"
PENDING, SUCCEEDED = "PENDING", "SUCCEEDED"
SUBSCRIPTION, ONE_OFF = "SUBSCRIPTION", "ONE_OFF"
CREATE, TRIAL_START, CYCLE = "SUBSCRIPTION_CREATE", "SUBSCRIPTION_TRIAL_START", "SUBSCRIPTION_CYCLE"
TRIAL_END, UPDATE, PRORATION = "SUBSCRIPTION_TRIAL_END", "SUBSCRIPTION_UPDATE", "PRORATION"
DUE_AFTER_DAYS = 1
_NUMBER_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Invoice:
    """A stored invoice with its lines; ``row`` alone is what lists work on."""

    row: Row
    lines: tuple[Row, ...]

    @property
    def amount_due(self) -> Decimal:
        due: Decimal = self.row["amount_due"]
        return due

    @property
    def is_paid(self) -> bool:
        return bool(self.row["payment_status"] == SUCCEEDED)

    def shown(self, **embedded: Any) -> Row:
        """What the answer schema prints."""
        return {**self.row, "line_items": list(self.lines), **embedded}


def blank(work: Work, subscription: Row, period: Period, reason: str) -> Row:
    """The row of a subscription's invoice before anything is computed; not stored."""
    return empty(
        work,
        {
            "customer_id": subscription["invoicing_customer_id"] or subscription["customer_id"],
            "subscription_id": subscription["id"],
            "invoice_type": SUBSCRIPTION,
            "currency": subscription["currency"],
            "billing_period": subscription["billing_period"],
            "billing_reason": reason,
            "period_start": period.start,
            "period_end": period.end,
        },
    )


def empty(work: Work, values: Row) -> Row:
    """The row of an unpaid draft over nothing; not stored."""
    started: Row = {
        "invoice_status": DRAFT,
        "payment_status": PENDING,
        "version": 0,
        "is_manually_edited": False,
        **dict.fromkeys(_AMOUNTS, ZERO),
    }
    return work.new_row(INVOICES, started | values)


_AMOUNTS = (
    "amount_due",
    "amount_paid",
    "amount_remaining",
    "subtotal",
    "adjustment_amount",
    "refunded_amount",
    "total_tax",
    "total_discount",
    "total",
    "total_prepaid_credits_applied",
)
LINE_ADJUSTMENTS = ("prepaid_credits_applied", "line_item_discount", "invoice_level_discount")


def due_date(subscription: Row, period_end: datetime) -> datetime:
    """When it is to be paid: the payment terms' days after the period's end, one day without terms
    (facts/06 §12.7). ``Invalid`` beyond the year 9999."""
    terms = (subscription["payment_terms"] or "").split()
    try:
        return period_end + timedelta(days=int(terms[0]) if terms else DUE_AFTER_DAYS)
    except OverflowError:
        raise Invalid("the invoice would be due after the year 9999") from None


def line_row(work: Work, invoice: Row, line: Line, part: Part) -> Row:
    """A line as a row; not stored. One of another subscription names that and its customer."""
    item = part.items.get(line.line_item_id)
    metadata = dict(line.metadata)
    if part.subscription["id"] != invoice["subscription_id"]:
        metadata["child_customer_id"] = part.subscription["customer_id"]
    period = line.period or Period(invoice["period_start"], invoice["period_end"])
    values: Row = {
        "invoice_id": invoice["id"],
        "customer_id": invoice["customer_id"],
        "subscription_id": part.subscription["id"],
        "price_type": line.price_type,
        "display_name": line.display_name,
        "amount": line.amount,
        "quantity": line.quantity,
        "currency": invoice["currency"],
        "period_start": period.start,
        "period_end": period.end,
        "metadata": metadata,
        "commitment_info": None if line.commitment_info is None else commitment_info(line.commitment_info),
        **dict.fromkeys(LINE_ADJUSTMENTS, ZERO),
        "adjusted_entitlement_quantity": line.adjusted_entitlement_quantity,
    }
    if item is None:
        # A line of the whole subscription names a price that does not exist (facts/06 §9.1).
        values |= {
            "entity_id": part.subscription["plan_id"],
            "entity_type": "plan",
            "plan_display_name": part.plan_name,
            "price_id": new_id("price"),
        }
    else:
        copied = ("entity_id", "entity_type", "plan_display_name", "price_id", "price_unit")
        values |= {name: item.row[name] for name in copied}
        values |= {"subscription_line_item_id": item.id, "price_unit_amount": line.price_unit_amount}
        if line.price_type == USAGE:
            values |= {name: item.row[name] for name in ("meter_id", "meter_display_name")}
    return work.new_row(INVOICE_LINE_ITEMS, values)


def commitment_info(found: CommitmentInfo) -> dict[str, Any]:
    """``commitment_info`` of an invoice line (facts/06 §9.3)."""
    commitment = found.commitment
    return {
        "type": commitment.type,
        "amount": found.amount,
        "quantity": commitment.quantity,
        "overage_factor": commitment.overage_factor,
        "true_up_enabled": commitment.true_up_enabled,
        "is_windowed": found.is_windowed,
        "computed_true_up_amount": found.true_up,
        "computed_overage_amount": found.overage,
        "computed_commitment_utilized_amount": found.utilized,
    }


def filled(work: Work, row: Row, bill: Bill) -> Invoice:
    """The invoice with the lines of a bill and their sum, before anything is taken off; not stored."""
    lines = tuple(line_row(work, row, line, part) for part in bill.parts for line in part.lines)
    subtotal = total(line["amount"] for line in lines)
    amounts = {
        "subtotal": subtotal,
        "total": subtotal,
        "amount_due": subtotal,
        "amount_remaining": subtract(subtotal, row["amount_paid"]),
        "description": bill.description,
        "due_date": due_date(bill.subscription, row["period_end"]),
    }
    return Invoice({**row, **amounts}, lines)


def draft(work: Work, subscription: Row, period: Period, reason: str) -> Row:
    """A stored empty draft of a subscription's invoice; it takes the subscription's next billing number."""
    row = blank(work, subscription, period, reason)
    row["subscription_customer_id"] = subscription["customer_id"]
    row["idempotency_key"] = subscription_key(row)
    return store_draft(work, row)


def store_draft(work: Work, row: Row) -> Row:
    """Store an empty draft, issued now unless it says otherwise; a subscription's takes the next billing number."""
    row["issue_date"] = row["issue_date"] or work.now
    row["invoice_number"] = ""
    if row["subscription_id"] is not None:
        row["billing_sequence"] = _next(work, f"subscription {row['subscription_id']}")
    return work.insert(INVOICES, row)


def subscription_key(row: Row) -> str:
    """The idempotency key of a subscription's invoice: one for the same period, to the minute, and reason."""
    minutes = [format_time(row[name].replace(second=0, microsecond=0)) for name in ("period_start", "period_end")]
    named = ("environment_id", "customer_id", "subscription_id", "billing_reason")
    return key_of("subscription_invoice", *(row[name] for name in named), *minutes)


def save(work: Work, row: Row, changed: Row, *, steps: int = 1) -> Row:
    """Store what differs; the version counts how often the real server would have written."""
    changes = {name: value for name, value in changed.items() if row.get(name) != value}
    return work.change(INVOICES, row, {**changes, "version": row["version"] + steps})


def replace_lines(work: Work, invoice: Invoice) -> Invoice:
    """Store the lines in place of those the invoice had.

    A line of the same line item keeps its id and creation. The unit's amount is shown in previews only (facts/06
    §12.2).
    """
    known = {line["subscription_line_item_id"]: line for line in lines_of(work, [invoice.row])[0].lines}
    known.pop(None, None)
    result = []
    for line in invoice.lines:
        row = {**line, "price_unit_amount": None}
        old = known.pop(line["subscription_line_item_id"], None)
        if old is None:
            work.insert(INVOICE_LINE_ITEMS, row)
        else:
            kept = {name: old[name] for name in ("id", "created_at", "created_by")}
            row = work.change(INVOICE_LINE_ITEMS, old, {**row, **kept})
        result.append(row)
    ids = {row["id"] for row in result}
    for line in lines_of(work, [invoice.row])[0].lines:
        if line["id"] not in ids:
            work.change(INVOICE_LINE_ITEMS, line, {"status": "archived"})
    return Invoice(invoice.row, tuple(result))


def change_lines(work: Work, before: Sequence[Row], after: Sequence[Row]) -> None:
    """Store what was taken off lines that are stored already."""
    for old, new in zip(before, after, strict=True):
        changes = {name: new[name] for name in LINE_ADJUSTMENTS if new[name] != old[name]}
        if changes:
            work.change(INVOICE_LINE_ITEMS, old, changes)


def next_number(work: Work) -> str:
    """``INV-202604-00001``: counted within the UTC month of finalization (facts/06 §12.7)."""
    month = f"{work.now:%Y%m}"
    return f"INV-{month}-{_next(work, f'number {month}'):0{_NUMBER_DIGITS}d}"


def _next(work: Work, scope: str) -> int:
    row = work.tx.first(INVOICE_SEQUENCES, Eq("scope", scope))
    if row is None:
        work.insert(INVOICE_SEQUENCES, work.new_row(INVOICE_SEQUENCES, {"scope": scope, "last_value": 1}))
        return 1
    value: int = row["last_value"] + 1
    work.tx.update(INVOICE_SEQUENCES, row["id"], {"last_value": value})
    return value


def lines_of(work: Work, rows: Sequence[Row]) -> list[Invoice]:
    """The invoices of these rows with their lines, in the order they were written."""
    by_invoice: dict[str, list[Row]] = {row["id"]: [] for row in rows}
    ids = list(by_invoice)
    for at in range(0, len(ids), 500):
        where = (In("invoice_id", ids[at : at + 500]), Eq("status", "published"))
        for line in work.tx.find(INVOICE_LINE_ITEMS, Query(where, OLDEST_FIRST)):
            by_invoice[line["invoice_id"]].append(line)
    return [Invoice(row, tuple(by_invoice[row["id"]])) for row in rows]


def finalized_within(work: Work, subscription_id: str, start: datetime, end: datetime) -> list[Invoice]:
    """The finalized invoices of a subscription whose period lies in [start, end]."""
    rows = work.tx.published(
        INVOICES,
        Eq("subscription_id", subscription_id),
        Eq("invoice_status", FINALIZED),
        Compare("period_start", ">=", start),
        Compare("period_end", "<=", end),
        order=OLDEST_FIRST,
    )
    return lines_of(work, rows)
