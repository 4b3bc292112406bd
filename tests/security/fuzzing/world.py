"""An emulator inside this process, asked without a socket: what is found is the emulator's own."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from mockserver.app import create_app, groups
from mockserver.divergences import Divergences
from mockserver.http.fields import AnyObject, Bool, Int, Text, Time
from mockserver.http.schema import In
from mockserver.settings import Settings
from mockserver.store.store import Store
from tests.security.fuzzing.shapes import Shape


class ClockIn(In):
    now = Time()
    frozen = Bool()
    advance_seconds = Int()
    advance_to = Time()


class FaultIn(In):
    method = Text(enum=("GET", "POST", "*"))
    path = Text(enum=("/v1/*", "/v1/customers"))
    key = Text()
    count = Int()
    probability = Int()
    seed = Int()
    status = Int()
    body = AnyObject()
    headers = AnyObject()
    latency_ms = Int()
    drop = Bool()
    malformed = Bool()
    after = Bool()


class IngestionIn(In):
    delay_seconds = Int()


class SnapshotIn(In):
    name = Text(tags="required", enum=("one", "two"))


class ResetIn(In):
    scope = Text(enum=("environment",))


class CatalogIn(In):
    shipped = Text(enum=("documented", "models"))
    name = Text()
    meters = AnyObject()


class MatchIn(In):
    event_name = Text()
    external_customer_id = Text()
    properties = AnyObject()
    exactly = Int()
    at_least = Int()


class WhatIfIn(In):
    event_name = Text(tags="required")
    external_customer_id = Text(tags="required")
    properties = AnyObject()
    timestamp = Time()


class ReadingQuery(In):
    after = Int()
    before = Int()
    limit = Int()
    scan = Int()
    status = Int()
    method = Text()
    path = Text()
    search = Text()
    details = Bool()
    event_id = Text()
    external_customer_id = Text()
    reading = Text(enum=("documented", "upstream"))
    start_time = Time()
    end_time = Time()


_CONTROL_BODIES: Mapping[tuple[str, str], In] = {
    ("PUT", "/_mock/clock"): ClockIn(),
    ("POST", "/_mock/faults"): FaultIn(),
    ("PUT", "/_mock/ingestion"): IngestionIn(),
    ("POST", "/_mock/snapshots"): SnapshotIn(),
    ("POST", "/_mock/reset"): ResetIn(),
    ("POST", "/_mock/catalog"): CatalogIn(),
    ("POST", "/_mock/journal/events/match"): MatchIn(),
    ("POST", "/_mock/what-if"): WhatIfIn(),
}


def shapes(app: Flask) -> list[Shape]:
    """Every operation there is: those the resources declare, and the others as the application routes them."""
    result = [Shape(r.method, r.rule, r.body, r.query) for group in groups() for r in group.all]
    declared = {(shape.method, shape.rule) for shape in result}
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if (method, rule.rule) not in declared:
                query = ReadingQuery() if method == "GET" and rule.rule.startswith("/_mock") else None
                result.append(Shape(method, rule.rule, _CONTROL_BODIES.get((method, rule.rule)), query))
    return result


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and the seconds of computing it took."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    seconds: float
    crash: str = ""

    def json(self) -> Any:
        """The body read as JSON; ``ValueError`` if it is none."""
        return json.loads(self.data)


class World:
    """One emulator."""

    def __init__(self, app: Flask, divergences: Divergences) -> None:
        self.app, self.divergences = app, divergences
        self.shapes = shapes(app)

    def send(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """One request; what the application lets out of its hands is an answer of status 0."""
        path, _, query = target.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": target,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8080",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/json",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        environ.update({"HTTP_" + name.upper().replace("-", "_"): text for name, text in (headers or {}).items()})
        got: list[Any] = []

        def start(status: str, fields: list[tuple[str, str]], *rest: Any) -> Any:
            got[:] = [int(status[:3]), fields]
            return lambda data: None

        began = time.process_time()
        try:
            answer = self.app.wsgi_app(environ, start)
            try:
                data = b"".join(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
        except Exception as error:
            return Reply(0, {}, b"", time.process_time() - began, f"{type(error).__name__}: {error}")
        for name, text in got[1]:
            if any(ord(sign) < 32 or ord(sign) == 127 for sign in name + text):
                return Reply(0, {}, data, time.process_time() - began, f"control character in the header {name}")
        return Reply(got[0], dict(got[1]), data, time.process_time() - began)


@contextmanager
def world(profile: str) -> Iterator[World]:
    """An emulator of a profile that keeps a journal; it ends with the block."""
    store = Store()
    try:
        divergences = Divergences(profile)
        yield World(create_app(Settings(divergences, journal=50), store), divergences)
    finally:
        store.close()
