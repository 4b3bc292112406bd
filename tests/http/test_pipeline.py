"""Routing, authentication, environments and headers (behaviour/http#pipeline, behaviour/http#authentication,
behaviour/http#headers-and-limits, behaviour/http#routing, behaviour/http#worked-examples)."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.settings import STOCK_KEY

SANDBOX = "00000000-0000-0000-0000-000000000000"
PRODUCTION = "00000000-0000-0000-0000-000000000001"
STOCK = {"x-api-key": STOCK_KEY}
REFUSED_ENVIRONMENT = {"error": "Access denied", "message": "Invalid or inaccessible environment"}


def test_01_health_needs_no_key(api: Any) -> None:
    reply = api.get("/health", headers={"x-api-key": ""})
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert len(reply.headers["X-Request-Id"]) == 26
    assert api.post("/health", raw="{bad").json == {"status": "ok"}


@pytest.mark.parametrize(
    ("number", "headers", "text"),
    [
        (2, {"x-api-key": ""}, "Unauthorized"),
        (4, {"x-api-key": "", "Authorization": "Basic x"}, "Invalid authorization header format"),
        (4, {"x-api-key": "", "Authorization": "bearer x"}, "Invalid authorization header format"),
        (5, {"x-api-key": "", "Authorization": f"Bearer {STOCK_KEY}"}, "Invalid token"),
    ],
)
def test_02_to_05_refused_credentials(api: Any, number: int, headers: dict[str, str], text: str) -> None:
    reply = api.get("/v1/customers", headers=headers)
    assert (reply.status, reply.json) == (401, {"error": text})


def test_06_a_working_key_wins_over_a_bad_authorization_header(api: Any) -> None:
    assert api.get("/v1/customers", headers={"Authorization": "garbage"}).status == 200


@pytest.mark.parametrize("environment", [None, "env_x", ""])
def test_07_08_10_the_stock_key_needs_an_environment_before_anything_else(api: Any, environment: str | None) -> None:
    headers = dict(STOCK) if environment is None else {**STOCK, "X-Environment-ID": environment}
    for reply in (api.get("/v1/customers", headers=headers), api.post("/v1/customers", raw="{bad", headers=headers)):
        assert (reply.status, reply.json) == (403, REFUSED_ENVIRONMENT)


def test_09_environments_need_no_environment(api: Any) -> None:
    reply = api.get("/v1/environments", headers=STOCK)
    assert reply.status == 200
    assert [row["type"] for row in reply.json["environments"]] == ["development", "production"]
    assert (reply.json["limit"], reply.json["offset"]) == (50, 0)


def test_the_stock_key_reaches_both_environments_and_they_are_apart(api: Any) -> None:
    body = {"external_id": f"stock-{api.key}", "name": "A"}
    sandbox, production = ({**STOCK, "X-Environment-ID": name} for name in (SANDBOX, PRODUCTION))
    made = api.post("/v1/customers", body, headers=sandbox)
    assert made.status == 201
    assert api.get(f"/v1/customers/{made.json['id']}", headers=sandbox).status == 200
    assert api.get(f"/v1/customers/{made.json['id']}", headers=production).status == 404
    assert api.post("/v1/customers", body, headers=production).status == 201


def test_every_key_owns_an_environment(apis: dict[str, Any]) -> None:
    api = apis["documented"]
    made = api.made("/v1/customers", {"external_id": "a", "name": "A"})
    other = api.get(f"/v1/customers/{made['id']}", headers={"x-api-key": f"{api.key}-other"})
    assert other.status == 404
    ignored = api.get(f"/v1/customers/{made['id']}", headers={"X-Environment-ID": "env_x"})
    assert ignored.status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nope"),
        ("PATCH", "/v1/customers/x"),
        ("HEAD", "/v1/customers"),
        ("POST", "/v1/customers/x"),
        ("DELETE", "/v1/customers"),
        ("GET", "/V1/customers"),
        ("GET", "/v1//customers"),
        ("GET", "/v1/customers/a/b"),
        ("GET", "/"),
        ("DELETE", "/v1/customers/"),
    ],
)
def test_11_12_no_route_is_a_plain_404_without_a_key(api: Any, method: str, path: str) -> None:
    reply = api(method, path, headers={"x-api-key": ""})
    assert reply.status == 404
    assert reply.headers["Content-Type"] == "text/plain"
    assert method == "HEAD" or reply.text == "404 page not found"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["X-Frame-Options"] == "DENY"


def test_13_options_is_always_answered(api: Any) -> None:
    reply = api("OPTIONS", "/v1/whatever", headers={"x-api-key": ""})
    assert (reply.status, reply.text) == (200, "")
    assert reply.headers["Access-Control-Max-Age"] == "86400"
    assert "X-Frame-Options" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "location"),
    [
        ("POST", "/v1/customers/", 307, "/v1/customers"),
        ("GET", "/v1/customers/?limit=1", 301, "/v1/customers?limit=1"),
        ("GET", "/v1/customers/x/", 301, "/v1/customers/x"),
        ("PUT", "/v1/customers/x/", 307, "/v1/customers/x"),
        ("GET", "/v1/customers//", 301, "/v1/customers/"),
        ("GET", "/health/", 301, "/health"),
    ],
)
def test_14_15_a_superfluous_slash_redirects(api: Any, method: str, path: str, status: int, location: str) -> None:
    reply = api(method, path, headers={"x-api-key": ""})
    assert (reply.status, reply.headers["Location"]) == (status, location)
    assert "X-Request-Id" not in reply.headers


def test_16_the_request_id_is_echoed(api: Any) -> None:
    assert api.get("/v1/customers", headers={"X-Request-ID": "abc"}).headers["X-Request-Id"] == "abc"


def test_answers_escape_what_html_would_read(api: Any) -> None:
    """behaviour/http#answers, output encoding."""
    reply = api.post("/v1/customers", {"external_id": "x", "name": "<script>&\u2028"})
    assert "\\u003cscript\\u003e\\u0026\\u2028" in reply.text
    assert reply.json["name"] == "<script>&\u2028"


