"""Turning a checked request into a row of PRICES (behaviour/prices-and-meters#checks-after-the-look-up,
behaviour/prices-and-meters#derived-values)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mockserver.catalogue.meters import rules as meters
from mockserver.catalogue.price_units import rules as price_units
from mockserver.catalogue.prices.checks import CUSTOM, Request, unit_type
from mockserver.errors import Invalid
from mockserver.rating.money import ONE, ZERO, display_price_amount, multiply, plain
from mockserver.store.columns import Row
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

Tiers = list[dict[str, Any]]


def draft(
    work: Work,
    request: Request,
    *,
    names: Mapping[str, str],
    parent_price_id: str | None = None,
    entity_id: str | None = None,
) -> Row:
    """A complete row, not yet stored; ``start_date`` and ``end_date`` are still as sent.

    ``names`` are display names by price type for a request without one; an empty one stands for the meter's own.
    """
    if request["type"] == "USAGE" and request.get("filter_values"):
        work.differs("price-filter-values-ignored")
    custom = unit_type(request) == CUSTOM
    config: Request = request.get("price_unit_config", {}) if custom else {}
    row = work.new_row(
        PRICES,
        {
            "amount": request.get("amount", ZERO),
            "currency": request["currency"],
            "price_unit_type": unit_type(request),
            "price_unit": config.get("price_unit"),
            "price_unit_amount": config.get("amount"),
            "price_unit_tiers": _tiers(config.get("price_unit_tiers", ())),
            "tiers": None if custom else _tiers(request.get("tiers", ())),
            "min_quantity": Decimal(request["min_quantity"]) if "min_quantity" in request else None,
            "billing_cadence": "RECURRING",
            "trial_period_days": request.get("trial_period_days", 0),
            "meter_id": request.get("meter_id", "") if request["type"] == "USAGE" else "",
            "filter_values": request.get("filter_values") or None,
            "transform_quantity": request.get("transform_quantity", {"divide_by": 1}),
            "metadata": request.get("metadata", {}),
            "start_date": request.get("start_date", work.now),
            "end_date": request.get("end_date"),
            "parent_price_id": parent_price_id,
            "display_price_unit_amount": "",
            **{name: request[name] for name in _PLAIN},
            **{name: request.get(name, "") for name in _TEXTS},
        },
        entity_id,
    )
    _check(row)
    meter = meters.get(work, row["meter_id"]) if row["type"] == "USAGE" else None
    if not row["display_name"]:
        row["display_name"] = names.get(row["type"]) or (meter["name"] if meter else "")
    if custom:
        _convert(work, row)
    row["display_amount"] = display_price_amount(row["currency"], row["amount"])
    return row


_PLAIN = (
    "type",
    "billing_period",
    "billing_period_count",
    "billing_model",
    "invoice_cadence",
    "entity_type",
    "entity_id",
)
_TEXTS = ("tier_mode", "lookup_key", "description", "display_name", "group_id")


def _tiers(tiers: Sequence[Request]) -> Tiers | None:
    """Tiers as they are stored, in request order; None for none."""
    return [_tier(tier.get("up_to"), tier.get("unit_amount", ZERO), tier.get("flat_amount")) for tier in tiers] or None


def _tier(up_to: int | None, unit_amount: Decimal, flat_amount: Decimal | None) -> dict[str, Any]:
    tier: dict[str, Any] = {"up_to": up_to, "unit_amount": unit_amount}
    return tier if flat_amount is None else {**tier, "flat_amount": flat_amount}


def _check(row: Row) -> None:
    if row["amount"] < 0:
        raise Invalid("amount must not be negative", {"amount": plain(row["amount"])})
    if row["type"] == "USAGE" and row["invoice_cadence"] == "ADVANCE":
        raise Invalid(
            "usage can only be invoiced in ARREAR",
            {"price_type": "USAGE", "invoice_cadence": "ADVANCE", "allowed": ["ARREAR"]},
        )
    if row["min_quantity"] is not None and row["min_quantity"] < 0:
        raise Invalid("min_quantity must not be negative")


def _convert(work: Work, row: Row) -> None:
    """Fill in the real-currency side of a price in a custom unit; nothing is rounded
    (behaviour/rating#custom-units)."""
    unit = price_units.get_by_code(work, row["price_unit"])
    base, currency = unit["base_currency"], row["currency"]
    if base != currency and (base != currency.lower() or work.differs("custom-price-currency-case")):
        raise Invalid(
            "the currency differs from the price unit's base currency",
            {"price_unit_base_currency": base, "price_currency": currency},
        )
    rate: Decimal = unit["conversion_rate"]
    if rate <= 0 and (row["price_unit_amount"] is not None or row["price_unit_tiers"]):
        raise Invalid("the price unit's conversion_rate must be greater than zero", {"conversion_rate": plain(rate)})
    if row["price_unit_amount"] is not None:
        row["amount"] = multiply(row["price_unit_amount"], rate)
        row["display_price_unit_amount"] = unit["symbol"] + plain(row["price_unit_amount"])
    if row["price_unit_tiers"]:
        row["tiers"] = [_converted(tier, rate) for tier in row["price_unit_tiers"]]
    row["price_unit_id"], row["conversion_rate"] = unit["id"], rate


def _converted(tier: Mapping[str, Any], rate: Decimal) -> dict[str, Any]:
    flat = tier.get("flat_amount")
    return _tier(tier["up_to"], multiply(tier["unit_amount"], rate), None if flat is None else multiply(flat, rate))


def with_column_defaults(row: Row) -> Row:
    """The row with what the database fills in: a FIAT price has rate 1 and no amount in a unit."""
    return {
        **row,
        "currency": row["currency"].lower(),
        "price_unit_amount": ZERO if row["price_unit_amount"] is None else row["price_unit_amount"],
        "conversion_rate": ONE if row["conversion_rate"] is None else row["conversion_rate"],
    }
