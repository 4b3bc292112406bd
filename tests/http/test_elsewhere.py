"""Routes that only the real server has answer 501; what nobody has stays a plain 404 (behaviour/http#routing)."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import HTTPException

from mockserver.http import elsewhere

from ..conftest import Api

PLAIN = "404 page not found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/ai/pricing/parse-gemini"),
        ("PUT", "/v1/users/user_1/roles"),
        ("GET", "/v1/workflows/wf/run/timeline"),
        ("DELETE", "/v1/settings/invoice_config"),
    ],
)
def test_a_route_of_the_real_server_is_said_not_to_be_emulated(api: Api, method: str, path: str) -> None:
    if elsewhere.find(method, path) is None or _emulated(api, method, path):
        pytest.skip("emulated by now")
    reply = api(method, path)
    assert (reply.status, reply.code, reply.json["http_status_code"]) == (501, "not_implemented", 501)
    assert f"a real Flexprice has {method} /v1/" in reply.json["message"]
    # As there, a key is asked for first.
    assert api(method, path, headers={"x-api-key": ""}).status == 401


def test_webhooks_come_in_without_a_key(api: Api) -> None:
    reply = api.post("/v1/webhooks/stripe/tenant/env", headers={"x-api-key": ""})
    assert (reply.status, reply.code) == (501, "not_implemented")
    assert api.post("/v1/webhooks/nobody/tenant/env").text == PLAIN


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/custmers"), ("PATCH", "/v1/ai/pricing/parse-gemini"), ("HEAD", "/v1/rbac/roles"), ("GET", "/")],
)
def test_what_nobody_has_stays_as_it_was(api: Api, method: str, path: str) -> None:
    reply = api(method, path)
    assert (reply.status, reply.headers["Content-Type"]) == (404, "text/plain")
    assert reply.text == ("" if method == "HEAD" else PLAIN)


def test_a_fault_strikes_a_route_that_is_not_emulated(api: Api) -> None:
    assert api.post("/_mock/faults", {"status": 503, "path": "/v1/ai/*"}).status == 201
    assert api.post("/v1/ai/pricing/parse-gemini").status == 503


def test_a_browser_sees_the_places(api: Api) -> None:
    reply = api.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    assert reply.status == 200
    for place in ("/_mock/", "/openapi.json", "/health"):
        assert f'href="{place}"' in reply.text


def test_no_emulated_route_takes_what_is_another_one_there(api: Api) -> None:
    """A fixed name wins over a variable part there, so that such a request must not be taken here for an id."""
    adapter = api.app.url_map.bind("")
    for known in elsewhere.routes():
        path = known.path.replace("{", "a").replace("}", "z")
        try:
            rule, _ = adapter.match(path, method=known.method, return_rule=True)
        except HTTPException:
            continue
        assert len(rule.arguments) == known.path.count("{"), (known, rule)


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/v1/custmers", "no such route; GET /v1/customers is near"),
        ("POST", "/v1/custmers", "no such route; POST /v1/customers is near"),
        ("GET", "/v1/customer/cust_1", "no such route; GET /v1/customers/cust_1 is near"),
        ("DELETE", "/v1/customers", "no DELETE here; there is GET, POST"),
        ("POST", "/v1/paymnts", "no such route; POST /v1/payments is near"),
        ("GET", "/v1/something/else", "no such route"),
        ("GET", "/", "no such route"),
    ],
)
def test_what_was_meant(method: str, path: str, said: str) -> None:
    emulated = [("GET", "/v1/customers"), ("POST", "/v1/customers"), ("GET", "/v1/customers/<customer_id>")]
    assert elsewhere.meant(method, path, emulated) == said


def _emulated(api: Api, method: str, path: str) -> bool:
    try:
        api.app.url_map.bind("").match(path, method=method)
    except HTTPException:
        return False
    return True
