"""What a change in the middle of a period costs or gives back, as changed resources list it (facts/04 §15 to §17)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mockserver.billing import ledger, pipeline
from mockserver.billing.crediting import REASON, credit
from mockserver.billing.proration import Charge
from mockserver.credits.wallets.schemas import TransactionOut
from mockserver.invoices.schemas import InvoiceOut
from mockserver.rating.money import ONE, ZERO, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICES
from mockserver.store.tables.wallets import WALLET_TRANSACTIONS
from mockserver.work import Work

INVOICE, TRANSACTION = InvoiceOut(), TransactionOut()
PREVIEW_ID = "(preview-invoice)"


def invoice_of(
    work: Work, subscription: Row, period: Period, charges: Sequence[Charge], *, preview: bool
) -> dict[str, Any]:
    """The one-off invoice for charges from ``period.start`` to its end, as changed resources list it; a preview's is
    not stored."""
    row = _row(work, subscription, period, total(charge.amount for charge in charges))
    lines = tuple(_line(work, row, charge) for charge in charges)
    if preview:
        row = {**row, "id": PREVIEW_ID}
        lines = tuple({**line, "id": "(preview-line)", "invoice_id": PREVIEW_ID} for line in lines)
        invoice, status = ledger.Invoice(row, lines), "preview"
    else:
        work.insert(INVOICES, row)
        for line in lines:
            work.insert(INVOICE_LINE_ITEMS, line)
        invoice = pipeline.seal(work, ledger.Invoice(row, lines))
        status = invoice.row["payment_status"]
    return {"id": row["id"], "action": "created", "status": status, "invoice": INVOICE.dump(invoice.shown())}


def _row(work: Work, subscription: Row, period: Period, amount: Decimal) -> Row:
    row = ledger.blank(work, subscription, period, ledger.UPDATE)
    row.update(
        dict.fromkeys(("amount_due", "amount_remaining", "subtotal", "total"), amount),
        invoice_type="ONE_OFF",
        subscription_customer_id=subscription["customer_id"],
        issue_date=work.now,
        last_computed_at=work.now,
        due_date=ledger.due_date(subscription, period.end),
    )
    return row


def _line(work: Work, invoice: Row, charge: Charge) -> Row:
    item = charge.item
    return work.new_row(
        INVOICE_LINE_ITEMS,
        {
            "invoice_id": invoice["id"],
            "customer_id": invoice["customer_id"],
            "subscription_id": invoice["subscription_id"],
            "plan_display_name": item["plan_display_name"],
            "price_id": item["price_id"],
            "price_type": item["price_type"],
            "display_name": charge.name,
            "amount": charge.amount,
            "quantity": charge.quantity,
            "currency": invoice["currency"],
            "period_start": invoice["period_start"],
            "period_end": invoice["period_end"],
            "metadata": {"description": charge.description},
            **dict.fromkeys(("prepaid_credits_applied", "line_item_discount", "invoice_level_discount"), ZERO),
        },
    )


def credited(work: Work, subscription: Row, amount: Decimal, key: str, *, preview: bool) -> dict[str, Any]:
    """A credit as changed resources list it among the invoices; a preview's is not stored."""
    if not preview:
        row = credit(work, subscription, amount, key)
        shown = TRANSACTION.dump(row)
        return {"id": row["id"], "action": "wallet_credit", "status": "issued", "wallet_transaction": shown}
    row = work.new_row(
        WALLET_TRANSACTIONS,
        {
            "customer_id": subscription["invoicing_customer_id"] or subscription["customer_id"],
            "amount": amount,
            "currency": subscription["currency"],
            "transaction_reason": REASON,
            "conversion_rate": ONE,
            **dict.fromkeys(("credit_amount", "credit_balance_before", "credit_balance_after"), ZERO),
            "credits_available": ZERO,
        },
    )
    shown = {**TRANSACTION.dump(row), "id": ""}
    return {"id": "", "action": "wallet_credit", "status": "preview", "wallet_transaction": shown}
