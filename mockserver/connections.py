"""waitress with many connections: one process holds thousands that are idle or slow and answers the others at once.

waitress itself asks every connection before every step what it waits for, so that a thousand idle ones cost each
request two milliseconds, and it stops accepting at its limit until somebody leaves. Here the kernel remembers what a
connection waits for, and only connections of which something was heard are asked again. At the limit, the connection
that has been idle longest makes room.

A request that has to wait (``mockserver.pausing``) gives its thread back and is put on again when its time has come.
"""

from __future__ import annotations

import contextlib
import heapq
import selectors
import socket
import sys
import threading
import time
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from mockserver.pausing import HANG_UP, KEPT, Paused
from mockserver.receiving import Refusal

IDLE_SECONDS = 120
"""A connection on which nothing happens for so long is closed."""
GIVES_WAY_SECONDS = 5
"""At the limit, a connection that was idle for so long makes room for a new one."""
_CHECK_SECONDS = 1.0
_SAY_SECONDS = 60.0
_RESERVED_FILES = 128
"""Files this process needs beside its connections: the state's, of which each thread has three, and logs."""
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


def allow_files(connections: int) -> int:
    """Let this process open as many files as the connections need, as far as the system permits; returns how many
    connections that is."""
    try:
        import resource
    except ImportError:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _RESERVED_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return min(connections, max(soft - _RESERVED_FILES, 1))


class _Task(WSGITask):
    """A task that keeps, between the runs of a paused request, what the application puts aside."""

    def get_environment(self) -> Any:
        environ = super().get_environment()
        request: Any = self.request
        kept = getattr(request, "kept", None)
        if kept is None:
            kept = request.kept = {}
        else:
            # The body was perhaps read before the pause.
            environ["wsgi.input"].seek(0)
        environ[KEPT] = kept
        channel: Any = self.channel
        environ[HANG_UP] = channel.hang_up
        return environ


class _Connection(HTTPChannel):
    """``deaf`` is whether nobody listens to what the client sends, because an earlier request of it is under way."""

    task_class = _Task
    error_task_class = Refusal
    server: Server
    _fileno: int
    deaf = False

    def add_channel(self, map: Any = None) -> None:
        super().add_channel(map)
        self.server.listen_to(self._fileno)

    def del_channel(self, map: Any = None) -> None:
        self.server.forget(self._fileno)
        super().del_channel(map)

    def _flush_outbufs_below_high_watermark(self) -> None:
        if self.total_outbufs_len:
            self.server.attend(self)
        super()._flush_outbufs_below_high_watermark()  # type: ignore[misc]  # missing in the stubs

    def service(self) -> None:
        try:
            super().service()
        except Paused as pause:
            self.server.resume_later(self, pause.seconds)
            return
        # The request is off the list by now, so that a deaf connection is either seen here to be, or was found by the
        # loop to be able to listen.
        if self.deaf or self.total_outbufs_len or self.will_close or self.close_when_flushed:
            self.server.attend(self)

    def hang_up(self) -> None:
        """Close the connection without an answer; for the thread that serves its request."""
        with contextlib.suppress(OSError):
            if self.socket is not None:
                self.socket.shutdown(socket.SHUT_RDWR)

    @property
    def idle(self) -> bool:
        """Neither a request, nor part of one, nor an answer is under way."""
        return not (self.requests or self.request is not None or self.total_outbufs_len or self.close_when_flushed)


