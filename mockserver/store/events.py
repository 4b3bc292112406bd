"""Raw events (behaviour/events-and-usage#what-is-stored): one row per environment, time in milliseconds and id; the
newest one counts. The layout is described in ``store.tables.events``."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mockserver.store import event_ids

COLUMN_NAMES = "seq, id, time_ms, event_name, external_customer_id, customer_id, source, properties, ingested_ms"
_TABLES = ("events", "events_unlisted")
_CHUNK = 500
_UNKNOWN = -1


Columns = tuple[int, str, int, str, str, str, str, str, int]
"""An event's columns in the order of ``StoredEvent``."""


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
    def columns(self) -> Columns:
        """What is stored."""
        return self[:9]

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


def number_of(connection: sqlite3.Connection, environment_id: str) -> int:
    """The number that stands for an environment in these tables; one that no event has where there are none yet."""
    found = connection.execute(
        "SELECT number FROM event_environments WHERE environment_id = ?", (environment_id,)
    ).fetchone()
    return _UNKNOWN if found is None else int(found[0])


def _numbered(connection: sqlite3.Connection, environment_id: str) -> int:
    number = number_of(connection, environment_id)
    if number == _UNKNOWN:
        made = "INSERT INTO event_environments (environment_id) VALUES (?) RETURNING number"
        number = int(connection.execute(made, (environment_id,)).fetchone()[0])
    return number


def add(connection: sqlite3.Connection, environment_id: str, events: Sequence[Columns]) -> None:
    """Store events whose keys are not taken, in the order of their numbers."""
    _add(connection, "events", environment_id, events)


def add_unlisted(connection: sqlite3.Connection, environment_id: str, event: Columns) -> None:
    """Store an event that no list shows."""
    _add(connection, "events_unlisted", environment_id, [event])


def _add(connection: sqlite3.Connection, table: str, environment_id: str, events: Sequence[Columns]) -> None:
    number = _numbered(connection, environment_id)
    connection.executemany(
        f"INSERT INTO {table} (environment, {COLUMN_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *event) for event in events],
    )
    event_ids.add(connection, number, [event[1] for event in events], [event[0] for event in events])


def unlist(connection: sqlite3.Connection, seq: int) -> None:
    """Take an event out of the lists; its usage rows still find it."""
    connection.execute("INSERT INTO events_unlisted SELECT * FROM events WHERE seq = ?", (seq,))
    connection.execute("DELETE FROM events WHERE seq = ?", (seq,))


def clear(connection: sqlite3.Connection, environment_id: str | None) -> None:
    """Forget the events of one environment, or with None of all."""
    where, values = (
        ("", ()) if environment_id is None else (" WHERE environment = ?", (number_of(connection, environment_id),))
    )
    for table in _TABLES:
        event_ids.forget(connection, f"SELECT seq FROM {table}{where}", values)
        connection.execute(f"DELETE FROM {table}{where}", values)


def repeated_or_known(connection: sqlite3.Connection, environment_id: str, ids: Sequence[str]) -> set[str]:
    """Those of the ids that occur twice in ``ids``, or that some event carries already."""
    twice = {event_id for event_id, times in Counter(ids).items() if times > 1}
    return twice.union(carried(connection, environment_id, ids))


def carried(connection: sqlite3.Connection, environment_id: str, ids: Iterable[str]) -> Iterator[str]:
    """The id of every event, listed or not, whose id is one of ``ids``; an id comes as often as there are events."""
    number = number_of(connection, environment_id)
    if number == _UNKNOWN:
        return
    wanted = set(ids)
    seqs = list(event_ids.carriers(connection, number, wanted))
    for environment, event_id in _of_seqs(connection, "environment, id", seqs):
        if environment == number and event_id in wanted:
            yield event_id


def same_id(connection: sqlite3.Connection, environment_id: str, event_id: str) -> list[StoredEvent]:
    """All listed events of an id, earliest time first."""
    return _of_id(connection, "events", environment_id, event_id)


def same_id_unlisted(connection: sqlite3.Connection, environment_id: str, event_id: str) -> list[StoredEvent]:
    """All unlisted events of an id."""
    return _of_id(connection, "events_unlisted", environment_id, event_id)


