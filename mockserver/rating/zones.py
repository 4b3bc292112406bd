"""Time zones: instants to local clocks and back, with the real server's rule for clock changes
(behaviour/subscriptions#anchor rule 8).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_NO_OFFSET = timedelta(0)


@lru_cache(maxsize=1024)
def zone(name: str | None) -> tzinfo:
    """The zone of an IANA name. Empty, ``UTC`` and unknown names are UTC, silently
    (behaviour/events-and-usage#usage-by-event-name)."""
    if not name or name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a time without zone."""
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("a time without zone is not an instant")
    return moment.astimezone(UTC)


def offset_at(moment: datetime, tz: tzinfo) -> timedelta:
    """The zone's offset from UTC at an instant."""
    if tz is UTC:
        return _NO_OFFSET
    return moment.astimezone(tz).utcoffset() or _NO_OFFSET


def local_clock(moment: datetime, tz: tzinfo) -> datetime:
    """The wall clock (without zone) at an instant."""
    return moment.astimezone(tz).replace(tzinfo=None, fold=0)


def instant(clock: datetime, tz: tzinfo) -> datetime:
    """The UTC instant of a wall clock that has no zone.

    A clock that does not exist or exists twice: take the offset at that clock read as UTC; where the
    result has another offset, use the other one (behaviour/subscriptions#anchor rule 8).
    """
    read_as_utc = clock.replace(tzinfo=UTC)
    if tz is UTC:
        return read_as_utc
    guess = read_as_utc - offset_at(read_as_utc, tz)
    return read_as_utc - offset_at(guess, tz)
