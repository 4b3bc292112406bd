"""What hangs on a customer: behaviour/customers-and-plans#sub-resources-of-a-customer with worked examples C29-C31,
behaviour/rating#entitlement-usage-of-a-customer."""

from __future__ import annotations

from typing import Any

import pytest

NOW = "2026-04-14T12:00:00Z"
PRICE = {
    "entity_type": "PLAN",
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "currency": "usd",
    "amount": "1",
    "start_date": "2026-01-01T00:00:00Z",
}


class World:
    """A customer, and plans with features to subscribe it to."""

    def __init__(self, api: Any) -> None:
        self.api = api.at(NOW)
        self.customer = api.made("/v1/customers", {"external_id": "e1", "name": "E"})["id"]
        self.meter = api.made(
            "/v1/meters",
            {
                "name": "Calls",
                "event_name": "call",
                "aggregation": {"type": "SUM", "field": "n"},
                "reset_usage": "BILLING_PERIOD",
            },
        )["id"]
        self.calls = self.feature("Calls", "metered", meter_id=self.meter)

    def feature(self, name: str, kind: str, **changes: Any) -> str:
        return str(self.api.made("/v1/features", {"name": name, "type": kind, **changes})["id"])

    def plan(self, name: str, **price: Any) -> str:
        plan = str(self.api.made("/v1/plans", {"name": name})["id"])
        usage = {"type": "USAGE", "invoice_cadence": "ARREAR", "meter_id": self.meter}
        self.api.made("/v1/prices", {**PRICE, **usage, "entity_id": plan, **price})
        return plan

    def entitle(self, plan: str, feature: str, kind: str = "metered", **changes: Any) -> str:
        body = {"plan_id": plan, "feature_id": feature, "feature_type": kind, **changes}
        return str(self.api.made("/v1/entitlements", body)["id"])

    def subscribe(self, plan: str, start: str = "2026-04-01T00:00:00Z", **changes: Any) -> str:
        body = {"customer_id": self.customer, "plan_id": plan, "currency": "usd", "billing_period": "MONTHLY"}
        return str(self.api.made("/v1/subscriptions", {**body, "start_date": start, **changes})["id"])

    def entitlements(self, query: str = "") -> dict[str, Any]:
        result: dict[str, Any] = self.api.get(f"/v1/customers/{self.customer}/entitlements{query}").json
        return result

    def usage(self, query: str = "") -> list[dict[str, Any]]:
        reply = self.api.get(f"/v1/customers/usage?customer_id={self.customer}{query}")
        assert reply.status == 200, reply.text
        assert reply.json["period"] is None
        features: list[dict[str, Any]] = reply.json["features"]
        return features


@pytest.fixture
def world(api: Any) -> World:
    return World(api)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        pytest.param(
            "entitlements", {"customer_id": "nope", "subscriptions": [], "features": []}, id="C29-entitlements"
        ),
        pytest.param("wallets", [], id="C29-wallets"),
        pytest.param(
            "invoices/summary", {"customer_id": "nope", "default_currency": "", "summaries": []}, id="C29-invoices"
        ),
    ],
)
def test_unknown_customers_are_empty(api: Any, path: str, answer: Any) -> None:
    reply = api.get(f"/v1/customers/nope/{path}")
    assert (reply.status, reply.json) == (200, answer)


@pytest.mark.parametrize(
    ("path", "status", "details"),
    [
        pytest.param("nope/usage", 404, {"customer_id": "nope"}, id="C30-usage"),
        pytest.param("nope/grants/upcoming", 404, {"customer_id": "nope"}, id="C30-grants"),
        pytest.param("usage", 400, {}, id="C30-no-customer"),
        pytest.param("usage?customer_lookup_key=nope", 404, {"lookup_key": "nope"}, id="usage-lookup"),
        pytest.param("x/usage?customer_id=y", 400, {}, id="usage-contradiction"),
        pytest.param("wallets", 400, {}, id="wallets-nobody"),
        pytest.param("wallets?id=a&lookup_key=b", 400, {}, id="wallets-both"),
        pytest.param("wallets?id=nope", 404, {"customer_id": "nope"}, id="wallets-unknown"),
        pytest.param("wallets?id=nope&include_real_time_balance=maybe", 400, {}, id="wallets-flag"),
        pytest.param("wallets?id=nope&expand=foo", 400, {"field": "foo"}, id="wallets-expand"),
        pytest.param("external/nope/entitlements", 404, {"lookup_key": "nope"}, id="entitlements-external"),
        pytest.param("external/nope/subscriptions?expand=plan", 400, {"field": "plan"}, id="subscriptions-expand"),
        pytest.param(
            "external/nope/subscriptions",
            404,
            {"lookup_key": "nope", "external_customer_id": "nope"},
            id="subscriptions-unknown",
        ),
        pytest.param("portal/nope", 404, {"lookup_key": "nope"}, id="portal"),
    ],
)
def test_refusals(api: Any, path: str, status: int, details: dict[str, str]) -> None:
    reply = api.get(f"/v1/customers/{path}")
    assert (reply.status, reply.details) == (status, details)


