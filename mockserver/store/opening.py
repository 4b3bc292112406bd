"""Looking at a state file before it is opened for writing: what is not ours is never touched."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from mockserver.store.migrations import NewerStateError, is_state, refuse_newer

LOCK_SECONDS = 5
_CHECKED_WHOLE = 32 * 1024 * 1024
"""Files up to this size are read through for damage before they are used: larger ones would hold up the start."""


class StateFileError(Exception):
    """A state file that cannot be used; the message says in one line why, and what to do."""


def check_file(path: Path) -> None:
    """``StateFileError`` for a file that is damaged, foreign, newer, locked or not to be written."""
    if not path.parent.is_dir():
        raise StateFileError(f"there is no folder {path.parent}; make it, or name another file")
    if path.is_dir():
        raise StateFileError(f"{path} is a folder; name a file in it")
    if path.exists() and path.stat().st_size:
        if not os.access(path, os.R_OK | os.W_OK):
            raise StateFileError(f"{path} may not be read and written; change its rights, or name another file")
        _look_into(path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StateFileError(f"nothing may be written in the folder {path.parent}; change its rights or name another")


def _look_into(path: Path) -> None:
    # Without a log beside it the file is all there is, and reading it as unchangeable leaves no trace of ours.
    log = path.with_name(f"{path.name}-wal")
    how = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    try:
        reading = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, timeout=LOCK_SECONDS)
        with contextlib.closing(reading) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
                return
            if not is_state(connection):
                raise StateFileError(f"{path} is no state of this emulator and is left as it is; name another file")
            refuse_newer(Database(connection))
            if path.stat().st_size <= _CHECKED_WHOLE:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    raise StateFileError(_damaged(path))
    except NewerStateError as error:
        raise StateFileError(f"{path}: {error}") from None
    except sqlite3.Error as error:
        raise StateFileError(in_words(path, error)) from None


def _damaged(path: Path) -> str:
    return f"{path} is damaged; restore a copy, or name another file"


def in_words(path: Path, error: sqlite3.Error) -> str:
    """What keeps a state from being opened, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is locked by another program; close that, or name another file"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{path} cannot be opened for writing; check the rights of the file and its folder, or name another"
    if code == sqlite3.SQLITE_FULL:
        return f"the disk with {path} is full; make room, or name a file on another one"
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return _damaged(path)
    return f"{path} cannot be used: {error}; name another file"
