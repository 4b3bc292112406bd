"""Raw events (facts/05 §4): one row per environment, time in milliseconds and id; the newest one counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_COLUMNS = "seq, id, time_ms, event_name, external_customer_id, customer_id, source, properties"
_FIELDS = "id, time_ms, event_name, external_customer_id, customer_id, source, properties"
_CHUNK = 500


class StoredEvent(NamedTuple):
    """An event as stored; ``properties`` is JSON text, ``time_ms`` counts from 1970. ``seq`` orders by arrival."""

    seq: int
    id: str
    time_ms: int
    event_name: str
    external_customer_id: str
    customer_id: str
    source: str
    properties: str

    @property
    def content(self) -> tuple[str, str, str, str, str]:
        """Everything but the key and the order of arrival."""
        return self[3:8]


def reserve(connection: sqlite3.Connection, count: int) -> int:
    """The first of ``count`` consecutive sequence numbers."""
    found = connection.execute(
        "INSERT INTO counters (name, value) VALUES ('events', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
        (count,),
    ).fetchone()
    return int(found[0]) - count + 1


def add(connection: sqlite3.Connection, environment_id: str, events: Iterable[StoredEvent]) -> None:
    """Store events whose keys are not taken."""
    connection.executemany(
        f"INSERT INTO events (environment_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(environment_id, *event) for event in events],
    )


def add_unlisted(connection: sqlite3.Connection, environment_id: str, event: StoredEvent) -> None:
    """Store an event that no list shows."""
    connection.execute(
        f"INSERT INTO events_unlisted (environment_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (environment_id, *event),
    )


def unlist(connection: sqlite3.Connection, seq: int) -> None:
    """Take an event out of the lists; its usage rows still find it."""
    connection.execute("INSERT INTO events_unlisted SELECT * FROM events WHERE seq = ?", (seq,))
    connection.execute("DELETE FROM events WHERE seq = ?", (seq,))


def taken_ids(connection: sqlite3.Connection, environment_id: str, ids: Sequence[str]) -> set[str]:
    """Those of the ids that some event carries already."""
    result: set[str] = set()
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        for table in ("events", "events_unlisted"):
            result.update(
                found
                for (found,) in connection.execute(
                    f"SELECT id FROM {table} WHERE environment_id = ? AND id IN ({marks})", (environment_id, *chunk)
                )
            )
    return result


def same_id(connection: sqlite3.Connection, environment_id: str, event_id: str) -> list[StoredEvent]:
    """All listed events of an id, earliest time first."""
    return _of_id(connection, "events", environment_id, event_id)


def same_id_unlisted(connection: sqlite3.Connection, environment_id: str, event_id: str) -> list[StoredEvent]:
    """All unlisted events of an id."""
    return _of_id(connection, "events_unlisted", environment_id, event_id)


def _of_id(connection: sqlite3.Connection, table: str, environment_id: str, event_id: str) -> list[StoredEvent]:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM {table} WHERE environment_id = ? AND id = ? ORDER BY time_ms, seq",
        (environment_id, event_id),
    )
    return [StoredEvent(*row) for row in found]


def by_seqs(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, StoredEvent]:
    """Events by sequence number, listed or not."""
    result: dict[int, StoredEvent] = {}
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        for table in ("events", "events_unlisted"):
            for row in connection.execute(f"SELECT {_COLUMNS} FROM {table} WHERE seq IN ({marks})", tuple(chunk)):
                result[row[0]] = StoredEvent(*row)
    return result
