"""Letting a request wait without keeping a thread of the server.

Under waitress (``mockserver.connections``) a pause is an exception on its way to the server, which runs the request
again from its start when the time has come; what the first run found out is kept for the second. Under other servers
the thread sleeps, but counts as free meanwhile if the server lends it (``mockserver.fast``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

KEPT = "flexprice_mock.kept"
"""In the WSGI environment of a server that runs requests again: a dictionary that lives as long as the request."""
SLEEP = "flexprice_mock.sleep"
"""In the WSGI environment of a server that does better than ``time.sleep``: what to call with seconds."""

HANG_UP = "flexprice_mock.hang_up"
"""In the WSGI environment: what to call to close the request's connection at once."""


class Paused(BaseException):
    """The request is to be run again after some seconds. No error, so nothing that handles errors may catch it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def kept(environ: dict[str, Any]) -> dict[str, Any]:
    """What an earlier run of this request put aside, to be added to."""
    found: dict[str, Any] = environ.setdefault(KEPT, {"sleeps": True})
    return found


def since(environ: dict[str, Any]) -> float:
    """When the request began, by ``time.perf_counter``, whichever of its runs this is."""
    began: float = kept(environ).setdefault("began", time.perf_counter())
    return began


def resumed(environ: dict[str, Any]) -> bool:
    """Whether this request has waited already and is now run again."""
    return "waited" in environ.get(KEPT, ())


def wait(environ: dict[str, Any], seconds: float) -> None:
    """Return when so many seconds have passed; a request waits once. ``Paused`` where the server has it so: the caller
    lets it pass, and this returns at once in the next run."""
    before = kept(environ)
    if "waited" in before:
        return
    before["waited"] = True
    if "sleeps" in before:
        sleep: Callable[[float], None] = environ.get(SLEEP, time.sleep)
        sleep(seconds)
    else:
        raise Paused(seconds)
