"""Two ways to talk HTTP: one request after another for answers, and many at once for rates.

The second knows only what the measured servers do (keep-alive, ``Content-Length``), so that it costs next to nothing
beside them.
"""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

Address = tuple[str, int]


class Client:
    """One keep-alive connection with one API key. Anything but a success is an error."""

    def __init__(self, address: Address, key: str) -> None:
        self.address, self.key = address, key
        self._http = http.client.HTTPConnection(*address, timeout=120)

    def send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The answer's bytes."""
        self._http.request(method, path, body, {"x-api-key": self.key, "Content-Type": "application/json"})
        response = self._http.getresponse()
        data = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path} answered {response.status}: {data[:500]!r}")
        return data

    def get(self, path: str) -> Any:
        return json.loads(self.send("GET", path))

    def post(self, path: str, body: Any) -> Any:
        return json.loads(self.send("POST", path, json.dumps(body).encode()))

    def put(self, path: str, body: Any) -> Any:
        return json.loads(self.send("PUT", path, json.dumps(body).encode()))

    def timed(self, method: str, path: str, body: bytes | None = None) -> float:
        """Seconds from sending to the last byte of the answer."""
        started = time.perf_counter()
        self.send(method, path, body)
        return time.perf_counter() - started

    def close(self) -> None:
        self._http.close()


def post_bytes(path: str, key: str, body: bytes) -> bytes:
    """A whole POST request as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nx-api-key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection:
    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def answered(self) -> bool:
        """Read what is there; whether that completes an answer."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise RuntimeError("the server closed a connection")
        self.received += data
        head, separator, rest = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if not head.startswith((b"HTTP/1.1 20", b"HTTP/1.0 20")):
            raise RuntimeError(f"unexpected answer: {self.received[:500]!r}")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(rest) < int(length):
            return False
        self.received = b""
        return True


def drive(address: Address, requests: Sequence[bytes], connections: int) -> float:
    """Send all requests over some connections, each waiting for its answer before the next; the seconds it took."""
    waiting: Iterator[bytes] = iter(requests)
    opened = [_Connection(address) for _ in range(min(connections, len(requests)))]
    with selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.socket.sendall(next(waiting))
        busy = len(opened)
        while busy:
            for key, _ in selector.select():
                if key.data.answered():
                    request = next(waiting, None)
                    if request is None:
                        busy -= 1
                        selector.unregister(key.data.socket)
                    else:
                        key.data.socket.sendall(request)
        seconds = time.perf_counter() - started
    for connection in opened:
        connection.socket.close()
    return seconds
