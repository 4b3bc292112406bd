"""The server's log: a line for each request and for what else is worth saying, on stderr, as text or as JSON.

Lines are written by a thread of their own, many at a time, so that neither their writing nor somebody who does not
read them holds up a request. What is in a line is printable: nothing that was sent can forge or disturb another line.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from mockserver.secrets import one_line, without_secrets

REQUESTS = logging.getLogger("flexprice_mock.requests")
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
_MOST_WAITING = 20_000
_TOGETHER_SECONDS = 0.05
_AT_ONCE = 4096
"""So many bytes go into a pipe in one piece, whoever else writes to it."""
_LONGEST = 400
_SHARE = 20
"""Outcomes are found out as long as that takes less than a twentieth of the time."""


@dataclass(slots=True)
class RequestEntry:
    """What a request's line says. ``environment`` is its id, ``divergences`` those the request relied on, ``fault`` the
    number of the fault that struck it, ``events`` how many were sent together. ``outcome`` finds out, when the line is
    written, what became of what was sent, or what it may have meant; under load it is not asked."""

    method: str
    path: str
    status: int
    milliseconds: float
    environment: str = ""
    divergences: str = ""
    fault: str = ""
    events: int = 0
    outcome: Callable[[], str] | None = None

    def found(self) -> dict[str, Any]:
        """The entry's own words by name; empty ones are left out."""
        named = {
            "method": printable(self.method),
            "path": printable(self.path),
            "status": self.status,
            "ms": round(self.milliseconds, 1),
        }
        outcome = ""
        if self.outcome is not None:
            # The line matters more than this one word of it, which the end of the server for example takes away.
            with contextlib.suppress(Exception):
                outcome = self.outcome()
        more = {
            "environment": self.environment,
            "divergences": self.divergences,
            "fault": self.fault,
            "outcome": outcome,
        }
        found = named | {name: printable(text) for name, text in more.items() if text}
        return found | {"events": self.events} if self.events else found


def printable(text: str) -> str:
    """The text without secrets, everything escaped that a terminal or a reader of lines might act on, cut where it is
    long."""
    text = without_secrets(text)
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "..."
    return one_line(text)


def note(entry: RequestEntry) -> None:
    """Log a request."""
    # Made by hand: looking for the calling line costs as much as the rest.
    record = logging.LogRecord(REQUESTS.name, logging.INFO, "", 0, "", (), None)
    record.entry = entry
    REQUESTS.handle(record)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextFormatter(logging.Formatter):
    """``TIME METHOD PATH STATUS MS`` and what else there is; other messages as ``TIME LEVEL MESSAGE``."""

    def format(self, record: logging.LogRecord) -> str:
        entry: RequestEntry | None = getattr(record, "entry", None)
        if entry is None:
            lines = [f"{record.levelname.lower()} {printable(record.getMessage())}"]
            if record.exc_info:
                lines += [f"  {printable(line)}" for line in self.formatException(record.exc_info).splitlines()]
            return "\n".join([f"{_time(record)} {lines[0]}", *lines[1:]])
        found = entry.found()
        fixed = [str(found.pop(name)) for name in ("method", "path", "status")]
        words = [*fixed, f"{found.pop('ms')}ms"]
        for name, text in found.items():
            words.append(f"({text})" if name == "outcome" else f"{name}={text}")
        return " ".join([_time(record), *words])


class JsonFormatter(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: RequestEntry | None = getattr(record, "entry", None)
        said: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower()}
        if entry is not None:
            said |= entry.found()
        else:
            said["message"] = printable(record.getMessage())
            if record.exc_info:
                said["traceback"] = [printable(line) for line in self.formatException(record.exc_info).splitlines()]
        return orjson.dumps(said).decode()


class Lines(logging.Handler):
    """Writes to a file descriptor from a thread of its own. What nobody reads is dropped, and the number said."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._writing = threading.Lock()
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._waiting: deque[logging.LogRecord] = deque()
        self._dropped = 0
        self._arrived = threading.Event()
        self._thread: threading.Thread | None = None
        self._writing = threading.Lock()

    def handle(self, record: logging.LogRecord) -> bool:
        """Keep a record for the thread. A deque needs no lock."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(record)
        if not self._arrived.is_set():
            self._arrived.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="flexprice-mock-log", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._arrived.wait()
            time.sleep(_TOGETHER_SECONDS)
            self._arrived.clear()
            with self._writing:
                self._write_waiting(None)

    def close(self) -> None:
        """Write what waits, unless that takes longer than a second."""
        if self._writing.acquire(timeout=1):
            try:
                self._write_waiting(time.monotonic() + 1)
            finally:
                self._writing.release()
        super().close()

    def _write_waiting(self, until: float | None) -> None:
        piece = b""
        ask_again = 0.0
        while self._waiting:
            record = self._waiting.popleft()
            entry: RequestEntry | None = getattr(record, "entry", None)
            began = time.monotonic()
            asking = entry is not None and entry.outcome is not None
            if asking and entry is not None and (until is not None or began < ask_again):
                entry.outcome = None
            try:
                line = (self.format(record) + "\n").encode()
            except Exception as error:
                line = f"a line of the log could not be made: {type(error).__name__}\n".encode()
            if asking and entry is not None and entry.outcome is not None:
                ask_again = began + _SHARE * (time.monotonic() - began)
            if len(piece) + len(line) > _AT_ONCE:
                self._put(piece, until)
                piece = b""
            piece += line
        if self._dropped:
            piece += f"{self._dropped} lines of the log were dropped: nobody read it\n".encode()
            self._dropped = 0
        self._put(piece, until)

    def _put(self, piece: bytes, until: float | None) -> None:
        with contextlib.suppress(OSError):
            while piece:
                if until is not None and not _ready(self._descriptor, until - time.monotonic()):
                    return
                piece = piece[os.write(self._descriptor, piece[:_AT_ONCE]) :]


def _ready(descriptor: int, seconds: float) -> bool:
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(max(seconds, 0) * 1000))


def configure(style: str, level: str) -> None:
    """Log to stderr in that format (``FORMATS``) from that level (``LEVELS``) on; requests are of level ``info``. For
    the server's own process: a program that runs the emulator inside decides itself."""
    try:
        descriptor = sys.stderr.fileno()
    except (OSError, ValueError):
        # Something stands in for it, in a test for example, and who put it there decides.
        return
    handler = Lines(descriptor)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root, own = logging.getLogger(), logging.getLogger("flexprice_mock")
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    own.setLevel(level.upper())