def test_c31_no_subscriptions(world: World) -> None:
    reply = world.api.get("/v1/customers/external/e1/subscriptions").json
    assert reply == {"items": None, "pagination": {"total": 0, "limit": 0, "offset": 0}}


def test_subscriptions_by_external_id(world: World) -> None:
    first, second = world.subscribe(world.plan("1")), world.subscribe(world.plan("2"))
    reply = world.api.get("/v1/customers/external/e1/subscriptions?expand=subscription_line_items").json
    assert [item["id"] for item in reply["items"]] == [second, first]
    assert len(reply["items"][0]["line_items"]) == 1
    assert reply["pagination"] == {"total": 0, "limit": 0, "offset": 0}


def test_entitlements_of_several_subscriptions(world: World) -> None:
    tier, beta = world.feature("Tier", "static"), world.feature("Beta", "boolean")
    plans = [world.plan("1"), world.plan("2")]
    limits = [{"usage_limit": 100}, {"usage_limit": 250, "is_soft_limit": True}]
    for plan, limit, value in zip(plans, limits, ("silver", "gold"), strict=True):
        world.entitle(plan, world.calls, usage_reset_period="MONTHLY", **limit)
        world.entitle(plan, tier, "static", static_value=value)
    world.entitle(plans[0], beta, "boolean", is_enabled=False)
    first, second = (world.subscribe(plan) for plan in plans)
    answer = world.entitlements()
    assert [each["id"] for each in answer["subscriptions"]] == [second, first]
    by_name = {each["feature"]["name"]: each for each in answer["features"]}
    assert set(by_name) == {"Calls", "Tier"}
    assert by_name["Calls"]["entitlement"] == {
        "is_enabled": True,
        "usage_limit": 350,
        "is_soft_limit": True,
        "usage_reset_period": "MONTHLY",
        "aggregation_mode": "additive",
    }
    assert by_name["Tier"]["entitlement"]["static_values"] == ["gold", "silver"]
    sources = by_name["Calls"]["sources"]
    assert [source["entity_name"] for source in sources] == ["2", "1"]
    assert {source["subscription_id"] for source in sources} == {second}
    only = world.entitlements(f"?subscription_ids={first}&feature_ids={world.calls}")
    assert only["features"][0]["entitlement"]["usage_limit"] == 100
    assert world.entitlements("?subscription_ids=nope") == {
        "customer_id": world.customer,
        "subscriptions": [],
        "features": [],
    }
    assert len(world.entitlements("?feature_ids=nope")["subscriptions"]) == 2


def test_an_unlimited_source_makes_the_feature_unlimited(world: World) -> None:
    plans = [world.plan("1"), world.plan("2")]
    world.entitle(plans[0], world.calls, usage_limit=5)
    world.entitle(plans[1], world.calls)
    for plan in plans:
        world.subscribe(plan)
    assert "usage_limit" not in world.entitlements()["features"][0]["entitlement"]
    [usage] = world.usage()
    assert (usage["total_limit"], usage["is_unlimited"], usage["usage_percent"]) == (None, True, "0")


def test_a_subscription_override_replaces_its_parent(world: World) -> None:
    plan = world.plan("1")
    parent = world.entitle(plan, world.calls, usage_limit=5, usage_reset_period="MONTHLY")
    subscription = world.subscribe(plan)
    body = {"entity_type": "SUBSCRIPTION", "entity_id": subscription, "feature_id": world.calls}
    more = {"feature_type": "metered", "usage_limit": 9, "parent_entitlement_id": parent}
    world.api.made("/v1/entitlements", {**body, **more})
    [feature] = world.entitlements()["features"]
    assert feature["entitlement"]["usage_limit"] == 9
    assert [source["entity_type"] for source in feature["sources"]] == ["subscription"]


