"""Servers in processes of their own, and clients that talk to them over bare sockets."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..cli.conftest import Process, serve

__all__ = ["serve"]

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(process: Process) -> socket.socket:
    """A connection to the server."""
    parts = urlsplit(process.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)


def ask(connection: socket.socket, request: bytes = HEALTH) -> bytes:
    """The answer to a request, head and body; empty if the server closes the connection instead."""
    with contextlib.suppress(ConnectionError):
        connection.sendall(request)
        return answer(connection)
    return b""


def answer(connection: socket.socket) -> bytes:
    """The next whole answer on a connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # Not a byte more than the head: another answer may follow.
        data = connection.recv(1)
        if not data:
            return b""
        head += data
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = bytearray()
    while len(body) < length:
        data = connection.recv(min(length - len(body), 65536))
        assert data, "the answer breaks off"
        body += data
    return head + bytes(body)


@contextlib.contextmanager
def connections(process: Process, count: int) -> Iterator[list[socket.socket]]:
    """So many open connections, closed at the end."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect(process)) for _ in range(count)]
