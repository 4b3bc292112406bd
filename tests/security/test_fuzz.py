"""Requests that are nearly right, at every route: no answer may be a failure that the register does not know."""

from __future__ import annotations

import pytest

from mockserver.divergences import PROFILES, Divergences
from tests.security.fuzzing.running import Judge, Result, run
from tests.security.fuzzing.world import Reply, world

QUICK, LONG_EACH, SEEDS = 1200, 20_000, (1, 2, 3, 4, 5)


def fuzz(profile: str, seed: int, requests: int) -> Result:
    with world(profile) as emulator:
        return run(emulator, seed, requests)


@pytest.mark.parametrize("profile", PROFILES)
def test_some_requests(profile: str) -> None:
    result = fuzz(profile, 20260414, QUICK)
    assert result.requests == QUICK
    assert [str(finding) for finding in result.findings] == []
    assert result.statuses[200] > QUICK / 20
    assert result.statuses[400] > QUICK / 10
    assert result.registered > 0 or profile == "documented"


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_many_requests(profile: str, seed: int) -> None:
    result = fuzz(profile, seed, LONG_EACH)
    assert [str(finding) for finding in (*result.findings, *result.slow)] == []


def test_the_same_seed_is_the_same_run() -> None:
    first, again = fuzz("documented", 7, 60), fuzz("documented", 7, 60)
    assert first.statuses == again.statuses


@pytest.mark.parametrize(
    ("status", "headers", "data", "wrong"),
    [
        (500, {}, b"", "unregistered failure"),
        (500, {"X-Flexprice-Mock-Divergence": "random-status"}, b"", "unregistered failure"),
        (500, {"X-Flexprice-Mock-Divergence": "random-status, crash-is-empty-500"}, b"", ""),
        (503, {"X-Flexprice-Mock-Divergence": "crash-is-empty-500"}, b"", "unregistered failure"),
        (400, {"Content-Type": "text/plain"}, b"no", "not in its envelope"),
        (400, {"Content-Type": "application/json"}, b'{"code"', "not in its envelope"),
        (400, {"Content-Type": "application/json"}, b'{"code": "x"}', "not in its envelope"),
        (400, {"Content-Type": "application/json"}, b'{"code": "x", "message": "y"}', ""),
        (501, {}, b"{}", ""),
        (0, {}, b"", "crash"),
    ],
)
def test_what_counts_as_wrong(status: int, headers: dict[str, str], data: bytes, wrong: str) -> None:
    judge = Judge(Divergences("upstream"))
    assert judge.wrong("GET", "/v1/customers", Reply(status, headers, data, 0.0)) == wrong


def test_a_difference_that_is_off_explains_nothing() -> None:
    assert Divergences("upstream").explain(500, "crash-is-empty-500") == ("crash-is-empty-500",)
    assert Divergences("documented").explain(500, "crash-is-empty-500") == ()
