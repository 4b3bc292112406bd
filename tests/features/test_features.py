"""Features: vectors 66-74 of behaviour/prices-and-meters#worked-examples, the rules of
behaviour/prices-and-meters#features, and behaviour/http#filter-language."""

from __future__ import annotations

from typing import Any

import pytest

METER = {
    "name": "Image count",
    "event_name": "image_generated",
    "aggregation": {"type": "SUM", "field": "image_count"},
    "reset_usage": "BILLING_PERIOD",
}


def feature(name: str = "F", kind: str = "boolean", **changes: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **changes}


def test_66_inline_meter(api: Any) -> None:
    made = api.made("/v1/features", feature("Image Count", "metered", meter=METER))
    assert (made["lookup_key"], made["metadata"]) == ("image_count", None)
    assert made["meter_id"].startswith("meter_")
    assert "meter" not in made
    assert api.get(f"/v1/features/{made['id']}").json["meter"]["id"] == made["meter_id"]


def test_67_taken_key_leaves_no_meter(api: Any) -> None:
    api.made("/v1/features", feature("Image Count", "metered", meter=METER))
    again = api.post("/v1/features", feature("Image  count!", "metered", meter=METER))
    assert (again.status, again.details) == (409, {"lookup_key": "image_count"})
    assert api.get("/v1/meters").json["pagination"]["total"] == 1


REFUSED = [
    pytest.param({"name": ""}, {}, id="no-name"),
    pytest.param({"type": "flag"}, {"type", "allowed_types"}, id="type"),
    pytest.param({"type": "metered"}, {}, id="68-no-meter"),
    pytest.param(
        {"type": "metered", "meter": {**METER, "reset_usage": "WEEKLY"}},
        {"allowed_values", "provided_value"},
        id="69-reset-usage",
    ),
    pytest.param({"meter": {**METER, "name": ""}}, {}, id="ignored-meter-still-needs-its-fields"),
    pytest.param({"type": "metered", "meter": {**METER, "aggregation": {}}}, {"aggregation_type"}, id="meter-rules"),
    pytest.param({"unit_singular": "u"}, {}, id="71-one-unit"),
    pytest.param({"unit_plural": "us"}, {}, id="71-other-unit"),
    pytest.param({"reporting_unit": {}}, {}, id="reporting-empty"),
    pytest.param(
        {"reporting_unit": {"unit_singular": "G", "unit_plural": "Gs", "conversion_rate": 0}}, {}, id="reporting-zero"
    ),
]


@pytest.mark.parametrize(("changes", "details"), REFUSED)
def test_refused(api: Any, changes: dict[str, Any], details: set[str]) -> None:
    refused = api.post("/v1/features", {**feature(), **changes})
    assert (refused.status, refused.code, set(refused.details)) == (400, "validation_error", set(details))


def test_70_boolean_without_meter(api: Any) -> None:
    assert api.made("/v1/features", feature())["meter_id"] == ""


def test_72_unusable_meters(api: Any) -> None:
    meter = api.made("/v1/meters", METER)["id"]
    api.delete(f"/v1/meters/{meter}")
    assert api.post("/v1/features", feature(kind="metered", meter_id=meter)).status == 400
    missing = api.post("/v1/features", feature(kind="metered", meter_id="nope"))
    assert (missing.status, missing.details["meter_id"]) == (404, "nope")


def test_73_sort_in_the_query(api: Any) -> None:
    refused = api.get("/v1/features?sort=name")
    assert (refused.status, refused.details) == (400, {})


def test_74_entitled_features_stay(api: Any) -> None:
    plan = api.made("/v1/plans", {"name": "P"})["id"]
    made = api.made("/v1/features", feature("Image", "metered", meter=METER))
    body = {"plan_id": plan, "feature_id": made["id"], "feature_type": "metered"}
    entitlement = api.made("/v1/entitlements", body)["id"]
    refused = api.delete(f"/v1/features/{made['id']}")
    assert (refused.status, refused.code, refused.details) == (400, "invalid_operation", {})
    api.delete(f"/v1/entitlements/{entitlement}")
    for _ in range(2):
        assert api.delete(f"/v1/features/{made['id']}").json == {"message": "feature deleted successfully"}
    assert api.get(f"/v1/meters/{made['meter_id']}").json["status"] == "archived"
    assert [item["status"] for item in api.get("/v1/features").json["items"]] == ["archived"]
    assert api.delete("/v1/features/nope").details == {}


