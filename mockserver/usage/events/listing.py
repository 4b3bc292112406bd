"""Lists of raw events (behaviour/events-and-usage#listing-events)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from mockserver.errors import BadBody, Invalid
from mockserver.metering.events import from_milliseconds
from mockserver.rating.money import parse_whole
from mockserver.rating.text import query_text
from mockserver.store import events as store
from mockserver.store.columns import Row
from mockserver.store.events import EventQuery, StoredEvent
from mockserver.times import parse_rfc3339
from mockserver.usage.events.ranges import given_range
from mockserver.work import Work

DEFAULT_PAGE, MAX_QUERY_PAGE = 50, 50
_COLUMNS = {"timestamp": "time_ms", "event_name": "event_name"}
_ORDERS = ("asc", "desc")
_INT64 = 2**63
_NS_PER_MS = 10**6
_SECONDS = 2**32


def from_query_string(data: Mapping[str, str], query_size: str) -> dict[str, Any]:
    """A query string's fields as those of a body. Empty times are absent; sizes that are no numbers, or beyond 1 to
    50, are the default (behaviour/events-and-usage#list-parameters). ``BadBody`` for a bad time."""
    result: dict[str, Any] = {
        name: data[name]
        for name in (
            "external_customer_id",
            "event_name",
            "event_id",
            "source",
            "iter_first_key",
            "iter_last_key",
            "sort",
            "order",
        )
        if data.get(name)
    }
    for name in ("start_time", "end_time"):
        if data.get(name):
            try:
                result[name] = parse_rfc3339(data[name])
            except ValueError as error:
                raise BadBody(f"{name}: {error}") from None
    size = _integer(query_size)
    result["page_size"] = size if 1 <= size <= MAX_QUERY_PAGE else DEFAULT_PAGE
    result["offset"] = max(_integer(data.get("offset", "")), 0)
    result["property_filters"] = parse_property_filters(data.get("property_filters", ""))
    return result


def parse_property_filters(text: str) -> dict[str, list[str]]:
    """``key:v1,v2;key2:v3``; groups without exactly one colon are dropped, nothing is trimmed."""
    result: dict[str, list[str]] = {}
    for group in text.split(";"):
        parts = group.split(":")
        if len(parts) == 2:
            result[parts[0]] = parts[1].split(",")
    return result


def _integer(text: str) -> int:
    try:
        return parse_whole(text) if len(text) < 20 else 0
    except ValueError:
        return 0


def property_conditions(filters: Mapping[str, Sequence[str]] | None) -> list[tuple[str, frozenset[str]]]:
    """The property filters that narrow anything; a key without values does not."""
    return [(key, frozenset(values)) for key, values in (filters or {}).items() if values]


def has_properties(stored: str, wanted: Iterable[tuple[str, frozenset[str]]]) -> bool:
    """Whether stored properties match: all keys, one of each key's values; a missing property reads as ``""``
    (behaviour/events-and-usage#filter-comparison)."""
    properties = orjson.loads(stored) or {}
    return all(query_text(properties.get(key)) in values for key, values in wanted)


def _cursor(key: str) -> tuple[int, str]:
    parts = key.split("::")
    try:
        nanoseconds = parse_whole(parts[0]) if len(parts) == 2 else _INT64
    except ValueError:
        nanoseconds = _INT64
    if not -_INT64 <= nanoseconds < _INT64:
        raise Invalid("an iteration key is a time in nanoseconds and an event id, joined by ::")
    # The real server compares with the key's whole second (behaviour/events-and-usage#list-parameters).
    second = min(max(nanoseconds // 10**9, 0), _SECONDS)
    return second * 1000, parts[1]


def _key(event: StoredEvent) -> str:
    return f"{event.time_ms * _NS_PER_MS}::{event.id}"


def _checked_order(data: Mapping[str, Any]) -> tuple[str, str]:
    sort, order = data.get("sort", "timestamp"), data.get("order", "desc")
    if sort not in _COLUMNS:
        raise Invalid("sort must be timestamp or event_name", {"sort": sort, "allowed_values": list(_COLUMNS)})
    if order not in _ORDERS:
        raise Invalid("order must be asc or desc", {"order": order, "allowed_values": list(_ORDERS)})
    return _COLUMNS[sort], order


def list_events(work: Work, data: Mapping[str, Any]) -> dict[str, Any]:
    """One page: by offset, or from a cursor where a key is given."""
    order = _checked_order(data)
    asked = given_range(data, work.now)
    query = EventQuery(
        data.get("external_customer_id", ""),
        data.get("event_name", ""),
        data.get("event_id", ""),
        data.get("source", ""),
        from_ms=asked.from_ms,
        before_ms=asked.through_ms,
    )
    first, last = data.get("iter_first_key"), data.get("iter_last_key")
    if first:
        query = replace(query, after=_cursor(first))
    elif last:
        query = replace(query, until=_cursor(last))
    size = data.get("page_size", 0)
    size = size if size > 0 else DEFAULT_PAGE
    by_offset = not first and not last
    offset = max(data.get("offset", 0), 0) if by_offset else 0
    events, total = _page(work, query, property_conditions(data.get("property_filters")), order, size, offset)
    more = total > size and offset + size < total if by_offset else total > len(events)
    result: dict[str, Any] = {"events": [row_of(work, event) for event in events], "has_more": more}
    result["total_count"] = total
    if by_offset:
        result["offset"] = offset + size
    if events:
        result["iter_first_key"] = _key(events[0])
        if by_offset or more:
            result["iter_last_key"] = _key(events[-1])
    return result


def _page(
    work: Work,
    query: EventQuery,
    wanted: Sequence[tuple[str, frozenset[str]]],
    order: tuple[str, str],
    size: int,
    offset: int,
) -> tuple[list[StoredEvent], int]:
    connection, environment_id = work.tx.connection, work.tx.environment_id
    if not wanted:
        total = store.count(connection, environment_id, query)
        found = store.page(connection, environment_id, query, order, min(size, _INT64 - 1), min(offset, _INT64 - 1))
        return list(found), total
    matching = store.page(connection, environment_id, query, order)
    kept = [event for event in matching if has_properties(event.properties, wanted)]
    return kept[offset : offset + size], len(kept)


def row_of(work: Work, event: StoredEvent) -> Row:
    """An event as answers show it."""
    return {
        "id": event.id,
        "external_customer_id": event.external_customer_id,
        "customer_id": event.customer_id,
        "event_name": event.event_name,
        "timestamp": from_milliseconds(event.time_ms),
        "properties": event.properties,
        "source": event.source,
        "environment_id": work.tx.environment_id,
    }