class Server(TcpWSGIServer):
    """A waitress server on a listening socket; ``run`` serves until ``close`` or ``end``."""

    active_channels: dict[int, _Connection]  # type: ignore[assignment]  # as channel_class says
    trigger: Any
    next_channel_cleanup: float  # type: ignore[assignment]  # a time
    _fileno: int
    _map: dict[int, wasyncore.dispatcher]

    def __init__(
        self, application: Any, listener: socket.socket, threads: int, connections: int, parser: type[HTTPRequestParser]
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: dict[int, int] = {}
        self._attended: set[_Connection] = set()
        self._paused: list[tuple[float, int, _Connection]] = []
        self._pauses = 0
        self._pausing = threading.Lock()
        self._limit = connections
        self._full = False
        self._said = -_SAY_SECONDS
        self._open = True
        self.channel_class = type("Connection", (_Connection,), {"parser_class": parser})
        adjustments = Adjustments(
            sockets=[listener],
            threads=threads,
            ident=None,
            channel_timeout=IDLE_SECONDS,
            clear_untrusted_proxy_headers=False,
            # Answers wait in memory for their readers, not in a worker thread and not in a file. How much is read of a
            # body is for its path to say.
            outbuf_high_watermark=sys.maxsize,
            outbuf_overflow=sys.maxsize,
            max_request_body_size=sys.maxsize,
        )
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        sockinfo = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            application,
            {},
            _sock=listener,
            dispatcher=dispatcher,
            adj=adjustments,
            sockinfo=sockinfo,
            bind_socket=False,
        )

    def attend(self, connection: _Connection) -> None:
        """Have the loop ask a connection what it waits for; any thread may say so."""
        self._attended.add(connection)
        self.trigger.pull_trigger()

    def pull_trigger(self) -> None:
        """waitress wakes its loop at the end of every request; here ``attend`` does where there is a reason."""

    def resume_later(self, connection: _Connection, seconds: float) -> None:
        """Put the first request of a connection on again after some seconds; any thread may say so."""
        with self._pausing:
            self._pauses += 1
            heapq.heappush(self._paused, (time.monotonic() + seconds, self._pauses, connection))
        self.trigger.pull_trigger()

    def end(self) -> None:
        """Make ``run`` return; any thread may say so."""
        self._open = False
        self.trigger.pull_trigger()

    def run(self) -> None:
        """Serve until ``end``; then requests under way have five seconds to finish."""
        listening, waking = self._fileno, self.trigger._fileno
        self._selector.register(waking, _READ)
        self._selector.register(listening, _READ)
        while self._open:
            for key, events in self._selector.select(self._patience()):
                if key.fd == waking:
                    wasyncore.read(self.trigger)
                elif key.fd == listening:
                    self._accept(listening)
                else:
                    self._hear(self.active_channels.get(key.fd), events)
            while self._attended:
                self._watch(self._attended.pop())
            self._resume_due()
            self._maintain(listening)
        self.task_dispatcher.shutdown()

    def close_all(self) -> None:
        """Close every connection and what listens and wakes."""
        wasyncore.close_all(self._map)  # type: ignore[arg-type]  # the stubs mean dispatchers
        self._selector.close()

    def _patience(self) -> float:
        """Seconds until something is to be done though nothing is heard."""
        until = _CHECK_SECONDS
        with self._pausing:
            if self._paused:
                until = min(until, max(self._paused[0][0] - time.monotonic(), 0))
        return until

    def _accept(self, listening: int) -> None:
        if len(self.active_channels) >= self._limit and not self._make_room():
            # Who comes now waits in the kernel until somebody leaves.
            self._full = True
            self._selector.unregister(listening)
            if self._said < time.monotonic() - _SAY_SECONDS:
                self._said = time.monotonic()
                self.logger.warning("all %d connections are in use; --max-connections allows more", self._limit)
            return
        wasyncore.read(self)

    def _hear(self, connection: _Connection | None, events: int) -> None:
        if connection is None:
            return
        if events & _WRITE:
            wasyncore.write(connection)
        elif connection.readable():
            wasyncore.read(connection)
            if not connection.writable():
                # Most often a request is complete now, and until it is answered nothing more will be heard.
                return
        self._watch(connection)

    def _watch(self, connection: _Connection) -> None:
        """Tell the kernel what a connection waits for now."""
        number = connection._fileno
        if self.active_channels.get(number) is not connection:
            return
        # Before the question, so that a request that ends meanwhile is noticed by one of the two.
        connection.deaf = True
        reading = connection.readable()
        wanted = (_READ if reading else 0) | (_WRITE if connection.writable() else 0)
        connection.deaf = not reading
        known = self._watched.get(number, 0)
        if wanted == known:
            return
        if not wanted:
            self.forget(number)
        elif known:
            self._selector.modify(number, wanted)
            self._watched[number] = wanted
        else:
            self._selector.register(number, wanted)
            self._watched[number] = wanted

    def listen_to(self, number: int) -> None:
        """Hear what comes in on a new connection; the number is its descriptor's."""
        self._selector.register(number, _READ)
        self._watched[number] = _READ

    def forget(self, number: int) -> None:
        """Hear nothing more of a connection that is being closed, or busy."""
        if self._watched.pop(number, 0):
            self._selector.unregister(number)

    def _resume_due(self) -> None:
        now = time.monotonic()
        with self._pausing:
            due = []
            while self._paused and self._paused[0][0] <= now:
                due.append(heapq.heappop(self._paused)[2])
        for connection in due:
            self.add_task(connection)  # type: ignore[arg-type]  # what has a service is a task

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest, if that is long."""
        idle = [connection for connection in self.active_channels.values() if connection.idle]
        longest = min(idle, key=lambda connection: connection.last_activity, default=None)
        if longest is None or longest.last_activity > time.time() - GIVES_WAY_SECONDS:
            return False
        longest.handle_close()
        return True

    def _maintain(self, listening: int) -> None:
        now = time.time()
        if now < self.next_channel_cleanup:
            return
        self.next_channel_cleanup = now + _CHECK_SECONDS
        for connection in list(self.active_channels.values()):
            if connection.last_activity < now - IDLE_SECONDS and not connection.requests:
                connection.handle_close()
        if self._full and (len(self.active_channels) < self._limit or self._make_room()):
            self._full = False
            self._selector.register(listening, _READ)