def level(threshold: Any, condition: str = "above") -> dict[str, Any]:
    return {"threshold": threshold, "condition": condition}


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"alert_enabled": True}, id="enabled-without-level"),
        pytest.param({"warning": level("5")}, id="warning-alone"),
        pytest.param({"critical": level("9"), "warning": level("10")}, id="warning-after-critical"),
        pytest.param({"critical": level("9"), "info": level("10")}, id="info-after-critical"),
        pytest.param({"critical": level("9"), "warning": level("5"), "info": level("6")}, id="info-after-warning"),
        pytest.param({"critical": level("9", "below"), "warning": level("5", "below")}, id="below"),
        pytest.param({"critical": level("9", "below"), "warning": level("9")}, id="mixed"),
        pytest.param({"critical": level("9", "over")}, id="condition"),
        pytest.param({"info": {"threshold": "1"}}, id="no-condition"),
    ],
)
def test_refused_alerts(api: Any, settings: dict[str, Any]) -> None:
    refused = api.post("/v1/features", feature(alert_settings=settings))
    assert (refused.status, refused.details) == (400, {})


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({}, None),
        ({"alert_enabled": False}, None),
        (
            {"critical": {"condition": "above"}},
            {"critical": level("0"), "warning": None, "info": None, "alert_enabled": False},
        ),
        (
            {"info": level(-5), "alert_enabled": True},
            {"critical": None, "warning": None, "info": level("-5"), "alert_enabled": True},
        ),
    ],
)
def test_shown_alerts(api: Any, settings: dict[str, Any], shown: Any) -> None:
    made = api.made("/v1/features", feature(alert_settings=settings))
    assert made.get("alert_settings") == shown
    assert api.get(f"/v1/features/{made['id']}").json.get("alert_settings") == shown


def test_alerts_are_merged_on_update(api: Any) -> None:
    path = f"/v1/features/{api.made('/v1/features', feature(alert_settings={'critical': level('9')}))['id']}"
    changed = api.put(path, {"alert_settings": {"warning": level("8"), "alert_enabled": True}}).json
    assert changed["alert_settings"]["critical"] == level("9")
    assert api.put(path, {"alert_settings": {"warning": level("10")}}).status == 400
    assert api.get(path).json["alert_settings"]["warning"] == level("8")


def test_groups(api: Any) -> None:
    wrong = api.made("/v1/groups", {"name": "P", "entity_type": "price", "lookup_key": "p"})["id"]
    group = api.made("/v1/groups", {"name": "F", "entity_type": "feature", "lookup_key": "f"})["id"]
    refused = api.post("/v1/features", feature(group_id=wrong))
    assert (refused.status, refused.details) == (400, {"group_id": wrong, "entity_type": "feature"})
    unknown = api.post("/v1/features", feature(group_id="nope"))
    assert (unknown.status, unknown.code) == (404, "not_found")
    assert unknown.headers["X-Flexprice-Mock-Divergence"] == "random-status"
    made = api.made("/v1/features", feature(group_id=group))
    assert (made["group_id"], made["group"]["name"]) == (group, "F")
    cleared = api.put(f"/v1/features/{made['id']}", {"group_id": ""}).json
    assert not {"group", "group_id"} & set(cleared)


def test_update(apis: dict[str, Any]) -> None:
    for profile, status in (("upstream", 500), ("documented", 400)):
        api = apis[profile].at("2026-04-14T00:00:00Z")
        made = api.made("/v1/features", feature("I", "metered", meter=METER, unit_singular="u", unit_plural="us"))
        path = f"/v1/features/{made['id']}"
        api.at("2026-04-15T00:00:00Z")
        changed = api.put(path, {"name": "R", "lookup_key": "x", "type": "static", "unit_singular": "v"}).json
        assert (changed["name"], changed["lookup_key"], changed["type"]) == ("R", "i", "metered")
        assert (changed["unit_singular"], changed["updated_at"]) == ("v", made["updated_at"])
        assert api.put(path, {"unit_singular": ""}).status == 400
        assert api.put(path, {"unit_singular": "", "unit_plural": ""}).status == 200
        assert api.put(path, {"name": ""}).status == status
        unit = {"unit_singular": "K", "unit_plural": "Ks", "conversion_rate": "1000.0"}
        assert api.put(path, {"reporting_unit": unit}).json["reporting_unit"]["conversion_rate"] == "1000"
        assert "reporting_unit" in api.put(path, {"reporting_unit": None}).json
        assert api.put(path, {"filters": []}).status == 400
        api.put(path, {"filters": [{"key": "model", "values": ["a"]}]})
        assert api.get(f"/v1/meters/{made['meter_id']}").json["filters"] == [{"key": "model", "values": ["a"]}]
    flag = api.made("/v1/features", feature())
    assert api.put(f"/v1/features/{flag['id']}", {"filters": [{"key": "a", "values": ["b"]}]}).status == 200


