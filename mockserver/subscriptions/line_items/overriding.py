"""Replacing a price by one of the subscription's own (behaviour/subscriptions#overrides,
behaviour/subscriptions#changing-a-line-item)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mockserver.catalogue.prices.overrides import override_for_subscription
from mockserver.catalogue.prices.schemas import BILLING_MODELS, ROUNDINGS, TIER_MODES
from mockserver.errors import Invalid
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.line_items.building import USAGE, quantity_or_default
from mockserver.work import Work

CUSTOM = "CUSTOM"
FIAT_FIELDS, UNIT_FIELDS = ("amount", "tiers"), ("price_unit_amount", "price_unit_tiers")
TERMS = ("billing_model", "amount", "tier_mode", "tiers", "transform_quantity", *UNIT_FIELDS)


def check_override(override: Mapping[str, Any], prices: Mapping[str, Price]) -> Price:
    """The price to override; ``Invalid`` for the first rule broken. ``prices`` are those that may be overridden."""
    price_id = override["price_id"]
    if not any(given(override, name) for name in ("quantity", *TERMS)):
        raise Invalid("an override must change something")
    if _any(override, FIAT_FIELDS) and _any(override, UNIT_FIELDS):
        raise Invalid("amounts in real currency and in a price unit exclude each other")
    for name in ("amount", "price_unit_amount"):
        if override.get(name) is not None and override[name] < 0:
            raise Invalid(f"{name} must not be negative", {name: override[name]})
    quantity = override.get("quantity")
    if quantity is not None and quantity < 0:
        raise Invalid("quantity must not be negative")
    price = prices.get(price_id)
    if price is None:
        raise Invalid("the price is not one of the subscription's plan prices", {"price_id": price_id})
    if quantity is not None and quantity > 0 and price.type == USAGE:
        raise Invalid("usage prices have no quantity", {"price_id": price_id, "price_type": price.type})
    _check_model(override, price)
    if given(override, "tier_mode") and override["tier_mode"] not in TIER_MODES:
        raise Invalid(f"{override['tier_mode']!r} is not a tier mode", {"billing_tier": override["tier_mode"]})
    if "transform_quantity" in override:
        _check_transform(override["transform_quantity"])
    kind = {"price_id": price_id, "price_unit_type": price.price_unit_type}
    if _any(override, FIAT_FIELDS if price.price_unit_type == CUSTOM else UNIT_FIELDS):
        raise Invalid("the price's kind of unit cannot change", kind)
    return price


def given(override: Mapping[str, Any], name: str) -> bool:
    """Whether the request sets a field: empty texts and lists do not, zero amounts do."""
    return override.get(name) not in (None, "", [])


def _any(override: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return any(given(override, name) for name in names)


def _check_model(override: Mapping[str, Any], price: Price) -> None:
    """A billing model comes with the amounts it needs."""
    model = override.get("billing_model", "")
    if not model:
        return
    if model not in BILLING_MODELS:
        raise Invalid(f"{model!r} is not a billing model", {"billing_model": model})
    kind = {"price_id": override["price_id"], "price_unit_type": price.price_unit_type}
    custom = price.price_unit_type == CUSTOM
    if model == "TIERED":
        name = "price_unit_tiers" if custom else "tiers"
        if not given(override, name):
            raise Invalid(f"{name} are required for tiered billing", kind)
        for index, tier in enumerate(override[name]):
            for key in ("unit_amount", "flat_amount"):
                if tier.get(key, Decimal(0)) < 0:
                    raise Invalid(f"{key} of a tier must not be negative", {"tier_index": index, key: tier[key]})
        return
    if model == "PACKAGE":
        if "transform_quantity" not in override:
            raise Invalid("transform_quantity is required for package billing")
        _check_transform(override["transform_quantity"])
    name = "price_unit_amount" if custom else "amount"
    if name not in override:
        raise Invalid(f"{name} is required with that billing model", kind)


def _check_transform(transform: Mapping[str, Any]) -> None:
    if transform.get("divide_by", 0) <= 0:
        raise Invalid("divide_by must be positive", {"divide_by": transform.get("divide_by", 0)})
    rounding = transform.get("round", "")
    if rounding and rounding not in ROUNDINGS:
        raise Invalid("round must be up or down", {"round": rounding, "allowed": list(ROUNDINGS)})


def own_price(work: Work, subscription_id: str, price: Price, override: Mapping[str, Any]) -> Price:
    """A new price of the subscription's own, made even when only the quantity changes; it starts now."""
    changes = {name: override[name] for name in TERMS if given(override, name)}
    return Price.of(override_for_subscription(work, subscription_id, price.row, changes))


def apply_overrides(
    work: Work,
    subscription: Subscription,
    prices: Sequence[Price],
    items: Sequence[LineItem],
    overrides: Sequence[Mapping[str, Any]],
) -> list[LineItem]:
    """The items, those of overridden prices with a price of the subscription's own and the quantity sent
    (behaviour/subscriptions#overrides)."""
    known = {price.id: price for price in prices}
    by_price = {item.price_id: item for item in items}
    for override in overrides:
        price = check_override(override, known)
        made = own_price(work, subscription.id, price, override)
        item = by_price[price.id]
        quantity = item.quantity
        if override.get("quantity") is not None:
            quantity = quantity_or_default(override["quantity"], price)
        by_price[price.id] = replace(item, quantity=quantity, price_id=made.id, display_name=made.display_name)
    return [by_price[item.price_id] for item in items]
