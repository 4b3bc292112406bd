"""A line of the log for every request (``mockserver.logs``), written beneath Flask so that nothing is left out."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from mockserver import pausing
from mockserver.logs import REQUESTS, RequestEntry, note

SEEN = "flexprice_mock.seen"
"""In the WSGI environment: a dictionary in which a view says what the line tells, by the names of ``RequestEntry``; and
under ``event`` the id of an event that was sent alone."""
OutcomeOf = Callable[[str, str], str]
"""What became of an event, by its environment and id."""


class RequestLog:
    """A WSGI wrapper. Where nobody listens it costs nothing."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], outcome_of: OutcomeOf) -> None:
        self.inner, self.outcome_of = inner, outcome_of

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not REQUESTS.isEnabledFor(logging.INFO):
            return self.inner(environ, start_response)
        seen: dict[str, Any] = {}
        environ[SEEN] = seen
        # A request that pauses comes here twice; its time began with the first.
        began = pausing.since(environ)
        said = ""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal said
            said = status
            return start_response(status, headers, *rest)

        answer = self.inner(environ, start)
        event = seen.pop("event", None)
        if event is not None:
            seen["outcome"] = functools.partial(self.outcome_of, seen["environment"], event)
        entry = RequestEntry(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace"),
            int(said[:3]),
            (time.perf_counter() - began) * 1000,
            **seen,
        )
        note(entry)
        return answer
