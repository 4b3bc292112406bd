"""Folders for states that end with their server.

A server that is killed cannot remove its folder, so the next one to start does. Each holds a lock for as long as one of
its processes lives; a folder whose lock is free belongs to nobody.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

_PREFIX = "flexprice-mock-"
_LOCK = "in-use"


class Throwaway(NamedTuple):
    """A folder and the descriptor of its lock, which processes forked from this one share."""

    folder: Path
    lock: int

    def remove(self) -> None:
        """Remove the folder and let go of the lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self.lock)


def make() -> Throwaway:
    """A fresh folder; those of servers that were killed are removed."""
    clear_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder / f"{_LOCK}.new", os.O_CREAT | os.O_RDWR, 0o600)
    _try_lock(lock)
    # It gets its name when it is locked, so that nobody takes the folder for abandoned in between.
    os.replace(folder / f"{_LOCK}.new", folder / _LOCK)
    return Throwaway(folder, lock)


def clear_abandoned(where: Path) -> None:
    """Remove the folders whose servers are gone."""
    for folder in where.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                if _try_lock(lock):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _try_lock(descriptor: int) -> bool:
    """Whether the lock is ours now; where there are no such locks, nothing is ever taken for abandoned."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
