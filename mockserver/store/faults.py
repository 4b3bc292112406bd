"""Faults set on an environment, and how often each was met: kept in the state, so that all workers count together."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple


class StoredFault(NamedTuple):
    """``rule`` as it was set; ``seen`` requests met its conditions, ``hits`` of them were struck."""

    id: int
    rule: dict[str, Any]
    seen: int
    hits: int


def add(connection: sqlite3.Connection, environment_id: str, rule: dict[str, Any]) -> StoredFault:
    """Set a fault."""
    cursor = connection.execute(
        "INSERT INTO faults (environment_id, rule) VALUES (?, ?)", (environment_id, json.dumps(rule))
    )
    _count(connection, environment_id)
    assert cursor.lastrowid is not None
    return StoredFault(cursor.lastrowid, rule, 0, 0)


def of_environment(connection: sqlite3.Connection, environment_id: str) -> list[StoredFault]:
    """All faults, the earliest set first."""
    found = connection.execute(
        "SELECT id, rule, seen, hits FROM faults WHERE environment_id = ? ORDER BY id", (environment_id,)
    )
    return [StoredFault(number, json.loads(rule), seen, hits) for number, rule, seen, hits in found]


def remove(connection: sqlite3.Connection, environment_id: str, fault_id: int | None = None) -> int:
    """Take back one fault or all; how many there were."""
    where, values = "environment_id = ?", [environment_id]
    if fault_id is not None:
        where, values = f"{where} AND id = ?", [environment_id, str(fault_id)]
    removed = connection.execute(f"DELETE FROM faults WHERE {where}", values).rowcount
    _count(connection, environment_id)
    return removed


def met(connection: sqlite3.Connection, fault_id: int, *, struck: bool) -> None:
    """Count a request that met a fault's conditions."""
    connection.execute("UPDATE faults SET seen = seen + 1, hits = hits + ? WHERE id = ?", (int(struck), fault_id))


def _count(connection: sqlite3.Connection, environment_id: str) -> None:
    connection.execute(
        "UPDATE environments SET faults = (SELECT count(*) FROM faults WHERE environment_id = environments.id)"
        " WHERE id = ?",
        (environment_id,),
    )
