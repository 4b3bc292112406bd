"""Plans: worked examples P1-P11 of behaviour/customers-and-plans#worked-examples, and the plan examples of
behaviour/http#worked-examples."""

from __future__ import annotations

from typing import Any

import pytest

NOW = "2026-04-14T12:00:00Z"


def a_plan(api: Any, **changes: Any) -> str:
    return str(api.made("/v1/plans", {"name": "P", **changes})["id"])


def a_meter(api: Any) -> str:
    body = {
        "name": "M",
        "event_name": "e",
        "aggregation": {"type": "SUM", "field": "n"},
        "reset_usage": "BILLING_PERIOD",
    }
    return str(api.made("/v1/meters", body)["id"])


def a_price(api: Any, plan: str, meter: str | None = None, **changes: Any) -> str:
    body = {
        "entity_type": "PLAN",
        "entity_id": plan,
        "type": "USAGE" if meter else "FIXED",
        "billing_model": "FLAT_FEE",
        "billing_period": "MONTHLY",
        "billing_period_count": 1,
        "invoice_cadence": "ARREAR" if meter else "ADVANCE",
        "currency": "usd",
        "amount": "1",
        "start_date": "2026-03-01T00:00:00Z",
        **({"meter_id": meter} if meter else {}),
        **changes,
    }
    return str(api.made("/v1/prices", body)["id"])


def subscribed(api: Any, plan: str, **changes: Any) -> str:
    customer = api.made("/v1/customers", {"external_id": "c", "name": "C"})["id"]
    body = {"customer_id": customer, "plan_id": plan, "currency": "usd", "billing_period": "MONTHLY"}
    return str(api.made("/v1/subscriptions", {**body, "start_date": "2026-04-01T00:00:00Z", **changes})["id"])


def test_p1_names_repeat(api: Any) -> None:
    first, second = (api.made("/v1/plans", {"name": "P"}) for _ in range(2))
    assert first["id"] != second["id"]
    shown = {name: first[name] for name in ("lookup_key", "display_order", "description", "metadata")}
    assert shown == {"lookup_key": "", "display_order": 0, "description": "", "metadata": None}
    assert not {"prices", "entitlements", "credit_grants"} & set(first)


def test_p2_keys_do_not(api: Any) -> None:
    a_plan(api, lookup_key="k")
    again = api.post("/v1/plans", {"name": "P", "lookup_key": "k"})
    assert (again.status, again.code, again.details["plan_name"]) == (409, "already_exists", "P")
    assert again.details["plan_id"].startswith("plan_")


def test_p3_refused_bodies(api: Any) -> None:
    assert set(api.post("/v1/plans", {"lookup_key": "k2"}).details) == {"Name"}
    wrong = api.post("/v1/plans", {"name": "x", "display_order": "1"})
    assert (wrong.status, wrong.details) == (400, {})


def test_p4_update(apis: dict[str, Any]) -> None:
    for profile, status in (("upstream", 500), ("documented", 400)):
        api = apis[profile]
        plan = a_plan(api)
        a_plan(api, lookup_key="k")
        refused = api.put(f"/v1/plans/{plan}", {"name": ""})
        assert (refused.status, refused.details) == (status, {"plan_id": plan})
        assert api.put(f"/v1/plans/{plan}", {"lookup_key": "k"}).status == 409
        assert api.put(f"/v1/plans/{plan}", {}).status == 200
        changed = api.put(f"/v1/plans/{plan}", {"metadata": {}, "description": "d", "display_order": -3}).json
        assert (changed["metadata"], changed["description"], changed["display_order"]) == ({}, "d", -3)


def test_p5_delete(api: Any) -> None:
    plan = a_plan(api, lookup_key="k")
    for _ in range(2):
        gone = api.delete(f"/v1/plans/{plan}")
        assert (gone.status, gone.json) == (200, {"message": "price deleted successfully"})
    assert api.get(f"/v1/plans/{plan}").json["status"] == "archived"
    assert api.delete("/v1/plans/nope").details == {"plan_id": "nope"}
    a_plan(api, lookup_key="k")
    assert api.put(f"/v1/plans/{plan}", {"lookup_key": "k"}).status == 200


