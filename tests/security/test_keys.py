"""With ``--api-key`` only those keys, and what they mint, open anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.settings import STOCK_KEY, Settings
from mockserver.store.access import ZERO_ID
from mockserver.store.store import Store

from ..conftest import Api

App = Callable[..., Api]
STOCK = {"x-api-key": STOCK_KEY, "X-Environment-ID": ZERO_ID}
PERSON = {"email": "a@example.com", "password": "long enough"}
NAMED = ("ci-*", "solo")


def _mint(api: Api, headers: dict[str, str] | None = None, **fields: Any) -> str:
    made = api.post("/v1/secrets/api/keys", {"name": "x", "type": "private_key", **fields}, headers=headers)
    assert made.status == 201, made.text
    return str(made.json["api_key"])


def _control_routes(api: Api) -> list[tuple[str, str]]:
    """Every control route but the page and its files, which hold nothing of anybody."""
    rules = [rule for rule in api.app.url_map.iter_rules() if rule.rule.startswith("/_mock")]
    found = []
    for rule in rules:
        if rule.rule in ("/_mock/", "/_mock/static/<name>"):
            continue
        path = rule.rule
        for part in rule.arguments:
            path = path.replace(f"<int:{part}>", "1").replace(f"<{part}>", "x")
        found += [(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found)


@pytest.mark.parametrize("headers", [{"x-api-key": ""}, {"x-api-key": "other"}, STOCK, {"x-api-key": "CI-1"}])
def test_no_control_route_opens_without_a_named_key(app_with: App, headers: dict[str, str]) -> None:
    api = app_with(keys=NAMED, journal=5)
    routes = _control_routes(api)
    assert len(routes) > 25
    for method, path in routes:
        for body in (None, {}, {"scope": "all"}):
            reply = api(method, path, body if method != "GET" else None, headers=headers)
            assert reply.status == 401, (method, path, reply.text)
    assert api.get("/v1/customers", headers=headers).status == 401


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/auth/signup"), ("POST", "/v1/auth/login")])
def test_nobody_signs_up(app_with: App, method: str, path: str) -> None:
    reply = app_with(keys=NAMED)(method, path, PERSON, headers={"x-api-key": ""})
    assert (reply.status, reply.code) == (403, "permission_denied")
    assert app_with(keys=NAMED, sign_up=True).post("/v1/auth/signup", PERSON, headers={"x-api-key": ""}).status == 200


def test_the_two_options_reopen_them(app_with: App) -> None:
    api = app_with(keys=NAMED, sign_up=True)
    token = api.post("/v1/auth/signup", PERSON, headers={"x-api-key": ""}).json["token"]
    session = {"x-api-key": "", "Authorization": f"Bearer {token}"}
    environment = api.get("/v1/environments", headers=session).json["environments"][0]["id"]
    minted = _mint(api, {**session, "X-Environment-ID": environment})
    assert api.get("/v1/customers", headers={"x-api-key": minted}).status == 200
    assert api.get("/v1/customers", headers=STOCK).status == 401
    assert app_with(keys=NAMED, stock_key=True).get("/v1/customers", headers=STOCK).status == 200


@pytest.mark.parametrize("named", [("ci-1",), ("ci-*",)])
def test_keys_minted_by_named_ones_work_as_long_as_those_do(tmp_path: Path, named: tuple[str, ...]) -> None:
    """Also what was minted before: by keys that were accepted then, by the stock key, by people who signed up."""
    store, plain = Store(tmp_path / "state.db"), Settings()
    before = Api(create_app(plain, store), "ci-1")
    environment = before.get("/v1/customers") and before.get("/v1/environments").json["environments"][0]["id"]
    early, foreign = _mint(before), _mint(before, {"x-api-key": "other"})
    stock = _mint(before, STOCK)
    token = before.post("/v1/auth/signup", PERSON, headers={"x-api-key": ""}).json["token"]

    after = Api(create_app(replace(plain, keys=named), store), "ci-1")
    late = _mint(after)
    for key, opened in ((early, 200), (late, 200), (foreign, 401), (stock, 401), ("other", 401), ("ci-1", 200)):
        assert after.get("/v1/customers", headers={"x-api-key": key}).status == opened, key
    bearer = {"x-api-key": "", "Authorization": f"Bearer {token}"}
    assert after.get("/v1/environments", headers=bearer).status == 401
    assert after.get("/_mock/clock", headers={"x-api-key": early}).status == 200
    assert environment is not None

    others = Api(create_app(replace(plain, keys=("dev-*",)), store), "dev-1")
    for key in (early, late, "ci-1"):
        assert others.get("/v1/customers", headers={"x-api-key": key}).status == 401
    store.close()


def test_a_key_that_may_only_ingest_controls_nothing(app_with: App) -> None:
    api = app_with()
    account = api.made("/v1/users", {"type": "service_account", "roles": ["event_ingestor"]})
    weak = {"x-api-key": _mint(api, service_account_id=account["id"])}
    for method, path in _control_routes(api):
        if method != "GET":
            assert api(method, path, {"scope": "all"}, headers=weak).status == 403, (method, path)
    assert api.get("/_mock/snapshots", headers=weak).status == 403
    assert api.get("/_mock/clock", headers=weak).status == 200
