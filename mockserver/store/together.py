"""Small writes that arrive while another one is under way, made in one transaction.

A transaction costs more than most of what is written in it. Who comes while one is open waits anyway; the first of
those that waited then writes for all of them.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from mockserver.store.transaction import Transaction

Item = TypeVar("Item")
Write = Callable[[Transaction, Sequence[Item]], None]

MOST = 1000
"""How many are written in one transaction."""


class _Waiting(Generic[Item]):
    __slots__ = ("done", "error", "item")

    def __init__(self, item: Item) -> None:
        self.item, self.done = item, False
        self.error: Exception | None = None


class Together(Generic[Item]):
    """``write`` stores some items in a transaction that ``begin`` opens."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Transaction]], write: Write[Item]) -> None:
        self._begin, self._write = begin, write
        self._waiting: deque[_Waiting[Item]] = deque()
        self._turn = threading.Lock()

    def add(self, item: Item) -> None:
        """Store an item; it is committed when this returns. What ``write`` raises for this item is raised here.

        An interruption (``KeyboardInterrupt``, ``SystemExit``) ends this call only: what was being written for others
        is written by the next of them, what is not stored yet of this call is not stored."""
        mine = _Waiting(item)
        self._waiting.append(mine)
        try:
            while not mine.done:
                with self._turn:
                    if not mine.done:
                        self._store_waiting()
        except BaseException:
            with contextlib.suppress(ValueError):
                self._waiting.remove(mine)
            raise
        if mine.error is not None:
            raise mine.error

    def _store_waiting(self) -> None:
        together: list[_Waiting[Item]] = []
        try:
            while self._waiting and len(together) < MOST:
                together.append(self._waiting.popleft())
            self._store(together)
        except BaseException:
            self._waiting.extendleft(each for each in reversed(together) if not each.done)
            raise

    def _store(self, together: Sequence[_Waiting[Item]]) -> None:
        try:
            with self._begin() as tx:
                self._write(tx, [each.item for each in together])
        except Exception as error:
            if len(together) > 1:
                # One of them is to blame, and only that one shall fail.
                for each in together:
                    self._store([each])
                return
            together[0].error = error
        for each in together:
            each.done = True
