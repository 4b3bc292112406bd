"""granian instead of waitress: ``serve --server granian``, with the extra ``fast``.

Its HTTP is compiled and answers more requests a second; what it needs is loaded in about a tenth of a second. It is
started in this process, or in workers forked from it, like waitress (``mockserver.serving``); granian's own way of
starting workers as fresh interpreters would load everything twice.

granian runs each request in a thread until it is answered, so that a request that a fault delays needs one. There are
many threads therefore, and only as many work at a time as under waitress.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from flask import Flask
from waitress.channel import ClientDisconnected

from mockserver.connections import IDLE_SECONDS, allow_files
from mockserver.pausing import SLEEP

WORKING = 8
THREADS = 256
"""Requests that work or wait in one process; further ones queue."""


class Missing(Exception):
    """granian is not installed."""


def check() -> None:
    """``Missing`` if granian is not there."""
    if importlib.util.find_spec("granian") is None:
        raise Missing("granian is not installed; it comes with the extra named fast")


class Turns:
    """A WSGI wrapper that lets so many requests work at a time. One that waits for a fault lets others work."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], working: int) -> None:
        self.inner = inner
        self._turns = threading.Semaphore(working)
        self.ending = threading.Event()
        """Set when the server ends: nobody waits any longer then."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[SLEEP] = self._sleep
        with self._turns:
            answer = self.inner(environ, start_response)
            try:
                return list(answer)
            except ClientDisconnected:
                return _CutOff(start_response)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()

    def _sleep(self, seconds: float) -> None:
        self._turns.release()
        try:
            self.ending.wait(seconds)
        finally:
            self._turns.acquire()


class _CutOff:
    """An answer that breaks off, which makes granian close the connection after the head: it has no other way to."""

    def __init__(self, start_response: Callable[..., Any]) -> None:
        start_response("502 Bad Gateway", [("Content-Length", "1")])

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        raise ClientDisconnected

    def close(self) -> None:
        """Nothing is held."""


def _part(name: str) -> Any:
    return importlib.import_module(f"granian.{name}")


def serve(app: Flask, listener: socket.socket, connections: int, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; see ``serving.Serve``."""
    # Parts of granian that it keeps to itself, in the order its own workers use them; the release is pinned for that.
    futures, parts, loops, http, wsgi = (_part(name) for name in ("_futures", "_granian", "_loops", "http", "wsgi"))
    turns = Turns(app, WORKING)
    stopped, told = threading.Event(), parts.WorkerSignal()
    told.add_cb(stopped.set)

    def stop(signum: int, frame: FrameType | None) -> None:
        turns.ending.set()
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # Connections that are dropped on purpose are no errors.
    logging.getLogger("_granian").addFilter(lambda record: ClientDisconnected.__name__ not in record.getMessage())
    worker = parts.WSGIWorker(
        1,
        (None, parts.SocketHolder(os.dup(listener.fileno()), False, 1024)),
        None,
        py_threads=THREADS,
        backpressure=allow_files(connections),
        http_mode="1",
        http1_opts=http.HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000),
        metrics=(None, None),
    )
    loop = loops.loops.get("asyncio")
    answer = wsgi._callback_wrapper(turns, {}, None)
    worker.serve_mtr(futures._new_cbscheduler(loop, answer, impl_asyncio=True), loop, told)
    ready()
    stopped.wait()
