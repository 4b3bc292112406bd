"""Running the server: one process, or several workers on one listening socket.

waitress was chosen for its start-up time and because it is pure Python with no moving parts of its own; workers are
forked after the socket is bound, so that the kernel spreads connections over them.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from flask import Flask

from mockserver import receiving
from mockserver.connections import Server, allow_files
from mockserver.memory import return_freed
from mockserver.settings import Settings

THREADS = 8
MAX_CONNECTIONS = 2000
LOG = logging.getLogger("flexprice_mock.server")
_STOPS = (signal.SIGTERM, signal.SIGINT)
_SOON_SECONDS = 2.0
_MOST_FAILURES = 5


class CannotListen(Exception):
    """There is no listening on that address; the message says why, and what to change."""


def _advice(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "Name an address of this machine with --host."
    return "Choose another port with --port."


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. ``CannotListen`` if the port is in use, or the host not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, UnicodeError) as error:
        listener.close()
        known = error if isinstance(error, OSError) else socket.gaierror(0, "that is no host name")
        raise CannotListen(f"cannot listen on {in_url(host)}:{port}: {known.strerror}. {_advice(known)}") from error
    listener.setblocking(False)
    return listener


def in_url(host: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host


def make_server(app: Flask, listener: socket.socket, connections: int = MAX_CONNECTIONS) -> Server:
    """A server on the listening socket with so many connections at a time: ``run`` serves, ``end`` ends it."""
    # A queue is normal for a test server under load and no reason to fill a CI log.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    _, settings = app.extensions.get("flexprice", (None, Settings()))
    return Server(app, listener, THREADS, allow_files(connections), receiving.parser_class(settings.max_upload))


@contextlib.contextmanager
def background(app: Flask) -> Iterator[str]:
    """The app on a free loopback port in a thread of this process; yields its URL. Nothing is left when it ends."""
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = make_server(app, listener)
    thread = threading.Thread(target=server.run, name="flexprice-mock", daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.end()
        thread.join(timeout=10)
        server.close_all()


def by_waitress(app: Flask, listener: socket.socket, connections: int, ready: Callable[[], None]) -> None:
    """Serve by waitress; see ``Serve``."""
    server = make_server(app, listener, connections)

    def stop(signum: int, frame: FrameType | None) -> None:
        server.end()

    for number in _STOPS:
        signal.signal(number, stop)
    ready()
    server.run()
    server.close_all()


Serve = Callable[[Flask, socket.socket, int, Callable[[], None]], None]
"""Serves an app on a listening socket with so many connections, calls its last argument once it does, and returns
after SIGTERM or SIGINT."""


def run(
    app: Flask,
    listener: socket.socket,
    workers: int = 1,
    *,
    ready: Callable[[], None],
    before_fork: Callable[[], None],
    connections: int = MAX_CONNECTIONS,
    serve: Serve = by_waitress,
) -> None:
    """Serve until SIGTERM or Ctrl-C. ``ready`` is called once the socket accepts connections; ``before_fork`` lets go
    of what workers must not inherit, and of what a worker that was killed may have left behind. ``connections`` are
    those of each worker. The garbage collector leaves alone what there is already, and comes less often."""
    return_freed()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
    if workers == 1:
        serve(app, listener, connections, ready)
        return
    # Nothing is ever written here: what workers read is the end of it, which comes when this process is gone.
    alive, parent = os.pipe()

    def start() -> int:
        before_fork()
        # A stop that comes while there are two of us is for the one that knows the workers.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        child = os.fork()
        if child == 0:
            os.close(parent)
            for number in _STOPS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
            _work(lambda: serve(app, listener, connections, lambda: None), alive)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        return child

    _Crew(start).run(workers, ready)


def _work(serve: Callable[[], None], alive: int) -> NoReturn:
    """Serve as a worker process and end it."""
    code = 0
    try:
        threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
        serve()
    except BaseException:
        LOG.exception("a worker failed")
        code = 1
    logging.shutdown()
    os._exit(code)


def _end_with_parent(alive: int) -> None:
    """Stop this worker when its parent ends without having told it to, killed for example; it would keep the port."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


class _Crew:
    """The worker processes of this one. A stop is passed on to them; one that ends by itself is replaced."""

    def __init__(self, start: Callable[[], int]) -> None:
        self._start = start
        self._began: dict[int, float] = {}
        self._stopping = False

    def run(self, count: int, ready: Callable[[], None]) -> None:
        """Start so many workers and wait for them. SystemExit if they cannot be kept running."""
        for number in _STOPS:
            signal.signal(number, lambda signum, frame: self._stop())
        for _ in range(count):
            self._add()
        ready()
        failures = 0
        while self._began:
            child, status = os.wait()
            lasted = time.monotonic() - self._began.pop(child)
            if self._stopping:
                continue
            failures = failures + 1 if lasted < _SOON_SECONDS else 0
            code = os.waitstatus_to_exitcode(status)
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            if failures >= _MOST_FAILURES:
                LOG.error("worker %d %s soon after its start, as did those before it: giving up", child, how)
                self._stop()
            else:
                LOG.warning("worker %d %s; another takes its place", child, how)
                self._add()
        if failures >= _MOST_FAILURES:
            raise SystemExit(1)

    def _add(self) -> None:
        child = self._start()
        self._began[child] = time.monotonic()
        if self._stopping:
            # The stop came before this worker was known.
            self._end(child)

    def _stop(self) -> None:
        self._stopping = True
        for child in list(self._began):
            self._end(child)

    @staticmethod
    def _end(child: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
