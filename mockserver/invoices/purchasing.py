"""Topping up wallets, also by invoice: such credits are the customer's once the invoice is paid
(behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.credits.wallets import accounts, operations
from mockserver.credits.wallets.operations import Grant
from mockserver.credits.wallets.rules import PURCHASED_INVOICED, WHOLE_SECOND, check_reason
from mockserver.credits.wallets.schemas import (
    TOP_UP_REASONS,
)
from mockserver.errors import Invalid, NotFound
from mockserver.idempotency import key_of
from mockserver.invoices import creating
from mockserver.rating.adjustments import credit_value
from mockserver.rating.money import ONE, ZERO, plain
from mockserver.store.records.wallets import Wallet, WalletTransaction
from mockserver.terms.taxes import associations
from mockserver.times import Timestamp, format_time
from mockserver.vocabulary import InvoiceType
from mockserver.work import Work


def purchase(work: Work, wallet: Wallet, grant: Grant) -> tuple[WalletTransaction, str]:
    """Promise credits and invoice what they cost, due now: the pending transaction and the invoice's id.

    The invoice is taxed as the customer is. Invoice and transaction share the idempotency key.
    """
    described = replace(grant, description=grant.description or "Purchased credits - pending payment")
    transaction = operations.promise(work, wallet, described)
    amount = credit_value(grant.credits, wallet.topup_conversion_rate)
    sent = dict(grant.metadata or {})
    metadata = {
        **sent,
        "auto_topup": sent.get("auto_topup", ""),
        "wallet_transaction_id": transaction.id,
        "wallet_id": wallet.id,
        "credits_amount": plain(grant.credits),
        "auto_completed": "false",
    }
    if grant.description:
        metadata["description"] = grant.description
    taxes = associations.applying_to(work, associations.CUSTOMER, wallet.customer_id)
    invoice = creating.create_one_off(
        work,
        {
            "customer_id": wallet.customer_id,
            "invoice_type": InvoiceType.ONE_OFF,
            "currency": wallet.currency,
            "subtotal": amount,
            "due_date": Timestamp(work.now, format_time(work.now)),
            "idempotency_key": grant.key,
            "metadata": metadata,
            "tax_rates": [row["tax_rate_id"] for row in taxes],
            "line_items": [
                {"display_name": f"Purchase {plain(grant.credits)} Credits", "amount": amount, "quantity": ONE}
            ],
        },
    )
    return transaction, invoice.head.id


def top_up(work: Work, wallet_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Add credits; the transaction, the wallet and, for credits to be paid by invoice, ``invoice_id``.

    A closed wallet still takes credits. The same top-up twice within a second is ``AlreadyExists`` unless the keys
    differ.
    """
    wallet = accounts.find(work, wallet_id)
    if wallet is None:
        raise NotFound(f"no wallet {wallet_id!r}")
    credits = body.get("credits_to_add", ZERO)
    if not credits and body.get("amount"):
        credits = accounts.in_credits(body["amount"], wallet.topup_conversion_rate)
    _check_top_up(work, body, credits)
    reason = body["transaction_reason"]
    key = body.get("idempotency_key") or key_of(
        "wallet_top_up", wallet_id, credits, reason, work.now.strftime(WHOLE_SECOND)
    )
    grant = Grant(
        credits,
        reason,
        key,
        description=body.get("description", ""),
        metadata=body.get("metadata"),
        expiry=_instant(body, "expiry_date_utc"),
        priority=body.get("priority"),
        bonus=body.get("bonus_credits_to_add"),
        bonus_expiry=_instant(body, "bonus_credits_expiry_date_utc"),
    )
    if reason == PURCHASED_INVOICED:
        transaction, invoice_id = purchase(work, wallet, grant)
        return {"wallet_transaction": transaction, "invoice_id": invoice_id, "wallet": wallet}
    transaction, wallet = operations.credit(work, wallet, grant)
    return {"wallet_transaction": transaction, "wallet": wallet}


def _check_top_up(work: Work, body: Mapping[str, Any], credits: Decimal) -> None:
    """In the real server's order."""
    if credits <= 0:
        raise Invalid("credits_to_add must be greater than 0", {"credits_to_add": credits})
    check_reason(body["transaction_reason"], TOP_UP_REASONS)
    expiry, bonus_expiry = _instant(body, "expiry_date_utc"), _instant(body, "bonus_credits_expiry_date_utc")
    if expiry is not None and expiry < work.now:
        raise Invalid("expiry_date_utc must not be in the past")
    if body.get("priority", 0) < 0:
        raise Invalid("priority must not be negative")
    bonus = body.get("bonus_credits_to_add")
    if bonus is not None and bonus <= 0:
        raise Invalid("bonus_credits_to_add must be greater than 0", {"bonus_credits_to_add": bonus})
    if bonus_expiry is not None and bonus_expiry < work.now:
        raise Invalid("bonus_credits_expiry_date_utc must not be in the past")


def _instant(body: Mapping[str, Any], name: str) -> datetime | None:
    given = body.get(name)
    return None if given is None else given.instant
