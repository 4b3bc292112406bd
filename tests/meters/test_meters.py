"""Meters: vectors 59-65 of behaviour/prices-and-meters#worked-examples, the aggregation matrix of
behaviour/prices-and-meters#creating-a-meter, and behaviour/http#worked-examples."""

from __future__ import annotations

from typing import Any

import pytest


def meter(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Image count",
        "event_name": "image_generated",
        "aggregation": {"type": "SUM", "field": "image_count"},
        "reset_usage": "BILLING_PERIOD",
        **changes,
    }


def aggregated(kind: str, **changes: Any) -> dict[str, Any]:
    return meter(aggregation={"type": kind, **changes})


def test_59_create(api: Any) -> None:
    made = api.made("/v1/meters", meter(event_name="  image_generated "))
    assert (made["filters"], made["status"]) == ([], "published")
    assert made["aggregation"] == {"type": "SUM", "field": "image_count"}
    assert made["event_name"] == "image_generated"
    assert not {"environment_id", "created_by", "updated_by"} & set(made)


def test_60_reset_usage(api: Any) -> None:
    body = meter()
    del body["reset_usage"]
    refused = api.post("/v1/meters", body)
    assert (refused.status, refused.details) == (400, {})
    assert api.made("/v1/meters", meter(reset_usage="WEEKLY"))["reset_usage"] == "WEEKLY"


def test_60_reset_usage_width(apis: dict[str, Any]) -> None:
    for profile, status in (("upstream", 500), ("documented", 400)):
        refused = apis[profile].post("/v1/meters", meter(reset_usage="x" * 21))
        assert (refused.status, set(refused.details)) == (status, {"meter_id", "tenant_id"})


REFUSED = [
    pytest.param({"name": ""}, {}, id="name"),
    pytest.param({"event_name": "   "}, {}, id="blank-event"),
    pytest.param({"aggregation": {}}, {"aggregation_type": ""}, id="no-type"),
    pytest.param(aggregated("sum", field="n"), {"aggregation_type": "sum"}, id="61-lower-case"),
    pytest.param(aggregated("SUM"), {"aggregation_type": "SUM"}, id="61-no-field"),
    pytest.param(aggregated("SUM", field="n", expression="n * 2"), {}, id="61-both"),
    pytest.param(aggregated("COUNT", expression="n"), {"aggregation_type": "COUNT"}, id="61-count-expression"),
    pytest.param(aggregated("COUNT_UNIQUE", expression="n"), {"aggregation_type": "COUNT_UNIQUE"}, id="unique-formula"),
    pytest.param(aggregated("SUM_WITH_MULTIPLIER", field="n"), {}, id="62-no-multiplier"),
    pytest.param(aggregated("SUM_WITH_MULTIPLIER", field="n", multiplier=0), {"multiplier": "0"}, id="62-zero"),
    pytest.param(
        aggregated("AVG", field="n", bucket_size="HOUR"),
        {"aggregation_type": "AVG", "bucket_size": "HOUR"},
        id="63-avg-window",
    ),
    pytest.param(aggregated("MAX", field="n", bucket_size="YEAR"), {"bucket_size": "YEAR"}, id="window"),
    pytest.param(
        aggregated("SUM", field="n", bucket_size="HOUR", group_by="g"),
        {"aggregation_type": "SUM", "bucket_size": "HOUR", "group_by": "g"},
        id="63-sum-group",
    ),
    pytest.param(
        aggregated("MAX", field="n", group_by="g"),
        {"aggregation_type": "MAX", "bucket_size": "", "group_by": "g"},
        id="max-group-without-window",
    ),
    pytest.param({"filters": [{"key": "", "values": ["a"]}]}, {}, id="filter-key"),
    pytest.param({"filters": [{"key": "k", "values": []}]}, {"filter_key": "k"}, id="filter-values"),
    pytest.param({"filters": [{"key": "k", "values": [1]}]}, {}, id="filter-type"),
]


@pytest.mark.parametrize(("changes", "details"), REFUSED)
def test_refused(api: Any, changes: dict[str, Any], details: dict[str, str]) -> None:
    refused = api.post("/v1/meters", {**meter(), **changes})
    assert (refused.status, refused.code, refused.details) == (400, "validation_error", details)


@pytest.mark.parametrize("formula", ["a +", "foo(a)", "1 + 2", "a % 2", '"x" + a', "a.b", "[a].map(x, x)"])
def test_refused_formulas(api: Any, formula: str) -> None:
    refused = api.post("/v1/meters", aggregated("SUM", expression=formula))
    assert (refused.status, set(refused.details)) == (400, {"expression", "error"})
    assert refused.details["expression"] == formula


