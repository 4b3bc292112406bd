"""What nobody expected is answered in the envelope, and told once in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from mockserver.app import create_app
from mockserver.logs import TextFormatter
from mockserver.settings import Settings
from mockserver.store.store import Store
from tests.conftest import Api


class Broken(Exception):
    """Not expected by anybody."""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A server in which reading keys and environments fails."""
    store = Store()
    app = create_app(Settings(), store)

    def fail(*args: object) -> None:
        raise Broken("disk\r\nforged line\x1b[2J")

    monkeypatch.setattr(store, "find_key", fail)
    yield Api(app, "key")
    store.close()


@pytest.mark.parametrize(("path", "in_v1"), [("/v1/customers", True), ("/_mock/clock", False)])
def test_an_unexpected_failure_is_in_the_envelope_with_a_request_id_that_the_log_names_once(
    broken: Api, caplog: pytest.LogCaptureFixture, path: str, in_v1: bool
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = broken.get(path)
    assert reply.status == 500
    named = reply.headers["X-Request-Id"]
    if in_v1:
        assert (reply.code, reply.json["http_status_code"], reply.details) == (
            "internal_error", 500, {"request_id": named}
        )  # fmt: skip
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
    else:
        assert set(reply.json) == {"error", "request_id"}
        assert reply.json["request_id"] == named
    told = [TextFormatter().format(record) for record in caplog.records if named in record.getMessage()]
    assert len(told) == 1
    assert f"GET {path}" in told[0]
    assert "Broken" in told[0]
    assert "Traceback" in told[0]
    assert not any(ord(sign) < 32 for sign in told[0].replace("\n", ""))
    assert not any(line.startswith("forged") for line in told[0].splitlines())


def test_the_id_a_client_gave_is_the_one_that_is_told(broken: Api, caplog: pytest.LogCaptureFixture) -> None:
    reply = broken.get("/v1/customers", headers={"X-Request-ID": "mine"})
    assert reply.headers["X-Request-Id"] == reply.details["request_id"] == "mine"
    assert any("request mine failed" in record.getMessage() for record in caplog.records)


def test_a_control_route_that_does_not_exist_is_told_in_json(api: Api) -> None:
    for method, path in (("GET", "/_mock/nope"), ("PUT", "/_mock/reset"), ("GET", "/_mock/static/nope.js")):
        reply = api(method, path)
        assert (reply.status, set(reply.json)) == (404, {"error"})


def test_a_path_without_a_route_is_plain_as_on_the_real_server(api: Api) -> None:
    assert api.get("/v1/nope").text == "404 page not found"


@pytest.mark.parametrize("path", ["/v1/customers/a%0d%0aX-A: b/", "/v1/customers/%00/", "/v1/customers/a%20b/"])
def test_a_redirect_keeps_the_path_encoded(api: Api, path: str) -> None:
    reply = api.get(path)
    assert reply.status == 301
    assert reply.headers["Location"].lower() == path.removesuffix("/").replace(" ", "%20").replace(": ", ":%20").lower()
    assert "X-A" not in reply.headers
    assert api.put(path, {}).headers["Location"] == reply.headers["Location"]


def test_a_path_with_line_breaks_names_an_object_that_is_not_there(api: Api) -> None:
    reply = api.get("/v1/customers/a%0d%0ab")
    assert (reply.status, reply.details) == (404, {"customer_id": "a\r\nb"})


def test_the_server_goes_on_after_a_failure(broken: Api) -> None:
    assert broken.get("/v1/customers").status == 500
    assert broken.get("/health").status == 200
