"""Fixed charges: which invoice a fixed line item is on, and how much of it
(behaviour/invoices-and-wallets#fixed-charges, behaviour/invoices-and-wallets#when-invoices-come)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .charges import FIXED, Line, PriceUnit
from .cost import PriceTerms, cost, unit_amount
from .money import ZERO, multiply, round_money
from .periods import ANNUAL, DAILY, HALF_YEARLY, MONTHLY, ONETIME, QUARTERLY, WEEKLY, Period, next_period_end
from .proration import OpeningProration, active_period, opening_share, prorated, share
from .zones import as_utc

ADVANCE = "ADVANCE"
ARREAR = "ARREAR"

_LENGTHS = (DAILY, WEEKLY, MONTHLY, QUARTERLY, HALF_YEARLY, ANNUAL)


@dataclass(frozen=True, slots=True)
class FixedItem:
    """A fixed line item. ``billing_period`` and ``invoice_cadence`` are the price's; ``end`` None is open."""

    line_item_id: str
    terms: PriceTerms
    start: datetime
    billing_period: str
    invoice_cadence: str
    quantity: Decimal = Decimal(1)
    end: datetime | None = None
    billing_period_count: int = 1
    display_name: str = ""
    price_id: str = ""
    price_unit: PriceUnit | None = None


def is_longer(period: str, other: str) -> bool:
    """Whether one billing period is longer than another; never where either is ONETIME."""
    if period not in _LENGTHS or other not in _LENGTHS:
        return False
    return _LENGTHS.index(period) > _LENGTHS.index(other)


def matching_period(item: FixedItem, window: Period, tz: str | None = None) -> Period | None:
    """The period of an item longer than its subscription that an invoice's window bills; None when there is none.

    ADVANCE: the item's period that starts inside [start, end). ARREAR: the one that ends inside (start, end]. Whole
    seconds; the item's periods count from its own start (behaviour/invoices-and-wallets#fixed-charges).
    """
    at = as_utc(item.start)
    last = as_utc(item.end) if item.end is not None else None
    begin, finish = window.start.replace(microsecond=0), window.end.replace(microsecond=0)
    while at.replace(microsecond=0) <= finish and (last is None or at < last):
        end = next_period_end(at, item.start, item.billing_period, max(item.billing_period_count, 1), tz, last)
        if item.invoice_cadence == ADVANCE:
            if begin <= at.replace(microsecond=0) < finish:
                return Period(at, end)
        elif begin < end.replace(microsecond=0) <= finish:
            return Period(at, end)
        at = end
    return None


@dataclass(frozen=True, slots=True)
class Due:
    """Where an item belongs when a period closes: in advance or in arrear of that period, in advance of the next."""

    current_advance: bool = False
    current_arrear: bool = False
    next_advance: bool = False


def due(item: FixedItem, current: Period, following: Period, billing_period: str, tz: str | None = None) -> Due:
    """Which part of which invoice bills a fixed item (behaviour/invoices-and-wallets#fixed-charges,
    behaviour/invoices-and-wallets#when-invoices-come).

    An opening invoice bills ``current_advance``; a cycle invoice ``current_arrear`` and ``next_advance``.
    ``billing_period`` is the subscription's.
    """
    advance = item.invoice_cadence == ADVANCE
    if item.billing_period == ONETIME:
        start = as_utc(item.start)
        if advance:
            return Due(current_advance=current.contains(start), next_advance=following.contains(start))
        return Due(current_arrear=current.start < start <= current.end)
    if is_longer(item.billing_period, billing_period):
        now = matching_period(item, current, tz) is not None
        if advance:
            return Due(current_advance=now, next_advance=matching_period(item, following, tz) is not None)
        return Due(current_arrear=now)
    if advance:
        return Due(current_advance=True, next_advance=item.end is None or as_utc(item.end) >= following.start)
    return Due(current_arrear=True)


def fixed_line(
    item: FixedItem,
    period: Period,
    billing_period: str,
    currency: str,
    tz: str | None = None,
    proration: OpeningProration | None = None,
) -> Line | None:
    """The line of a fixed item on the invoice of a period; None where it bills nothing
    (behaviour/invoices-and-wallets#fixed-charges, behaviour/subscriptions#opening-invoice).

    ONETIME: in full, at one point of time. Longer than the subscription: in full on the invoice its period falls on.
    Otherwise a share of the seconds it is active in the period. ``proration`` is given for a subscription with
    ``create_prorations`` on the invoice of its current period. ``billing_period`` and ``currency`` are the
    subscription's.
    """
    start = as_utc(item.start)
    if start > period.end:
        return None
    amount = cost(item.terms, item.quantity)
    where: Period | None
    if item.billing_period == ONETIME:
        where = Period(start, as_utc(item.end) if item.end is not None else start)
    elif is_longer(item.billing_period, billing_period):
        where = matching_period(item, period, tz)
    else:
        where = active_period(item.start, item.end, period)
        if where is not None and where != period:
            amount = multiply(amount, share(where.end - where.start, period.end - period.start))
        elif where is not None and proration is not None:
            part = opening_share(proration, start)
            if part is not None:
                amount = prorated(item.terms.amount, item.quantity, part, currency)
    if where is None:
        return None
    unit = item.price_unit
    return Line(
        FIXED,
        item.display_name,
        round_money(amount, currency),
        item.quantity,
        {"description": f"{item.display_name} (Fixed Charge)"},
        line_item_id=item.line_item_id,
        price_id=item.price_id,
        period=where,
        price_unit_amount=unit_amount(amount, unit.rate, unit.base_currency) if unit and unit.rate else ZERO,
    )
