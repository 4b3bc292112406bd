"""Wallets as they are kept: finding and opening them (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.errors import AlreadyExists, Crash, NotFound
from mockserver.rating.adjustments import credits_for
from mockserver.rating.money import ONE, ZERO
from mockserver.store.query import OLDEST_FIRST, Eq
from mockserver.store.records.wallets import Wallet
from mockserver.vocabulary import WalletStatus, WalletType
from mockserver.work import Work

ACTIVE, CLOSED = WalletStatus.ACTIVE, WalletStatus.CLOSED
_ALLOWED = {WalletType.PRE_PAID: ["USAGE"], WalletType.POST_PAID: ["ALL"]}
_NAMES = {WalletType.PRE_PAID: "Prepaid", WalletType.POST_PAID: "Postpaid"}


def get(work: Work, wallet_id: str) -> Wallet:
    """The wallet of that id, closed ones included."""
    row = find(work, wallet_id)
    if row is None:
        raise NotFound(f"no wallet {wallet_id!r}", {"wallet_id": wallet_id})
    return row


def find(work: Work, wallet_id: str) -> Wallet | None:
    """The published wallet of that id, or None."""
    row = work.tx.load(Wallet, wallet_id)
    return row if row is not None and row.status == "published" else None


def active_of(work: Work, customer_id: str) -> list[Wallet]:
    """The customer's active wallets, oldest first; an unknown customer has none."""
    where = (Eq("customer_id", customer_id), Eq("wallet_status", ACTIVE))
    return work.tx.every(Wallet, *where, order=OLDEST_FIRST)


def prepaid_of(work: Work, customer_id: str, currency: str) -> list[Wallet]:
    """The customer's active WalletType.PRE_PAID wallets in a currency, whatever its case; oldest first."""
    return [
        row
        for row in active_of(work, customer_id)
        if row.wallet_type == WalletType.PRE_PAID and row.currency.lower() == currency.lower()
    ]


def in_credits(amount: Decimal, rate: Decimal) -> Decimal:
    """The credits an amount of money is at a wallet's rate, to 16 decimals.

    A rate too small for its column is stored as 0; dividing by it crashes the real server.
    """
    if not rate:
        raise Crash("a wallet whose conversion rate is 0 has no credits to an amount of money")
    return credits_for(amount, rate)


def open_wallet(
    work: Work,
    customer_id: str,
    currency: str,
    *,
    wallet_type: WalletType = WalletType.PRE_PAID,
    name: str = "",
    conversion_rate: Decimal = ONE,
    topup_conversion_rate: Decimal | None = None,
    more: Mapping[str, Any] | None = None,
) -> Wallet:
    """A new empty wallet; ``AlreadyExists`` if the customer has an active one of that currency and type.

    A conversion rate of 0 is 1, topping up costs the conversion rate unless said otherwise. ``more`` are further
    columns.
    """
    currency = currency.lower()
    for existing in active_of(work, customer_id):
        if existing.currency == currency and existing.wallet_type == wallet_type:
            raise AlreadyExists(
                "the customer has an active wallet of that currency and type",
                {
                    "customer_id": customer_id,
                    "wallet_id": existing.id,
                    "currency": currency,
                    "wallet_type": wallet_type,
                },
            )
    rate = conversion_rate or ONE
    values = {
        "customer_id": customer_id,
        "currency": currency,
        "balance": ZERO,
        "credit_balance": ZERO,
        "wallet_status": ACTIVE,
        "name": name or f"{_NAMES[wallet_type]} Wallet - {currency.upper()}",
        "description": "",
        "wallet_type": wallet_type,
        "config": {"allowed_price_types": _ALLOWED[wallet_type]},
        "conversion_rate": rate,
        "topup_conversion_rate": rate if topup_conversion_rate is None else topup_conversion_rate,
        "alert_state": "ok",
        **(more or {}),
    }
    row = work.make(Wallet, **values)
    return work.add(row, {"customer_id": customer_id, "currency": currency, "wallet_id": row.id})
