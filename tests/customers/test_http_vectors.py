"""Customers at the HTTP layer: worked examples of behaviour/http#worked-examples."""

from __future__ import annotations

from typing import Any

import pytest

BODY = {"external_id": "a", "name": "b"}
CONDITION = {"field": "name", "operator": "eq", "data_type": "string"}


@pytest.mark.parametrize("raw", ["{", "", "[]", '"x"'])
def test_17_unreadable_body(api: Any, raw: str) -> None:
    refused = api.post("/v1/customers", raw=raw)
    assert (refused.status, refused.code, refused.details) == (400, "validation_error", {})


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        pytest.param({"email": "x"}, {"Email"}, id="19"),
        pytest.param({"metadata": {"n": 1}}, set(), id="20"),
        pytest.param({"address_country": "de"}, {"AddressCountry"}, id="24-case"),
        pytest.param({"address_country": "DEU"}, {"AddressCountry"}, id="24-length"),
    ],
)
def test_refused_bodies(api: Any, changes: dict[str, Any], details: set[str]) -> None:
    refused = api.post("/v1/customers", {**BODY, **changes})
    assert (refused.status, refused.code, set(refused.details)) == (400, "validation_error", details)


@pytest.mark.parametrize(
    ("body", "metadata"),
    [
        pytest.param({**BODY, "metadata": {"n": None}}, {"n": ""}, id="21"),
        pytest.param({"EXTERNAL_ID": "a", "Name": "b", "zzz": 1}, None, id="22"),
        pytest.param(BODY, None, id="23"),
    ],
)
def test_accepted_bodies(api: Any, body: dict[str, Any], metadata: Any) -> None:
    assert api.made("/v1/customers", body)["metadata"] == metadata


def test_36_unknown_id(api: Any) -> None:
    missing = api.get("/v1/customers/cust_x")
    assert (missing.status, missing.code, missing.details) == (404, "not_found", {"customer_id": "cust_x"})


@pytest.mark.parametrize(
    ("body", "page"),
    [
        pytest.param({}, {"total": 3, "limit": 50, "offset": 50}, id="41"),
        pytest.param({"limit": 10, "offset": 20}, {"total": 3, "limit": 10, "offset": 30}, id="42"),
        pytest.param({"limit": 0}, {"total": 3, "limit": 50, "offset": 50}, id="43"),
        pytest.param({"start_time": "2030-01-01T00:00:00Z"}, {"total": 3, "limit": 50, "offset": 50}, id="60"),
    ],
)
def test_pages(api: Any, body: dict[str, Any], page: dict[str, int]) -> None:
    for index in range(3):
        api.made("/v1/customers", {"external_id": str(index), "name": "n"})
    assert api.made("/v1/customers/search", body)["pagination"] == page


@pytest.mark.parametrize(
    ("body", "details"),
    [
        pytest.param({"limit": 1001}, {"limit"}, id="44-high"),
        pytest.param({"limit": -1}, {"limit"}, id="44-negative"),
        pytest.param({"limit": "10"}, set(), id="45"),
    ],
)
def test_refused_pages(api: Any, body: dict[str, Any], details: set[str]) -> None:
    refused = api.post("/v1/customers/search", body)
    assert (refused.status, set(refused.details)) == (400, details)


def test_48_sort_in_the_query(api: Any) -> None:
    refused = api.get("/v1/customers?sort=created_at")
    assert (refused.status, refused.details) == (400, {})


def test_54_unknown_filter_field(api: Any) -> None:
    condition = {**CONDITION, "field": "nope", "value": {"string": "x"}}
    assert api.post("/v1/customers/search", {"filters": [condition]}).status == 400


def test_55_condition_without_value(apis: dict[str, Any]) -> None:
    crashed = apis["upstream"].post("/v1/customers/search", {"filters": [CONDITION]})
    assert (crashed.status, crashed.text) == (500, "")
    assert apis["documented"].post("/v1/customers/search", {"filters": [CONDITION]}).status == 400


def test_58_59_filters(api: Any) -> None:
    api.made("/v1/customers", {"external_id": "1", "name": "Example Studio", "metadata": {"segment": "pro"}})
    api.made("/v1/customers", {"external_id": "2", "name": "Other"})
    condition = {**CONDITION, "operator": "contains", "value": {"string": "STUDIO"}}
    for body in ({"filters": [condition]}, {"metadata": {"segment": "pro"}}):
        found = api.made("/v1/customers/search", body)["items"]
        assert [item["external_id"] for item in found] == ["1"]


def test_63_64_expand_and_status(api: Any) -> None:
    assert api.get("/v1/customers?expand=foo").details == {"field": "foo"}
    assert api.get("/v1/customers?status=bogus").json["items"] == []
