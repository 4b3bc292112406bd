"""Servers to test against: one app per profile, a fresh environment per test."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.settings import Settings
from mockserver.store.store import Store

_KEYS = itertools.count()


@dataclass(frozen=True)
class Reply:
    """A status, the parsed JSON body (None when empty), the text and the headers."""

    status: int
    json: Any
    text: str
    headers: Mapping[str, str]

    @property
    def code(self) -> str | None:
        return self.json.get("code") if isinstance(self.json, dict) else None

    @property
    def details(self) -> dict[str, Any]:
        return self.json.get("details", {}) if isinstance(self.json, dict) else {}


class Api:
    """The emulated API as one key sees it."""

    def __init__(self, app: Flask, key: str) -> None:
        self.app, self.key = app, key

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        data = raw if raw is not None else (None if body is None else json.dumps(body))
        # What changes a server is sent as JSON; the emulated API takes a body of any kind.
        sent = {"x-api-key": self.key, **(headers or {})}
        if path.startswith("/_mock") and data is not None:
            uploads = method == "PUT" and path.startswith("/_mock/snapshots/")
            sent.setdefault("Content-Type", "application/vnd.sqlite3" if uploads else "application/json")
        response = self.app.test_client().open(path, method=method, data=data, headers=sent)
        text = response.get_data(as_text=True)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return Reply(response.status_code, json.loads(text) if is_json else None, text, dict(response.headers))

    def get(self, path: str, **kw: Any) -> Reply:
        return self("GET", path, **kw)

    def post(self, path: str, body: Any = None, **kw: Any) -> Reply:
        return self("POST", path, body, **kw)

    def put(self, path: str, body: Any = None, **kw: Any) -> Reply:
        return self("PUT", path, body, **kw)

    def delete(self, path: str, body: Any = None, **kw: Any) -> Reply:
        return self("DELETE", path, body, **kw)

    def made(self, path: str, body: Any) -> dict[str, Any]:
        """POST something that must succeed, and return it."""
        reply = self.post(path, body)
        assert reply.status in (200, 201, 202), reply.text
        result: dict[str, Any] = reply.json
        return result

    def at(self, now: str) -> Api:
        """Set the environment's clock."""
        reply = self.put("/_mock/clock", {"now": now})
        assert reply.status == 200, reply.text
        return self


def _app(profile: str, **overrides: bool) -> tuple[Flask, Store]:
    store = Store()
    switches = {name.replace("_", "-"): value for name, value in overrides.items()}
    return create_app(Settings(Divergences(profile, switches)), store), store


@pytest.fixture(scope="session")
def _apps() -> Iterator[dict[str, Flask]]:
    made = {profile: _app(profile) for profile in ("documented", "upstream")}
    yield {profile: app for profile, (app, _) in made.items()}
    for _, store in made.values():
        store.close()


@pytest.fixture
def documented(_apps: dict[str, Flask]) -> Api:
    """A fresh environment under the documented reading."""
    return Api(_apps["documented"], f"key-{next(_KEYS)}")


@pytest.fixture
def upstream(_apps: dict[str, Flask]) -> Api:
    """A fresh environment that behaves as the real server."""
    return Api(_apps["upstream"], f"key-{next(_KEYS)}")


@pytest.fixture
def apis(documented: Api, upstream: Api) -> dict[str, Api]:
    """A fresh environment of each profile."""
    return {"documented": documented, "upstream": upstream}


@pytest.fixture(params=["documented", "upstream"])
def api(request: pytest.FixtureRequest, apis: dict[str, Api]) -> Api:
    """A fresh environment, once per profile: for what both do alike."""
    return apis[request.param]


@pytest.fixture
def server_with() -> Iterator[Callable[..., Api]]:
    """``server_with("upstream", some_divergence=False)``: a server of its own with switches flipped."""
    stores = []

    def make(profile: str = "documented", **overrides: bool) -> Api:
        app, store = _app(profile, **overrides)
        stores.append(store)
        return Api(app, "key")

    yield make
    for store in stores:
        store.close()
