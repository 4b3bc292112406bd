"""Invoices as they are kept: rows, lines, numbers (behaviour/invoices-and-wallets#how-an-invoice-looks,
behaviour/invoices-and-wallets#creating-invoices, behaviour/invoices-and-wallets#numbers-and-due-dates)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mockserver.billing.bill import Bill, Part
from mockserver.errors import Crash, Invalid
from mockserver.idempotency import key_of
from mockserver.rating.charges import Line
from mockserver.rating.commitments import CommitmentInfo
from mockserver.rating.money import ZERO, subtract, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Compare, Eq, In
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.invoices import INVOICE_SEQUENCES
from mockserver.store.transaction import new_id
from mockserver.times import format_time
from mockserver.vocabulary import BillingReason, InvoiceStatus, InvoiceType, PaymentStatus, PriceType, Status
from mockserver.work import Work

DUE_AFTER_DAYS = 1
_NUMBER_DIGITS = 5


@dataclass(frozen=True, slots=True)
class LinedInvoice:
    """An invoice with its lines; ``head`` alone is what lists work on."""

    head: Invoice
    lines: tuple[InvoiceLine, ...]

    @property
    def is_skipped(self) -> bool:
        """Whether nothing was due."""
        return self.head.invoice_status is InvoiceStatus.SKIPPED

    def shown(self, **embedded: Any) -> Row:
        """What the answer schema prints."""
        return {**self.head.row, "line_items": [line.row for line in self.lines], **embedded}


def blank(work: Work, subscription: Subscription, period: Period, reason: BillingReason) -> Invoice:
    """A subscription's invoice before anything is computed; not stored."""
    return empty(
        work,
        customer_id=subscription.invoicing_customer_id or subscription.customer_id,
        subscription_id=subscription.id,
        invoice_type=InvoiceType.SUBSCRIPTION,
        currency=subscription.currency,
        billing_period=subscription.billing_period,
        billing_reason=reason,
        period_start=period.start,
        period_end=period.end,
    )


def empty(work: Work, **values: Any) -> Invoice:
    """An unpaid draft over nothing with these columns; not stored."""
    started = {
        "invoice_status": InvoiceStatus.DRAFT,
        "payment_status": PaymentStatus.PENDING,
        "version": 0,
        "is_manually_edited": False,
        **dict.fromkeys(_AMOUNTS, ZERO),
    }
    return work.make(Invoice, **(started | values))


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


def due_date(subscription: Subscription, period_end: datetime) -> datetime:
    """When it is to be paid: the payment terms' days after the period's end, one day without terms
    (behaviour/invoices-and-wallets#numbers-and-due-dates). ``Invalid`` beyond the year 9999."""
    terms = (subscription.payment_terms or "").split()
    try:
        return period_end + timedelta(days=int(terms[0]) if terms else DUE_AFTER_DAYS)
    except OverflowError:
        raise Invalid("the invoice would be due after the year 9999") from None


def line_of(work: Work, invoice: Invoice, line: Line, part: Part) -> InvoiceLine:
    """A computed line as an invoice's; not stored. One of another subscription names that and its customer."""
    subscription, item = part.subscription, part.items.get(line.line_item_id)
    metadata = dict(line.metadata)
    if subscription.id != invoice.subscription_id:
        metadata["child_customer_id"] = subscription.customer_id
    values: Row = {
        "invoice_id": invoice.id,
        "customer_id": invoice.customer_id,
        "subscription_id": subscription.id,
        "price_type": line.price_type,
        "display_name": line.display_name,
        "amount": line.amount,
        "quantity": line.quantity,
        "currency": invoice.currency,
        "period_start": invoice.period_start if line.period is None else line.period.start,
        "period_end": invoice.period_end if line.period is None else line.period.end,
        "metadata": metadata,
        "commitment_info": None if line.commitment_info is None else commitment_info(line.commitment_info),
        **dict.fromkeys(LINE_ADJUSTMENTS, ZERO),
        "adjusted_entitlement_quantity": line.adjusted_entitlement_quantity,
    }
    if item is None:
        # A line of the whole subscription names a price that does not exist
        # (behaviour/rating#commitment-of-a-subscription).
        values |= {
            "entity_id": subscription.plan_id,
            "entity_type": "plan",
            "plan_display_name": part.plan_name,
            "price_id": new_id("price"),
        }
    else:
        copied = ("entity_id", "entity_type", "plan_display_name", "price_id", "price_unit")
        values |= {name: getattr(item.row, name) for name in copied}
        values |= {"subscription_line_item_id": item.id, "price_unit_amount": line.price_unit_amount}
        if line.price_type == PriceType.USAGE:
            values |= {"meter_id": item.meter_id, "meter_display_name": item.row.meter_display_name}
    return work.make(InvoiceLine, **values)


def commitment_info(found: CommitmentInfo) -> dict[str, Any]:
    """``commitment_info`` of an invoice line (behaviour/rating#commitment-of-a-line-item)."""
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


