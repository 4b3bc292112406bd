"""Entitlements and credit grants (behaviour/invoices-and-wallets#billing-objects, behaviour/http#deletion)."""

from __future__ import annotations

from typing import Any

import pytest

GRANT = {"name": "G", "scope": "PLAN", "credits": "10", "cadence": "ONETIME", "expiration_type": "NEVER"}


@pytest.fixture
def plan(api: Any) -> str:
    return str(api.made("/v1/plans", {"name": "P"})["id"])


def a_feature(api: Any, kind: str = "boolean", **changes: Any) -> str:
    if kind == "metered" and "meter" not in changes:
        changes["meter"] = {
            "name": "M",
            "event_name": "e",
            "aggregation": {"type": "SUM", "field": "n"},
            "reset_usage": "NEVER",
        }
    body = {"name": f"F {kind}", "lookup_key": "", "type": kind, **changes}
    return str(api.made("/v1/features", body)["id"])


def test_created_with_feature_and_plan(api: Any, plan: str) -> None:
    feature = a_feature(api, "metered")
    body = {"plan_id": plan, "feature_id": feature, "feature_type": "metered", "usage_limit": 100}
    made = api.made("/v1/entitlements", {**body, "is_enabled": False, "usage_reset_period": "MONTHLY"})
    shown = {name: made[name] for name in ("entity_type", "entity_id", "plan_id", "is_enabled", "usage_limit")}
    assert shown == {
        "entity_type": "PLAN",
        "entity_id": plan,
        "plan_id": plan,
        "is_enabled": True,
        "usage_limit": 100,
    }
    assert made["aggregation_mode"] == "additive"
    assert made["plan"]["id"] == plan
    assert "meter" not in made["feature"]
    assert api.get(f"/v1/entitlements/{made['id']}").json["feature"]["meter"]["event_name"] == "e"


@pytest.mark.parametrize(
    ("kind", "changes", "status", "details"),
    [
        pytest.param("boolean", {"feature_id": ""}, 400, {}, id="no-feature"),
        pytest.param("boolean", {"feature_id": "nope"}, 404, {"feature_id": "nope"}, id="unknown-feature"),
        pytest.param("boolean", {"plan_id": "nope"}, 404, {"plan_id": "nope"}, id="unknown-plan"),
        pytest.param(
            "boolean", {"plan_id": "", "entity_type": "ADDON", "entity_id": "x"}, 404, {"addon_id": "x"}, id="addon"
        ),
        pytest.param("boolean", {"feature_type": "flag"}, 400, None, id="unknown-type"),
        pytest.param(
            "boolean",
            {"feature_type": "static", "static_value": "x"},
            400,
            {"expected": "boolean", "actual": "static"},
            id="other-type",
        ),
        pytest.param("static", {}, 400, {}, id="static-without-value"),
        pytest.param("metered", {"usage_reset_period": "HOURLY"}, 400, {}, id="reset-period"),
        pytest.param("boolean", {"config_value": {"a": 1}}, 400, {}, id="config-of-boolean"),
        pytest.param("config", {"config_value": {" ": 1}}, 400, {}, id="blank-config-key"),
        pytest.param("metered", {"aggregation_mode": "parallel"}, 400, {}, id="parallel"),
        pytest.param("metered", {"grant_quota": "5"}, 501, {}, id="grants-are-not-emulated"),
        pytest.param(
            "boolean", {"plan_id": ""}, 400, {"plan_id": "", "entity_type": "", "entity_id": ""}, id="no-entity"
        ),
    ],
)
def test_refusals(api: Any, plan: str, kind: str, changes: dict[str, Any], status: int, details: Any) -> None:
    body = {"plan_id": plan, "feature_id": a_feature(api, kind), "feature_type": kind, **changes}
    refused = api.post("/v1/entitlements", body)
    assert refused.status == status
    assert details is None or refused.details == details


def test_windowed_maximum_cannot_be_entitled(api: Any, plan: str) -> None:
    aggregation = {"type": "MAX", "field": "n", "bucket_size": "DAY"}
    meter = {"name": "M", "event_name": "e", "aggregation": aggregation, "reset_usage": "NEVER"}
    feature = a_feature(api, "metered", meter=meter)
    body = {"plan_id": plan, "feature_id": feature, "feature_type": "metered"}
    assert set(api.post("/v1/entitlements", body).details) == {"meter_id", "bucket_size", "feature_type"}


def test_once_per_plan_and_feature(api: Any, plan: str) -> None:
    body = {"plan_id": plan, "feature_id": a_feature(api), "feature_type": "boolean"}
    first = api.made("/v1/entitlements", body)
    again = api.post("/v1/entitlements", body)
    assert (again.status, set(again.details)) == (409, {"entity_type", "entity_id", "feature_id"})
    for _ in range(2):
        gone = api.delete(f"/v1/entitlements/{first['id']}")
        assert (gone.status, gone.json) == (200, {"message": "entitlement deleted successfully"})
    assert api.get(f"/v1/entitlements/{first['id']}").json["status"] == "archived"
    api.made("/v1/entitlements", body)
    assert api.delete("/v1/entitlements/nope").details == {"id": "nope"}