def test_clone(api: Any) -> None:
    source = api.made("/v1/features", feature("I", "metered", meter=METER, metadata={"a": "1"}, description="d"))
    path = f"/v1/features/{source['id']}/clone"
    for body in ({}, {"name": "n"}, {"lookup_key": "k"}):
        assert api.post(path, body).status == 400
    copy = api.made(path, {"name": "I", "lookup_key": "k", "metadata": {"b": "2"}})
    assert copy["metadata"] == {"a": "1", "b": "2", "source_feature_id": source["id"]}
    assert copy["meter"]["id"] == copy["meter_id"] != source["meter_id"]
    assert copy["description"] == "d"
    assert api.post(path, {"name": "n", "lookup_key": "k"}).details == {"lookup_key": "k"}
    assert api.post("/v1/features/nope/clone", {"name": "n", "lookup_key": "x"}).details == {"feature_id": "nope"}


CONDITION = {"field": "name", "operator": "eq", "data_type": "string", "value": {"string": "Alpha"}}


@pytest.mark.parametrize(
    ("changes", "status", "found"),
    [
        pytest.param({}, 200, 1, id="eq"),
        pytest.param({"field": "nope"}, 400, 0, id="http-53-unknown-field"),
        pytest.param({"value": ...}, 400, 0, id="http-56-no-value"),
        pytest.param({"field": ...}, 400, 0, id="no-field"),
        pytest.param({"operator": ...}, 400, 0, id="no-operator"),
        pytest.param({"data_type": ...}, 400, 0, id="no-data-type"),
        pytest.param({"value": {}}, 400, 0, id="empty-value"),
        pytest.param({"value": {"boolean": True}}, 400, 0, id="boolean"),
        pytest.param({"data_type": "number"}, 400, 0, id="other-member"),
        pytest.param({"data_type": "bogus"}, 200, 1, id="unknown-data-type"),
        pytest.param({"operator": "bogus"}, 200, 2, id="unknown-operator"),
        pytest.param({"operator": ""}, 200, 2, id="empty-operator"),
    ],
)
def test_conditions_are_checked(api: Any, changes: dict[str, Any], status: int, found: int) -> None:
    for name in ("Alpha", "Beta"):
        api.made("/v1/features", feature(name))
    condition = {key: value for key, value in {**CONDITION, **changes}.items() if value is not ...}
    reply = api.post("/v1/features/search", {"filters": [condition]})
    assert reply.status == status
    if status == 200:
        assert len(reply.json["items"]) == found


@pytest.mark.parametrize("body", [{"filters": [None]}, {"filters": [CONDITION, None]}, {"sort": [None]}])
def test_null_elements(apis: dict[str, Any], body: dict[str, Any]) -> None:
    crashed = apis["upstream"].post("/v1/features/search", body)
    assert (crashed.status, crashed.text) == (500, "")
    assert apis["documented"].post("/v1/features/search", body).status == 400


def test_mismatch_names_the_filter(upstream: Any) -> None:
    condition = {**CONDITION, "field": "created_at", "value": {"string": "x"}}
    refused = upstream.post("/v1/features/search", {"filters": [condition]})
    assert (refused.status, refused.code) == (500, "database_error")
    assert refused.details["filter"]["filters"] == [condition]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["Gamma", "Beta", "Alpha"]),
        ({"order": "asc"}, ["Gamma", "Beta", "Alpha"]),
        ({"order": "up"}, ["Gamma", "Beta", "Alpha"]),
        ({"sort": [{"field": "name", "direction": "asc"}]}, ["Alpha", "Beta", "Gamma"]),
        ({"name_contains": "ET"}, ["Beta"]),
        ({"lookup_keys": ["alpha", "beta"]}, ["Beta", "Alpha"]),
        ({"lookup_key": "gamma"}, ["Gamma"]),
    ],
)
def test_searches(api: Any, body: dict[str, Any], names: list[str]) -> None:
    for name in ("Alpha", "Beta", "Gamma"):
        api.made("/v1/features", feature(name))
    assert [item["name"] for item in api.made("/v1/features/search", body)["items"]] == names


def test_expand(api: Any) -> None:
    api.made("/v1/features", feature("I", "metered", meter=METER))
    assert "meter" not in api.get("/v1/features").json["items"][0]
    assert "meter" in api.get("/v1/features?expand=meters").json["items"][0]
    assert api.get("/v1/features?expand=groups").details == {"field": "groups"}
    by_name = {"sort": [{"field": "name"}]}
    assert api.post("/v1/features/search", by_name).status == 400