def test_p6_active_subscriptions_block(api: Any) -> None:
    api.at(NOW)
    plan = a_plan(api)
    a_price(api, plan)
    subscribed(api, plan)
    refused = api.delete(f"/v1/plans/{plan}")
    assert (refused.status, refused.code, refused.details) == (400, "invalid_operation", {"plan_id": plan})


def test_p7_clone(api: Any) -> None:
    api.at(NOW)
    plan = a_plan(api, lookup_key="k", description="d", metadata={"a": "b"}, display_order=4)
    meter = a_meter(api)
    a_price(api, plan, meter, lookup_key="pk")
    a_price(api, plan, start_date="2026-03-01T00:00:00Z", end_date="2026-03-02T00:00:00Z")
    feature = api.made("/v1/features", {"name": "F", "type": "metered", "meter_id": meter})["id"]
    granted = {"feature_id": feature, "feature_type": "metered", "usage_limit": 5}
    api.made("/v1/entitlements", {"plan_id": plan, **granted})
    grant = {"name": "g", "scope": "PLAN", "credits": "10", "cadence": "ONETIME", "expiration_type": "NEVER"}
    api.made("/v1/creditgrants", {**grant, "plan_id": plan})
    path = f"/v1/plans/{plan}/clone"
    assert api.post(path, {"name": "C"}).status == 400
    assert api.post(path, {"lookup_key": "c"}).status == 400
    taken = api.post(path, {"name": "C", "lookup_key": "k"})
    assert (taken.status, taken.details) == (409, {"lookup_key": "k"})
    assert api.post("/v1/plans/nope/clone", {"name": "C", "lookup_key": "c"}).details == {"plan_id": "nope"}
    copy = api.made(path, {"name": "C", "lookup_key": "c", "metadata": {"source_plan_id": "x", "e": "f"}})
    assert copy["metadata"] == {"a": "b", "e": "f", "source_plan_id": plan}
    assert (copy["description"], copy["display_order"]) == ("d", 4)
    [price] = copy["prices"]
    assert (price["lookup_key"], price["entity_id"], price["meter_id"]) == ("", copy["id"], meter)
    assert "meter" not in price
    [entitlement] = copy["entitlements"]
    assert (entitlement["entity_id"], entitlement["usage_limit"]) == (copy["id"], 5)
    assert "plan_id" not in entitlement
    assert [each["plan_id"] for each in copy["credit_grants"]] == [copy["id"]]
    read = api.get(f"/v1/plans/{copy['id']}").json
    assert read["prices"][0]["id"] == price["id"]
    assert read["entitlements"][0]["feature"]["meter"]["id"] == meter


def test_p8_unknown_plan(api: Any) -> None:
    assert api.get("/v1/plans/nope").details == {"plan_id": "nope"}
    for part in ("entitlements", "creditgrants"):
        listed = api.get(f"/v1/plans/nope/{part}")
        assert (listed.status, listed.json) == (
            200,
            {"items": [], "pagination": {"total": 0, "limit": 0, "offset": 0}},
        )


def test_p9_expand(api: Any) -> None:
    api.at(NOW)
    plan, meter = a_plan(api, name="priced"), a_meter(api)
    a_plan(api, name="bare")
    a_price(api, plan, meter)
    a_price(api, plan, end_date="2026-03-02T00:00:00Z")
    found = api.made("/v1/plans/search", {"expand": "prices,meters"})["items"]
    assert [item["name"] for item in found] == ["bare", "priced"]
    assert "prices" not in found[0]
    assert [price["meter"]["id"] for price in found[1]["prices"]] == [meter]
    without = api.made("/v1/plans/search", {"expand": "prices"})["items"][1]["prices"]
    assert [set(price) & {"meter", "group"} for price in without] == [set()]
    assert len(api.get(f"/v1/plans/{plan}").json["prices"]) == 2


