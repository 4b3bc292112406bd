"""Raw events (facts/05 §4): one row per environment, time in milliseconds and id; the newest one counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

_COLUMNS = "seq, id, time_ms, event_name, external_customer_id, customer_id, source, properties, ingested_ms"
_CHUNK = 500


class StoredEvent(NamedTuple):
    """An event as stored; ``properties`` is JSON text, ``time_ms`` counts from 1970. ``seq`` orders by arrival.
    ``replaced``: it is in no list, because a later one took its place or its name is blank."""

    seq: int
    id: str
    time_ms: int
    event_name: str
    external_customer_id: str
    customer_id: str
    source: str
    properties: str
    ingested_ms: int
    replaced: bool = False

    @property
    def content(self) -> tuple[str, str, str, str, str]:
        """Everything but the key and when it arrived."""
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
        f"INSERT INTO events (environment_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(environment_id, *event[:9]) for event in events],
    )


def add_unlisted(connection: sqlite3.Connection, environment_id: str, event: StoredEvent) -> None:
    """Store an event that no list shows."""
    connection.execute(
        f"INSERT INTO events_unlisted (environment_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (environment_id, *event[:9]),
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
        where = f"WHERE environment_id = ? AND id IN ({', '.join('?' * len(chunk))})"
        found = connection.execute(
            f"SELECT id FROM events {where} UNION ALL SELECT id FROM events_unlisted {where}",
            (environment_id, *chunk, environment_id, *chunk),
        )
        result.update(event_id for (event_id,) in found)
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
    return [StoredEvent(*row)._replace(replaced=table == "events_unlisted") for row in found]


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


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which listed events: empty texts do not narrow. ``from_ms`` is inclusive, ``before_ms`` exclusive.

    ``after`` and ``until`` are cursors, a time and an id: events beyond or before that pair, ids by bytes.
    """

    external_customer_id: str = ""
    event_name: str = ""
    event_id: str = ""
    source: str = ""
    customer_id: str = ""
    from_ms: int = 0
    before_ms: int = 0
    after: tuple[int, str] | None = None
    until: tuple[int, str] | None = None

    def where(self, environment_id: str) -> tuple[str, list[Any]]:
        """The condition and its values."""
        parts = ["environment_id = ?", "time_ms >= ?", "time_ms < ?"]
        values: list[Any] = [environment_id, self.from_ms, self.before_ms]
        named = (
            ("external_customer_id", self.external_customer_id),
            ("event_name", self.event_name),
            ("id", self.event_id),
            ("source", self.source),
            ("customer_id", self.customer_id),
        )
        for column, value in named:
            if value:
                parts.append(f"{column} = ?")
                values.append(value)
        for cursor, operator in ((self.after, ">"), (self.until, "<")):
            if cursor is not None:
                parts.append(f"(time_ms, id) {operator} (?, ?)")
                values += cursor
        return " AND ".join(parts), values


ORDERS = {
    (sort, order): f"{sort} {order.upper()}, id DESC" for sort in ("time_ms", "event_name") for order in ("asc", "desc")
}
"""ORDER BY texts: the chosen column, ties always by id downwards (facts/05 §5.1)."""


def count(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> int:
    """How many events match."""
    where, values = query.where(environment_id)
    return int(connection.execute(f"SELECT count(*) FROM events WHERE {where}", values).fetchone()[0])


def page(
    connection: sqlite3.Connection,
    environment_id: str,
    query: EventQuery,
    order: tuple[str, str],
    limit: int = -1,
    offset: int = 0,
) -> Iterator[StoredEvent]:
    """Matching events in an order of ``ORDERS``; a negative limit means all."""
    where, values = query.where(environment_id)
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return (StoredEvent(*row) for row in found)


def arrivals(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> Iterator[StoredEvent]:
    """Matching events in the order they came in."""
    where, values = query.where(environment_id)
    found = connection.execute(f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY seq", values)
    return (StoredEvent(*row) for row in found)


def unlisted(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> Iterator[StoredEvent]:
    """Matching events that no list shows, in the order they came in."""
    where, values = query.where(environment_id)
    found = connection.execute(f"SELECT {_COLUMNS} FROM events_unlisted WHERE {where} ORDER BY seq", values)
    return (StoredEvent(*row)._replace(replaced=True) for row in found)


def customers(connection: sqlite3.Connection, environment_id: str) -> list[str]:
    """The external ids of all customers that ever sent an event, known or not."""
    # Each step jumps to the next customer in the index, so that events are not scanned.
    found = connection.execute(
        "WITH RECURSIVE c (id) AS (SELECT min(external_customer_id) FROM events WHERE environment_id = :env"
        " UNION ALL SELECT (SELECT min(external_customer_id) FROM events WHERE environment_id = :env"
        " AND external_customer_id > c.id) FROM c WHERE c.id IS NOT NULL)"
        " SELECT id FROM c WHERE id IS NOT NULL",
        {"env": environment_id},
    )
    return [customer for (customer,) in found]


def distinct_ids(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> int:
    """How many different ids the matching events have."""
    where, values = query.where(environment_id)
    return int(connection.execute(f"SELECT count(DISTINCT id) FROM events WHERE {where}", values).fetchone()[0])


def times(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> Iterator[tuple[int, str]]:
    """Time in milliseconds and id of the matching events."""
    where, values = query.where(environment_id)
    return iter(connection.execute(f"SELECT time_ms, id FROM events WHERE {where}", values))
