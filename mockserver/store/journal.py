"""The last requests of each environment, in a database of their own beside the state.

It is shared by all workers and written outside the requests' transactions, so that noting a request neither waits for
nor holds up the writers of the state.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mockserver.store.private import private_file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    environment_id TEXT NOT NULL,
    at TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER,
    answer TEXT NOT NULL,
    milliseconds REAL NOT NULL,
    divergences TEXT NOT NULL,
    fault INTEGER);
CREATE INDEX IF NOT EXISTS requests_environment ON requests (environment_id, id);
"""
_TRIM_EVERY = 32
MAX_TEXT = 64 * 1024
"""Longer bodies and answers are cut."""


class Entry(NamedTuple):
    """A request and its answer. ``at`` is the environment's time; ``status`` None means that the connection was
    dropped; ``divergences`` is the answer's header; ``fault`` the id of the fault that struck."""

    at: str
    method: str
    path: str
    query: str
    body: str
    status: int | None
    answer: str
    milliseconds: float
    divergences: str
    fault: int | None


class Journal:
    """At least the last ``size`` requests of each environment; hardly more are kept."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        self._lock = threading.Lock()
        self._opened: tuple[int, sqlite3.Connection] | None = None

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None or self._opened[0] != os.getpid():
            private_file(self.path)
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.executescript(_SCHEMA)
            self._opened = os.getpid(), connection
        return self._opened[1]

    def add(self, environment_id: str, entry: Entry) -> None:
        """Note a request."""
        with self._lock:
            connection = self._connection()
            cursor = connection.execute(
                "INSERT INTO requests (environment_id, at, method, path, query, body, status, answer, milliseconds,"
                " divergences, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (environment_id, *entry),
            )
            assert cursor.lastrowid is not None
            if cursor.lastrowid % _TRIM_EVERY == 0:
                connection.execute(
                    "DELETE FROM requests WHERE environment_id = ? AND id <= (SELECT id FROM requests"
                    " WHERE environment_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    (environment_id, environment_id, self.size),
                )

    def entries(
        self,
        environment_id: str,
        limit: int,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
    ) -> list[tuple[int, Entry]]:
        """Requests with their running numbers, newest first. ``path`` is a pattern such as ``/v1/events*``."""
        where: list[str] = ["1"]
        values: list[Any] = [environment_id, self.size]
        given: Sequence[tuple[str, Any]] = (
            ("method = ?", method),
            ("path GLOB ?", path),
            ("status = ?", "" if status is None else status),
        )
        for condition, value in given:
            if value != "":
                where.append(condition)
                values.append(value)
        columns = ", ".join(Entry._fields)
        with self._lock:
            found = self._connection().execute(
                f"SELECT id, {columns} FROM (SELECT * FROM requests WHERE environment_id = ? ORDER BY id DESC LIMIT ?)"
                f" WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
                (*values, limit),
            )
            return [(number, Entry(*rest)) for number, *rest in found]

    def clear(self, environment_id: str | None = None) -> int:
        """Forget the requests of one environment or all; how many there were."""
        with self._lock:
            connection = self._connection()
            if environment_id is None:
                return connection.execute("DELETE FROM requests").rowcount
            return connection.execute("DELETE FROM requests WHERE environment_id = ?", (environment_id,)).rowcount

    def close(self) -> None:
        """Close this process's connection."""
        with self._lock, contextlib.ExitStack() as stack:
            if self._opened is not None and self._opened[0] == os.getpid():
                stack.callback(self._opened[1].close)
            self._opened = None
