"""RFC3339 as the API reads and prints it (behaviour/http#timestamps)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ZERO = datetime(1, 1, 1, tzinfo=UTC)
"""The API's unset time; printed as ``0001-01-01T00:00:00Z`` where a field may not be left out."""

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time a client sent: ``instant`` is UTC rounded to microseconds as the database keeps it, ``echo`` is how a
    create answer prints it (same offset and digits)."""

    instant: datetime
    echo: str


def parse_rfc3339(text: str) -> Timestamp:
    """Read an RFC3339 text with the real server's leniency (one-digit hour, comma, offsets up to +24:00).

    ``ValueError`` for anything else: blanks, missing zone, second 60, lower-case letters.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC3339 time: {text!r}")
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    fraction, zone = match[7] or "", match[8]
    # Nine digits are kept, then rounded to the database's six.
    micro = (int(fraction[:9].ljust(9, "0")) + 500) // 1000
    local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    offset = timedelta()
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 24 or minutes >= 60:
            raise ValueError(f"impossible offset: {text!r}")
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        instant = local - offset + timedelta(microseconds=micro)
    except OverflowError as error:
        raise ValueError(f"out of range: {text!r}") from error
    digits = fraction[:9].rstrip("0")
    printed_zone = "Z" if not offset else zone
    echo = f"{local:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + (f".{digits}" if digits else "") + printed_zone
    return Timestamp(instant, echo)


_WORDS = {"epoch": datetime(1970, 1, 1, tzinfo=UTC)}
_MOVING_WORDS = ("now", "today", "tomorrow", "yesterday", "infinity", "-infinity")


def parse_database_time(text: str) -> datetime:
    """A text that the real server's database takes for a time, where a filter compares one with a time column.

    RFC3339, other ISO 8601 forms (UTC without an offset), ``epoch``; the words that move with the clock name a moment
    no row was made at and read as ``ZERO``. ``ValueError`` for anything else.
    """
    word = text.strip().lower()
    if word in _MOVING_WORDS:
        return ZERO
    if word in _WORDS:
        return _WORDS[word]
    try:
        return parse_rfc3339(text).instant
    except ValueError:
        moment = datetime.fromisoformat(text.strip())
        try:
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except OverflowError as error:
            raise ValueError(f"out of range: {text!r}") from error


def offset_is_storable(text: str) -> bool:
    """False for the offset ``+24:00``, which the reader accepts and the database refuses."""
    return not text.endswith(("+24:00", "-24:00"))


def format_time(value: datetime) -> str:
    """UTC with ``Z``, fraction without trailing zeros. Times with another zone keep their offset."""
    offset = value.utcoffset()
    if offset:
        zone = value.strftime("%z")
        suffix = f"{zone[:3]}:{zone[3:5]}"
    else:
        suffix = "Z"
    text = value.isoformat(timespec="microseconds")[:26]
    return (text.rstrip("0") if value.microsecond else text[:19]) + suffix


def truncate_ms(value: datetime) -> datetime:
    """Cut to whole milliseconds."""
    return value.replace(microsecond=value.microsecond // 1000 * 1000)
