"""Billing periods: anchors, period ends, trials (behaviour/subscriptions#creating-a-subscription). Every time in and
out is an instant; results are in UTC.

A period includes its start and excludes its end; the next one starts where it ends. Calendar arithmetic
happens on the wall clock of the subscription's time zone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .zones import as_utc, instant, local_clock, zone

DAILY = "DAILY"
WEEKLY = "WEEKLY"
MONTHLY = "MONTHLY"
QUARTERLY = "QUARTERLY"
HALF_YEARLY = "HALF_YEARLY"
ANNUAL = "ANNUAL"
ONETIME = "ONETIME"

ANNIVERSARY = "anniversary"
CALENDAR = "calendar"

MONTHS = {MONTHLY: 1, QUARTERLY: 3, HALF_YEARLY: 6, ANNUAL: 12}
"""Months of the periods that are counted in months."""


@dataclass(frozen=True, slots=True)
class Period:
    """``start`` inclusive, ``end`` exclusive, both UTC."""

    start: datetime
    end: datetime

    def contains(self, moment: datetime) -> bool:
        """Whether an instant lies in the period."""
        return self.start <= moment < self.end

    def overlap(self, other: Period) -> Period | None:
        """The common part; None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    @property
    def seconds(self) -> int:
        """Whole seconds from start to end."""
        return int((self.end - self.start) // timedelta(seconds=1))


def calendar_anchor(start: datetime, period: str, tz: str | None = None) -> datetime:
    """The next calendar boundary after the local day of ``start``, at local midnight (behaviour/subscriptions#anchor).

    Weeks start on Monday; a start on a Monday gives the following one. Raises ValueError for a period
    without calendar boundary.
    """
    where = zone(tz)
    day = local_clock(start, where).date()
    if period == DAILY:
        boundary = day + timedelta(days=1)
    elif period == WEEKLY:
        boundary = day + timedelta(days=7 - day.weekday())
    elif period in MONTHS:
        step = MONTHS[period]
        boundary = _add_months(day.year, (day.month - 1) // step * step + 1, step, 1)
    else:
        raise ValueError(f"no calendar boundary for period {period!r}")
    return instant(datetime.combine(boundary, time()), where)


def billing_anchor(
    cycle: str, start: datetime, period: str, tz: str | None = None, given: datetime | None = None
) -> datetime:
    """The anchor a subscription stores (behaviour/subscriptions#anchor). ``given`` counts for the anniversary cycle
    only."""
    if cycle == CALENDAR:
        return calendar_anchor(start, period, tz)
    return as_utc(start if given is None else given)


def next_period_end(
    start: datetime,
    anchor: datetime,
    period: str,
    count: int = 1,
    tz: str | None = None,
    end_date: datetime | None = None,
) -> datetime:
    """The end of the period that starts at ``start`` (behaviour/subscriptions#anchor rules 1-8).

    ``count`` is billing_period_count; ``end_date`` caps the result. Raises ValueError for a count below 1
    or a period that has no length (ONETIME), OverflowError beyond the year 9999.
    """
    result = _uncapped_end(as_utc(start), as_utc(anchor), period, count, tz)
    return as_utc(end_date) if end_date is not None and result > end_date else result


def _uncapped_end(start: datetime, anchor: datetime, period: str, count: int, tz: str | None) -> datetime:
    if count < 1:
        raise ValueError(f"billing period count must be at least 1, not {count}")
    if period in (QUARTERLY, HALF_YEARLY) and start < anchor:
        return anchor
    where = zone(tz)
    day, local_anchor = local_clock(start, where).date(), local_clock(anchor, where)
    if period == DAILY:
        target = day + timedelta(days=count)
    elif period == WEEKLY:
        ahead = (local_anchor.weekday() - day.weekday()) % 7
        target = day + timedelta(days=ahead + 7 * (count - 1) if ahead else 7 * count)
    elif period == MONTHLY:
        this_month = _clamped(day.year, day.month, local_anchor.day)
        target = this_month if day < this_month else _add_months(day.year, day.month, count, local_anchor.day)
    elif period == ANNUAL:
        target = _clamped(_year(day.year + count), local_anchor.month, local_anchor.day)
    elif period in MONTHS:
        target = _add_months(day.year, day.month, MONTHS[period] * count, local_anchor.day)
    else:
        raise ValueError(f"period {period!r} has no length")
    return instant(datetime.combine(target, local_anchor.time().replace(microsecond=0)), where)


def previous_period_start(
    end: datetime, anchor: datetime, period: str, count: int = 1, tz: str | None = None
) -> datetime:
    """One full period before ``end``, on the anchor's day and clock: the reverse of
    :func:`next_period_end` without short periods.

    Raises ValueError for a count below 1 or a period that has no length.
    """
    if count < 1:
        raise ValueError(f"billing period count must be at least 1, not {count}")
    where = zone(tz)
    day, local_anchor = local_clock(end, where).date(), local_clock(anchor, where)
    if period == DAILY:
        target = day - timedelta(days=count)
    elif period == WEEKLY:
        target = day - timedelta(days=7 * count)
    elif period in MONTHS:
        target = _add_months(day.year, day.month, -MONTHS[period] * count, local_anchor.day)
    else:
        raise ValueError(f"period {period!r} has no length")
    return instant(datetime.combine(target, local_anchor.time().replace(microsecond=0)), where)


def periods(
    start: datetime,
    anchor: datetime,
    period: str,
    count: int = 1,
    tz: str | None = None,
    end_date: datetime | None = None,
) -> Iterator[Period]:
    """The periods of a subscription one after another, from ``start``; endless without ``end_date``
    (behaviour/subscriptions#anchor).
    """
    at = as_utc(start)
    while end_date is None or at < end_date:
        end = next_period_end(at, anchor, period, count, tz, end_date)
        yield Period(at, end)
        at = end


def period_containing(
    moment: datetime,
    start: datetime,
    anchor: datetime,
    period: str,
    count: int = 1,
    tz: str | None = None,
    end_date: datetime | None = None,
) -> Period | None:
    """The period an instant lies in; None before ``start`` and from ``end_date`` on."""
    if moment < start:
        return None
    for candidate in periods(start, anchor, period, count, tz, end_date):
        if moment < candidate.end:
            return candidate
    return None


def trial_window(start: datetime, days: int | None) -> Period | None:
    """The trial of a subscription: so many UTC calendar days from its start; None without days
    (behaviour/subscriptions#trials).
    """
    if not days or days < 0:
        return None
    begin = as_utc(start)
    return Period(begin, begin + timedelta(days=days))


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _add_months(year: int, month: int, months: int, day: int) -> date:
    years, index = divmod(month - 1 + months, 12)
    return _clamped(_year(year + years), index + 1, day)


def _year(year: int) -> int:
    if not 1 <= year <= 9999:
        raise OverflowError(f"no dates in the year {year}")
    return year
