"""The price of a quantity under each billing model (behaviour/rating#cost-of-a-quantity, behaviour/rating#custom-units,
behaviour/rating#quantity-of-a-meter). Nothing here rounds to a currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .money import (
    ZERO,
    add,
    ceil,
    currency_precision,
    divide,
    floor,
    multiply,
    round_half_away,
    subtract,
    total,
)

FLAT_FEE = "FLAT_FEE"
PACKAGE = "PACKAGE"
TIERED = "TIERED"
VOLUME = "VOLUME"
SLAB = "SLAB"
ROUND_DOWN = "down"


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: quantities up to and including ``up_to`` (None = no end); ``flat_amount`` is paid once on
    entering it.
    """

    up_to: int | None
    unit_amount: Decimal
    flat_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TransformQuantity:
    """Packages of ``divide_by`` units; ``round`` is ``"up"``, ``"down"`` or empty, which means up
    (behaviour/rating#cost-of-a-quantity).
    """

    divide_by: Decimal
    round: str = ""


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What a price says about money. ``amount`` and tier amounts are in ``currency``, already converted
    from a custom unit.
    """

    billing_model: str
    amount: Decimal = ZERO
    currency: str = "usd"
    tier_mode: str = ""
    tiers: tuple[Tier, ...] = ()
    transform_quantity: TransformQuantity | None = None


def cost(terms: PriceTerms, quantity: Decimal) -> Decimal:
    """The exact cost of a quantity in the price's currency; quantity 0 always costs 0
    (behaviour/rating#cost-of-a-quantity).

    ``transform_quantity`` acts for PACKAGE only. TIERED without tiers or without a known mode costs 0.
    """
    if not quantity:
        return ZERO
    return _cost(terms, quantity)


def bucketed_cost(terms: PriceTerms, bucket_values: Iterable[Decimal]) -> Decimal:
    """The exact cost of a bucketed meter: every bucket is priced alone, tiers starting again
    (behaviour/rating#quantity-of-a-meter).

    A bucket of 0 still pays the flat amount of the first tier; leave out buckets that had no event.
    """
    return total(_cost(terms, value) for value in bucket_values)


def _cost(terms: PriceTerms, quantity: Decimal) -> Decimal:
    if terms.billing_model == FLAT_FEE:
        return multiply(terms.amount, quantity)
    if terms.billing_model == PACKAGE:
        return multiply(terms.amount, packages(terms.transform_quantity, quantity))
    if terms.billing_model == TIERED and terms.tiers:
        tiers = sorted_tiers(terms.tiers)
        if terms.tier_mode == VOLUME:
            return _volume_cost(tiers, quantity)
        if terms.tier_mode == SLAB:
            return _slab_cost(tiers, quantity)
    return ZERO


def packages(transform: TransformQuantity | None, quantity: Decimal) -> Decimal:
    """How many packages a quantity fills: the quotient to 16 decimals, rounded up unless the price says
    down (behaviour/rating#cost-of-a-quantity).
    """
    if transform is None or transform.divide_by <= 0:
        return ZERO
    quotient = divide(quantity, transform.divide_by)
    return floor(quotient) if transform.round == ROUND_DOWN else ceil(quotient)


def sorted_tiers(tiers: Iterable[Tier]) -> list[Tier]:
    """Tiers by their upper end, the open one last (behaviour/rating#cost-of-a-quantity, edges)."""
    return sorted(tiers, key=lambda tier: (tier.up_to is None, tier.up_to or 0))


def _tier_cost(tier: Tier, quantity: Decimal) -> Decimal:
    return add(multiply(tier.unit_amount, quantity), tier.flat_amount or ZERO)


def _volume_cost(tiers: list[Tier], quantity: Decimal) -> Decimal:
    for tier in tiers:
        if tier.up_to is None or quantity <= tier.up_to:
            return _tier_cost(tier, quantity)
    return _tier_cost(tiers[-1], quantity)


def _slab_cost(tiers: list[Tier], quantity: Decimal) -> Decimal:
    remaining, previous, result = quantity, 0, ZERO
    for tier in tiers:
        part = remaining
        if tier.up_to is not None:
            part = min(remaining, Decimal(tier.up_to - previous))
            previous = tier.up_to
        result = add(result, _tier_cost(tier, part))
        remaining = subtract(remaining, part)
        if remaining <= 0:
            break
    return result


def unit_amount(line_amount: Decimal, rate: Decimal, base_currency: str) -> Decimal:
    """A rounded line amount back in custom units, rounded to the base currency's decimals
    (behaviour/rating#custom-units).

    ``rate`` is the unit's current rate, base currency per unit. Raises ZeroDivisionError for a rate of 0.
    """
    return round_half_away(divide(line_amount, rate), currency_precision(base_currency))


def unit_price(terms: PriceTerms, quantity: Decimal, rounded_amount: Decimal) -> Decimal:
    """The price of one unit for splitting a charge: the amount of a FLAT_FEE price, else amount ÷ quantity
    (behaviour/rating#commitment-of-a-subscription).
    """
    if terms.billing_model == FLAT_FEE:
        return terms.amount
    return divide(rounded_amount, quantity) if quantity else ZERO
