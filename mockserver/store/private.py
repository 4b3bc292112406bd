"""Files and folders that only their owner reads: a state holds everything that was sent, and what its keys hash to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def private_file(path: Path) -> None:
    """Make a file that only its owner reads or writes, if there is none; take others' rights away from one of ours.
    ``OSError`` if it cannot be made."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        _take_rights(path, 0o600)


def private_folder(path: Path) -> None:
    """The same for a folder."""
    path.mkdir(mode=0o700, exist_ok=True)
    _take_rights(path, 0o700)


def _take_rights(path: Path, rights: int) -> None:
    # Somebody else's file, or a file system without rights, stays as it is.
    with contextlib.suppress(OSError):
        if path.stat().st_mode & 0o077:
            path.chmod(rights)
