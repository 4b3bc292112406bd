"""What a price request must look like before anything is looked up (behaviour/prices-and-meters#checks-of-a-price)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mockserver.catalogue.prices.schemas import (
    BILLING_MODELS,
    BILLING_PERIODS,
    ENTITY_TYPES,
    INVOICE_CADENCES,
    PRICE_TYPES,
    ROUNDINGS,
    CreatePriceIn,
)
from mockserver.catalogue.tax_metadata import check_tax_metadata
from mockserver.errors import Invalid
from mockserver.rating.money import plain
from mockserver.work import Work

FIAT, CUSTOM = "FIAT", "CUSTOM"
CREATE = CreatePriceIn()
_UNIT_CODE_LENGTH = 3

Request = Mapping[str, Any]


def unit_type(request: Request) -> str:
    """``price_unit_type`` as it is stored; anything but CUSTOM behaves like FIAT."""
    return request.get("price_unit_type") or FIAT


def complete(work: Work, request: Request) -> dict[str, Any]:
    """The request with the documented default of ``billing_period_count`` (divergence
    billing-period-count-required)."""
    result = dict(request)
    if "billing_period_count" not in result:
        result["billing_period_count"] = 0 if work.differs("billing-period-count-required") else 1
    return result


def check_request(work: Work, request: Request) -> None:
    """The first rule the request breaks, as ``Invalid``."""
    _check_tags(work, request)
    count = request["billing_period_count"]
    if count < 1:
        raise Invalid("billing_period_count must be at least 1", {"billing_period_count": count})
    _check_enums(request)
    _check_unit_config(request)
    _check_billing_model(request)
    _check_type(request)
    _check_trial(request)
    start, end = request.get("start_date"), request.get("end_date")
    if start is not None and end is not None and start.instant > end.instant:
        raise Invalid("start_date must not be after end_date")
    check_tax_metadata(request.get("metadata"))


def _check_tags(work: Work, request: Request) -> None:
    failed = CREATE.failures(request)
    code = request.get("price_unit_config", {}).get("price_unit", "")
    if code and len(code) != _UNIT_CODE_LENGTH and work.differs("price-unit-code-three-characters"):
        failed["PriceUnit"] = (
            "Key: 'CreatePriceRequest.PriceUnitConfig.PriceUnit' Error:Field validation for 'PriceUnit' failed on the"
            " 'len' tag"
        )
    if failed:
        raise Invalid("the request failed validation; see details", failed)


def _check_enums(request: Request) -> None:
    _one_of(request["type"], PRICE_TYPES, "price_type")
    _one_of(request["billing_model"], BILLING_MODELS, "billing_model")
    period = request["billing_period"]
    if period not in BILLING_PERIODS:
        raise Invalid(f"unknown billing_period {period!r}", {"billing_period": period})
    if request["invoice_cadence"] not in INVOICE_CADENCES:
        raise Invalid("invoice_cadence must be ARREAR or ADVANCE", {"allowed": list(INVOICE_CADENCES)})
    _one_of(request["entity_type"], ENTITY_TYPES, "price_entity_type")


def _one_of(value: str, allowed: Sequence[str], key: str) -> None:
    if value not in allowed:
        raise Invalid(f"{key} must be one of {', '.join(allowed)}", {key: value, "allowed": list(allowed)})


def _check_unit_config(request: Request) -> None:
    kind, config = unit_type(request), request.get("price_unit_config")
    if (config is not None) != (kind == CUSTOM):
        raise Invalid(
            "price_unit_config goes with price_unit_type CUSTOM",
            {"price_unit_type": kind, "has_price_unit_config": config is not None},
        )
    if config is None:
        return
    tiers, unit_tiers = request.get("tiers", ()), config.get("price_unit_tiers", ())
    _check_tiers(unit_tiers, "price_unit_tiers")
    if tiers and unit_tiers:
        raise Invalid(
            "tiers of a CUSTOM price belong into price_unit_config",
            {"tiers": len(tiers), "price_unit_tiers": len(unit_tiers)},
        )


def _check_tiers(tiers: Sequence[Request], field_name: str) -> None:
    for index, tier in enumerate(tiers):
        for key in ("unit_amount", "flat_amount"):
            value: Decimal = tier.get(key, Decimal(0))
            if value < 0:
                details = {"tier_index": index, "field_name": field_name, key: plain(value)}
                raise Invalid(f"{key} of a tier must not be negative", details)


def _check_billing_model(request: Request) -> None:
    custom = unit_type(request) == CUSTOM
    money: Request = request["price_unit_config"] if custom else request
    if request["billing_model"] == "TIERED":
        name = "price_unit_tiers" if custom else "tiers"
        if not money.get(name):
            raise Invalid(f"a TIERED price needs {name}")
        _check_tiers(money[name], name)
        return
    if request["billing_model"] == "PACKAGE":
        if "transform_quantity" not in request:
            raise Invalid("a PACKAGE price needs transform_quantity")
        broken = broken_transform(request["transform_quantity"])
        if broken:
            raise Invalid("transform_quantity of a PACKAGE price is wrong", broken)
    if "amount" not in money:
        raise Invalid("price_unit_config needs an amount" if custom else "amount is required")


def broken_transform(transform: Request) -> dict[str, Any] | None:
    """What is wrong with a ``transform_quantity``, as error details; None if nothing."""
    divide_by, rounding = transform.get("divide_by", 0), transform.get("round", "")
    if divide_by < 1:
        return {"divide_by": divide_by}
    if rounding and rounding not in ROUNDINGS:
        return {"round_type": rounding, "allowed": list(ROUNDINGS)}
    return None


def _check_type(request: Request) -> None:
    if request["type"] == "USAGE":
        if not request.get("meter_id"):
            raise Invalid("a USAGE price needs meter_id")
        if "min_quantity" in request:
            raise Invalid("a USAGE price takes no min_quantity")
    if request["billing_period"] == "ONETIME" and request["invoice_cadence"] != "ADVANCE":
        raise Invalid("a ONETIME price is invoiced in ADVANCE")


def _check_trial(request: Request) -> None:
    days = request.get("trial_period_days", 0)
    if days < 0:
        raise Invalid("trial_period_days must not be negative")
    if days > 0 and (request["billing_period"] == "ONETIME" or request["type"] != "FIXED"):
        raise Invalid("only recurring FIXED prices have a trial")
