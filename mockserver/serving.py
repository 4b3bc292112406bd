"""Running the server: one process, or several workers on one listening socket.

waitress was chosen for its start-up time and because it is pure Python with no moving parts of its own; workers are
forked after the socket is bound, so that the kernel spreads connections over them.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import waitress.server
from flask import Flask
from waitress import wasyncore

from mockserver import receiving
from mockserver.settings import Settings

THREADS = 8


class PortTaken(Exception):
    """Somebody else listens on that address."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. ``PortTaken`` if the address is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def make_server(app: Flask, listener: socket.socket) -> Any:
    """A waitress server on the listening socket: ``run`` serves, ``close`` ends it."""
    # A queue is normal for a test server under load and no reason to fill a CI log.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    create_server: Any = waitress.server.create_server
    server = create_server(
        app, sockets=[listener], threads=THREADS, ident=None, clear_untrusted_proxy_headers=False,
        **receiving.ADJUSTMENTS,
    )  # fmt: skip
    _, settings = app.extensions.get("flexprice", (None, Settings()))
    receiving.install(server, settings.max_upload)
    return server


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
        # First the workers finish; then everything is closed inside the server's own loop, which ends with that. What
        # wakes the loop is closed too, so the loop waits until it was used: somebody else may have woken it before.
        server.task_dispatcher.shutdown()
        woken = threading.Event()

        def end() -> None:
            woken.wait()
            wasyncore.close_all(server._map)

        server.trigger.pull_trigger(end)
        woken.set()
        thread.join(timeout=10)


def _serve(app: Flask, listener: socket.socket) -> None:
    server = make_server(app, listener)

    def stop(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server.run()
    finally:
        with contextlib.suppress(OSError):
            server.close()


def run(
    app: Flask,
    listener: socket.socket,
    workers: int,
    ready: Callable[[], None],
    before_fork: Callable[[], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C. ``ready`` is called once the socket accepts connections; ``before_fork`` lets go
    of what workers must not inherit. The garbage collector leaves alone what there is already, and comes less often."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
    ready()
    if workers == 1:
        _serve(app, listener)
        return
    before_fork()
    children: list[int] = []
    # Nothing is ever written here: what workers read is the end of it, which comes when this process is gone.
    alive, parent = os.pipe()
    for _ in range(workers):
        child = os.fork()
        if child == 0:
            code = 0
            try:
                os.close(parent)
                threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
                _serve(app, listener)
            except SystemExit:
                pass
            except BaseException:
                sys.excepthook(*sys.exc_info())
                code = 1
            os._exit(code)
        children.append(child)
    _supervise(children)


def _end_with_parent(alive: int) -> None:
    """Stop this worker when its parent ends without having told it to, killed for example; it would keep the port."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _supervise(children: list[int]) -> None:
    """Pass a stop on to the workers and wait for them."""
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    failed = False
    while children:
        child, status = os.wait()
        children.remove(child)
        if not stopping:
            failed = failed or os.waitstatus_to_exitcode(status) != 0
            stop(signal.SIGTERM, None)
    if failed:
        raise SystemExit(1)
