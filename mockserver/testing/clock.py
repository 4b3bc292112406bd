"""The clock of a test's environment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mockserver.testing.talk import Talk, rfc3339


class Clock:
    """Everything in the environment that asks for "now" asks this clock. It runs on after being set or advanced,
    unless it is frozen."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    @property
    def now(self) -> datetime:
        """The environment's time, in UTC."""
        return _read(self._talk("GET", "/_mock/clock"))

    def set(self, now: str | datetime) -> datetime:
        """Move to a time, forwards or backwards: an RFC3339 text or an aware datetime."""
        return self._put(now=rfc3339(now))

    def advance(self, by: timedelta | float | None = None, **parts: float) -> datetime:
        """Move forwards by a timedelta, by seconds, or by ``days=1, hours=2``."""
        if (by is None) == (not parts):
            raise TypeError("advance takes a timedelta or seconds, or parts of a timedelta such as days=1")
        step = timedelta(**parts) if by is None else by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self._put(advance_seconds=step.total_seconds())

    def freeze(self, now: str | datetime | None = None) -> datetime:
        """Stop, at the present moment or at another."""
        return self._put(frozen=True) if now is None else self._put(now=rfc3339(now), frozen=True)

    def run(self) -> datetime:
        """Let a frozen clock run on."""
        return self._put(frozen=False)

    def reset(self) -> datetime:
        """Return to the machine's time, running."""
        return self._put(now=None, frozen=False)

    def _put(self, **body: Any) -> datetime:
        return _read(self._talk("PUT", "/_mock/clock", body))


def _read(answer: Any) -> datetime:
    return datetime.fromisoformat(answer["now"])