def test_p10_filters(api: Any) -> None:
    a_plan(api, lookup_key="k")
    bare = a_plan(api)
    assert api.post("/v1/plans/search", {"plan_ids": [""]}).status == 400
    assert api.post("/v1/plans/search", {"expand": "bogus"}).status == 200
    found = api.made("/v1/plans/search", {"lookup_key": ""})["items"]
    assert [item["id"] for item in found] == [bare]


def test_sorting_with_entitlements_sorts_both(api: Any) -> None:
    plan = a_plan(api)
    feature = api.made("/v1/features", {"name": "SSO", "type": "boolean"})["id"]
    api.made("/v1/entitlements", {"plan_id": plan, "feature_id": feature, "feature_type": "boolean"})
    by = [{"field": "name", "direction": "asc"}]
    assert api.post("/v1/plans/search", {"sort": by}).status == 200
    assert api.post("/v1/plans/search", {"sort": by, "expand": "entitlements"}).status == 400


SYNC = "sync/subscriptions"


def test_p11_sync_is_unavailable_upstream(upstream: Any) -> None:
    assert upstream.post(f"/v1/plans/nope/{SYNC}").details == {"plan_id": "nope"}
    refused = upstream.post(f"/v1/plans/{a_plan(upstream)}/{SYNC}")
    assert (refused.status, refused.code) == (503, "service_unavailable")
    assert refused.headers["X-Flexprice-Mock-Divergence"] == "plan-sync-unavailable"


@pytest.mark.parametrize("route", [SYNC, f"{SYNC}/v2"])
def test_p11_sync_adds_and_ends_line_items(documented: Any, route: str) -> None:
    api = documented.at(NOW)
    plan, meter = a_plan(api), a_meter(api)
    old = a_price(api, plan, meter)
    subscription = subscribed(api, plan)
    new = a_price(api, plan, meter, start_date="2026-04-10T00:00:00Z", metadata={"k": "v"})
    other = {"currency": "eur"}, {"billing_period": "ANNUAL"}, {"billing_period_count": 2}
    for changes in other:
        a_price(api, plan, meter, **changes)
    a_price(api, plan)
    api.delete(f"/v1/prices/{old}", {"end_date": "2026-04-20T00:00:00Z"})
    answer = api.made(f"/v1/plans/{plan}/{route}", None)
    assert answer["message"] == "price sync v2 workflow started"
    assert answer["workflow_id"].startswith("wf_PriceSyncV2Workflow_")
    assert len(answer["run_id"]) == 36
    items = {each["price_id"]: each for each in api.get(f"/v1/subscriptions/{subscription}").json["line_items"]}
    assert set(items) == {old, new}
    assert items[new]["metadata"] == {"k": "v", "added_by": "plan_sync_api", "sync_version": "4.0"}
    assert items[new]["start_date"] == "2026-04-10T00:00:00Z"
    assert items[old]["end_date"] == "2026-04-20T00:00:00Z"
    api.made(f"/v1/plans/{plan}/{route}", None)
    assert len(api.get(f"/v1/subscriptions/{subscription}").json["line_items"]) == 2


@pytest.mark.parametrize(
    ("body", "names"),
    [
        pytest.param({"sort": [{"field": "name", "direction": "DESC"}]}, ["a", "b"], id="52"),
        pytest.param({"start_time": "2030-01-01T00:00:00Z"}, [], id="61"),
        pytest.param(
            {"filters": [{"field": "display_order", "operator": "gte", "data_type": "number", "value": {"number": 5}}]},
            ["b", "a"],
            id="57",
        ),
    ],
)
def test_http_searches(api: Any, body: dict[str, Any], names: list[str]) -> None:
    for name in "ab":
        a_plan(api, name=name)
    assert [item["name"] for item in api.made("/v1/plans/search", body)["items"]] == names


def test_http_62_63_70(api: Any) -> None:
    window = {"start_time": "2030-01-01T00:00:00Z", "end_time": "2020-01-01T00:00:00Z"}
    assert set(api.post("/v1/plans/search", window).details) == {"end_time"}
    assert api.get("/v1/plans?expand=foo").status == 200
