"""What happens to a stored invoice on request: changes, voiding, computing anew (facts/06 §12.1, §12.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mockserver.billing import ledger, pipeline
from mockserver.billing.assembling import Scope, bill_of, invoiced_period, subscription_of
from mockserver.billing.ledger import Invoice
from mockserver.billing.passages import PASSAGES, Kind
from mockserver.credits.wallets import accounts, operations
from mockserver.credits.wallets.operations import Grant
from mockserver.errors import Invalid
from mockserver.rating.money import ZERO, add, subtract
from mockserver.store.columns import Row
from mockserver.work import Work

VOIDABLE = (ledger.DRAFT, ledger.FINALIZED, ledger.SKIPPED)
VOIDABLE_PAYMENTS = ("PENDING", "FAILED", "SUCCEEDED", "PARTIALLY_REFUNDED", "OVERPAID")
WEBHOOK_EVENTS = (
    "invoice.update.finalized",
    "invoice.update.payment",
    "invoice.update.voided",
    "invoice.communication.triggered",
)


def update(work: Work, row: Row, body: Mapping[str, Any]) -> Row:
    """Change due date, link and metadata of a draft or finalized invoice. The answer still shows the old version."""
    if row["invoice_status"] not in (ledger.DRAFT, ledger.FINALIZED):
        details = {"invoice_id": row["id"], "current_status": row["invoice_status"]}
        raise Invalid("only a draft or finalized invoice can be changed", details)
    changed = {**row, **{name: body[name] for name in ("invoice_pdf_url", "metadata") if name in body}}
    if "due_date" in body:
        changed["due_date"] = body["due_date"].instant
    stored = ledger.save(work, row, changed)
    return {**stored, **{name: row[name] for name in ("version", "updated_at", "updated_by")}}


def check_update(work: Work, body: Mapping[str, Any]) -> None:
    """A link must be https, a due date not be over."""
    url = body.get("invoice_pdf_url", "").strip()
    if url:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.netloc:
            raise Invalid("invoice_pdf_url must be an https URL")
    if "due_date" in body and body["due_date"].instant < work.now:
        raise Invalid("due_date must not be in the past")


def void(work: Work, row: Row, metadata: Mapping[str, str] | None = None) -> Row:
    """Void an invoice and give back what was paid on it, credits included, as credits of a prepaid wallet, opened if
    there is none. ``Invalid`` for a status that cannot be voided."""
    if row["invoice_status"] not in VOIDABLE:
        raise Invalid("the invoice cannot be voided", {"allowed_statuses": list(VOIDABLE)})
    if row["payment_status"] not in VOIDABLE_PAYMENTS:
        raise Invalid("an invoice paid so cannot be voided", {"allowed_statuses": list(VOIDABLE_PAYMENTS)})
    changed = {**row, "invoice_status": ledger.VOIDED, "voided_at": work.now}
    if metadata is not None:
        changed["metadata"] = {**(row["metadata"] or {}), **metadata}
    funded = add(row["amount_paid"], row["total_prepaid_credits_applied"])
    refund = max(subtract(funded, row["refunded_amount"]), ZERO)
    if refund > 0:
        _give_back(work, row, refund)
        changed["refunded_amount"] = add(row["refunded_amount"], refund)
    if funded > 0:
        changed["payment_status"] = "REFUNDED"
    return ledger.save(work, row, changed)


def _give_back(work: Work, row: Row, amount: Any) -> None:
    wallets = accounts.prepaid_of(work, row["customer_id"], row["currency"])
    wallet = (
        wallets[0]
        if wallets
        else accounts.open_wallet(work, row["customer_id"], row["currency"], name="Subscription Wallet")
    )
    grant = Grant(
        accounts.in_credits(amount, wallet["topup_conversion_rate"]),
        "INVOICE_VOID_REFUND",
        row["id"],
        description=f"Refund for voided invoice: {row['invoice_number'] or ''}",
        metadata={"invoice_id": row["id"]},
    )
    operations.credit(work, wallet, grant)


def check_computable(row: Row) -> None:
    """``Invalid`` for an invoice that is sealed."""
    if row["invoice_status"] not in (ledger.DRAFT, ledger.SKIPPED):
        details = {"invoice_id": row["id"], "current_status": row["invoice_status"]}
        raise Invalid("only a draft or skipped invoice can be computed", details)


def compute(work: Work, invoice: Invoice) -> Invoice:
    """Compute a draft anew; a SKIPPED one becomes a draft if something is due. A one-off draft stays as it is."""
    if invoice.row["invoice_type"] == ledger.SUBSCRIPTION:
        return pipeline.recompute(work, invoice.row)
    return Invoice(ledger.save(work, invoice.row, {**invoice.row, "last_computed_at": work.now}), invoice.lines)


def recalculate_draft(work: Work, invoice: Invoice, *, finalize: bool) -> None:
    """Compute a subscription's draft as if its period closed, with taxes, and seal it if asked for.

    What the draft itself holds counts as invoiced already, so a draft that had lines is left without any and paid;
    recalculating it once more brings them back (facts/06 §12.1).
    """
    row = invoice.row
    if row["invoice_status"] != ledger.DRAFT:
        details = {"invoice_id": row["id"], "current_status": row["invoice_status"]}
        raise Invalid("only a draft can be recalculated", details)
    if row["invoice_type"] != ledger.SUBSCRIPTION:
        details = {"invoice_id": row["id"], "invoice_type": row["invoice_type"]}
        raise Invalid("only a subscription's invoice can be recalculated", details)
    subscription = subscription_of(work, row)
    own = "" if work.differs("recalculated-draft-loses-lines") else row["id"]
    bill = bill_of(work, subscription, Scope(invoiced_period(row), ledger.CYCLE, without=own))
    started = {**row, "customer_id": subscription["invoicing_customer_id"] or subscription["customer_id"]}
    started |= {"total_tax": ZERO, "total_discount": ZERO}
    content = ledger.filled(work, started, bill)
    # The due date stays as it was.
    content = Invoice({**content.row, "due_date": row["due_date"]}, content.lines)
    steps = PASSAGES[Kind.RECALCULATED].computed
    found = pipeline.fill(work, content, steps, pipeline.terms_of(work, bill, row, steps))
    paid = not content.row["amount_remaining"]
    changed = {**found.row, "payment_status": ledger.SUCCEEDED if paid else ledger.PENDING}
    # The real server writes the lines, the discounts and the taxes one after the other.
    stored = Invoice(ledger.save(work, row, changed, steps=3), found.lines)
    if finalize:
        pipeline.seal(work, stored)


def replace(work: Work, invoice: Invoice) -> None:
    """Void a subscription's invoice and make another for its period, once: what the recalculation job does."""
    row = invoice.row
    if row["invoice_type"] != ledger.SUBSCRIPTION:
        raise Invalid("only a subscription's invoice can be recalculated")
    if row["recalculated_invoice_id"]:
        details = {"recalculated_invoice_id": row["recalculated_invoice_id"]}
        raise Invalid("the invoice has been recalculated already", details)
    subscription = subscription_of(work, row)
    voided = row if row["invoice_status"] == ledger.VOIDED else void(work, row)
    period = invoiced_period(row)
    made = pipeline.recompute(work, ledger.draft(work, subscription, period, ledger.CYCLE))
    if made.row["invoice_status"] == ledger.SKIPPED:
        raise Invalid("nothing is due for that period")
    pipeline.seal(work, made)
    ledger.save(work, voided, {**voided, "recalculated_invoice_id": made.row["id"]})


def check_webhook(event_name: str) -> None:
    """``Invalid`` for an event that invoices do not have."""
    if not event_name:
        raise Invalid("event_name is required in the query string")
    if event_name not in WEBHOOK_EVENTS:
        details = {"event_name": event_name, "valid_events": list(WEBHOOK_EVENTS)}
        raise Invalid(f"unknown event {event_name!r}", details)
