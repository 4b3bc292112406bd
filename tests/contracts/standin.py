"""A stand-in for a real Flexprice on loopback: the upstream profile behind a door that asks for one key, takes its time
with events, fails now and then, asks to wait, and can forget an event."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.wrappers import Request, Response

from mockserver import serving
from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.settings import Settings
from mockserver.store.store import Store

KEY = "sk_secret_of_the_stand_in"

Start = Callable[..., Any]


@dataclass
class StandIn:
    """What it does to requests. Times in seconds."""

    late: float = 0.0
    fail_every: int = 0
    wait_every: int = 0
    forgets: str = ""
    inner: Flask | None = None
    seen: list[tuple[float, str]] = field(default_factory=list)
    failed: int = 0
    asked_to_wait: int = 0
    on_request: Callable[[str], None] = lambda request: None
    _pending: list[tuple[float, str, bytes]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        with self._lock:
            return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        self.seen.append((time.monotonic(), f"{request.method} {request.path}"))
        self.on_request(f"{request.method} {request.path}")
        number = len(self.seen)
        if request.path.startswith("/_mock") or request.path == "/openapi.json":
            return Response("404 page not found", 404)
        if self.fail_every and number % self.fail_every == 0:
            self.failed += 1
            return _json(500, {"code": "internal_error", "message": "now and then", "http_status_code": 500})
        if self.wait_every and number % self.wait_every == 0:
            self.asked_to_wait += 1
            return Response("", 429, {"Retry-After": "0.02"})
        self._deliver()
        if request.headers.get("x-api-key") == KEY and request.path == "/v1/events" and request.method == "POST":
            held = self._hold(request)
            if held is not None:
                return held
        return self._inner(request.method, request.full_path.rstrip("?"), request.get_data(), dict(request.headers))

    def _hold(self, request: Request) -> Response | None:
        try:
            body = json.loads(request.get_data())
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        if self.forgets and str(body.get("event_id", "")).startswith(self.forgets):
            return _json(202, {"event_id": body["event_id"], "message": "Event accepted for processing"})
        well = all(isinstance(body.get(name), str) and body[name] for name in ("event_name", "external_customer_id"))
        if not self.late or not well or not isinstance(body.get("event_id"), str):
            return None
        checked = self._inner(
            "POST", "/v1/events", json.dumps({**body, "event_name": "probe"}).encode(), {"x-api-key": "probe"}
        )
        if checked.status_code == 202:
            self._pending.append((time.monotonic() + self.late, "/v1/events", request.get_data()))
        return checked

    def _deliver(self) -> None:
        now = time.monotonic()
        due, self._pending = [p for p in self._pending if p[0] <= now], [p for p in self._pending if p[0] > now]
        for _, path, data in due:
            self._inner("POST", path, data, {"x-api-key": KEY})

    def _inner(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> Response:
        assert self.inner is not None
        headers = {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length")}
        reply = self.inner.test_client().open(path, method=method, data=data, headers=headers)
        kept = {name: value for name, value in reply.headers.items() if "Mock" not in name}
        return Response(reply.get_data(), reply.status_code, kept)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What is really in there, past the door."""
        data = b"" if body is None else json.dumps(body).encode()
        return json.loads(self._inner(method, path, data, {"x-api-key": KEY}).get_data())

    def left(self) -> dict[str, int]:
        """How much of each kind has not been archived."""
        counts = {}
        for kind in ("customers", "plans", "features", "prices/units"):
            found = self.ask("POST", f"/v1/{kind}/search", {"limit": 1000, "status": "published"})
            counts[kind] = len(found["items"])
        counts["prices"] = self.ask("POST", "/v1/prices/search", {"limit": 1000})["pagination"]["total"]
        counts["subscriptions"] = self.ask("POST", "/v1/subscriptions/search", {"limit": 1000})["pagination"]["total"]
        return counts


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


@contextmanager
def standing_in(stand_in: StandIn) -> Iterator[str]:
    """Its base URL while it runs."""
    store = Store(None)
    stand_in.inner = create_app(
        Settings(Divergences("upstream"), keys=(KEY, "probe"), sign_up=True, stock_key=True), store
    )
    outer = Flask("stand-in", static_folder=None)
    outer.wsgi_app = stand_in  # type: ignore[assignment]  # the whole of it stands in front of the real application
    try:
        with serving.background(outer) as base:
            yield base
    finally:
        store.close()
