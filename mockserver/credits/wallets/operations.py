"""Adding credits to a wallet and using them up (behaviour/invoices-and-wallets#billing-objects).

A wallet's balance is its credits times ``conversion_rate``. A credit's transaction shows what the credits cost at
``topup_conversion_rate``, so it may differ from what the balance gains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.credits.wallets import accounts
from mockserver.errors import AlreadyExists, Invalid, Refused
from mockserver.rating.adjustments import credit_value
from mockserver.rating.money import ZERO, add, subtract
from mockserver.store.query import AnyOf, Compare, Eq, IsNull, Order, Query
from mockserver.store.records.wallets import Wallet, WalletTransaction
from mockserver.store.tables.wallets import WALLET_TRANSACTIONS
from mockserver.store.transaction import new_id
from mockserver.vocabulary import TransactionStatus, TransactionType
from mockserver.work import Work

CREDIT, DEBIT = TransactionType.CREDIT, TransactionType.DEBIT
PENDING, COMPLETED = TransactionStatus.PENDING, TransactionStatus.COMPLETED
EXTERNAL, REQUEST, PAYMENT, INVOICE = "EXTERNAL", "REQUEST", "PAYMENT", "INVOICE"
MANUAL_DEBIT, BONUS = "MANUAL_BALANCE_DEBIT", "PURCHASED_CREDIT_BONUS"
_BONUS_DESCRIPTION = "Bonus credits for purchase"


@dataclass(frozen=True, slots=True)
class Grant:
    """Credits to add. ``key`` may be used once; ``reference`` is ``(type, id)``, by default EXTERNAL and the key."""

    credits: Decimal
    reason: str
    key: str
    description: str = ""
    metadata: Mapping[str, str] | None = None
    expiry: datetime | None = None
    priority: int | None = None
    bonus: Decimal | None = None
    bonus_expiry: datetime | None = None
    reference: tuple[str, str] | None = None


def credit(work: Work, wallet: Wallet, grant: Grant) -> tuple[WalletTransaction, Wallet]:
    """Add credits, and the bonus that comes with them, at once; the transaction and the changed wallet.

    ``Invalid`` if they have expired already, ``AlreadyExists`` for a used key.
    """
    if grant.expiry is not None and grant.expiry < work.now:
        raise Invalid("the credits would have expired already")
    after = add(wallet.credit_balance, grant.credits)
    row = _insert(work, wallet, _credit_values(wallet, grant, wallet.credit_balance, after, COMPLETED))
    if grant.bonus:
        before, after = after, add(after, grant.bonus)
        _insert(work, wallet, _bonus_values(wallet, grant, row, before, after, COMPLETED))
    return row, _set_credits(work, wallet, after)


def promise(work: Work, wallet: Wallet, grant: Grant) -> WalletTransaction:
    """Credits that are added once they are paid: the pending transaction. See ``complete``."""
    known = wallet.credit_balance
    row = _insert(work, wallet, _credit_values(wallet, grant, known, known, PENDING))
    if grant.bonus:
        values = _bonus_values(wallet, grant, row, known, known, PENDING)
        _insert(work, wallet, {**values, "reference_type": EXTERNAL, "reference_id": grant.key})
    return row


def complete(work: Work, transaction_id: str) -> None:
    """Add promised credits and their bonus; nothing happens to transactions that are not pending."""
    row = work.tx.load(WalletTransaction, transaction_id)
    if row is None or row.transaction_status != PENDING or row.type != CREDIT:
        return
    bonuses = work.tx.every(WalletTransaction, Eq("parent_transaction_id", row.id), Eq("transaction_status", PENDING))
    for each in (row, *bonuses[:1]):
        wallet = accounts.get(work, each.wallet_id)
        before, after = wallet.credit_balance, add(wallet.credit_balance, each.credit_amount)
        changes: dict[str, Any] = {
            "transaction_status": COMPLETED,
            "credit_balance_before": before,
            "credit_balance_after": after,
            "credits_available": _available(each.credit_amount, before, after),
        }
        work.alter(each, replace(each, **changes))
        work.alter(wallet, replace(wallet, balance=add(wallet.balance, each.amount), credit_balance=after))


@dataclass(frozen=True, slots=True)
class Use:
    """Credits to take, given as ``amount`` (money) or as ``credits``."""

    reason: str
    key: str
    amount: Decimal = ZERO
    credits: Decimal = ZERO
    description: str = ""
    metadata: Mapping[str, str] | None = None
    reference: tuple[str, str] | None = None


def debit(work: Work, wallet: Wallet, use: Use) -> Wallet:
    """Take credits; the changed wallet.

    ``Refused`` if it has too few that have not expired; only a manual debit may go below 0. ``AlreadyExists`` for a
    used key.
    """
    rate = wallet.conversion_rate
    credits = accounts.in_credits(use.amount, rate) if use.amount > 0 else use.credits
    amount = use.amount if use.amount > 0 else credit_value(credits, rate)
    consumed = _consume(work, wallet, credits, may_overdraw=use.reason == MANUAL_DEBIT)
    metadata = dict(use.metadata or {})
    if consumed:
        metadata["consumed_credit_tx_ids"] = ",".join(consumed)
    after = subtract(wallet.credit_balance, credits)
    kind, reference = use.reference or (REQUEST, new_id(WALLET_TRANSACTIONS.prefix))
    values = {
        "type": DEBIT,
        "amount": amount,
        "credit_amount": credits,
        "credit_balance_before": wallet.credit_balance,
        "credit_balance_after": after,
        "transaction_status": COMPLETED,
        "reference_type": kind,
        "reference_id": reference,
        "description": use.description,
        "metadata": metadata,
        "credits_available": ZERO,
        "transaction_reason": use.reason,
        "conversion_rate": rate,
        "idempotency_key": use.key,
    }
    _insert(work, wallet, values)
    return _set_credits(work, wallet, after)


def eligible_credits(work: Work, wallet_id: str) -> list[WalletTransaction]:
    """The credits of a wallet that can be used now, in the order they are used: by priority, then the ones that expire
    first, then the larger ones (behaviour/invoices-and-wallets#billing-objects)."""
    where = (
        Eq("status", "published"),
        Eq("wallet_id", wallet_id),
        Eq("type", CREDIT),
        Eq("transaction_status", COMPLETED),
        Compare("credits_available", ">", ZERO),
        AnyOf((IsNull("expiry_date"), Compare("expiry_date", ">=", work.now))),
    )
    order = (Order("priority"), Order("expiry_date"), Order("credit_amount", True))
    return work.tx.select(WalletTransaction, Query(where, order))


def _consume(work: Work, wallet: Wallet, credits: Decimal, *, may_overdraw: bool) -> list[str]:
    """Use up credits; the ids of the transactions that gave them."""
    left, used = credits, []
    for row in eligible_credits(work, wallet.id):
        if left <= 0:
            break
        available = row.credits_available or ZERO
        taken = min(left, available)
        left = subtract(left, taken)
        used.append((row, subtract(available, taken)))
    if left > 0 and not may_overdraw:
        raise Refused("the wallet has too few credits", {"wallet_id": wallet.id, "amount": credits})
    for row, available in used:
        work.alter(row, replace(row, credits_available=available))
    return [row.id for row, _ in used]


def _credit_values(wallet: Wallet, grant: Grant, before: Decimal, after: Decimal, status: str) -> dict[str, Any]:
    kind, reference = grant.reference or (EXTERNAL, grant.key)
    return {
        "type": CREDIT,
        "amount": credit_value(grant.credits, wallet.topup_conversion_rate),
        "credit_amount": grant.credits,
        "credit_balance_before": before,
        "credit_balance_after": after,
        "transaction_status": status,
        "reference_type": kind,
        "reference_id": reference,
        "description": grant.description,
        "metadata": dict(grant.metadata or {}),
        "expiry_date": grant.expiry,
        "credits_available": _available(grant.credits, before, after),
        "transaction_reason": grant.reason,
        "priority": grant.priority,
        "topup_conversion_rate": wallet.topup_conversion_rate,
        "idempotency_key": grant.key,
    }


def _bonus_values(
    wallet: Wallet, grant: Grant, purchase: WalletTransaction, before: Decimal, after: Decimal, status: str
) -> dict[str, Any]:
    assert grant.bonus is not None
    return {
        "type": CREDIT,
        "amount": credit_value(grant.bonus, wallet.topup_conversion_rate),
        "credit_amount": grant.bonus,
        "credit_balance_before": before,
        "credit_balance_after": after,
        "transaction_status": status,
        "reference_type": "",
        "reference_id": "",
        "description": _BONUS_DESCRIPTION,
        "metadata": dict(grant.metadata or {}),
        "expiry_date": grant.bonus_expiry,
        "credits_available": _available(grant.bonus, before, after),
        "transaction_reason": BONUS,
        "parent_transaction_id": purchase.id,
        "topup_conversion_rate": wallet.topup_conversion_rate,
        "idempotency_key": "",
    }


def _available(credits: Decimal, before: Decimal, after: Decimal) -> Decimal:
    """What can be used of new credits: those that only fill up an overdrawn wallet are gone at once."""
    return max(ZERO, after) if before < 0 else credits


def _insert(work: Work, wallet: Wallet, values: Mapping[str, Any]) -> WalletTransaction:
    row = work.make(
        WalletTransaction,
        **{
            "wallet_id": wallet.id,
            "customer_id": wallet.customer_id,
            "currency": wallet.currency,
            "parent_transaction_id": "",
            **values,
        },
    )
    details = {"wallet_id": wallet.id, "type": row.type, "amount": row.amount}
    key = row.idempotency_key
    if key and work.tx.one(WalletTransaction, Eq("idempotency_key", key), Eq("status", "published")):
        raise AlreadyExists("a transaction with this idempotency key exists", {**details, "idempotency_key": key})
    work.add(row, details)
    stored = work.tx.load(WalletTransaction, row.id)
    assert stored is not None
    return stored


def _set_credits(work: Work, wallet: Wallet, credits: Decimal) -> Wallet:
    work.alter(wallet, replace(wallet, balance=credit_value(credits, wallet.conversion_rate), credit_balance=credits))
    return accounts.get(work, wallet.id)
