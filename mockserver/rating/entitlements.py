"""Included usage: how much of a line's quantity an entitlement makes free (behaviour/rating#entitlements)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .money import ZERO, subtract, total

DAILY = "DAILY"
MONTHLY = "MONTHLY"
NEVER = "NEVER"

SHOWN_RESETS = {DAILY: "daily", MONTHLY: "monthly", NEVER: "never"}
"""Reset periods an invoice line names in its metadata."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Included usage of a meter. ``limit`` None is unlimited.

    What the reset period needs beside the line's own quantity comes along: ``window_sums`` are the meter's
    quantities of the line's UTC days (DAILY) or months from the subscription's anchor (MONTHLY on another billing
    period); ``since_start`` is the quantity from the subscription's start to the line's end and ``before`` to the
    line's start (NEVER).
    """

    limit: int | None
    reset_period: str
    is_enabled: bool = True
    window_sums: tuple[Decimal, ...] = ()
    since_start: Decimal = ZERO
    before: Decimal = ZERO


def billable_quantity(
    quantity: Decimal, entitlement: Entitlement, billing_period: str, is_bucketed: bool = False
) -> Decimal:
    """What is left to bill of a line's quantity (behaviour/rating#entitlements).

    A limit applies to every line of the meter anew. Soft or hard makes no difference. A disabled entitlement deducts
    nothing. For a bucketed meter the limit comes off the sum, whatever the reset period.
    """
    if not entitlement.is_enabled:
        return quantity
    if entitlement.limit is None:
        return ZERO
    limit = Decimal(entitlement.limit)
    if not is_bucketed and entitlement.reset_period != billing_period:
        if entitlement.reset_period in (DAILY, MONTHLY):
            return total(_above(value, limit) for value in entitlement.window_sums)
        if entitlement.reset_period == NEVER:
            return _above(subtract(entitlement.since_start, entitlement.before), limit)
    return _above(quantity, limit)


def deducted_quantity(quantity: Decimal, billable: Decimal) -> Decimal:
    """What a line shows as ``adjusted_entitlement_quantity`` (behaviour/rating#entitlements)."""
    return max(subtract(quantity, billable), ZERO)


def _above(value: Decimal, limit: Decimal) -> Decimal:
    return max(subtract(value, limit), ZERO)
