"""Standing between the emulated API's requests and answers: faults and the journal."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Response, request

from mockserver import pausing
from mockserver.control import faults
from mockserver.errors import BadBody
from mockserver.http import bodies
from mockserver.http.rendering import DIVERGENCE_HEADER
from mockserver.secrets import without_secrets
from mockserver.store.access import Environment
from mockserver.store.faults import StoredFault
from mockserver.store.journal import MAX_TEXT, Entry, Journal
from mockserver.store.store import Store
from mockserver.times import format_time


class ControlWatch:
    """Strikes requests with the faults of their environment and notes them in the journal, if there is one. Only
    requests under ``/v1`` are looked at; where no fault is set and no journal is kept, none."""

    def __init__(self, store: Store, journal: Journal | None) -> None:
        self.store, self.journal = store, journal

    def looks_at(self, environment: Environment) -> bool:
        return environment.faults > 0 or self.journal is not None

    def around(self, environment: Environment, respond: Callable[[], Response]) -> Response:
        if not request.path.startswith("/v1/"):
            return respond()
        # A request that waits for its fault is run twice; the fault is found, and counted, in the first run.
        kept = pausing.kept(request.environ)
        started = pausing.since(request.environ)
        sent = b"" if self.journal is None else _sent()
        if "fault" not in kept:
            kept["fault"] = faults.find(self.store, environment.id, request) if environment.faults else None
        fault: StoredFault | None = kept["fault"]
        response = respond() if fault is None else faults.strike(fault, request, respond)
        if self.journal is not None:
            dropped = fault is not None and fault.rule["drop"]
            entry = Entry(
                format_time(environment.now()),
                request.method,
                without_secrets(request.path),
                without_secrets(request.query_string.decode("latin-1")),
                _text(sent),
                None if dropped else response.status_code,
                "" if dropped else _text(response.get_data()),
                (time.perf_counter() - started) * 1000,
                response.headers.get(DIVERGENCE_HEADER, ""),
                None if fault is None else fault.id,
            )
            self.journal.add(environment.id, entry)
        return response

    def unrouted(self, respond: Callable[[], Response]) -> Response:
        """Paths without a route are struck and noted like others, for keys that are known."""
        key = self.store.find_key(request.headers.get("x-api-key", ""))
        if key is None or key.environment is None or not self.looks_at(key.environment):
            return respond()
        return self.around(key.environment, respond)


def _sent() -> bytes:
    """The body, kept for those who read it next; nothing of one that is too large."""
    try:
        return bodies.read(request, 0)
    except BadBody:
        return b""


def _text(data: bytes) -> str:
    # A key that the cut goes through is hidden too: what is kept ends before the longest one could begin.
    return without_secrets(data[: MAX_TEXT + 100].decode("utf-8", "replace"))[:MAX_TEXT]
