"""Keys that were looked up before, with their environments: what every request starts with.

They are remembered for throwaway states only, which nobody but this process and the workers forked from it can change.
All of those see one counter, which moves on whenever a transaction touched a key or an environment.
"""

from __future__ import annotations

import mmap
import sqlite3

from mockserver.store.access import Key, find_key

_MOST = 4096


class KnownKeys:
    """The keys of one state."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)
        self._version = memoryview(self._shared).cast("Q")
        self._known: dict[str, tuple[int, Key]] = {}
        self._changed = False

    def watch(self, connection: sqlite3.Connection) -> None:
        """Notice changes that a connection makes; its owner says with ``settle`` when they can be seen."""
        connection.create_function("access_changed", 0, self._note)
        for table in ("keys", "environments"):
            for change in ("INSERT", "UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TEMP TRIGGER {table}_{change} AFTER {change} ON main.{table}"
                    " BEGIN SELECT access_changed(); END"
                )

    def _note(self) -> None:
        self._changed = True

    def settle(self) -> None:
        """Forget what is known if something changed: a transaction of a watched connection was committed."""
        if self._changed:
            self._changed = False
            self.forget()

    def forget(self) -> None:
        """Forget everything, in all processes."""
        self._version[0] += 1

    def find(self, connection: sqlite3.Connection, raw: str) -> Key | None:
        """``access.find_key``, from memory if it is known there. Unknown keys are looked for again each time."""
        version = self._version[0]
        known = self._known.get(raw)
        if known is not None and known[0] == version:
            return known[1]
        key = find_key(connection, raw)
        if key is not None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[raw] = version, key
        return key
