"""What is left of a wallet once running usage and unpaid invoices are paid
(behaviour/invoices-and-wallets#billing-objects, behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits)."""

from __future__ import annotations

from decimal import Decimal

from mockserver.billing import ledger
from mockserver.billing.items import items_of
from mockserver.billing.lines import usage_lines_of
from mockserver.credits.wallets import accounts
from mockserver.credits.wallets.schemas import POST_PAID
from mockserver.rating.money import ZERO, add, subtract, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Eq, In
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.records.wallets import Wallet
from mockserver.vocabulary import InvoiceStatus, PaymentStatus, PriceType, SubscriptionType
from mockserver.work import Work

_BILLED_BY_THEMSELVES = (SubscriptionType.STANDALONE, SubscriptionType.PARENT)


def real_time(work: Work, wallet: Wallet) -> Row:
    """The wallet with its real-time balance, which may be negative.

    Only a prepaid wallet is used up by usage; a closed one shows zeros.
    """
    shown = {**wallet.row, "balance_updated_at": wallet.updated_at, "is_cached_fallback": False}
    if wallet.wallet_status != accounts.ACTIVE:
        return {**shown, **dict.fromkeys(("real_time_balance", "real_time_credit_balance"), ZERO), **_owed(ZERO)}
    if wallet.wallet_type == POST_PAID:
        return {**shown, **_balances(wallet, wallet.balance), **_owed(ZERO), "unpaid_invoices_amount": ZERO}
    unpaid, paid, everything = _unpaid(work, wallet)
    allowed = (wallet.config or {}).get("allowed_price_types") or ()
    pending = _running_usage(work, wallet) if not allowed or {"USAGE", "ALL"} & set(allowed) else ZERO
    pending = add(pending, everything if {"ALL", "FIXED"} & set(allowed) else subtract(unpaid, paid))
    left = subtract(wallet.balance, pending)
    return {**shown, **_balances(wallet, left), **_owed(pending), "unpaid_invoices_amount": unpaid}


def _balances(wallet: Wallet, money: Decimal) -> Row:
    return {
        "real_time_balance": money,
        "real_time_credit_balance": accounts.in_credits(money, wallet.conversion_rate),
    }


def _owed(pending: Decimal) -> Row:
    return {"current_period_usage": pending}


def _running_usage(work: Work, wallet: Wallet) -> Decimal:
    """What the current periods of the customer's running subscriptions cost so far, with entitlements and commitments;
    invoiced or not."""
    subscriptions = work.tx.every(
        Subscription,
        Eq("customer_id", wallet.customer_id),
        In("subscription_status", ("active", "trialing")),
        In("subscription_type", _BILLED_BY_THEMSELVES),
        Eq("currency", wallet.currency),
        order=OLDEST_FIRST,
    )
    return total(_usage_cost(work, subscription) for subscription in subscriptions)


def _usage_cost(work: Work, subscription: Subscription) -> Decimal:
    period = Period(subscription.current_period_start, subscription.current_period_end)
    items = [item for item in items_of(work, subscription, period.start) if item.is_usage]
    return total(line.amount for line in usage_lines_of(work, subscription, items, period))


def _unpaid(work: Work, wallet: Wallet) -> tuple[Decimal, Decimal, Decimal]:
    """Of the customer's open invoices: what their usage lines cost less credits, what has been paid on them, and what
    remains of them altogether. Drafts count once their period is over."""
    found = work.tx.every(
        Invoice,
        Eq("customer_id", wallet.customer_id),
        In("invoice_status", (InvoiceStatus.DRAFT, InvoiceStatus.FINALIZED)),
    )
    owed = [each for each in found if each.currency.lower() == wallet.currency and _is_owed(work, each)]
    lines = [line for invoice in ledger.lines_of(work, owed) for line in invoice.lines]
    usage = total(_cost(line) for line in lines if line.price_type is PriceType.USAGE)
    return usage, total(each.amount_paid for each in owed), total(each.amount_remaining for each in owed)


def _is_owed(work: Work, invoice: Invoice) -> bool:
    end = invoice.period_end
    running = invoice.invoice_status is InvoiceStatus.DRAFT and end is not None and end > work.now
    paid = invoice.payment_status is PaymentStatus.SUCCEEDED
    return bool(invoice.amount_remaining) and not paid and not running


def _cost(line: InvoiceLine) -> Decimal:
    return subtract(subtract(line.amount, line.prepaid_credits_applied), line.line_item_discount)
