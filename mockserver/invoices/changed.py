"""What a change in the middle of a period costs or gives back, as changed resources list it
(behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mockserver.billing import ledger, pipeline
from mockserver.billing.crediting import REASON, credit
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.proration import Charge
from mockserver.credits.wallets.schemas import TransactionOut
from mockserver.invoices.schemas import InvoiceOut
from mockserver.rating.money import ONE, ZERO, total
from mockserver.rating.periods import Period
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.records.wallets import WalletTransaction
from mockserver.vocabulary import BillingReason, InvoiceType
from mockserver.work import Work

INVOICE, TRANSACTION = InvoiceOut(), TransactionOut()
PREVIEW_ID = "(preview-invoice)"


def invoice_of(
    work: Work, subscription: Subscription, period: Period, charges: Sequence[Charge], *, preview: bool
) -> dict[str, Any]:
    """The one-off invoice for charges from ``period.start`` to its end, as changed resources list it; a preview's is
    not stored."""
    head = _head(work, subscription, period, total(charge.amount for charge in charges))
    lines = tuple(_line(work, head, charge) for charge in charges)
    if preview:
        head = replace(head, id=PREVIEW_ID)
        lines = tuple(replace(line, id="(preview-line)", invoice_id=PREVIEW_ID) for line in lines)
        invoice, status = LinedInvoice(head, lines), "preview"
    else:
        work.add(head)
        for line in lines:
            work.add(line)
        invoice = pipeline.seal(work, LinedInvoice(head, lines))
        status = invoice.head.payment_status
    return {"id": head.id, "action": "created", "status": status, "invoice": INVOICE.dump(invoice.shown())}


def _head(work: Work, subscription: Subscription, period: Period, amount: Decimal) -> Invoice:
    return replace(
        ledger.blank(work, subscription, period, BillingReason.UPDATE),
        amount_due=amount,
        amount_remaining=amount,
        subtotal=amount,
        total=amount,
        invoice_type=InvoiceType.ONE_OFF,
        subscription_customer_id=subscription.customer_id,
        issue_date=work.now,
        last_computed_at=work.now,
        due_date=ledger.due_date(subscription, period.end),
    )


def _line(work: Work, invoice: Invoice, charge: Charge) -> InvoiceLine:
    item = charge.item
    return work.make(
        InvoiceLine,
        **{
            "invoice_id": invoice.id,
            "customer_id": invoice.customer_id,
            "subscription_id": invoice.subscription_id,
            "plan_display_name": item.plan_display_name,
            "price_id": item.price_id,
            "price_type": item.price_type,
            "display_name": charge.name,
            "amount": charge.amount,
            "quantity": charge.quantity,
            "currency": invoice.currency,
            "period_start": invoice.period_start,
            "period_end": invoice.period_end,
            "metadata": {"description": charge.description},
            **dict.fromkeys(ledger.LINE_ADJUSTMENTS, ZERO),
        },
    )


def credited(work: Work, subscription: Subscription, amount: Decimal, key: str, *, preview: bool) -> dict[str, Any]:
    """A credit as changed resources list it among the invoices; a preview's is not stored."""
    if not preview:
        given = credit(work, subscription, amount, key)
        shown = TRANSACTION.dump(given.row)
        return {"id": given.id, "action": "wallet_credit", "status": "issued", "wallet_transaction": shown}
    promised = work.make(
        WalletTransaction,
        **{
            "customer_id": subscription.invoicing_customer_id or subscription.customer_id,
            "amount": amount,
            "currency": subscription.currency,
            "transaction_reason": REASON,
            "conversion_rate": ONE,
            **dict.fromkeys(("credit_amount", "credit_balance_before", "credit_balance_after"), ZERO),
            "credits_available": ZERO,
        },
    )
    shown = {**TRANSACTION.dump(promised.row), "id": ""}
    return {"id": "", "action": "wallet_credit", "status": "preview", "wallet_transaction": shown}
