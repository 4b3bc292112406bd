"""Turning the controls off, and demanding a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..cli.conftest import Process
from ..conftest import Api

App = Callable[..., Api]
ROUTES = [
    ("GET", "/_mock/"),
    ("GET", "/_mock/clock"),
    ("GET", "/_mock/divergences"),
    ("POST", "/_mock/reset"),
    ("POST", "/_mock/faults"),
    ("GET", "/_mock/snapshots"),
    ("GET", "/_mock/unbilled"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_control_nothing_is_there(app_with: App, method: str, path: str) -> None:
    reply = app_with(control=False)(method, path)
    assert (reply.status, reply.text) == (404, "404 page not found")


def test_without_control_a_set_fault_does_nothing(app_with: App) -> None:
    api = app_with(control=False)
    assert api.get("/v1/customers").status == 200


WHOLE_SERVER = [
    ("POST", "/_mock/reset", {"scope": "all"}),
    ("GET", "/_mock/snapshots", None),
    ("POST", "/_mock/snapshots", {"name": "s"}),
    ("GET", "/_mock/snapshots/s", None),
    ("PUT", "/_mock/snapshots/s", {}),
    ("POST", "/_mock/snapshots/s/restore", {}),
    ("DELETE", "/_mock/snapshots/s", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WHOLE_SERVER)
@pytest.mark.parametrize("sent", [None, "", "wrong", "sesam\u00fc"])
def test_a_token_is_demanded_for_what_acts_on_everybody(
    app_with: App, method: str, path: str, body: Any, sent: Any
) -> None:
    api = app_with(control_token="sesame")
    headers = {} if sent is None else {"X-Mock-Token": sent}
    reply = api(method, path, body, headers=headers)
    assert (reply.status, set(reply.json)) == (401, {"error"})
    assert "X-Mock-Token" in reply.json["error"]
    assert api.get("/_mock/clock").status == api.get("/v1/customers").status == 200


@pytest.mark.parametrize(("method", "path", "body"), WHOLE_SERVER)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7"])
def test_beyond_loopback_nobody_acts_on_everybody_without_a_token(
    app_with: App, method: str, path: str, body: Any, host: str
) -> None:
    api = app_with(host=host)
    reply = api(method, path, body)
    assert reply.status == 403
    assert "--control-token" in reply.json["error"]
    assert api.post("/_mock/reset", {}).status == 200, "one's own environment"
    assert app_with(host=host, control_token="t")(method, path, body, headers={"X-Mock-Token": "t"}).status != 403


def test_the_token_opens(app_with: App) -> None:
    api, token = app_with(control_token="sesame"), {"X-Mock-Token": "sesame"}
    for method, path, body in (asked for asked in WHOLE_SERVER if asked[:2] != ("GET", "/_mock/snapshots/s")):
        assert api(method, path, body, headers=token).status not in (401, 403)
    assert api.post("/_mock/reset", {"scope": "all"}, headers={**token, "x-api-key": ""}).status == 401, "and a key"


def test_the_options_of_serve(serve: Callable[..., Process]) -> None:
    assert serve("--no-control").send("GET", "/_mock/clock").status_code == 404
    guarded = serve(environment={"FLEXPRICE_MOCK_CONTROL_TOKEN": "sesame", "FLEXPRICE_MOCK_JOURNAL": "3"})
    assert guarded.send("GET", "/_mock/snapshots").status_code == 401
    assert guarded.send("GET", "/_mock/clock").status_code == 200


def test_no_route_under_v1_controls_anything(api: Api) -> None:
    for method, path in ROUTES:
        assert api(method, path.replace("_mock", "v1/_mock"), {}).status == 404
