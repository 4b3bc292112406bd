"""Invoices as they are kept: drafts, computing, numbers, finalizing, payment (facts/06 §12.4-§12.7, §13)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.errors import Invalid
from mockserver.rating.adjustments import AdjustedLine
from mockserver.rating.charges import USAGE, Line
from mockserver.rating.commitments import CommitmentInfo
from mockserver.rating.money import ZERO
from mockserver.rating.periods import Period
from mockserver.resources.invoices.bill import Bill, Part
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Compare, Eq, In, Query
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICE_SEQUENCES, INVOICES
from mockserver.store.transaction import new_id
from mockserver.times import format_time
from mockserver.work import Work

DRAFT, FINALIZED, VOIDED, SKIPPED = "DRAFT", "FINALIZED", "VOIDED", "SKIPPED"
PENDING, SUCCEEDED = "PENDING", "SUCCEEDED"
SUBSCRIPTION = "SUBSCRIPTION"
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
    return work.new_row(
        INVOICES,
        {
            "customer_id": subscription["invoicing_customer_id"] or subscription["customer_id"],
            "subscription_id": subscription["id"],
            "invoice_type": SUBSCRIPTION,
            "invoice_status": DRAFT,
            "payment_status": PENDING,
            "currency": subscription["currency"],
            "billing_period": subscription["billing_period"],
            "billing_reason": reason,
            "period_start": period.start,
            "period_end": period.end,
            "version": 0,
            "is_manually_edited": False,
            **dict.fromkeys(_AMOUNTS, ZERO),
        },
    )


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


def due_date(subscription: Row, period_end: datetime) -> datetime:
    """When it is to be paid: the payment terms' days after the period's end, one day without terms
    (facts/06 §12.7). ``Invalid`` beyond the year 9999."""
    terms = (subscription["payment_terms"] or "").split()
    try:
        return period_end + timedelta(days=int(terms[0]) if terms else DUE_AFTER_DAYS)
    except OverflowError:
        raise Invalid("the invoice would be due after the year 9999") from None


def line_row(work: Work, invoice: Row, line: Line, adjusted: AdjustedLine, part: Part) -> Row:
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
        "prepaid_credits_applied": adjusted.prepaid_credits_applied,
        "line_item_discount": adjusted.line_item_discount,
        "invoice_level_discount": adjusted.invoice_level_discount,
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
    """An empty invoice with the lines and totals of a bill; not stored."""
    totals = bill.totals()
    placed = ((part, line) for part in bill.parts for line in part.lines)
    lines = tuple(
        line_row(work, row, line, adjusted, part)
        for (part, line), adjusted in zip(placed, totals.lines, strict=True)
    )
    amounts = {
        "subtotal": totals.subtotal,
        "total_discount": totals.total_discount,
        "total_prepaid_credits_applied": totals.total_prepaid_credits,
        "total_tax": totals.total_tax,
        "total": totals.total,
        "amount_due": totals.total,
        "amount_remaining": totals.total,
        "description": bill.description,
        "due_date": due_date(bill.subscription, row["period_end"]),
    }
    return Invoice({**row, **amounts}, lines)


def draft(work: Work, subscription: Row, period: Period, reason: str) -> Row:
    """A stored empty draft; it takes the subscription's next billing number."""
    row = blank(work, subscription, period, reason)
    row["subscription_customer_id"] = subscription["customer_id"]
    row["issue_date"] = work.now
    row["billing_sequence"] = _next(work, f"subscription {subscription['id']}")
    row["idempotency_key"] = _idempotency_key(row)
    return work.insert(INVOICES, row)


def _idempotency_key(row: Row) -> str:
    """The same for the same subscription, period and reason."""
    minutes = [format_time(row[name].replace(second=0, microsecond=0)) for name in ("period_start", "period_end")]
    parts = (row["environment_id"], row["customer_id"], row["subscription_id"], row["billing_reason"], *minutes)
    return "subscription_invoice-" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def compute(work: Work, row: Row, bill: Bill) -> Invoice:
    """Fill a draft. A subscription's invoice over nothing becomes SKIPPED, except one that opens a trial
    (facts/06 §13)."""
    found = filled(work, row, bill)
    # The unit's amount is shown in previews only (facts/06 §12.2).
    lines = tuple({**line, "price_unit_amount": None} for line in found.lines)
    for line in lines:
        work.insert(INVOICE_LINE_ITEMS, line)
    skipped = not found.row["subtotal"] and row["billing_reason"] != TRIAL_START
    changes = {name: value for name, value in found.row.items() if row[name] != value}
    changes |= {
        "invoice_status": SKIPPED if skipped else DRAFT,
        "last_computed_at": work.now,
        "version": row["version"] + 1,
    }
    return Invoice(work.change(INVOICES, row, changes), lines)


def finalize(work: Work, invoice: Invoice) -> Invoice:
    """Seal a computed draft: it gets its number. One over nothing counts as paid, except one that opens a trial."""
    row = invoice.row
    # The real server writes the credits and the taxes of an invoice with lines before it seals it.
    steps = 3 if invoice.lines else 1
    changes: Row = {
        "invoice_status": FINALIZED,
        "finalized_at": work.now,
        "invoice_number": row["invoice_number"] or next_number(work),
        "version": row["version"] + steps,
    }
    if not row["total"] and row["billing_reason"] != TRIAL_START:
        changes["payment_status"] = SUCCEEDED
    return Invoice(work.change(INVOICES, row, changes), invoice.lines)


def mark_paid(work: Work, invoice: Invoice) -> Invoice:
    """Record that all that is due was paid now (facts/06 §12.6)."""
    row = invoice.row
    changes = {
        "payment_status": SUCCEEDED,
        "amount_paid": row["amount_due"],
        "amount_remaining": ZERO,
        "paid_at": work.now,
        "version": row["version"] + 1,
    }
    return Invoice(work.change(INVOICES, row, changes), invoice.lines)


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
