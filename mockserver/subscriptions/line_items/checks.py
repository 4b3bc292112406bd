"""What a new line item must satisfy by itself (behaviour/subscriptions#terms-of-a-new-subscription,
behaviour/subscriptions#adding-a-line-item)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mockserver.errors import Invalid
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import Subscription
from mockserver.subscriptions.line_items import time_buckets
from mockserver.vocabulary import BillingPeriod

ONETIME = "ONETIME"


def check_commitment(
    amount: Decimal | None,
    quantity: Decimal | None,
    kind: str,
    factor: Decimal | None,
    *,
    kind_required: bool = False,
    factor_name: str = "overage_factor",
) -> None:
    """An amount or a quantity, never both, its kind, and a factor of at least 1. Nothing is asked of values that
    commit to nothing; a changed item must name the kind itself (behaviour/subscriptions#changing-a-line-item)."""
    by_amount = amount is not None and amount > 0
    by_quantity = quantity is not None and quantity > 0
    if not by_amount and not by_quantity:
        return
    if by_amount and by_quantity:
        raise Invalid(
            "either commitment_amount or commitment_quantity, not both",
            {"commitment_amount": amount, "commitment_quantity": quantity},
        )
    if kind and kind not in ("amount", "quantity"):
        raise Invalid(f"{kind!r} is not a commitment type", {"commitment_type": kind})
    if not kind and kind_required:
        raise Invalid("commitment_type is required", {"commitment_type": ""})
    if kind and by_amount and kind != "amount":
        raise Invalid("a commitment_amount has the type amount", {"commitment_type": kind, "commitment_amount": amount})
    if kind and by_quantity and kind != "quantity":
        raise Invalid(
            "a commitment_quantity has the type quantity",
            {"commitment_type": kind, "commitment_quantity": quantity},
        )
    if factor is None:
        raise Invalid(f"{factor_name} is required with a commitment")
    if factor < 1:
        raise Invalid(f"{factor_name} must be at least 1", {factor_name: factor})


def commitment_kind(amount: Decimal | None, quantity: Decimal | None, given: str | None) -> str | None:
    """The commitment's type: as given, else by what is committed."""
    if given:
        return given
    if amount is not None and amount > 0:
        return "amount"
    return "quantity" if quantity is not None and quantity > 0 else None


def check_new_item(
    item: Mapping[str, Any], price: Price | None = None, subscription: Subscription | None = None
) -> None:
    """One of price_id and price, dates in order and inside the subscription, a quantity that is not negative.

    ``price`` is the existing price, if known; ``subscription`` bounds the dates, if given.
    """
    inline = item.get("price")
    if item.get("price_id") and inline is not None:
        raise Invalid("either price_id or price, not both")
    if not item.get("price_id") and inline is None:
        raise Invalid("price_id or price is required")
    once = (price is not None and price.billing_period is BillingPeriod.ONETIME) or (inline or {}).get(
        "billing_period"
    ) == ONETIME
    start, end = item.get("start_date"), item.get("end_date")
    if not once and start is not None and end is not None and start.instant > end.instant:
        raise Invalid("start_date must not be after end_date")
    if subscription is not None:
        _check_bounds(item, subscription, once=once)
    if price is not None and once and price.invoice_cadence not in (None, "", "ADVANCE"):
        raise Invalid("a one-time charge must have the invoice_cadence ADVANCE")
    if item.get("quantity", 0) < 0:
        raise Invalid("quantity must not be negative")
    check_commitment(
        item.get("commitment_amount"),
        item.get("commitment_quantity"),
        item.get("commitment_type", ""),
        item.get("commitment_overage_factor"),
        factor_name="commitment_overage_factor",
    )
    time_buckets.check(item.get("commitment_time_buckets", ()), windowed=item.get("commitment_windowed", False))


def _check_bounds(item: Mapping[str, Any], subscription: Subscription, *, once: bool) -> None:
    inline = item.get("price") or {}
    sub_start, sub_end = subscription.start_date, subscription.end_date
    for name, key, given in (
        ("start_date", "start_date", item.get("start_date")),
        ("price start_date", "price_start_date", inline.get("start_date")),
    ):
        if given is not None and given.instant < sub_start:
            raise Invalid(
                f"{name} must not be before the subscription's start",
                {key: given.echo, "subscription_start": sub_start},
            )
    for name, key, given in (
        ("end_date", "end_date", None if once else item.get("end_date")),
        ("price end_date", "price_end_date", inline.get("end_date")),
    ):
        if given is not None and sub_end is not None and given.instant > sub_end:
            raise Invalid(
                f"{name} must not be after the subscription's end",
                {key: given.echo, "subscription_end": sub_end},
            )


def check_item_commitment(price_id: str, commitment: Mapping[str, Any]) -> None:
    """One entry of ``line_item_commitments``."""
    if not price_id:
        raise Invalid("line_item_commitments must not hold an empty price id")
    try:
        check_commitment(
            commitment.get("commitment_amount"),
            commitment.get("commitment_quantity"),
            commitment.get("commitment_type", ""),
            commitment.get("overage_factor"),
        )
        time_buckets.check(
            commitment.get("commitment_time_buckets", ()), windowed=commitment.get("is_window_commitment", False)
        )
    except Invalid as error:
        raise Invalid(
            f"the commitment for the price is not valid: {error.message}",
            {"price_id": price_id, "error": error.message},
        ) from None


def check_no_repeats(overrides: Sequence[Mapping[str, Any]]) -> None:
    """A price may be overridden once."""
    seen: set[str] = set()
    for index, override in enumerate(overrides):
        price_id = override["price_id"]
        if price_id in seen:
            raise Invalid("a price may be overridden only once in one request", {"price_id": price_id, "index": index})
        seen.add(price_id)
