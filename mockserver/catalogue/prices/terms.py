"""A stored price as the rating functions take it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.rating.cost import PriceTerms, Tier, TransformQuantity
from mockserver.rating.money import ZERO
from mockserver.store.records.prices import Price


def _decimal(value: Any) -> Decimal:
    return ZERO if value is None else Decimal(value)


def _tier(tier: Mapping[str, Any]) -> Tier:
    flat = tier.get("flat_amount")
    return Tier(tier.get("up_to"), _decimal(tier.get("unit_amount")), None if flat is None else Decimal(flat))


def terms_of(price: Price) -> PriceTerms:
    """What a row of PRICES says about money, in its fiat currency (behaviour/rating#cost-of-a-quantity,
    behaviour/rating#custom-units)."""
    transform = price.transform_quantity
    return PriceTerms(
        billing_model=price.billing_model or "",
        amount=_decimal(price.amount),
        currency=price.currency,
        tier_mode=price.tier_mode or "",
        tiers=tuple(_tier(tier) for tier in price.tiers or ()),
        transform_quantity=TransformQuantity(_decimal(transform.get("divide_by")), transform.get("round") or "")
        if transform
        else None,
    )
