"""Faults: what goes wrong, for whom, how often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from ..cli.conftest import Process
from ..conftest import Api

CUSTOMER = {"external_id": "a", "name": "A"}


def _set(api: Api, **rule: Any) -> dict[str, Any]:
    reply = api.post("/_mock/faults", rule)
    assert reply.status == 201, reply.text
    return reply.json


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"code": "internal_error", "http_status_code": 500}),
        (503, {"code": "service_unavailable", "http_status_code": 503}),
        (429, {"code": "too_many_requests", "http_status_code": 429}),
        (409, {"code": "already_exists", "http_status_code": 409}),
        (418, {"code": "invalid_operation", "http_status_code": 418}),
        (502, {"code": "system_error", "http_status_code": 502}),
        (401, {"error": "Unauthorized"}),
    ],
)
def test_an_answer_with_a_status_has_its_envelope(api: Api, status: int, body: dict[str, Any]) -> None:
    fault = _set(api, status=status)
    reply = api.get("/v1/customers")
    assert reply.status == status
    assert body.items() <= reply.json.items()
    assert reply.headers["X-Flexprice-Mock-Fault"] == str(fault["id"])


def test_body_and_headers_can_be_given(api: Api) -> None:
    _set(api, status=429, body={"oops": [1, 2.5, None]}, headers={"Retry-After": "3"})
    reply = api.get("/v1/customers")
    assert (reply.status, reply.json, reply.headers["Retry-After"]) == (429, {"oops": [1, 2.5, None]}, "3")


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ({}, {"GET /v1/customers", "POST /v1/customers", "GET /v1/plans"}),
        ({"method": "post"}, {"POST /v1/customers"}),
        ({"path": "/v1/customers"}, {"GET /v1/customers", "POST /v1/customers"}),
        ({"path": "/v1/p*"}, {"GET /v1/plans"}),
        ({"method": "GET", "path": "/v1/c*"}, {"GET /v1/customers"}),
        ({"key": "nobody-*"}, set()),
    ],
)
def test_a_fault_strikes_what_its_conditions_say(api: Api, rule: dict[str, Any], struck: set[str]) -> None:
    _set(api, status=599, **rule)
    asked = (("GET", "/v1/customers", None), ("POST", "/v1/customers", CUSTOMER), ("GET", "/v1/plans", None))
    assert {f"{m} {p}" for m, p, body in asked if api(m, p, body).status == 599} == struck
    assert api.get("/_mock/clock").status == api.get("/health").status == 200


def test_it_stays_in_its_environment(api: Api) -> None:
    _set(api, status=500)
    assert api.get("/v1/customers", headers={"x-api-key": f"{api.key}-other"}).status == 200


def test_only_the_first_requests(api: Api) -> None:
    _set(api, status=503, count=2)
    assert [api.get("/v1/customers").status for _ in range(4)] == [503, 503, 200, 200]
    (fault,) = api.get("/_mock/faults").json["faults"]
    assert (fault["seen"], fault["hits"]) == (2, 2)


def test_the_first_fault_that_strikes_wins(api: Api) -> None:
    _set(api, status=503, count=1)
    _set(api, status=429, count=1)
    assert [api.get("/v1/customers").status for _ in range(3)] == [503, 429, 200]


def test_chance_repeats_with_its_seed(api: Api) -> None:
    def run(seed: int) -> list[int]:
        api.delete("/_mock/faults")
        _set(api, status=503, probability=0.4, seed=seed)
        return [api.get("/v1/customers").status for _ in range(40)]

    first = run(7)
    assert first == run(7)
    assert first != run(8)
    assert 5 < Counter(first)[503] < 30


def test_latency(api: Api) -> None:
    _set(api, latency_ms=80, count=1)
    started = time.perf_counter()
    assert api.post("/v1/customers", CUSTOMER).status == 201
    assert time.perf_counter() - started >= 0.08


def test_a_malformed_answer(api: Api) -> None:
    _set(api, malformed=True, count=1)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        api.get("/v1/customers")


@pytest.mark.parametrize(("after", "total"), [(False, 0), (True, 1)])
def test_after_means_that_the_request_took_effect(api: Api, after: bool, total: int) -> None:
    _set(api, status=500, count=1, after=after)
    assert api.post("/v1/customers", CUSTOMER).status == 500
    assert api.get("/v1/customers").json["pagination"]["total"] == total


def test_paths_without_a_route_are_struck_too(api: Api) -> None:
    assert api.get("/v1/customers").status == 200
    _set(api, status=503, path="/v1/no-such-thing")
    assert api.get("/v1/no-such-thing").status == 503
    assert api.get("/v1/no-such-thing", headers={"x-api-key": "unknown"}).status == 404


def test_faults_are_taken_back(api: Api) -> None:
    one, other = _set(api, status=500), _set(api, status=502)
    assert api.delete(f"/_mock/faults/{one['id']}").json == {"deleted": 1}
    assert api.delete(f"/_mock/faults/{one['id']}").status == 404
    assert api.delete(f"/_mock/faults/{other['id']}", headers={"x-api-key": "other"}).status == 404
    assert api.get("/v1/customers").status == 502
    assert api.delete("/_mock/faults").json == {"deleted": 1}
    assert api.get("/v1/customers").status == 200
    _set(api, status=500)
    api.post("/_mock/reset")
    assert api.get("/_mock/faults").json == {"faults": []}
    assert api.get("/v1/customers").status == 200


@pytest.mark.parametrize(
    "rule",
    [
        {}, {"status": 99}, {"status": 600}, {"status": "500"}, {"status": True}, {"status": 500, "method": "FETCH"},
        {"status": 500, "path": "/_mock/*"}, {"status": 500, "path": ""}, {"status": 500, "count": 0},
        {"status": 500, "count": 1.5}, {"status": 500, "probability": 0}, {"status": 500, "probability": 1.1},
        {"status": 500, "probability": "x"}, {"latency_ms": -1}, {"latency_ms": 60001}, {"drop": "yes"},
        {"drop": True, "status": 500}, {"body": {}}, {"status": 500, "headers": {"a": 1}},
        {"status": 500, "headers": {"a": "x\r\ny"}}, {"status": 500, "seed": "x"}, {"stauts": 500}, [],
        {"status": 500, "key": 5}, {"latency_ms": 5, "headers": {"a": "b"}},
    ],
)  # fmt: skip
def test_bad_rules_are_refused(documented: Api, rule: Any) -> None:
    reply = documented.post("/_mock/faults", rule)
    assert (reply.status, set(reply.json)) == (400, {"error"})
    assert documented.get("/_mock/faults").json == {"faults": []}


def test_a_dropped_connection_and_counts_with_two_workers(serve: Callable[..., Process]) -> None:
    process = serve("--workers", "2")
    assert process.send("POST", "/_mock/faults", json={"drop": True, "count": 1}).status_code == 201
    with pytest.raises(requests.ConnectionError):
        process.send("GET", "/v1/customers")
    assert process.send("GET", "/v1/customers").status_code == 200
    process.send("POST", "/_mock/faults", json={"status": 503, "count": 25})
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: process.send("GET", "/v1/customers").status_code, range(60)))
    assert Counter(answers) == {503: 25, 200: 35}
    assert process.stop() == 0
    assert process.popen.stdout is not None
    assert "Traceback" not in process.popen.stdout.read()
