"""Copies of the whole state under a name, each one SQLite file.

Taking a copy and restoring one go through SQLite itself (``VACUUM INTO``, the backup API), so both are one transaction
to every other connection, of this process or another.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database

from mockserver.store.content import ForeignContent, refuse_code, refuse_foreign
from mockserver.store.migrations import NewerStateError, is_state, migrate
from mockserver.store.private import private_file, private_folder
from mockserver.store.store import Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAGIC = b"SQLite format 3\x00"
_SUFFIX = ".db"


class SnapshotError(Exception):
    """A name or a file that cannot be used; ``missing`` if there is no snapshot of that name."""

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class Snapshot(NamedTuple):
    """A copy of the state; ``taken_at`` is the machine's time."""

    name: str
    bytes: int
    taken_at: datetime


class Snapshots:
    """The snapshots beside one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def folder(self) -> Path:
        folder = self._store.folder / "snapshots"
        private_folder(folder)
        return folder

    def path(self, name: str) -> Path:
        """Where a snapshot of that name lives, inside the folder. ``SnapshotError`` for any odd name."""
        if not _NAME.fullmatch(name):
            raise SnapshotError(
                "a snapshot's name has up to 64 letters, digits, dots, dashes and underscores, beginning with a letter"
                " or a digit"
            )
        return self.folder / f"{name}{_SUFFIX}"

    def existing(self, name: str) -> Path:
        """The file of a snapshot that was taken."""
        path = self.path(name)
        if not path.is_file():
            raise SnapshotError(f"no snapshot {name!r}", missing=True)
        return path

    def all(self) -> list[Snapshot]:
        """All snapshots by name."""
        found = []
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            # One that was deleted since the folder was read is left out.
            with contextlib.suppress(SnapshotError):
                if path.name[0] != ".":
                    found.append(self._snapshot(path))
        return found

    def take(self, name: str) -> Snapshot:
        """Copy the state as it is now; an earlier snapshot of that name is replaced."""
        path = self.path(name)
        with self._unfinished() as draft:
            self._store.connection.execute("VACUUM INTO ?", (str(draft),))
            os.replace(draft, path)
        return self._snapshot(path)

    def put(self, name: str, data: bytes) -> Snapshot:
        """Keep a file that was taken from an emulator. One of an older version is brought to this one;
        ``SnapshotError`` for a file that is damaged, no state, or of a newer version."""
        path = self.path(name)
        if not data.startswith(_MAGIC):
            raise SnapshotError("that is no SQLite file")
        with self._unfinished() as draft:
            draft.write_bytes(data)
            _check(draft)
            os.replace(draft, path)
        return self._snapshot(path)

    def restore(self, name: str) -> Snapshot:
        """Make the state what it was; all of it, keys and clocks included."""
        path = self.existing(name)
        taken = self._snapshot(path)
        try:
            # Only what is there: a file that was deleted meanwhile must not come back as an empty state.
            with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source:
                source.execute("SELECT 1 FROM environments LIMIT 1")
                self._store.overwrite(source)
        except sqlite3.OperationalError:
            self.existing(name)
            raise
        return taken

    def delete(self, name: str) -> None:
        """Remove a snapshot."""
        self.existing(name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what a process that was killed left unfinished. For a process that has begun no snapshot yet: what
        bears its number is of an earlier one."""
        for path in (self._store.beside / "snapshots").glob(".*-*"):
            number = path.name[1:].partition("-")[0]
            if number.isdigit() and (int(number) == os.getpid() or not _lives(int(number))):
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _unfinished(self) -> Iterator[Path]:
        draft = self.folder / f".{os.getpid()}-{os.urandom(8).hex()}"
        private_file(draft)
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _snapshot(self, path: Path) -> Snapshot:
        try:
            found = path.stat()
        except FileNotFoundError:
            raise SnapshotError(f"no snapshot {path.name.removesuffix(_SUFFIX)!r}", missing=True) from None
        return Snapshot(path.name.removesuffix(_SUFFIX), found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _check(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            refuse_code(connection)
            # A file copied from a running server may still be in WAL mode; a snapshot is one file.
            connection.execute("PRAGMA journal_mode=DELETE")
            if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise SnapshotError("that file is damaged")
            if not is_state(connection):
                raise SnapshotError("that file is no state of this emulator")
            migrate(Database(connection))
            refuse_foreign(connection)
    except NewerStateError as error:
        raise SnapshotError(str(error)) from None
    except ForeignContent as error:
        raise SnapshotError(f"that file is no state of this emulator: {error}") from None
    except sqlite3.DatabaseError as error:
        raise SnapshotError(f"that file cannot be read as a state: {error}") from None
