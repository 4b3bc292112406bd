"""The journal, and expected events."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ..cli.conftest import Process
from ..conftest import Api

App = Callable[..., Api]


def _event(event_id: str, **properties: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_name": "image.generated",
        "external_customer_id": "c1",
        "timestamp": "2026-04-14T10:00:00Z",
        "properties": properties,
    }


def _requests(api: Api, query: str = "") -> list[dict[str, Any]]:
    reply = api.get(f"/_mock/journal{query}")
    assert reply.status == 200, reply.text
    found: list[dict[str, Any]] = reply.json["requests"]
    return found


def test_without_a_journal_its_routes_say_so(app_with: App) -> None:
    api = app_with()
    for method in ("GET", "DELETE"):
        reply = api(method, "/_mock/journal")
        assert reply.status == 409
        assert "--journal" in reply.json["error"]


def test_requests_are_remembered_with_their_answers(app_with: App) -> None:
    api = app_with(journal=10).at("2026-04-14T00:00:00Z")
    api.post("/v1/customers", {"external_id": "a", "name": "A"})
    api.get("/v1/customers?limit=0")
    api.post("/v1/no-such-thing", raw="{")
    unknown, listed, made = _requests(api)
    assert (made["method"], made["path"], made["status"]) == ("POST", "/v1/customers", 201)
    assert made["body"] == {"external_id": "a", "name": "A"}
    assert made["answer"]["external_id"] == "a"
    assert made["at"].startswith("2026-04-14")
    assert made["milliseconds"] > 0
    assert made["fault"] is None
    assert (listed["query"], listed["body"]) == ("limit=0", None)
    assert (unknown["path"], unknown["status"], unknown["body"]) == ("/v1/no-such-thing", 404, "{")


def test_divergences_and_faults_are_named(app_with: App) -> None:
    api = app_with(journal=10)
    api.post("/v1/events/bulk", {"events": [_event("e"), {}]})
    fault = api.post("/_mock/faults", {"status": 503}).json
    api.get("/v1/plans")
    struck, bulk = _requests(api)
    assert bulk["divergences"] == ["bulk-events-partly-ingested"]
    assert (struck["status"], struck["fault"]) == (503, fault["id"])


def test_filters_limit_and_size(app_with: App) -> None:
    api = app_with(journal=5)
    for n in range(80):
        api.get(f"/v1/plans?n={n}")
    api.get("/v1/customers")
    api.post("/v1/customers", {})
    assert len(_requests(api)) == 5
    assert [row["query"] for row in _requests(api, "?path=/v1/p*")] == ["n=79", "n=78", "n=77"]
    assert [row["path"] for row in _requests(api, "?method=post")] == ["/v1/customers"]
    assert [row["status"] for row in _requests(api, "?status=400")] == [400]
    assert len(_requests(api, "?limit=2")) == 2
    for bad in ("limit=0", "limit=1001", "limit=x", "status=1", "status=x"):
        assert api.get(f"/_mock/journal?{bad}").status == 400


def test_each_environment_has_its_own(app_with: App) -> None:
    api = app_with(journal=5)
    api.get("/v1/plans")
    api.get("/v1/plans", headers={"x-api-key": "other"})
    assert len(_requests(api)) == 1
    assert api.delete("/_mock/journal").json == {"deleted": 1}
    assert _requests(api) == []
    assert len(api.get("/_mock/journal", headers={"x-api-key": "other"}).json["requests"]) == 1
    api.get("/v1/plans")
    api.post("/_mock/reset")
    assert _requests(api) == []


@pytest.fixture
def sent(api: Api) -> Api:
    events = [
        _event("e1", model="dall-e-3", size="1024", n=1),
        _event("e2", model="dall-e-3", size="512", n=2.5, tags=["a", {"b": 1}]),
        _event("e3", model="gpt", hd=True),
    ]
    api.made("/v1/events/bulk", {"events": events})
    api.made("/v1/events", events[0])
    return api


@pytest.mark.parametrize(
    ("expected", "matched", "ok"),
    [
        ({}, 3, True),
        ({"event_name": "image.generated"}, 3, True),
        ({"properties": {"model": "dall-e-3"}}, 2, True),
        ({"properties": {"model": "dall-e-3"}, "exactly": 2}, 2, True),
        ({"properties": {"model": "dall-e-3"}, "exactly": 1}, 2, False),
        ({"properties": {"model": "dall-e-3"}, "at_least": 3}, 2, False),
        ({"properties": {"n": 1}}, 1, True),
        ({"properties": {"n": 1.0}}, 1, True),
        ({"properties": {"n": 2.5}}, 1, True),
        ({"properties": {"n": "1"}}, 0, False),
        ({"properties": {"hd": True}}, 1, True),
        ({"properties": {"hd": 1}}, 0, False),
        ({"properties": {"tags": ["a", {"b": 1}]}}, 1, True),
        ({"properties": {"missing": None}}, 0, False),
        ({"external_customer_id": "c2", "exactly": 0}, 0, True),
        ({"event_id": "e3", "event_name": "image.generated", "external_customer_id": "c1", "source": ""}, 1, True),
        ({"event_name": "", "exactly": 0}, 0, True),
    ],
)
def test_expected_events(sent: Api, expected: dict[str, Any], matched: int, ok: bool) -> None:
    reply = sent.post("/_mock/journal/events/match", expected)
    assert (reply.status, reply.json["matched"], reply.json["ok"]) == (200, matched, ok)


def test_near_misses_are_named(sent: Api) -> None:
    expected = {"event_name": "image.generated", "properties": {"model": "gpt", "hd": False, "size": "1"}}
    reply = sent.post("/_mock/journal/events/match", expected).json
    near = reply["nearest_misses"][0]
    assert near["event"]["event_id"] == "e3"
    assert near["differences"] == [
        {"field": "properties.hd", "wanted": False, "found": True},
        {"field": "properties.size", "wanted": "1", "missing": True},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"}, {"event_name": 5}, {"properties": []}, {"at_least": -1}, {"exactly": "2"}, {"exactly": True},
        {"at_least": 1, "exactly": 1}, [], {"at_least": 1.5},
    ],
)  # fmt: skip
def test_bad_expectations_are_refused(documented: Api, body: Any) -> None:
    reply = documented.post("/_mock/journal/events/match", body)
    assert (reply.status, set(reply.json)) == (400, {"error"})


def test_two_workers_keep_one_journal(serve: Callable[..., Process]) -> None:
    process = serve("--workers", "2", "--journal", "100")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: process.send("POST", "/v1/events", json=_event(f"e{n}", n=n)), range(60)))
    for _ in range(4):
        found = process.send("GET", "/_mock/journal?path=/v1/events").json()["requests"]
        assert {row["body"]["event_id"] for row in found} == {f"e{n}" for n in range(60)}
        answer = process.send("POST", "/_mock/journal/events/match", json={"exactly": 60}).json()
        assert (answer["matched"], answer["ok"]) == (60, True)
