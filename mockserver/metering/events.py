"""An event on its way in (behaviour/events-and-usage#sending-an-event): its time and its properties as the real server
keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from mockserver.errors import BadBody
from mockserver.rating.money import double
from mockserver.rating.text import MAX_NESTING, check_nesting, json_text
from mockserver.times import ZERO, parse_rfc3339

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SIGNS = ("--T::.", "--T::Z")
_LENGTHS = (20, 24, 27)
_BELOW_MS = re.compile(r"([.,]\d{3})\d+", re.ASCII)
_NS_RANGE = 2**64
_LAST_DAY = 106_751
_EXACT = 2**53
_SECONDS_RANGE = 2**32
_MAX_NESTING = MAX_NESTING - 3
"""Around the properties of an event stand itself, its batch and the body."""


class Event(NamedTuple):
    """An accepted event. ``properties`` are decoded JSON whose numbers are ints where whole, doubles otherwise;
    ``properties_text`` is their stored text (``null`` for none)."""

    id: str
    time_ms: int
    event_name: str
    external_customer_id: str
    customer_id: str
    source: str
    properties: Mapping[str, Any] | None
    properties_text: str


def metered_second(time_ms: int) -> int:
    """The second since 1970 that usage is recorded at; the real server's column holds 32 bits
    (behaviour/events-and-usage#after-the-answer)."""
    return time_ms // 1000 % _SECONDS_RANGE


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, as the real server's 64 bits of nanoseconds hold them: beyond 1677 to 2262
    they wrap (behaviour/events-and-usage#after-the-answer)."""
    ms = (moment - EPOCH) // _MS
    if -9_223_372_036_854 <= ms <= 9_223_372_036_854:
        return ms
    return ((ms * 10**6 + _NS_RANGE // 2) % _NS_RANGE - _NS_RANGE // 2) // 10**6


def from_milliseconds(time_ms: int) -> datetime:
    """The instant."""
    return EPOCH + timedelta(milliseconds=time_ms)


def read_time(text: str | None, now_ms: int) -> int:
    """An event's time in milliseconds; ``now_ms`` without one or for the zero time. ``ValueError`` if it is none."""
    if text is None:
        return now_ms
    if text[4:20:3] in _SIGNS and len(text) in _LENGTHS and text[-1] == "Z":
        # The usual form: its signs stand where they should, and the standard library sees to the digits between.
        try:
            since = datetime.fromisoformat(text) - EPOCH
        except ValueError:
            since = _MS
        if 0 < (days := since.days) < _LAST_DAY:
            return days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    moment = parse_rfc3339(_BELOW_MS.sub(r"\1", text)).instant
    return now_ms if moment == ZERO else milliseconds(moment)


def read_properties(properties: Mapping[str, Any] | None) -> tuple[Mapping[str, Any] | None, str]:
    """Properties with their numbers as doubles, and their text (behaviour/events-and-usage#what-is-stored properties
    round trip).

    ``BadBody`` for a whole number beyond a double.
    """
    if properties is None:
        return None, "null"
    try:
        if _is_plain(properties):
            return properties, orjson.dumps(properties, option=orjson.OPT_SORT_KEYS).decode()
        check_nesting(properties, _MAX_NESTING)
        numbers = {key: _doubles(value) for key, value in properties.items()}
        return numbers, json_text(numbers)
    except ValueError as error:
        raise BadBody(f"properties: {error}") from None


def _is_plain(properties: Mapping[str, Any]) -> bool:
    """Whether the fast encoder prints these properties as the real server does."""
    for value in properties.values():
        kind = type(value)
        if kind is str or kind is bool or value is None:
            continue
        if kind is int and -_EXACT <= value <= _EXACT:
            continue
        if kind is float and 1e-4 <= value < 1e15 and not value.is_integer():
            continue
        return False
    return True


def _doubles(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        number = double(value)
        return int(number) if number.is_integer() and -_EXACT <= number <= _EXACT else number
    if isinstance(value, Mapping):
        return {key: _doubles(item) for key, item in value.items()}
    return [_doubles(item) for item in value]