def _of_id(connection: sqlite3.Connection, table: str, environment_id: str, event_id: str) -> list[StoredEvent]:
    number = number_of(connection, environment_id)
    seqs = list(event_ids.carriers(connection, number, [event_id]))
    found = [
        StoredEvent._make((*row, table == "events_unlisted"))
        for environment, *row in _of_seqs(connection, f"environment, {COLUMN_NAMES}", seqs, (table,))
        if environment == number and row[1] == event_id
    ]
    return sorted(found, key=lambda event: (event.time_ms, event.seq))


def by_seqs(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, StoredEvent]:
    """Events by sequence number, listed or not."""
    return {row[0]: StoredEvent(*row) for row in _of_seqs(connection, COLUMN_NAMES, seqs)}


def ids_of(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, str]:
    """The ids of events by sequence number, listed or not."""
    return dict(_of_seqs(connection, "seq, id", seqs))


def contents_of(connection: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Id, source and properties (JSON text) of events by sequence number, listed or not."""
    found = _of_seqs(connection, "seq, id, source, properties", seqs)
    return {seq: (event_id, source, properties) for seq, event_id, source, properties in found}


def _of_seqs(
    connection: sqlite3.Connection, columns: str, seqs: Sequence[int], tables: Sequence[str] = _TABLES
) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(seqs), _CHUNK):
        chunk = seqs[start : start + _CHUNK]
        sql = f"SELECT {columns} FROM {{}} WHERE seq IN ({', '.join('?' * len(chunk))})"
        found = 0
        for table in tables:
            if found < len(chunk):
                rows = connection.execute(sql.format(table), tuple(chunk)).fetchall()
                found += len(rows)
                yield from rows


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

    def where(self, number: int) -> tuple[str, list[Any]]:
        """The condition and its values; ``number`` stands for the environment."""
        # The plus keeps SQLite from walking through time where an id says at once which rows they are.
        by_time = "+" if self.event_id else ""
        parts = [f"{by_time}environment = ?", f"{by_time}time_ms >= ?", f"{by_time}time_ms < ?"]
        values: list[Any] = [number, self.from_ms, self.before_ms]
        if self.event_id:
            parts.append(f"seq IN ({event_ids.CARRIERS})")
            values += event_ids.hashes(number, [self.event_id]) * 2
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
"""ORDER BY texts: the chosen column, ties always by id downwards (behaviour/events-and-usage#list-parameters)."""


def count(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> int:
    """How many events match."""
    where, values = query.where(number_of(connection, environment_id))
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
    where, values = query.where(number_of(connection, environment_id))
    found = connection.execute(
        f"SELECT {COLUMN_NAMES} FROM events WHERE {where} ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return (StoredEvent(*row) for row in found)


def arrivals(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> Iterator[StoredEvent]:
    """Matching events in the order they came in."""
    where, values = query.where(number_of(connection, environment_id))
    found = connection.execute(f"SELECT {COLUMN_NAMES} FROM events WHERE {where} ORDER BY seq", values)
    return (StoredEvent(*row) for row in found)


def unlisted(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> Iterator[StoredEvent]:
    """Matching events that no list shows, in the order they came in."""
    where, values = query.where(number_of(connection, environment_id))
    found = connection.execute(f"SELECT {COLUMN_NAMES} FROM events_unlisted WHERE {where} ORDER BY seq", values)
    return (StoredEvent(*row)._replace(replaced=True) for row in found)


def customers(connection: sqlite3.Connection, environment_id: str) -> list[str]:
    """The external ids of all customers that ever sent an event, known or not."""
    # Each step jumps to the next customer in the index, so that events are not scanned.
    found = connection.execute(
        "WITH RECURSIVE c (id) AS (SELECT min(external_customer_id) FROM events WHERE environment = :env"
        " UNION ALL SELECT (SELECT min(external_customer_id) FROM events WHERE environment = :env"
        " AND external_customer_id > c.id) FROM c WHERE c.id IS NOT NULL)"
        " SELECT id FROM c WHERE id IS NOT NULL",
        {"env": number_of(connection, environment_id)},
    )
    return [customer for (customer,) in found]


def distinct_ids(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> int:
    """How many different ids the matching events have."""
    where, values = query.where(number_of(connection, environment_id))
    return int(connection.execute(f"SELECT count(DISTINCT id) FROM events WHERE {where}", values).fetchone()[0])


def times(connection: sqlite3.Connection, environment_id: str, query: EventQuery) -> Iterator[tuple[int, str]]:
    """Time in milliseconds and id of the matching events."""
    where, values = query.where(number_of(connection, environment_id))
    return iter(connection.execute(f"SELECT time_ms, id FROM events WHERE {where}", values))