def test_75_a_role_refuses_before_the_body_is_read(api: Any) -> None:
    account = api.made("/v1/users", {"type": "service_account", "roles": ["event_ingestor"]})
    minted = api.made(
        "/v1/secrets/api/keys", {"name": "in", "type": "private_key", "service_account_id": account["id"]}
    )
    headers = {"x-api-key": minted["api_key"]}
    reply = api.post("/v1/customers", raw="{", headers=headers)
    assert (reply.status, reply.json) == (403, {"message": "insufficient permissions"})
    assert api.get("/v1/customers", headers=headers).status == 200
    assert api.get("/v1/environments", headers=headers).status == 403
    assert api.get("/v1/secrets/api/keys", headers=headers).status == 403


def test_minted_keys_share_the_environment_and_stop_when_deleted(api: Any) -> None:
    minted = api.made("/v1/secrets/api/keys", {"name": "ci", "type": "private_key"})
    headers = {"x-api-key": minted["api_key"]}
    made = api.post("/v1/customers", {"external_id": "m", "name": "M"}, headers=headers)
    assert api.get(f"/v1/customers/{made.json['id']}").status == 200
    assert api.delete(f"/v1/secrets/api/keys/{minted['secret']['id']}").status == 204
    assert api.get("/v1/customers", headers=headers).status == 401
    assert api.delete(f"/v1/secrets/api/keys/{minted['secret']['id']}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "browser", "type": "publishable_key"},
        {"name": "old", "type": "private_key", "expires_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_publishable_and_expired_keys_are_made_and_never_work(api: Any, body: dict[str, str]) -> None:
    minted = api.made("/v1/secrets/api/keys", body)
    assert api.get("/v1/customers", headers={"x-api-key": minted["api_key"]}).status == 401


def test_a_session_is_bound_to_no_environment(api: Any) -> None:
    """behaviour/http#sign-up-and-environments: sign-up and login."""
    email = f"{api.key}@example.com"
    session = api.made("/v1/auth/signup", {"email": email, "password": "a-long-password"})
    bearer = {"x-api-key": "", "Authorization": f"Bearer {session['token']}"}
    (environment,) = api.get("/v1/environments", headers=bearer).json["environments"]
    assert api.get("/v1/customers", headers=bearer).status == 403
    inside = {**bearer, "X-Environment-ID": environment["id"]}
    assert api.get("/v1/customers", headers=inside).status == 200
    assert api.post("/v1/auth/signup", {"email": email, "password": "a-long-password"}).status == 409
    assert api.post("/v1/auth/login", {"email": email, "password": "a-wrong-password"}).status == 400
    assert api.post("/v1/auth/login", {"email": "nobody@example.com", "password": "whatever-1"}).status == 404


def test_a_third_development_environment_is_refused(api: Any) -> None:
    assert api.post("/v1/environments", {"name": "B", "type": "development"}).status == 201
    assert api.post("/v1/environments", {"name": "C", "type": "development"}).status == 400
    assert api.post("/v1/environments", {"name": "P", "type": "production"}).status == 201