def test_bulk_is_all_or_nothing(api: Any, plan: str) -> None:
    good = {"plan_id": plan, "feature_id": a_feature(api), "feature_type": "boolean"}
    bad = {**good, "feature_type": "static"}
    assert api.post("/v1/entitlements/bulk", {"items": []}).status == 400
    assert api.post("/v1/entitlements/bulk", {"items": [good] * 101}).status == 400
    refused = api.post("/v1/entitlements/bulk", {"items": [good, bad]})
    assert (refused.status, refused.details["index"]) == (400, 1)
    taken = api.post("/v1/entitlements/bulk", {"items": [good, good]})
    assert (taken.status, taken.details) == (409, {"count": 2})
    assert api.get("/v1/entitlements").json["items"] == []
    made = api.made("/v1/entitlements/bulk", {"items": [good]})["items"]
    assert [each["plan_id"] for each in made] == [plan]


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", {"total": 1, "limit": 50, "offset": 50}),
        ("?limit=7&offset=3", {"total": 1, "limit": 7, "offset": 10}),
        ("?status=published", {"total": 1, "limit": 0, "offset": 0}),
        ("?limit=-1", {"total": 1, "limit": 50, "offset": 50}),
    ],
)
def test_pages(api: Any, plan: str, query: str, page: dict[str, int]) -> None:
    api.made("/v1/entitlements", {"plan_id": plan, "feature_id": a_feature(api), "feature_type": "boolean"})
    api.made("/v1/creditgrants", {**GRANT, "plan_id": plan})
    assert api.get(f"/v1/entitlements{query}").json["pagination"] == page
    assert api.get(f"/v1/creditgrants{query}").json["pagination"] == page


def test_update(api: Any, plan: str) -> None:
    body = {"plan_id": plan, "feature_id": a_feature(api, "metered"), "feature_type": "metered", "usage_limit": 5}
    path = f"/v1/entitlements/{api.made('/v1/entitlements', body)['id']}"
    changed = api.put(path, {"usage_limit": 9, "is_soft_limit": True, "is_enabled": False}).json
    assert (changed["usage_limit"], changed["is_soft_limit"], changed["is_enabled"]) == (9, True, False)
    assert "feature" not in changed
    assert api.put(path, {"usage_limit": 0, "usage_reset_period": ""}).json["usage_limit"] == 9
    assert api.put(path, {"usage_reset_period": "HOURLY"}).details == {"usage_reset_period": "HOURLY"}


@pytest.mark.parametrize(
    ("changes", "status", "details"),
    [
        pytest.param({"name": ""}, 400, {}, id="name"),
        pytest.param({"credits": "0"}, 400, {"credits": "0"}, id="zero"),
        pytest.param({"credits": "-1"}, 400, {"credits": "-1"}, id="negative"),
        pytest.param({"plan_id": None}, 400, {"scope": "PLAN"}, id="no-plan"),
        pytest.param({"plan_id": "plan_nope"}, 404, {"plan_id": "plan_nope"}, id="unknown-plan"),
        pytest.param({"scope": "X"}, 400, {}, id="scope"),
        pytest.param({"cadence": "X"}, 400, {}, id="cadence"),
        pytest.param({"cadence": "RECURRING"}, 400, {"cadence": "RECURRING"}, id="period"),
        pytest.param({"expiration_type": "DURATION"}, 400, {"expiration_type": "DURATION"}, id="duration"),
        pytest.param({"expiration_type": "X"}, 400, {}, id="expiration"),
        pytest.param({"conversion_rate": "0"}, 400, {}, id="rate"),
        pytest.param({"start_date": "2026-01-01T00:00:00Z"}, 400, {"scope": "PLAN"}, id="dates"),
    ],
)
def test_refused_grants(api: Any, plan: str, changes: dict[str, Any], status: int, details: dict[str, str]) -> None:
    refused = api.post("/v1/creditgrants", {**GRANT, "plan_id": plan, **changes})
    assert (refused.status, refused.details) == (status, details)


def test_grants(api: Any, plan: str) -> None:
    made = api.made("/v1/creditgrants", {**GRANT, "plan_id": plan, "priority": 1, "metadata": {"a": "b"}})
    path = f"/v1/creditgrants/{made['id']}"
    assert api.get(path).json == made
    assert api.post("/v1/creditgrants", {**GRANT, "plan_id": plan, "conversion_rate": "2"}).status == 400
    changed = api.put(path, {"name": "N", "metadata": {"c": "d"}}).json
    assert (changed["name"], changed["metadata"], changed["priority"]) == ("N", {"c": "d"}, 1)
    assert api.delete(path).json == {"message": "credit grant deleted successfully"}
    assert api.get(path).json["status"] == "archived"
    assert set(api.delete(path, {}).details) == {"credit_grant_id", "status"}
    assert api.get("/v1/creditgrants/cg_nope").details == {"id": "cg_nope"}