@pytest.mark.parametrize(
    ("aggregation", "shown"),
    [
        pytest.param({"type": "SUM_WITH_MULTIPLIER", "field": "n", "multiplier": "0.001"}, None, id="62-multiplier"),
        pytest.param({"type": "MAX", "field": "n", "bucket_size": "HOUR", "group_by": "g"}, None, id="63-max-group"),
        pytest.param({"type": "SUM", "expression": "max(a, b) / 1000", "bucket_size": "15MIN"}, None, id="formula"),
        pytest.param({"type": "COUNT", "field": "", "multiplier": 2}, {"type": "COUNT", "multiplier": "2"}, id="count"),
        pytest.param({"type": "AVG", "field": "n", "multiplier": "-1.50"}, None, id="any-multiplier"),
    ],
)
def test_accepted(api: Any, aggregation: dict[str, Any], shown: dict[str, Any] | None) -> None:
    made = api.made("/v1/meters", meter(aggregation=aggregation))
    expected = shown or {**aggregation}
    if expected.get("multiplier") == "-1.50":
        expected["multiplier"] = "-1.5"
    assert made["aggregation"] == expected
    assert api.get(f"/v1/meters/{made['id']}").json["aggregation"] == expected


def test_64_unknown_meter_is_archived_without_complaint(api: Any) -> None:
    assert api.delete("/v1/meters/nope").json == {"message": "Meter deleted successfully"}
    assert api.post("/v1/meters/nope/disable").json == {"message": "Meter disabled successfully"}


def test_65_update_needs_filters(api: Any) -> None:
    made = api.made("/v1/meters", meter())
    for body in ({"filters": []}, {}, {"name": "new"}):
        refused = api.put(f"/v1/meters/{made['id']}", body)
        assert (refused.status, refused.details) == (400, {})
    assert api.put("/v1/meters/nope", {"filters": []}).status == 400
    missing = api.put("/v1/meters/nope", {"filters": [{"key": "a", "values": ["b"]}]})
    assert (missing.status, set(missing.details)) == (404, {"meter_id", "tenant_id"})


def test_update_unites_filters(api: Any) -> None:
    api.at("2026-04-14T00:00:00Z")
    made = api.made("/v1/meters", meter(filters=[{"key": "a", "values": ["1"]}]))
    path = f"/v1/meters/{made['id']}"
    api.at("2026-04-15T00:00:00Z")
    added = [{"key": "a", "values": ["2", "2", "1"]}, {"key": "", "values": ["z"]}, {"key": "a", "values": []}]
    changed = api.put(path, {"filters": added, "name": "ignored"}).json
    assert changed["filters"] == [{"key": "a", "values": ["1", "2"]}, {"key": "", "values": ["z"]}]
    assert (changed["name"], changed["updated_at"]) == (made["name"], made["updated_at"])
    assert api.get(path).json["updated_at"] > made["updated_at"]
    api.delete(path)
    assert api.put(path, {"filters": [{"key": "b", "values": ["c"]}]}).json["status"] == "archived"


def test_list_includes_archived_ones_and_reads_go_names(api: Any) -> None:
    first = api.made("/v1/meters", meter(name="b", event_name="x"))["id"]
    second = api.made("/v1/meters", meter(name="a", event_name="y"))["id"]
    api.delete(f"/v1/meters/{second}")

    def listed(query: str) -> list[str]:
        return [item["id"] for item in api.get(f"/v1/meters?{query}").json["items"]]

    assert listed("") == [second, first]
    assert listed("order=asc") == [first, second]
    assert listed("sort=name&order=asc") == [second, first]
    assert listed("status=published") == [first]
    assert listed("EventName=x") == [first]
    assert listed("event_name=x") == [second, first]
    assert listed(f"MeterIDs={second}&MeterIDs=nope") == [second]


def test_http_37_47_50(apis: dict[str, Any]) -> None:
    api = apis["upstream"]
    missing = api.get("/v1/meters/m")
    assert (missing.status, missing.details["meter_id"], set(missing.details)) == (404, "m", {"meter_id", "tenant_id"})
    assert set(api.get("/v1/meters?limit=5000").details) == {"limit"}
    refused = api.get("/v1/meters?sort=nope")
    assert (refused.status, refused.code) == (500, "database_error")
    assert refused.details["filter"] == {"limit": 50, "sort": "nope"}
    assert apis["documented"].get("/v1/meters?sort=nope").status == 400
