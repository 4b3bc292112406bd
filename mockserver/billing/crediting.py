"""Giving back what was paid for the rest of a period: credits in a prepaid wallet (behaviour/subscriptions#cancelling,
behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from mockserver.credits.wallets import accounts, operations
from mockserver.errors import ApiError, Invalid
from mockserver.rating.money import ZERO, total
from mockserver.rating.periods import Period
from mockserver.rating.proration import cancel_credit
from mockserver.store.query import Compare, Eq
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.records.wallets import Wallet, WalletTransaction
from mockserver.work import Work

REASON = "SUBSCRIPTION_CREDIT_GRANT"


def credit(work: Work, subscription: Subscription, amount: Decimal, key: str) -> WalletTransaction:
    """Add an amount to the payer's oldest prepaid wallet in the subscription's currency, or a new one; the
    transaction. ``key`` may be used once."""
    customer_id = subscription.invoicing_customer_id or subscription.customer_id
    found = accounts.prepaid_of(work, customer_id, subscription.currency)
    wallet = found[0] if found else _opened(work, customer_id, subscription.currency)
    grant = operations.Grant(
        accounts.in_credits(amount, wallet.topup_conversion_rate),
        REASON,
        key,
        description="Proration credit",
        metadata={"source": "subscription_change_proration", "customer_id": customer_id},
    )
    return operations.credit(work, wallet, grant)[0]


def _opened(work: Work, customer_id: str, currency: str) -> Wallet:
    noted = {"metadata": {"created_for": "proration_credit", "source": "subscription_change"}}
    return accounts.open_wallet(work, customer_id, currency, name="Proration Credit Wallet", more=noted)


def credits_of(
    work: Work,
    row: Subscription,
    items: Sequence[LineItem],
    effective: datetime,
    *,
    immediate: bool = True,
    period: Period | None = None,
) -> list[dict[str, Any]]:
    """What each item gives back when it ends at a moment: only fixed items charged in advance, and only when they
    end at once, give anything (behaviour/subscriptions#cancelling)."""
    period = period or Period(row.current_period_start, row.current_period_end)
    if immediate and effective > period.end:
        refuse_late_proration(work)
    prices = work.tx.loaded(Price, (item.price_id for item in items))
    result = []
    for item in items:
        price = prices[item.price_id]
        gives = immediate and price.invoice_cadence == "ADVANCE"
        credit = cancel_credit(
            price.amount or ZERO,
            item.quantity if gives else ZERO,
            period,
            min(effective, period.end),
            row.currency,
            billed_for(work, item, effective),
        )
        result.append(
            {
                "line_item_id": item.id,
                "price_id": item.price_id if credit.amount else "",
                "original_amount": credit.amount,
                "credit_amount": credit.amount,
                "charge_amount": ZERO,
                "proration_days": credit.days,
                "description": f"Cancellation ({effective:%Y-%m-%d})",
            }
        )
    return result


def refuse_late_proration(work: Work) -> NoReturn:
    """Prorations after the current period has ended (divergence ``late-proration-is-500``)."""
    message = "prorations need a date inside the current period"
    if work.differs("late-proration-is-500"):
        raise ApiError(message, code="system_error")
    raise Invalid(message)


def billed_for(work: Work, item: LineItem, at: datetime) -> Decimal | None:
    """What invoices that count charged for an item in the period of ``at``; None if it was never invoiced."""
    lines = work.tx.every(
        InvoiceLine,
        Eq("subscription_line_item_id", item.id),
        Compare("period_start", "<=", at),
        Compare("period_end", ">", at),
    )
    invoices = work.tx.loaded(Invoice, (line.invoice_id for line in lines))
    counted = [
        line.amount
        for line in lines
        if (invoice := invoices.get(line.invoice_id)) and invoice.invoice_status == "FINALIZED"
    ]
    return total(counted) if counted else None