def test_usage_summary_order_and_filters(world: World) -> None:
    plan = world.plan("Pro")
    beta, config = world.feature("beta", "boolean"), world.feature("cfg", "config")
    tier = world.feature("Tier", "static")
    world.entitle(plan, beta, "boolean", is_enabled=True)
    world.entitle(plan, config, "config", config_value={"a": 1})
    world.entitle(plan, tier, "static", static_value="x")
    world.entitle(plan, world.calls, usage_limit=0, usage_reset_period="MONTHLY")
    world.subscribe(plan)
    assert [row["feature"]["name"] for row in world.usage()] == ["Calls", "Tier", "beta", "cfg"]
    assert world.usage()[0]["usage_percent"] == "100"
    assert [row["feature"]["id"] for row in world.usage(f"&feature_ids={beta}")] == [beta]
    assert [row["feature"]["id"] for row in world.usage("&feature_lookup_keys=beta")] == [beta]
    assert len(world.usage("&feature_lookup_keys=nope")) == 4
    assert world.usage("&feature_ids=nope") == []
    assert world.usage("&subscription_ids=nope") == []


@pytest.mark.parametrize(
    ("period", "zone", "reset"),
    [
        pytest.param("MONTHLY", "UTC", "2026-05-01T00:00:00Z", id="monthly"),
        pytest.param("DAILY", "UTC", "2026-04-15T00:00:00Z", id="daily"),
        pytest.param("DAILY", "Asia/Tokyo", "2026-04-15T00:00:00+09:00", id="daily-Tokyo"),
        pytest.param("NEVER", "UTC", "0001-01-01T00:00:00Z", id="never"),
        pytest.param("WEEKLY", "UTC", None, id="weekly"),
        pytest.param("", "UTC", None, id="none"),
    ],
)
def test_next_reset(world: World, period: str, zone: str, reset: str | None) -> None:
    world.api.put(f"/v1/customers/{world.customer}", {"timezone": zone})
    plan = world.plan("Pro")
    world.entitle(plan, world.calls, usage_limit=10, usage_reset_period=period)
    world.subscribe(plan)
    assert world.usage()[0]["next_usage_reset_at"] == reset


@pytest.mark.parametrize(
    ("period", "used"),
    [
        pytest.param("MONTHLY", "50", id="billing-period"),
        pytest.param("DAILY", "20", id="today"),
        pytest.param("NEVER", "50", id="since-start"),
        pytest.param("WEEKLY", "0", id="another-period"),
    ],
)
def test_current_usage(world: World, period: str, used: str) -> None:
    plan = world.plan("Pro")
    world.entitle(plan, world.calls, usage_limit=200, usage_reset_period=period)
    world.subscribe(plan)
    for day, count in (("10", 30), ("14", 20)):
        event = {"event_name": "call", "external_customer_id": "e1", "timestamp": f"2026-04-{day}T10:00:00Z"}
        sent = world.api.post("/v1/events", {**event, "properties": {"n": count}})
        assert sent.status == 202
    [row] = world.usage()
    assert (row["current_usage"], row["total_limit"]) == (used, 200)
    assert row["usage_percent"] == {"50": "0.25", "20": "0.1", "0": "0"}[used]


def test_invoice_summary_lists_currencies_of_active_subscriptions(world: World) -> None:
    path = f"/v1/customers/{world.customer}/invoices/summary"
    world.subscribe(world.plan("d"), subscription_status="draft")
    assert world.api.get(path).json["summaries"] == []
    world.subscribe(world.plan("1"))
    answer = world.api.get(path).json
    assert answer["default_currency"] == "usd"
    [row] = answer["summaries"]
    assert (row["currency"], row["total_unpaid_amount"], row["total_invoice_count"]) == ("usd", "0", 0)


def test_portal_session(world: World) -> None:
    session = world.api.get("/v1/customers/portal/e1").json
    assert session["url"].endswith(f"?token={session['token']}")
    assert session["token"].count(".") == 2
    assert session["expires_at"].startswith("2026-04-14T13:00:00")


def test_grants_and_wallets_are_empty(world: World) -> None:
    grants = world.api.get(f"/v1/customers/{world.customer}/grants/upcoming").json
    assert grants == {"items": [], "pagination": {"total": 0, "limit": 0, "offset": 0}}
    assert world.api.get("/v1/customers/wallets?lookup_key=e1").json == []
