"""What happens to a stored invoice on request: changes, voiding, computing anew
(behaviour/invoices-and-wallets#invoice-routes, behaviour/invoices-and-wallets#life-of-an-invoice)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from mockserver.billing import ledger, pipeline
from mockserver.billing.assembling import Scope, bill_of, subscription_of
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import PASSAGES, Kind
from mockserver.credits.wallets import accounts, operations
from mockserver.credits.wallets.operations import Grant
from mockserver.errors import Invalid
from mockserver.rating.money import ZERO, add, subtract
from mockserver.store.records.invoices import Invoice
from mockserver.vocabulary import BillingReason, InvoiceStatus, InvoiceType, PaymentStatus
from mockserver.work import Work

VOIDABLE = (InvoiceStatus.DRAFT, InvoiceStatus.FINALIZED, InvoiceStatus.SKIPPED)
VOIDABLE_PAYMENTS = (
    PaymentStatus.PENDING,
    PaymentStatus.FAILED,
    PaymentStatus.SUCCEEDED,
    PaymentStatus.PARTIALLY_REFUNDED,
    PaymentStatus.OVERPAID,
)
WEBHOOK_EVENTS = (
    "invoice.update.finalized",
    "invoice.update.payment",
    "invoice.update.voided",
    "invoice.communication.triggered",
)


def update(work: Work, row: Invoice, body: Mapping[str, Any]) -> Invoice:
    """Change due date, link and metadata of a draft or finalized invoice. The answer still shows the old version."""
    if row.invoice_status not in (InvoiceStatus.DRAFT, InvoiceStatus.FINALIZED):
        details = {"invoice_id": row.id, "current_status": row.invoice_status}
        raise Invalid("only a draft or finalized invoice can be changed", details)
    changed = replace(
        row,
        invoice_pdf_url=body.get("invoice_pdf_url", row.invoice_pdf_url),
        metadata=body.get("metadata", row.metadata),
        due_date=body["due_date"].instant if "due_date" in body else row.due_date,
    )
    stored = ledger.save(work, row, changed)
    return replace(stored, version=row.version, updated_at=row.updated_at, updated_by=row.updated_by)


def check_update(work: Work, body: Mapping[str, Any]) -> None:
    """A link must be https, a due date not be over."""
    url = body.get("invoice_pdf_url", "").strip()
    if url:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.netloc:
            raise Invalid("invoice_pdf_url must be an https URL")
    if "due_date" in body and body["due_date"].instant < work.now:
        raise Invalid("due_date must not be in the past")


def void(work: Work, row: Invoice, metadata: Mapping[str, str] | None = None) -> Invoice:
    """Void an invoice and give back what was paid on it, credits included, as credits of a prepaid wallet, opened if
    there is none. ``Invalid`` for a status that cannot be voided."""
    if row.invoice_status not in VOIDABLE:
        raise Invalid("the invoice cannot be voided", {"allowed_statuses": list(VOIDABLE)})
    if row.payment_status not in VOIDABLE_PAYMENTS:
        raise Invalid("an invoice paid so cannot be voided", {"allowed_statuses": list(VOIDABLE_PAYMENTS)})
    changed = replace(row, invoice_status=InvoiceStatus.VOIDED, voided_at=work.now)
    if metadata is not None:
        changed = replace(changed, metadata={**(row.metadata or {}), **metadata})
    funded = add(row.amount_paid, row.total_prepaid_credits_applied)
    refund = max(subtract(funded, row.refunded_amount), ZERO)
    if refund > 0:
        _give_back(work, row, refund)
        changed = replace(changed, refunded_amount=add(row.refunded_amount, refund))
    if funded > 0:
        changed = replace(changed, payment_status=PaymentStatus.REFUNDED)
    return ledger.save(work, row, changed)


def _give_back(work: Work, row: Invoice, amount: Decimal) -> None:
    wallets = accounts.prepaid_of(work, row.customer_id, row.currency)
    wallet = (
        wallets[0] if wallets else accounts.open_wallet(work, row.customer_id, row.currency, name="Subscription Wallet")
    )
    grant = Grant(
        accounts.in_credits(amount, wallet.topup_conversion_rate),
        "INVOICE_VOID_REFUND",
        row.id,
        description=f"Refund for voided invoice: {row.invoice_number or ''}",
        metadata={"invoice_id": row.id},
    )
    operations.credit(work, wallet, grant)


def check_computable(row: Invoice) -> None:
    """``Invalid`` for an invoice that is sealed."""
    if row.invoice_status not in (InvoiceStatus.DRAFT, InvoiceStatus.SKIPPED):
        details = {"invoice_id": row.id, "current_status": row.invoice_status}
        raise Invalid("only a draft or skipped invoice can be computed", details)


def compute(work: Work, invoice: LinedInvoice) -> LinedInvoice:
    """Compute a draft anew; a SKIPPED one becomes a draft if something is due. A one-off draft stays as it is."""
    head = invoice.head
    if head.invoice_type is InvoiceType.SUBSCRIPTION:
        return pipeline.recompute(work, head)
    return LinedInvoice(ledger.save(work, head, replace(head, last_computed_at=work.now)), invoice.lines)


def recalculate_draft(work: Work, invoice: LinedInvoice, *, finalize: bool) -> None:
    """Compute a subscription's draft as if its period closed, with taxes, and seal it if asked for.

    What the draft itself holds counts as invoiced already, so a draft that had lines is left without any and paid;
    recalculating it once more brings them back (behaviour/invoices-and-wallets#invoice-routes).
    """
    row = invoice.head
    if row.invoice_status != InvoiceStatus.DRAFT:
        details = {"invoice_id": row.id, "current_status": row.invoice_status}
        raise Invalid("only a draft can be recalculated", details)
    if row.invoice_type != InvoiceType.SUBSCRIPTION:
        details = {"invoice_id": row.id, "invoice_type": row.invoice_type}
        raise Invalid("only a subscription's invoice can be recalculated", details)
    subscription = subscription_of(work, row)
    own = "" if work.differs("recalculated-draft-loses-lines") else row.id
    bill = bill_of(work, subscription, Scope(ledger.period_of(row), BillingReason.CYCLE, without=own))
    payer = subscription.invoicing_customer_id or subscription.customer_id
    started = replace(row, customer_id=payer, total_tax=ZERO, total_discount=ZERO)
    content = ledger.filled(work, started, bill)
    # The due date stays as it was.
    content = LinedInvoice(replace(content.head, due_date=row.due_date), content.lines)
    steps = PASSAGES[Kind.RECALCULATED].computed
    found = pipeline.fill(work, content, steps, pipeline.terms_of(work, bill, row, steps))
    paid = not content.head.amount_remaining
    changed = replace(found.head, payment_status=PaymentStatus.SUCCEEDED if paid else PaymentStatus.PENDING)
    # The real server writes the lines, the discounts and the taxes one after the other.
    stored = LinedInvoice(ledger.save(work, row, changed, steps=3), found.lines)
    if finalize:
        pipeline.seal(work, stored)


def recalculate(work: Work, invoice: LinedInvoice) -> None:
    """Void a subscription's invoice and make another for its period, once: what the recalculation job does."""
    row = invoice.head
    if row.invoice_type != InvoiceType.SUBSCRIPTION:
        raise Invalid("only a subscription's invoice can be recalculated")
    if row.recalculated_invoice_id:
        details = {"recalculated_invoice_id": row.recalculated_invoice_id}
        raise Invalid("the invoice has been recalculated already", details)
    subscription = subscription_of(work, row)
    voided = row if row.invoice_status == InvoiceStatus.VOIDED else void(work, row)
    period = ledger.period_of(row)
    made = pipeline.recompute(work, ledger.draft(work, subscription, period, BillingReason.CYCLE))
    if made.is_skipped:
        raise Invalid("nothing is due for that period")
    pipeline.seal(work, made)
    ledger.save(work, voided, replace(voided, recalculated_invoice_id=made.head.id))


def check_webhook(event_name: str) -> None:
    """``Invalid`` for an event that invoices do not have."""
    if not event_name:
        raise Invalid("event_name is required in the query string")
    if event_name not in WEBHOOK_EVENTS:
        details = {"event_name": event_name, "valid_events": list(WEBHOOK_EVENTS)}
        raise Invalid(f"unknown event {event_name!r}", details)
