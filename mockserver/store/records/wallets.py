"""Wallets and their transactions as values (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.store.records.base import Record
from mockserver.store.tables.wallets import WALLET_TRANSACTIONS, WALLETS
from mockserver.vocabulary import TransactionStatus, TransactionType, WalletStatus, WalletType


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet(Record):
    """A customer's credits; ``balance`` is money in ``currency``, ``credit_balance`` credits."""

    table = WALLETS
    customer_id: str
    currency: str
    balance: Decimal
    credit_balance: Decimal
    wallet_status: WalletStatus
    name: str
    description: str
    metadata: Mapping[str, str] | None
    auto_topup: Mapping[str, Any] | None
    wallet_type: WalletType
    config: Mapping[str, Any] | None
    conversion_rate: Decimal
    topup_conversion_rate: Decimal
    alert_settings: Mapping[str, Any] | None
    alert_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletTransaction(Record):
    """Credits that came or went; ``amount`` is money, ``credit_amount`` and ``credits_available`` are credits."""

    table = WALLET_TRANSACTIONS
    wallet_id: str
    customer_id: str
    type: TransactionType
    amount: Decimal
    credit_amount: Decimal
    credit_balance_before: Decimal
    credit_balance_after: Decimal
    transaction_status: TransactionStatus
    reference_type: str
    reference_id: str
    description: str
    metadata: Mapping[str, str]
    expiry_date: datetime | None
    credits_available: Decimal
    transaction_reason: str
    priority: int | None
    currency: str
    parent_transaction_id: str
    conversion_rate: Decimal | None
    topup_conversion_rate: Decimal | None
    idempotency_key: str
