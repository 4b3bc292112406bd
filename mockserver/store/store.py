"""Opening the state, and transactions on it: many readers, one writer at a time, several threads and processes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from mockserver.errors import Unavailable
from mockserver.store import events, throwaway
from mockserver.store.access import Key, find_key
from mockserver.store.known_keys import KnownKeys
from mockserver.store.migrations import migrate
from mockserver.store.opening import LOCK_SECONDS, StateFileError, check_file, in_words
from mockserver.store.private import private_file, private_folder
from mockserver.store.throwaway import Throwaway
from mockserver.store.together import Item, Together, Write
from mockserver.store.transaction import Transaction
from mockserver.store.upkeep import Index

LARGE_LOG = 24 * 1024 * 1024
"""Bytes of the write-ahead log from which on it is emptied; a checkpoint comes by itself after each 16 MB."""


class DiskFull(Unavailable):
    """There is no room for what was to be stored."""


def is_full(error: BaseException) -> bool:
    """Whether SQLite found no room."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def _fold(value: str | None) -> str | None:
    return None if value is None else str(value).lower()


def scoped_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables whose rows belong to an environment and are not credentials."""
    rows = connection.execute(
        "SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
        " WHERE m.type = 'table' AND c.name = 'environment_id' AND m.name <> 'keys'"
    )
    return [name for (name,) in rows]


def environment_ids(connection: sqlite3.Connection) -> list[str]:
    return [found for (found,) in connection.execute("SELECT id FROM environments ORDER BY rowid")]


class Store:
    """The state of one emulator.

    Without a path the state lives in a temporary folder, is never fsynced and is gone after ``close``. With a path
    it is a WAL file: what was committed survives the end of the process, however sudden.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._temporary: Throwaway | None = None
        self._owner = os.getpid()
        if path is None:
            self._temporary = throwaway.make()
            path = self._temporary.folder / "state.db"
        self.path = path
        self.durable = self._temporary is None
        self._log = f"{path}-wal"
        self._log_limit = LARGE_LOG
        self.on_new_environment: Callable[[Transaction], None] | None = None
        """Called inside the transaction that makes an environment, and after one was cleared."""
        self._local = threading.local()
        self._writer = threading.Lock()
        self._writing: tuple[int, sqlite3.Connection] | None = None
        self._together: dict[Write[Any], Together[Any]] = {}
        self._keys = None if self.durable else KnownKeys()
        self._open()

    def _open(self) -> None:
        """Make the file, or bring it to this version. ``StateFileError`` for one that cannot be used."""
        if self.durable:
            check_file(self.path)
        try:
            private_file(self.path)
            with contextlib.closing(self._connect(LOCK_SECONDS)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.rollback()
                migrate(Database(connection))
        except sqlite3.Error as error:
            raise StateFileError(in_words(self.path, error)) from error
        except OSError as error:
            raise StateFileError(f"{self.path} cannot be made: {error.strerror}; name another file") from error

    def _connect(self, timeout: float = 30) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=timeout, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'NORMAL' if self.durable else 'OFF'}")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.create_function("fold", 1, _fold, deterministic=True)
        return connection

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection for reading."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._local.pid != os.getpid():
            connection = self._local.connection = self._connect()
            self._local.pid = os.getpid()
        return connection

    def _write_connection(self) -> sqlite3.Connection:
        """The connection of this process that writes. All threads share it, one after another: a connection's page
        cache is worth something only until another connection commits."""
        if self._writing is None or self._writing[0] != os.getpid():
            connection = self._connect()
            # Indexes of random ids touch pages all over the file: keep 32 MB of them, and write them back less often.
            connection.execute("PRAGMA cache_size=-32000")
            connection.execute("PRAGMA wal_autocheckpoint=4000")
            if self._keys is not None:
                self._keys.watch(connection)
            self._writing = os.getpid(), connection
        return self._writing[1]

    @contextlib.contextmanager
    def read(self, environment_id: str = "") -> Iterator[Transaction]:
        """A consistent view; nothing may be written."""
        connection = self.connection
        connection.execute("BEGIN")
        tx = Transaction(connection, environment_id)
        try:
            yield tx
        finally:
            connection.rollback()
        self._make_indexes(tx.wanted)

    @contextlib.contextmanager
    def write(self, environment_id: str = "") -> Iterator[Transaction]:
        """All or nothing: committed at the end, rolled back when an exception leaves the block."""
        with self._writer:
            connection = self._write_connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(connection, environment_id)
                connection.commit()
            except BaseException as error:
                connection.rollback()
                if is_full(error):
                    raise DiskFull(f"the disk with the state ({self.path}) is full; nothing was stored") from error
                raise
            if self._keys is not None:
                self._keys.settle()
            self._shorten_log(connection)

    def _shorten_log(self, connection: sqlite3.Connection) -> None:
        """Empty the write-ahead log when it has grown large. SQLite begins it anew only if nobody reads just
        then, which under load is hardly ever; this waits a moment for those who do, and tries later if it must."""
        try:
            size = os.stat(self._log).st_size
        except FileNotFoundError:
            return
        if size < self._log_limit:
            return
        connection.execute("PRAGMA busy_timeout=200")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        connection.execute("PRAGMA busy_timeout=30000")
        self._log_limit = size + LARGE_LOG // 4 if busy else LARGE_LOG

    def together(self, write: Write[Item]) -> Together[Item]:
        """Who makes such small writes together; the same for each ``write``."""
        found: Together[Item] = self._together.setdefault(write, Together(self.write, write))
        return found

    def find_key(self, raw: str) -> Key | None:
        """A credential with its environment."""
        if self._keys is None:
            return find_key(self.connection, raw)
        return self._keys.find(self.connection, raw)

    def _make_indexes(self, wanted: Iterable[Index]) -> None:
        # What exists is asked of the file: another process may have made an index, or restored a state without it.
        exists = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?"
        missing = [index for index in wanted if not self.connection.execute(exists, (index.name,)).fetchone()]
        if missing:
            with self.write() as tx:
                for index in missing:
                    tx.connection.execute(index.statement)

    @property
    def folder(self) -> Path:
        """Where files beside the state live: snapshots and the journal. It goes with a throwaway state."""
        private_folder(self.beside)
        return self.beside

    @property
    def beside(self) -> Path:
        """The same, though it may not exist."""
        return self.path.parent if self._temporary else self.path.with_name(f"{self.path.name}.mock")

    def environment_created(self, connection: sqlite3.Connection, environment_id: str) -> None:
        """Fill a new environment with what every environment starts with (a catalogue, if one was given)."""
        if self.on_new_environment is not None:
            self.on_new_environment(Transaction(connection, environment_id))

    def clear(self, environment_id: str | None = None) -> None:
        """Forget the objects, events, clock and faults of one environment, or everything. Keys stay valid."""
        with self.write() as tx:
            events.clear(tx.connection, environment_id)
            for name in scoped_tables(tx.connection):
                if environment_id is None:
                    tx.connection.execute(f'DELETE FROM "{name}"')
                else:
                    tx.connection.execute(f'DELETE FROM "{name}" WHERE environment_id = ?', (environment_id,))
            reset = (
                "UPDATE environments SET clock_offset_us = 0, clock_frozen_at = NULL,"
                " ingestion_delay_ms = 0, waiting = 0, faults = 0"
            )
            if environment_id is None:
                tx.connection.execute(reset)
            else:
                tx.connection.execute(f"{reset} WHERE id = ?", (environment_id,))
            chosen = [environment_id] if environment_id is not None else environment_ids(tx.connection)
            for each in chosen:
                self.environment_created(tx.connection, each)

    def overwrite(self, source: sqlite3.Connection) -> None:
        """Replace everything by another state of this version, in one transaction for all who read or write."""
        with self._writer, contextlib.closing(self._connect()) as target:
            source.backup(target, sleep=0.01)
            if self._keys is not None:
                self._keys.forget()

    def disconnect(self) -> None:
        """Close this thread's connection and the one that writes; the next use opens others. What is remembered of keys
        is forgotten by all processes: one that was killed may not have said what it changed."""
        if self._keys is not None:
            self._keys.forget()
        connection = getattr(self._local, "connection", None)
        if connection is not None and self._local.pid == os.getpid():
            connection.close()
            self._local.connection = None
        with self._writer:
            if self._writing is not None and self._writing[0] == os.getpid():
                self._writing[1].close()
                self._writing = None

    def close(self) -> None:
        """Disconnect and remove a throwaway state (only in the process that made it)."""
        self.disconnect()
        if self._temporary is not None and self._owner == os.getpid():
            self._temporary.remove()