def filled(work: Work, invoice: Invoice, bill: Bill) -> LinedInvoice:
    """The invoice of a subscription's period with the lines of a bill and their sum, before anything is taken off; not
    stored."""
    lines = tuple(line_of(work, invoice, line, part) for part in bill.parts for line in part.lines)
    subtotal = total(line.amount for line in lines)
    head = replace(
        invoice,
        subtotal=subtotal,
        total=subtotal,
        amount_due=subtotal,
        amount_remaining=subtract(subtotal, invoice.amount_paid),
        description=bill.description,
        due_date=due_date(bill.subscription, period_of(invoice).end),
    )
    return LinedInvoice(head, lines)


def period_of(invoice: Invoice) -> Period:
    """The period a subscription's invoice is for; ``Crash`` for one-off invoices, which may lack it."""
    if invoice.period_start is None or invoice.period_end is None:
        raise Crash("the invoice has no period")
    return Period(invoice.period_start, invoice.period_end)


def draft(work: Work, subscription: Subscription, period: Period, reason: BillingReason) -> Invoice:
    """A stored empty draft of a subscription's invoice; it takes the subscription's next billing number."""
    invoice = replace(blank(work, subscription, period, reason), subscription_customer_id=subscription.customer_id)
    return store_draft(work, replace(invoice, idempotency_key=subscription_key(invoice)))


def store_draft(work: Work, invoice: Invoice) -> Invoice:
    """Store an empty draft, issued now unless it says otherwise; a subscription's takes the next billing number."""
    sequence = invoice.billing_sequence
    if invoice.subscription_id is not None:
        sequence = _next(work, f"subscription {invoice.subscription_id}")
    issued = invoice.issue_date or work.now
    return work.add(replace(invoice, issue_date=issued, invoice_number="", billing_sequence=sequence))


def subscription_key(invoice: Invoice) -> str:
    """The idempotency key of a subscription's invoice: one for the same period, to the minute, and reason."""
    period = period_of(invoice)
    minutes = [format_time(moment.replace(second=0, microsecond=0)) for moment in (period.start, period.end)]
    named = (invoice.environment_id, invoice.customer_id, invoice.subscription_id, invoice.billing_reason)
    return key_of("subscription_invoice", *named, *minutes)


def save(work: Work, before: Invoice, after: Invoice, *, steps: int = 1) -> Invoice:
    """Store what differs; the version counts how often the real server would have written."""
    return work.alter(before, replace(after, version=before.version + steps))


def replace_lines(work: Work, invoice: LinedInvoice) -> LinedInvoice:
    """Store the lines in place of those the invoice had.

    A line of the same line item keeps its id and creation. The unit's amount is shown in previews only
    (behaviour/invoices-and-wallets#how-an-invoice-looks).
    """
    stored = lines_of(work, [invoice.head])[0].lines
    known = {line.subscription_line_item_id: line for line in stored}
    known.pop(None, None)
    result = []
    for line in invoice.lines:
        new = replace(line, price_unit_amount=None)
        old = known.pop(line.subscription_line_item_id, None)
        if old is None:
            result.append(work.add(new))
        else:
            kept = replace(new, id=old.id, created_at=old.created_at, created_by=old.created_by)
            result.append(work.alter(old, kept))
    ids = {line.id for line in result}
    for line in stored:
        if line.id not in ids:
            work.alter(line, replace(line, status=Status.ARCHIVED))
    return LinedInvoice(invoice.head, tuple(result))


def change_lines(work: Work, before: Sequence[InvoiceLine], after: Sequence[InvoiceLine]) -> None:
    """Store what was taken off lines that are stored already."""
    for old, new in zip(before, after, strict=True):
        if new != old:
            work.alter(old, new)


def next_number(work: Work) -> str:
    """``INV-202604-00001``: counted within the UTC month of finalization
    (behaviour/invoices-and-wallets#numbers-and-due-dates)."""
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


def lines_of(work: Work, invoices: Sequence[Invoice]) -> list[LinedInvoice]:
    """The invoices with their lines, in the order these were written."""
    by_invoice: dict[str, list[InvoiceLine]] = {invoice.id: [] for invoice in invoices}
    ids = list(by_invoice)
    for at in range(0, len(ids), 500):
        for line in work.tx.every(InvoiceLine, In("invoice_id", ids[at : at + 500]), order=OLDEST_FIRST):
            by_invoice[line.invoice_id].append(line)
    return [LinedInvoice(invoice, tuple(by_invoice[invoice.id])) for invoice in invoices]


def finalized_within(work: Work, subscription_id: str, start: datetime, end: datetime) -> list[LinedInvoice]:
    """The finalized invoices of a subscription whose period lies in [start, end]."""
    found = work.tx.every(
        Invoice,
        Eq("subscription_id", subscription_id),
        Eq("invoice_status", InvoiceStatus.FINALIZED),
        Compare("period_start", ">=", start),
        Compare("period_end", "<=", end),
        order=OLDEST_FIRST,
    )
    return lines_of(work, found)
