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


@pytest.mark.parametrize(("method", "path"), ROUTES[1:])
@pytest.mark.parametrize("sent", [None, "", "wrong", "sesam\u00fc"])
def test_a_token_is_demanded(app_with: App, method: str, path: str, sent: Any) -> None:
    api = app_with(control_token="sesame")
    headers = {} if sent is None else {"X-Mock-Token": sent}
    reply = api(method, path, {"status": 500}, headers=headers)
    assert (reply.status, set(reply.json)) == (401, {"error"})
    assert "X-Mock-Token" in reply.json["error"]
    assert api.get("/v1/customers").status == 200


def test_the_token_opens(app_with: App) -> None:
    api = app_with(control_token="sesame")
    assert api.get("/_mock/clock", headers={"X-Mock-Token": "sesame"}).status == 200
    assert api.get("/_mock/divergences", headers={"X-Mock-Token": "sesame"}).status == 200


def test_the_options_of_serve(serve: Callable[..., Process]) -> None:
    assert serve("--no-control").send("GET", "/_mock/clock").status_code == 404
    guarded = serve(environment={"FLEXPRICE_MOCK_CONTROL_TOKEN": "sesame", "FLEXPRICE_MOCK_JOURNAL": "3"})
    assert guarded.send("GET", "/_mock/clock").status_code == 401


def test_no_route_under_v1_controls_anything(api: Api) -> None:
    for method, path in ROUTES:
        assert api(method, path.replace("_mock", "v1/_mock"), {}).status == 404
