"""The newest events by arrival, and what is known of a few events, at a cost that does not grow with the state."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from mockserver.store import blocks
from mockserver.store.events import COLUMN_NAMES, StoredEvent, carried, number_of
from mockserver.store.streams import find_stream

_FEW = 2000


def arrived(
    connection: sqlite3.Connection, environment_id: str, after: int, before: int | None, limit: int
) -> list[StoredEvent]:
    """At most ``limit`` events with sequence numbers beyond ``after`` and below ``before``, the newest first, replaced
    ones included."""
    found: list[StoredEvent] = []
    number = number_of(connection, environment_id)
    below, values = ("", ()) if before is None else (" AND seq < ?", (before,))
    for table in ("events", "events_unlisted"):
        # An index finds the few events of a small environment among many; walking down by arrival finds those of a
        # large one at once. The plus keeps SQLite from taking the index.
        few = _count_up_to(connection, table, number, _FEW) < _FEW
        rows = connection.execute(
            f"SELECT {COLUMN_NAMES} FROM {table} WHERE seq > ?{below} AND {'' if few else '+'}environment = ?"
            " ORDER BY seq DESC LIMIT ?",
            (after, *values, number, limit),
        )
        found += [StoredEvent(*row)._replace(replaced=table == "events_unlisted") for row in rows]
    return sorted(found, key=lambda event: -event.seq)[:limit]


def _count_up_to(connection: sqlite3.Connection, table: str, number: int, most: int) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE environment = ? LIMIT ?)", (number, most)
    ).fetchone()
    return int(found[0])


def repeated_ids(connection: sqlite3.Connection, environment_id: str, ids: Sequence[str]) -> set[str]:
    """Those of the ids that more than one event carries, listed or not."""
    return {event_id for event_id, times in Counter(carried(connection, environment_id, ids)).items() if times > 1}


def took(
    connection: sqlite3.Connection, environment_id: str, event: StoredEvent, second: int, meter_ids: Sequence[str]
) -> frozenset[str]:
    """Those of the meters that took the event; ``second`` is when its usage was recorded."""
    found = set()
    for meter_id in meter_ids:
        stream = find_stream(connection, environment_id, meter_id, event.external_customer_id)
        if stream is None:
            continue
        if blocks.find(connection, stream, second, event.seq) is not None:
            found.add(meter_id)
    return frozenset(found)


def days_with_usage(
    connection: sqlite3.Connection, streams: Sequence[int], start: int, end: int, limit: int
) -> list[int]:
    """The days (seconds since 1970 of their beginning in UTC) with usage that touch [start, end), at most ``limit``."""
    days: set[int] = set()
    for stream in streams:
        rows = connection.execute(
            "SELECT DISTINCT start FROM usage_rollups WHERE stream = ? AND span = 86400 AND start > ? AND start < ?"
            " LIMIT ?",
            (stream, start - 86400, end, limit),
        )
        days.update(day for (day,) in rows)
    return sorted(days)[:limit]
