"""What is paid of an invoice: by hand, by postpaid wallets, and what payment sets off
(behaviour/invoices-and-wallets#life-of-an-invoice)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mockserver.billing import ledger
from mockserver.billing.ledger import LinedInvoice
from mockserver.credits.grants.applying import apply_due
from mockserver.credits.wallets import accounts, operations
from mockserver.credits.wallets.operations import Use
from mockserver.errors import Invalid, Refused
from mockserver.rating.money import ZERO, add, subtract, total
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.records.wallets import Wallet
from mockserver.store.transaction import new_id
from mockserver.vocabulary import InvoiceStatus, PaymentStatus, PriceType, SubscriptionStatus, WalletType
from mockserver.work import Work

TRANSITIONS: Mapping[PaymentStatus, Sequence[PaymentStatus]] = {
    PaymentStatus.PENDING: (
        PaymentStatus.PENDING,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.OVERPAID,
        PaymentStatus.FAILED,
    ),
    PaymentStatus.SUCCEEDED: (PaymentStatus.SUCCEEDED, PaymentStatus.OVERPAID),
    PaymentStatus.OVERPAID: (PaymentStatus.OVERPAID,),
    PaymentStatus.FAILED: (
        PaymentStatus.PENDING,
        PaymentStatus.FAILED,
        PaymentStatus.SUCCEEDED,
        PaymentStatus.OVERPAID,
    ),
}
_PAYABLE = (InvoiceStatus.DRAFT, InvoiceStatus.FINALIZED)


def set_status(work: Work, row: Invoice, status: str, amount: Decimal | None) -> Invoice:
    """Record by hand how far an invoice is paid; credits bought with it are added once it is paid.

    ``Invalid`` for a status that cannot follow, a negative amount, or one that does not fit what is due.
    """
    if row.invoice_status not in _PAYABLE:
        raise Invalid("only a draft or finalized invoice can be paid", {"allowed_statuses": list(_PAYABLE)})
    allowed = TRANSITIONS.get(row.payment_status)
    if allowed is None or status not in allowed:
        details: dict[str, Any] = {"allowed_statuses": None if allowed is None else list(allowed)}
        raise Invalid(f"payment_status {row.payment_status} cannot become {status}", details)
    if amount is not None and amount < 0:
        raise Invalid("amount must not be negative")
    changed = replace(row, payment_status=PaymentStatus(status))
    if status == PaymentStatus.SUCCEEDED:
        changed = replace(changed, amount_paid=row.amount_due, amount_remaining=ZERO, paid_at=work.now)
    elif status == PaymentStatus.FAILED:
        changed = replace(changed, amount_paid=ZERO, amount_remaining=row.amount_due, paid_at=None)
    elif status == PaymentStatus.PENDING and amount is not None:
        changed = replace(changed, amount_paid=amount, amount_remaining=subtract(row.amount_due, amount))
    _check_amounts(changed)
    stored = ledger.save(work, row, changed)
    if status == PaymentStatus.SUCCEEDED:
        _complete_purchase(work, stored)
    return stored


def _check_amounts(row: Invoice) -> None:
    paid, left, due = row.amount_paid, row.amount_remaining, row.amount_due
    if row.payment_status == PaymentStatus.OVERPAID:
        if left:
            raise Invalid("something is left to pay of the invoice")
    elif paid > due or left < 0 or add(paid, left) != due:
        raise Invalid("no more than amount_due can be paid")


def _complete_purchase(work: Work, row: Invoice) -> None:
    transaction_id = (row.metadata or {}).get("wallet_transaction_id")
    if transaction_id:
        operations.complete(work, transaction_id)


def mark_paid(work: Work, invoice: LinedInvoice) -> LinedInvoice:
    """Record that all that is due was paid now."""
    return LinedInvoice(set_status(work, invoice.head, PaymentStatus.SUCCEEDED, None), invoice.lines)


def attempt(work: Work, invoice: LinedInvoice) -> None:
    """Pay a finalized invoice from the customer's postpaid wallets, as far as they go; SKIPPED ones need nothing.

    A subscription whose invoice is settled becomes active. ``Invalid`` or ``Refused`` for an invoice that cannot be
    paid.
    """
    row = invoice.head
    if row.invoice_status == InvoiceStatus.SKIPPED:
        return
    if row.invoice_status != InvoiceStatus.FINALIZED:
        details = {"invoice_id": row.id, "invoice_status": row.invoice_status}
        raise Invalid("only a finalized invoice can be paid", details)
    if row.subscription_id is None:
        _check_open(row)
    if row.amount_remaining > 0:
        row = _pay(work, row, invoice.lines)
    if row.subscription_id is not None and not row.amount_remaining:
        subscription = work.tx.load(Subscription, row.subscription_id)
        if subscription is not None and subscription.subscription_status != SubscriptionStatus.ACTIVE:
            active = replace(subscription, subscription_status=SubscriptionStatus.ACTIVE)
            apply_due(work, work.alter(subscription, active))


def _check_open(row: Invoice) -> None:
    if row.amount_due > 0 and row.payment_status == PaymentStatus.SUCCEEDED:
        details = {"invoice_id": row.id, "payment_status": row.payment_status}
        raise Refused("the invoice is paid already", details)
    if row.amount_due > 0 >= row.amount_remaining:
        raise Invalid("nothing is left to pay of the invoice")


def _pay(work: Work, row: Invoice, lines: Sequence[InvoiceLine]) -> Invoice:
    """Debit the wallets, those for certain price types first, then the larger ones."""
    left = row.amount_remaining
    usage = total(line.amount for line in lines if line.price_type is PriceType.USAGE)
    owed = {"USAGE": usage, "FIXED": subtract(total(line.amount for line in lines), usage)}
    for wallet in _payers(work, row):
        amount = min(left, _payable(wallet, owed, left), wallet.balance)
        if amount <= 0:
            continue
        _debit(work, wallet, row, amount)
        left = subtract(left, amount)
        for kind in _kinds(wallet):
            owed[kind] = max(subtract(owed[kind], amount), ZERO)
    if left == row.amount_remaining:
        return row
    changed = replace(
        row,
        amount_paid=subtract(row.amount_due, left),
        amount_remaining=left,
        payment_status=PaymentStatus.PENDING if left else PaymentStatus.SUCCEEDED,
        paid_at=row.paid_at if left else work.now,
    )
    stored = ledger.save(work, row, changed)
    if not left:
        _complete_purchase(work, stored)
    return stored


def _payers(work: Work, row: Invoice) -> list[Wallet]:
    found = [
        wallet
        for wallet in accounts.active_of(work, row.customer_id)
        if wallet.wallet_type is WalletType.POST_PAID
        and wallet.currency.lower() == row.currency.lower()
        and wallet.balance > 0
    ]
    order: dict[tuple[str, ...], int] = {("USAGE",): 0, ("FIXED",): 1}
    return sorted(found, key=lambda wallet: (order.get(_kinds(wallet), 2), -wallet.balance))


def _kinds(wallet: Wallet) -> tuple[str, ...]:
    """The price types a wallet may pay; none stands for all."""
    allowed = set((wallet.config or {}).get("allowed_price_types") or ("ALL",))
    return () if "ALL" in allowed else tuple(kind for kind in ("USAGE", "FIXED") if kind in allowed)


def _payable(wallet: Wallet, owed: Mapping[str, Decimal], left: Decimal) -> Decimal:
    kinds = _kinds(wallet)
    return total(owed[kind] for kind in kinds) if kinds else left


def _debit(work: Work, wallet: Wallet, row: Invoice, amount: Decimal) -> None:
    payment = new_id("pay")
    use = Use(
        "INVOICE_PAYMENT",
        payment,
        amount=amount,
        description=f"Payment for invoice {row.invoice_number or row.id}",
        metadata={"invoice_id": row.id, "customer_id": row.customer_id, "wallet_type": wallet.wallet_type},
        reference=(operations.PAYMENT, payment),
    )
    operations.debit(work, wallet, use)
