"""What wallets do on request: opening, topping up, debiting, changing, closing
(behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mockserver.catalogue.price_units import rules as price_units
from mockserver.credits.wallets import accounts, operations
from mockserver.credits.wallets.operations import Grant, Use
from mockserver.credits.wallets.schemas import (
    DEBIT_REASONS,
    POST_PAID,
    PRE_PAID,
    PRICE_TYPES,
    WALLET_TYPES,
)
from mockserver.customers import rules as customers
from mockserver.errors import AlreadyExists, Invalid, Refused, TossUp
from mockserver.idempotency import key_of
from mockserver.rating.money import ONE, ZERO
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Eq
from mockserver.store.records.wallets import Wallet
from mockserver.store.tables.price_units import PRICE_UNITS
from mockserver.store.transaction import new_id
from mockserver.vocabulary import WalletType
from mockserver.work import Work

FREE, PURCHASED_INVOICED = "FREE_CREDIT_GRANT", "PURCHASED_CREDIT_INVOICED"
TERMINATION = "WALLET_TERMINATION"
WHOLE_SECOND = "%Y-%m-%dT%H:%M:%SZ"


def create(work: Work, body: dict[str, Any]) -> Wallet:
    """A new wallet, with its first credits if any are asked for."""
    if body.get("price_unit"):
        unit = _unit(work, body["price_unit"])
        body = {**body, "currency": unit["base_currency"], "conversion_rate": unit["conversion_rate"]}
    _check_create(work, body)
    customer_id: str = body.get("customer_id") or customers.get_by_external_id(work, body["external_customer_id"])["id"]
    kept = ("description", "metadata", "auto_topup", "alert_settings")
    more: Row = {name: body[name] for name in kept if name in body}
    wallet = accounts.open_wallet(
        work,
        customer_id,
        body["currency"],
        wallet_type=WalletType(body.get("wallet_type") or PRE_PAID),
        conversion_rate=body.get("conversion_rate", ONE),
        topup_conversion_rate=body.get("topup_conversion_rate"),
        more=more,
    )
    credits = body.get("initial_credits_to_load", ZERO)
    if credits > 0:
        key = key_of("credit_grant", wallet.id, credits, FREE, work.now.strftime(WHOLE_SECOND))
        _, wallet = operations.credit(work, wallet, Grant(credits, FREE, key, expiry=_first_expiry(body)))
    return accounts.get(work, wallet.id)


def _unit(work: Work, code: str) -> Row:
    """The published price unit of that code; ``Invalid`` if it has been archived."""
    archived = work.tx.first(PRICE_UNITS, Eq("code", code), Compare("status", "!=", "published"))
    if archived is not None and price_units.find_by_code(work, code) is None:
        raise Invalid("the price unit is archived", {"price_unit": code, "status": archived["status"]})
    return price_units.get_by_code(work, code)


def _check_create(work: Work, body: Mapping[str, Any]) -> None:
    """In the real server's order."""
    if len(body["currency"]) != 3:
        raise Invalid("currency must have three letters")
    if "auto_topup" in body:
        for name in ("threshold", "amount", "invoicing"):
            if name not in body["auto_topup"]:
                raise Invalid(f"auto_topup needs {name}")
    kind = body.get("wallet_type", "")
    if kind and kind not in WALLET_TYPES:
        raise Invalid(f"unknown wallet_type {kind!r}", {"allowed": list(WALLET_TYPES), "type": kind})
    rate, topup = body.get("conversion_rate", ZERO), body.get("topup_conversion_rate")
    if rate < 0:
        raise Invalid("conversion_rate must not be negative", {"conversion_rate": rate})
    if topup is not None and topup <= 0:
        raise Invalid("topup_conversion_rate must be greater than 0")
    if not body.get("customer_id") and not body.get("external_customer_id"):
        raise Invalid("customer_id or external_customer_id is required")
    expiry = body.get("initial_credits_expiry_date_utc")
    if expiry is not None and expiry.instant < work.now:
        raise Invalid("initial_credits_expiry_date_utc must not be in the past")


