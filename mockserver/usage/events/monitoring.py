"""How many events came in (behaviour/events-and-usage#costs-of-single-events)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.errors import BadBody, Invalid
from mockserver.metering.events import from_milliseconds
from mockserver.rating.windows import window_start
from mockserver.store import events as store
from mockserver.store.events import EventQuery
from mockserver.times import parse_rfc3339
from mockserver.usage.events.ranges import TimeRange, after_now
from mockserver.work import Work


def monitor(work: Work, data: Mapping[str, str]) -> dict[str, Any]:
    """Distinct event ids of the environment, in the last 24 hours unless a range is given; per window on request.
    Nothing is ever waiting, so the lags are 0."""
    start, end = _time(data, "start_time"), _time(data, "end_time")
    if (start is None) != (end is None):
        raise Invalid("start_time and end_time go together")
    asked = TimeRange(start, end) if start and end else TimeRange(work.now - timedelta(days=1), after_now(work.now))
    query = EventQuery(from_ms=asked.from_ms, before_ms=asked.before_ms)
    connection, environment_id = work.tx.connection, work.tx.environment_id
    result: dict[str, Any] = {"consumption_lag": 0, "post_processing_lag": 0}
    size = data.get("window_size", "")
    if not size:
        return {**result, "total_count": store.distinct_ids(connection, environment_id, query)}
    ids: dict[datetime, set[str]] = {}
    for time_ms, event_id in store.times(connection, environment_id, query):
        ids.setdefault(window_start(from_milliseconds(time_ms), size), set()).add(event_id)
    points = [{"timestamp": at, "event_count": len(found)} for at, found in sorted(ids.items())]
    return {**result, "total_count": sum(len(found) for found in ids.values()), "points": points}


def _time(data: Mapping[str, str], name: str) -> datetime | None:
    text = data.get(name, "")
    if not text:
        return None
    try:
        return parse_rfc3339(text).instant
    except ValueError as error:
        raise BadBody(f"{name}: {error}") from None
