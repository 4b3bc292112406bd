"""Window and bucket starts for usage questions and bucketed meters (behaviour/events-and-usage#windows,
behaviour/events-and-usage#metered-usage, behaviour/events-and-usage#analytics).

A window includes its start and ends where the next one starts. Weeks start on Sunday in every question; only the
roll-up of bucketed meters and windowed commitments use Monday weeks.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from .zones import as_utc, instant, local_clock, zone

MINUTE = "MINUTE"
DAY = "DAY"
WEEK = "WEEK"
MONTH = "MONTH"

_MINUTES = {
    MINUTE: 1,
    "15MIN": 15,
    "30MIN": 30,
    "HOUR": 60,
    "3HOUR": 180,
    "6HOUR": 360,
    "12HOUR": 720,
    DAY: 1440,
}

WINDOW_SIZES = (*_MINUTES, WEEK, MONTH)
"""Every window and bucket size, narrowest first. Any other text acts as DAY."""


def minutes_of(size: str) -> int:
    """How long a window is, a month counting 30 days; 0 for an unknown size."""
    return {**_MINUTES, WEEK: 7 * 1440, MONTH: 30 * 1440}.get(size, 0)


def wider(a: str, b: str) -> str:
    """The wider of two sizes; an unknown one counts as DAY (behaviour/events-and-usage#analytics)."""
    return max(a, b, key=lambda size: WINDOW_SIZES.index(size if size in WINDOW_SIZES else DAY))


def window_start(moment: datetime, size: str, tz: str | None = None, anchor: datetime | None = None) -> datetime:
    """The start of the window an instant lies in, as it is printed (behaviour/events-and-usage#windows).

    Aligned in the zone ``tz`` (unknown: UTC). Minutes to days carry the zone's offset; weeks (from Sunday) and
    months are dates, shown at midnight UTC. ``anchor`` moves months to its day of the month. Unknown sizes are days.
    The start may precede the asked range.
    """
    where = zone(tz)
    clock = local_clock(moment, where)
    if size == WEEK:
        return _midnight(clock.date() - timedelta(days=(clock.weekday() + 1) % 7))
    if size == MONTH:
        return _midnight(_month_start(clock.date(), anchor))
    return instant(_aligned(clock, _MINUTES.get(size, 1440)), where).astimezone(where)


def bucket_start(moment: datetime, size: str, anchor: datetime | None = None) -> datetime:
    """The start of the bucket of a metered event: :func:`window_start` in UTC
    (behaviour/events-and-usage#metered-usage, behaviour/rating#quantity-of-a-meter)."""
    return window_start(moment, size, None, anchor)


def rollup_start(moment: datetime, size: str) -> datetime:
    """The start of a point that rolls buckets up: UTC, weeks from Monday, calendar months
    (behaviour/events-and-usage#analytics)."""
    if size == WEEK:
        day = as_utc(moment).date()
        return _midnight(day - timedelta(days=day.weekday()))
    return window_start(moment, size)


def commitment_buckets(start: datetime, end: datetime, size: str, anchor: datetime | None = None) -> Iterator[datetime]:
    """Every bucket start a windowed commitment bills from ``start`` inclusive to ``end`` exclusive
    (behaviour/rating#commitment-of-a-line-item).

    UTC, weeks from Monday. The first one is the bucket ``start`` lies in, so it may precede ``start``. Months begin
    on the anchor's day or, without anchor, on the day of ``start``; a month without that day begins on its last.
    """
    begin, finish = as_utc(start), as_utc(end)
    if finish <= begin:
        return
    day = (as_utc(anchor) if anchor else begin).day
    if size == MONTH:
        current = _midnight(_month_start(begin.date(), anchor) if anchor else begin.date())
    else:
        current = rollup_start(begin, size)
    step = timedelta(days=7) if size == WEEK else timedelta(minutes=_MINUTES.get(size, 60))
    while current < finish:
        yield current
        current = _next_month(current, day) if size == MONTH else current + step


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _aligned(clock: datetime, minutes: int) -> datetime:
    passed = clock.hour * 60 + clock.minute
    return datetime.combine(clock.date(), time()) + timedelta(minutes=passed - passed % minutes)


def _month_start(day: date, anchor: datetime | None) -> date:
    shift = timedelta(days=as_utc(anchor).day - 1 if anchor else 0)
    return (day - shift).replace(day=1) + shift


def _next_month(start: datetime, day: int) -> datetime:
    year, month = (start.year, start.month + 1) if start.month < 12 else (start.year + 1, 1)
    return start.replace(year=year, month=month, day=min(day, monthrange(year, month)[1]))
