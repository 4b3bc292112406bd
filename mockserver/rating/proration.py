"""Shares of a billing period: late starts, opening invoices, credits on cancelling
(behaviour/subscriptions#opening-invoice, behaviour/subscriptions#cancelling;
behaviour/invoices-and-wallets#fixed-charges).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from .money import ZERO, divide, multiply, round_money, subtract
from .periods import CALENDAR, Period, previous_period_start
from .zones import as_utc

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_MICROSECONDS = Decimal(1_000_000)


def seconds(length: timedelta) -> Decimal:
    """A length of time in seconds, exact to the microsecond."""
    return divide(Decimal(length // timedelta(microseconds=1)), _MICROSECONDS)


def share(part: timedelta, whole: timedelta) -> Decimal:
    """The quotient of two lengths of time, to 16 decimals; 0 for a part below zero. Raises ValueError for an empty
    whole.
    """
    if whole <= timedelta(0):
        raise ValueError("the period has no length")
    return divide(seconds(max(part, timedelta(0))), seconds(whole))


def active_period(start: datetime, end: datetime | None, period: Period) -> Period | None:
    """The part of a period in which a line item is active; None when it is not."""
    latest = as_utc(end) if end is not None else period.end
    return period.overlap(Period(as_utc(start), max(latest, as_utc(start))))


@dataclass(frozen=True, slots=True)
class OpeningProration:
    """What an opening invoice with ``create_prorations`` needs to know of its subscription
    (behaviour/subscriptions#opening-invoice)."""

    billing_cycle: str
    billing_anchor: datetime
    billing_period: str
    billing_period_count: int
    period_end: datetime


def opening_share(terms: OpeningProration, item_start: datetime) -> Decimal | None:
    """The share of a full period an opening invoice charges (behaviour/subscriptions#opening-invoice).

    (E - max(item start, S)) / (E - S), where E is a second before the period's end and S one full period
    before the anchor on the calendar cycle (stepped back in UTC), the anchor itself on the anniversary cycle.
    None where an anchor after the period's end leaves no length to divide by; the price is then due in full.
    """
    start = as_utc(terms.billing_anchor)
    if terms.billing_cycle == CALENDAR:
        start = previous_period_start(start, start, terms.billing_period, terms.billing_period_count)
    end = as_utc(terms.period_end) - _SECOND
    return None if end <= start else share(end - max(as_utc(item_start), start), end - start)


def prorated(price_amount: Decimal, quantity: Decimal, part: Decimal, currency: str) -> Decimal:
    """The rounded charge for a share of a period: price x quantity x share
    (behaviour/subscriptions#opening-invoice)."""
    return round_money(multiply(multiply(price_amount, quantity), part), currency)


@dataclass(frozen=True, slots=True)
class CancelCredit:
    """The credit of one line item. ``amount`` 0 means that nothing was computed; then the API names no price."""

    amount: Decimal
    days: int


def cancel_credit(
    price_amount: Decimal,
    quantity: Decimal,
    period: Period,
    effective: datetime,
    currency: str,
    billed: Decimal | None = None,
    credited: Decimal = ZERO,
) -> CancelCredit:
    """What an immediate cancel gives back for an ADVANCE FIXED item of the current period
    (behaviour/subscriptions#cancelling).

    price x quantity x (E - effective) / (E - start) with E a second before the period's end, not above what was
    billed and not yet credited (``billed`` None: the list price), rounded. ``days`` are the whole days left. A
    cancel before the period counts from its start. Raises ValueError for a cancel after the period's end.
    """
    when = max(as_utc(effective), period.start)
    if when > period.end:
        raise ValueError("the cancel lies after the current period")
    end = period.end - _SECOND
    days = max((end - when) // _DAY, 0)
    listed = multiply(price_amount, quantity)
    credit = multiply(listed, share(end - when, end - period.start))
    available = subtract(listed if billed is None else billed, credited)
    return CancelCredit(max(round_money(min(credit, available), currency), ZERO), days)
