"""What makes answers comparable, and requests fit for a shared server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.compare import answers, is_type
from contracts.normalise import Normaliser
from contracts.paths import ABSENT, find
from contracts.rewriting import Rewriting

NOW = datetime(2026, 4, 14, 9, 30, tzinfo=UTC)
ID = "plan_01M86GAYDZPFMSPZGWZ1EP5Q33"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"id": ID}, {"id": "{{plan}}"}),
        ({"id": "cust_01M86GAYDVAM08VFR0ZZXGYGJT"}, {"id": "<id:cust>"}),
        ({"at": "2026-04-14T09:30:01.5Z"}, {"at": "<now>"}),
        ({"at": "2026-05-14T09:30:00Z"}, {"at": "<now+30d>"}),
        ({"at": "2026-05-14T00:00:00Z"}, {"at": "2026-05-14T00:00:00Z"}),
        ({"at": "2026-01-01T02:00:00+02:00"}, {"at": "2026-01-01T00:00:00Z"}),
        ({"tenant_id": "t", "created_by": "u"}, {"tenant_id": "<tenant>", "created_by": "<user>"}),
        (
            {"code": "x", "message": "m", "http_status_code": 400, "details": {"a": "two words", "b": "one"}},
            {"code": "x", "message": "<text>", "http_status_code": 400, "details": {"a": "<text>", "b": "one"}},
        ),
    ],
)
def test_normalising(value: Any, expected: Any) -> None:
    assert Normaliser({"plan": ID}, NOW)(value) == expected


@pytest.mark.parametrize(
    ("left", "right", "paths"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": "1"}, ["a"]),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": None}, {}, ["a"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a.0", "a.1"]),
        ({"u": [1, 2]}, {"u": [2, 1]}, []),
        ({"a": [1]}, {"a": [1, 2]}, ["a.#"]),
        ({"l": {"x": 1}}, {}, []),
        ({"sequence": 1}, {"sequence": 9}, []),
    ],
)
def test_comparing(left: Any, right: Any, paths: list[str]) -> None:
    found = answers((200, left), (200, right), loose=["l"], unordered=["u"])
    assert [difference.path for difference in found] == paths


def test_paths_find_rows_by_a_value() -> None:
    body = {"charges": [{"price": {"key": "a"}, "n": 1}, {"price": {"key": "b"}, "n": 2}]}
    assert find(body, "charges[price.key=b].n") == 2
    assert find(body, "charges.#") == 2
    assert find(body, "charges[price.key=c].n") is ABSENT


@pytest.mark.parametrize(
    ("value", "name", "fits"),
    [
        ("0.60", "decimal", True),
        (0.6, "decimal", False),
        (True, "integer", False),
        (ID, "id:plan", True),
        (ID, "id:cust", False),
        (ABSENT, "any", False),
    ],
)
def test_types(value: Any, name: str, fits: bool) -> None:
    assert is_type(value, name) is fits


def test_requests_are_made_unique_and_moved_and_answers_turned_back() -> None:
    rewriting = Rewriting("r1_2", 100)
    body = {"external_id": "cust_001", "code": "CREDIT", "name": "cust_001", "start_date": "2026-04-14T15:00:00.5Z"}
    sent = rewriting.body(body)
    assert sent["external_id"] == "cust_001_r1_2"
    assert sent["name"] == "cust_001"
    assert sent["code"] != "CREDIT"
    assert len(sent["code"]) == 6
    assert sent["start_date"] == "2026-07-23T15:00:00.5Z"
    assert rewriting.answer(sent) == body
    assert rewriting.path("/v1/customers/external/cust_001?expand=x") == "/v1/customers/external/cust_001_r1_2?expand=x"
    found = rewriting.path("/v1/customers?external_ids=cust_001,other&start_time=2026-04-14T00:00:00Z")
    assert found == "/v1/customers?external_ids=cust_001_r1_2,other_r1_2&start_time=2026-07-23T00%3A00%3A00Z"
    assert rewriting.body({"value": {"string": "cust_001"}}) == {"value": {"string": "cust_001_r1_2"}}


def test_what_is_judged_by_its_length_keeps_it() -> None:
    rewriting = Rewriting("r1_2", 0)
    assert len(rewriting.body({"external_id": "x" * 255})["external_id"]) == 255
    codes = [rewriting.body({"code": code})["code"] for code in ("ABC", "ABD", "CRED")]
    assert [len(code) for code in codes] == [3, 3, 4]
    assert len(set(codes)) == 3
    assert rewriting.body({"lookup_key": ""}) == {"lookup_key": ""}


def test_the_year_one_is_not_moved() -> None:
    assert Rewriting("r", 9).answer({"end_date": "0001-01-01T00:00:00Z"}) == {"end_date": "0001-01-01T00:00:00Z"}