def _first_expiry(body: Mapping[str, Any]) -> datetime | None:
    """When the first credits expire: as a time, or midnight UTC of a YYYYMMDD number."""
    given = body.get("initial_credits_expiry_date_utc")
    if given is not None:
        expiry: datetime = given.instant
        return expiry
    day = body.get("initial_credits_to_load_expiry_date")
    if day is None:
        return None
    try:
        return datetime.strptime(str(day), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("initial_credits_to_load_expiry_date must be YYYYMMDD", {"expiry_date": day}) from None


def check_reason(reason: str, allowed: tuple[str, ...]) -> None:
    """``Invalid`` for a transaction reason that this kind of change does not take."""
    if reason not in allowed:
        raise Invalid(
            f"transaction_reason {reason!r} is not allowed here",
            {"allowed_reasons": list(allowed), "transaction_reason": reason},
        )


def debit(work: Work, wallet_id: str, body: Mapping[str, Any]) -> Wallet:
    """Take credits from an active wallet by hand; it may fall below 0."""
    credits = body.get("credits", ZERO)
    if credits <= 0:
        raise Invalid("credits must be greater than 0", {"credits": credits})
    reason = body["transaction_reason"]
    check_reason(reason, DEBIT_REASONS)
    wallet = accounts.get(work, wallet_id)
    if wallet.wallet_status != accounts.ACTIVE:
        raise Refused("the wallet is not active")
    use = Use(
        reason,
        body["idempotency_key"],
        credits=credits,
        description=body.get("description", ""),
        metadata=body.get("metadata"),
    )
    return operations.debit(work, wallet, use)


def update(work: Work, wallet_id: str, body: Mapping[str, Any]) -> Wallet:
    """Change what the body carries; automatic top-up is merged field by field.

    An unknown wallet is 404 or 500 at random. The answer still shows the old ``updated_at``.
    """
    for kind in body.get("config", {}).get("allowed_price_types", ()):
        if kind not in PRICE_TYPES:
            raise Invalid(f"unknown price type {kind!r}", {"allowed": list(PRICE_TYPES), "type": kind})
    row = accounts.find(work, wallet_id)
    if row is None:
        raise TossUp(f"no wallet {wallet_id!r}", {"wallet_id": wallet_id}, code="not_found", other="database_error")
    changes: dict[str, Any] = {
        name: body[name] for name in ("name", "description", "metadata", "config") if name in body
    }
    if "auto_topup" in body:
        changes["auto_topup"] = {**(row.auto_topup or {}), **body["auto_topup"]}
    if "alert_settings" in body:
        changes["alert_settings"] = body["alert_settings"]
        if not body["alert_settings"].get("alert_enabled"):
            changes["alert_state"] = "ok"
    return work.alter(row, replace(row, **changes), {"wallet_id": wallet_id})


def terminate(work: Work, wallet_id: str) -> None:
    """Use up what is left and close the wallet; ``Refused`` if it is closed."""
    wallet = accounts.get(work, wallet_id)
    if wallet.wallet_status == accounts.CLOSED:
        raise Refused("the wallet is closed already")
    _close(work, wallet, wallet_id, "Wallet termination - remaining balance debit")


def _close(work: Work, wallet: Wallet, key: str, description: str) -> Wallet:
    if wallet.credit_balance > 0:
        use = Use(TERMINATION, key, credits=wallet.credit_balance, description=description)
        wallet = operations.debit(work, wallet, use)
    return work.alter(wallet, replace(wallet, wallet_status=accounts.CLOSED))


def modify(work: Work, wallet_id: str, body: Mapping[str, Any]) -> dict[str, Wallet]:
    """Turn an active prepaid wallet into a postpaid one: it is closed, its credits move to a new wallet."""
    if body["modification_type"] != "prepaid_to_postpaid":
        raise Invalid("modification_type must be prepaid_to_postpaid")
    wallet = accounts.get(work, wallet_id)
    if wallet.wallet_type != PRE_PAID:
        raise Refused(
            "only a prepaid wallet can become postpaid",
            {"wallet_id": wallet_id, "wallet_type": wallet.wallet_type},
        )
    if wallet.wallet_status != accounts.ACTIVE:
        raise Refused(
            "only an active wallet can become postpaid",
            {"wallet_id": wallet_id, "wallet_status": wallet.wallet_status},
        )
    for existing in accounts.active_of(work, wallet.customer_id):
        if existing.wallet_type == POST_PAID and existing.currency == wallet.currency:
            raise AlreadyExists(
                "the customer has an active postpaid wallet of that currency",
                {
                    "customer_id": wallet.customer_id,
                    "wallet_id": existing.id,
                    "currency": wallet.currency,
                },
            )
    closed = _close(work, wallet, f"{wallet_id}_conversion_debit", "Wallet conversion - prepaid to postpaid")
    new = accounts.open_wallet(
        work,
        wallet.customer_id,
        wallet.currency,
        wallet_type=WalletType.POST_PAID,
        conversion_rate=wallet.conversion_rate,
        topup_conversion_rate=wallet.topup_conversion_rate,
        more={
            "description": f"Converted from prepaid wallet {wallet_id}",
            "metadata": {"converted_from": wallet_id},
            "alert_settings": wallet.alert_settings,
            "auto_topup": wallet.auto_topup,
        },
    )
    if wallet.credit_balance > 0:
        grant = Grant(
            wallet.credit_balance,
            FREE,
            key_of("credit_grant", new.id, wallet_id, wallet.credit_balance, FREE),
            description=f"Credits transferred from prepaid wallet {wallet_id}",
            reference=(operations.REQUEST, new_id("wtxn")),
        )
        _, new = operations.credit(work, new, grant)
    return {"original_wallet": closed, "new_wallet": new}
