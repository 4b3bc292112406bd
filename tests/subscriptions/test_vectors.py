"""Subscriptions: worked examples 1-65 of behaviour/subscriptions#worked-subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

INVALID = [
    pytest.param({"customer_id": ...}, {}, id="2-no-customer"),
    pytest.param({"currency": "US"}, {"Currency"}, id="6-currency-of-two-letters"),
    pytest.param({"currency": "EUR"}, {"entity_id", "entity_type"}, id="7-no-price-in-the-currency"),
    pytest.param({"billing_period": "ANNUAL"}, {"entity_id", "entity_type"}, id="8-no-price-of-the-period"),
    pytest.param({"billing_period": "monthly"}, {"billing_period"}, id="9-lower-case-period"),
    pytest.param({"billing_period": "ONETIME"}, {"entity_id", "entity_type"}, id="10-one-time-period"),
    pytest.param({"billing_period_count": -1}, {"billing_period_count"}, id="11-negative-count"),
    pytest.param(
        {"billing_cycle": "calendar", "billing_anchor": "2026-04-10T00:00:00Z"},
        {"billing_cycle", "billing_anchor"},
        id="12-anchor-with-calendar",
    ),
    pytest.param({"billing_cycle": "weekly"}, {"allowed_values", "provided_value"}, id="13-unknown-cycle"),
    pytest.param(
        {"collection_method": "send_invoice", "payment_behavior": "allow_incomplete"},
        {"allowed_behaviors", "collection_method", "payment_behavior"},
        id="14-behaviour-of-the-other-method",
    ),
    pytest.param(
        {"payment_behavior": "default_incomplete"},
        {"allowed_behaviors", "collection_method", "payment_behavior"},
        id="15-behaviour-of-the-other-method",
    ),
    pytest.param({"timezone": "Mars/X"}, {"Timezone"}, id="17-unknown-zone"),
    pytest.param({"end_date": "2026-03-01T00:00:00Z"}, {"start_date", "end_date"}, id="22-end-before-start"),
    pytest.param(
        {"proration_behavior": "create_prorations", "start_date": "2026-11-22T12:00:00Z"},
        {"start_date", "current_date"},
        id="23-prorations-since-yesterday",
    ),
    pytest.param({"proration_behavior": "always"}, {"allowed_values", "provided_value"}, id="24-unknown-proration"),
    pytest.param({"trial_period_days": -1}, {"trial_period_days"}, id="29-negative-trial"),
    pytest.param({"overage_factor": "0.5"}, {"overage_factor"}, id="30-factor-below-one"),
    pytest.param({"payment_terms": "10 NET"}, {"allowed_values", "payment_terms"}, id="31-unknown-terms"),
    pytest.param({"metadata": {"a": 1}}, {}, id="32-metadata-of-numbers"),
    pytest.param(
        {"start_date": ..., "phases": [{"start_date": "2026-04-01T00:00:00Z"}]},
        {"first_phase_start_date", "subscription_start_date"},
        id="33-phases-without-start",
    ),
    pytest.param(
        {"override_line_items": [{"price_id": "price_x", "amount": "1"}]}, {"price_id"}, id="35-foreign-override"
    ),
]


@pytest.mark.parametrize(("changes", "keys"), INVALID)
def test_invalid(shop: Any, changes: dict[str, Any], keys: set[str]) -> None:
    reply = shop.post(**changes)
    assert (reply.status, reply.code, set(reply.details)) == (400, "validation_error", set(keys))
    assert shop.search(subscription_status=[]).json["pagination"]["total"] == 0


def test_1_required_fields(shop: Any) -> None:
    reply = shop.api.post("/v1/subscriptions", {})
    assert (reply.status, set(reply.details)) == (400, {"PlanID", "Currency", "BillingPeriod"})


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        pytest.param(
            {"customer_id": "cust_x", "plan_id": "plan_x"}, {"customer_id": "cust_x"}, id="3-the-customer-first"
        ),
        pytest.param({"customer_id": ..., "external_customer_id": "x"}, {"lookup_key": "x"}, id="4-external"),
        pytest.param({"plan_id": "plan_x"}, {"plan_id": "plan_x"}, id="5-then-the-plan"),
    ],
)
def test_not_found(shop: Any, changes: dict[str, Any], details: dict[str, str]) -> None:
    reply = shop.post(**changes)
    assert (reply.status, reply.code, reply.details) == (404, "not_found", details)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"billing_period_count": 0}, {"billing_period_count": 1}, id="11-count-zero"),
        pytest.param({"billing_period_count": 3}, {"current_period_end": "2026-07-01T00:00:00Z"}, id="11-count-three"),
        pytest.param(
            {"collection_method": "default_incomplete"},
            {
                "subscription_status": "active",
                "collection_method": "charge_automatically",
                "payment_behavior": "allow_incomplete",
            },
            id="16-legacy-method",
        ),
        pytest.param(
            {"start_date": "2026-01-31T00:00:00Z"}, {"current_period_end": "2026-02-28T00:00:00Z"}, id="20-month-end"
        ),
        pytest.param({"payment_terms": "30 NET"}, {"payment_terms": "30 NET"}, id="31-terms"),
    ],
)
def test_created(shop: Any, changes: dict[str, Any], expected: dict[str, Any]) -> None:
    made = shop.made(**changes)
    assert {name: made[name] for name in expected} == expected


def test_18_the_customers_zone_counts(real: Any) -> None:
    reply = real.post(timezone="Asia/Kolkata")
    assert (reply.status, reply.json["timezone"]) == (201, "UTC")
    assert reply.headers["X-Flexprice-Mock-Divergence"] == "customer-timezone-ignored"


def test_19_calendar_in_the_customers_zone(shop: Any) -> None:
    customer = {"external_id": "berlin", "name": "B", "timezone": "Europe/Berlin"}
    made = shop.made(
        customer_id=shop.api.made("/v1/customers", customer)["id"],
        billing_cycle="calendar",
        start_date="2026-04-14T15:00:00Z",
    )
    assert made["billing_anchor"] == made["current_period_end"] == "2026-04-30T22:00:00Z"
    assert made["timezone"] == "Europe/Berlin"


def test_21_the_end_caps_period_and_items(shop: Any) -> None:
    end = "2026-05-01T00:00:00Z"
    made = shop.made(start_date="2026-04-14T15:00:00Z", end_date=end)
    assert made["current_period_end"] == made["line_items"][0]["end_date"] == end


def test_25_26_27_drafts(shop: Any) -> None:
    draft = shop.made(subscription_status="draft")
    assert draft["subscription_status"] == "draft"
    assert "line_items" not in draft
    assert "latest_invoice" not in draft
    refused = shop.cancel(draft["id"], cancellation_type="immediate")
    assert (refused.status, refused.code) == (400, "validation_error")
    path = f"/v1/subscriptions/{draft['id']}/activate"
    assert shop.api.post(path, {}).status == 400
    active = shop.api.post(path, {"start_date": "2026-05-05T00:00:00Z"})
    assert (active.status, active.json["subscription_status"]) == (200, "active")
    assert active.json["line_items"][0]["start_date"] == "2026-05-05T00:00:00Z"
    again = shop.api.post(path, {"start_date": "2026-05-05T00:00:00Z"})
    assert (again.status, again.details["current_status"]) == (400, "active")


def test_28_trial(shop: Any) -> None:
    made = shop.made(trial_period_days=14)
    assert made["subscription_status"] == "trialing"
    assert (made["current_period_start"], made["current_period_end"]) == (made["trial_start"], made["trial_end"])
    assert made["trial_end"] == "2026-04-15T00:00:00Z"
    assert made["latest_invoice"]["total"] == "0"


def test_34_further_items_need_an_active_subscription(shop: Any) -> None:
    reply = shop.post(subscription_status="draft", line_items=[{"price_id": shop.price}])
    assert (reply.status, reply.details["status"]) == (400, "draft")


def test_36_the_same_twice(shop: Any) -> None:
    assert shop.made()["id"] != shop.made()["id"]


def test_37_fixed_in_advance(shop: Any) -> None:
    made = shop.made(plan_id=shop.fixed_plan())
    assert made["subscription_status"] == "active"
    assert (made["latest_invoice"]["total"], made["latest_invoice"]["payment_status"]) == ("30", "PENDING")


def test_38_error_if_incomplete_leaves_nothing(shop: Any) -> None:
    reply = shop.post(plan_id=shop.fixed_plan(), payment_behavior="error_if_incomplete")
    assert (reply.status, reply.code) == (400, "invalid_operation")
    assert set(reply.details) == {"amount_due", "amount_paid", "invoice_id", "subscription_id"}
    assert shop.search(subscription_status=[]).json["items"] == []


def test_39_allow_incomplete(shop: Any) -> None:
    made = shop.made(plan_id=shop.fixed_plan(), payment_behavior="allow_incomplete")
    assert made["subscription_status"] == "incomplete"


def test_40_fixed_in_arrear(shop: Any) -> None:
    made = shop.made(plan_id=shop.fixed_plan(invoice_cadence="ARREAR"))
    assert made["subscription_status"] == "active"
    assert "latest_invoice" not in made


def test_41_unknown(shop: Any) -> None:
    assert shop.api.get("/v1/subscriptions/subs_nope").code == "not_found"


def test_42_unknown_expansion(shop: Any) -> None:
    reply = shop.api.get(f"/v1/subscriptions/{shop.made()['id']}/v2?expand=foo")
    assert (reply.status, reply.details) == (400, {"field": "foo"})


def test_43_44_default_status_of_searches(shop: Any) -> None:
    draft = shop.made(subscription_status="draft")
    assert shop.search().json == {"items": [], "pagination": {"total": 0, "limit": 50, "offset": 50}}
    gone = shop.made()
    shop.cancel(gone["id"], cancellation_type="immediate")
    found = shop.search(subscription_status=[]).json["items"]
    assert [item["id"] for item in found] == [gone["id"], draft["id"]]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param({"limit": 1001}, 400, id="45-limit"),
        pytest.param({"sort": "created_at"}, 400, id="46-sort-as-text"),
        pytest.param({"external_customer_id": "nope"}, 404, id="47-unknown-customer"),
    ],
)
def test_refused_searches(shop: Any, data: dict[str, Any], status: int) -> None:
    assert shop.search(**data).status == status


def test_48_cancel_needs_a_type(shop: Any) -> None:
    assert shop.cancel(shop.made()["id"]).details["provided_value"] == ""


def test_49_50_51_60_end_of_period_and_undo(shop: Any) -> None:
    made = shop.made(start_date="2026-11-20T00:00:00Z")
    reply = shop.cancel(made["id"], cancellation_type="end_of_period").json
    assert reply["status"] == "active"
    assert reply["effective_date"] == made["current_period_end"]
    assert (reply["proration_details"], reply["total_credit_amount"]) == (None, "0")
    assert shop.cancel(made["id"], cancellation_type="end_of_period").status == 400
    cleared = shop.api.put(f"/v1/subscriptions/{made['id']}", {}).json
    assert (cleared["cancel_at_period_end"], cleared["cancel_at"]) == (False, made["current_period_end"])
    schedule = shop.api.get(f"/v1/subscriptions/{made['id']}/schedules").json["schedules"][0]
    path = f"/v1/subscriptions/schedules/{schedule['id']}/cancel"
    hidden = shop.api.post(path, {})
    assert (hidden.status, list(hidden.json)) == (400, ["error"])
    assert shop.api.post(path).status == 200
    restored = shop.read(made["id"])
    assert (restored["cancel_at"], restored["cancel_at_period_end"]) == (None, False)
    assert "cancelled_at" not in restored


def test_52_cancel_now(shop: Any) -> None:
    made = shop.made()
    assert shop.cancel(made["id"], cancellation_type="immediate").json["status"] == "cancelled"
    assert shop.read(made["id"])["end_date"] == "2026-11-23T12:00:00Z"
    again = shop.cancel(made["id"], cancellation_type="immediate")
    assert (again.status, again.details) == (400, {"subscription_id": made["id"]})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            {"cancellation_type": "immediate", "cancel_at": "2030-01-01T00:00:00Z"}, id="53-immediately-in-the-future"
        ),
        pytest.param({"cancellation_type": "scheduled_date"}, id="54-without-a-date"),
    ],
)
def test_refused_cancellations(shop: Any, body: dict[str, Any]) -> None:
    assert shop.cancel(shop.made()["id"], **body).code == "validation_error"


def test_55_cancel_of_an_unknown_one_is_random(shop: Any) -> None:
    reply = shop.cancel("subs_nope", cancellation_type="immediate")
    assert (reply.status, reply.headers["X-Flexprice-Mock-Divergence"]) == (404, "random-status")


def test_56_57_usage(shop: Any) -> None:
    assert shop.api.post("/v1/subscriptions/usage", {}).status == 400
    assert shop.api.post("/v1/subscriptions/usage", {"subscription_id": "subs_nope"}).status == 404
    usage = shop.api.made("/v1/subscriptions/usage", {"subscription_id": shop.made()["id"]})
    assert (usage["amount"], usage["display_amount"], usage["overage_factor"]) == (0, "$0", 1)
    assert [charge["quantity"] for charge in usage["charges"]] == [0]


def test_58_usage_without_usage_items(shop: Any) -> None:
    made = shop.made(plan_id=shop.fixed_plan())
    usage = shop.api.made("/v1/subscriptions/usage", {"subscription_id": made["id"]})
    assert (usage["charges"], usage["display_amount"]) == (None, "")


def test_59_usage_rounds_the_sum(shop: Any) -> None:
    plan = shop.new_plan("Tokens")
    meter = {
        "name": "Output",
        "event_name": "tok",
        "aggregation": {"type": "SUM", "field": "out"},
        "reset_usage": "BILLING_PERIOD",
    }
    shop.usage_price(plan, amount="0.00001")
    shop.usage_price(plan, amount="0.00004", meter_id=shop.api.made("/v1/meters", meter)["id"])
    made = shop.made(plan_id=plan)
    event = {
        "event_name": "tok",
        "external_customer_id": "acct-1",
        "timestamp": "2026-04-05T00:00:00Z",
        "properties": {"n": 1200, "out": 4160},
    }
    shop.api.made("/v1/events", event)
    usage = shop.api.made("/v1/subscriptions/usage", {"subscription_id": made["id"]})
    assert sorted(charge["amount"] for charge in usage["charges"]) == [0.01, 0.17]
    assert usage["amount"] == 0.18


def test_61_status_is_a_label(shop: Any) -> None:
    path = f"/v1/subscriptions/{shop.made()['id']}"
    paused = shop.api.put(path, {"status": "paused"}).json
    assert (paused["subscription_status"], paused["pause_status"]) == ("paused", "none")
    weird = shop.api.put(path, {"status": "weird"})
    assert (weird.status, weird.details["status"]) == (400, "weird")


def test_62_ending_an_item_needs_a_body(shop: Any) -> None:
    item = shop.made()["line_items"][0]["id"]
    assert shop.api.delete(f"/v1/subscriptions/lineitems/{item}").status == 400
    ended = shop.api.delete(f"/v1/subscriptions/lineitems/{item}", {})
    assert (ended.status, ended.json["end_date"]) == (200, "2026-11-23T12:00:00Z")


def test_63_no_pauses(shop: Any) -> None:
    reply = shop.api.post(f"/v1/subscriptions/{shop.made()['id']}/pause")
    assert (reply.status, reply.json, reply.text) == (404, None, "404 page not found")


def test_64_65_subscriptions_of_an_external_customer(shop: Any) -> None:
    path = "/v1/customers/external/acct-1/subscriptions"
    assert shop.api.get(f"{path}?expand=plan").status == 400
    empty = shop.api.get(path).json
    assert empty == {"items": None, "pagination": {"total": 0, "limit": 0, "offset": 0}}
