"""Events that were accepted and do not count yet (``/_mock/ingestion``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

_COLUMNS = "visible_ms, id, time_ms, event_name, external_customer_id, customer_id, source, properties"


class WaitingEvent(NamedTuple):
    """An accepted event; it counts from ``visible_ms`` of the environment's clock on. ``properties`` is JSON text."""

    visible_ms: int
    id: str
    time_ms: int
    event_name: str
    external_customer_id: str
    customer_id: str
    source: str
    properties: str


def add(connection: sqlite3.Connection, environment_id: str, events: Iterable[WaitingEvent]) -> None:
    """Let events wait."""
    connection.executemany(
        f"INSERT INTO events_waiting (environment_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(environment_id, *event) for event in events],
    )
    connection.execute("UPDATE environments SET waiting = 1 WHERE id = ? AND waiting = 0", (environment_id,))


def is_due(connection: sqlite3.Connection, environment_id: str, now_ms: int) -> bool:
    """Whether an event has waited long enough."""
    found = connection.execute(
        "SELECT 1 FROM events_waiting WHERE environment_id = ? AND visible_ms <= ? LIMIT 1", (environment_id, now_ms)
    )
    return found.fetchone() is not None


def take(connection: sqlite3.Connection, environment_id: str, now_ms: int) -> list[WaitingEvent]:
    """Remove and return the events that have waited long enough, in the order in which they begin to count."""
    due = "environment_id = ? AND visible_ms <= ?"
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM events_waiting WHERE {due} ORDER BY visible_ms, seq", (environment_id, now_ms)
    ).fetchall()
    connection.execute(f"DELETE FROM events_waiting WHERE {due}", (environment_id, now_ms))
    connection.execute(
        "UPDATE environments SET waiting = EXISTS"
        " (SELECT 1 FROM events_waiting WHERE environment_id = environments.id) WHERE id = ?",
        (environment_id,),
    )
    return [WaitingEvent(*row) for row in found]


def all_of(connection: sqlite3.Connection, environment_id: str) -> list[WaitingEvent]:
    """The events of an environment that wait, in the order of arrival."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM events_waiting WHERE environment_id = ? ORDER BY seq", (environment_id,)
    )
    return [WaitingEvent(*row) for row in found]


def count(connection: sqlite3.Connection, environment_id: str) -> int:
    """How many events wait."""
    found = connection.execute("SELECT count(*) FROM events_waiting WHERE environment_id = ?", (environment_id,))
    return int(found.fetchone()[0])
