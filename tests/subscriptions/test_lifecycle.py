"""Cancelling with credit, inheritance, phases, entitlements and reads (behaviour/subscriptions#inheritance,
behaviour/subscriptions#reading-a-subscription, behaviour/subscriptions#cancelling,
behaviour/subscriptions#entitlements-of-a-subscription)."""

from __future__ import annotations

from typing import Any

import pytest


def test_credit_for_unused_time(shop: Any) -> None:
    made = shop.made(plan_id=shop.fixed_plan(), start_date="2026-04-14T15:00:00Z")
    reply = shop.cancel(
        made["id"],
        cancellation_type="immediate",
        cancel_at="2026-04-29T15:00:00Z",
        proration_behavior="create_prorations",
    ).json
    (detail,) = reply["proration_details"]
    assert (detail["credit_amount"], detail["proration_days"], reply["total_credit_amount"]) == ("15", 14, "15")


def test_scheduled_date_shortens_the_period_and_can_be_undone(shop: Any) -> None:
    made = shop.made(start_date="2026-11-20T00:00:00Z")
    shop.cancel(made["id"], cancellation_type="scheduled_date", cancel_at="2026-12-01T00:00:00Z", reason="later")
    read = shop.read(made["id"])
    assert read["end_date"] == read["current_period_end"] == read["cancel_at"] == "2026-12-01T00:00:00Z"
    assert read["metadata"] == {
        "cancellation_type": "scheduled_date",
        "cancellation_reason": "later",
        "effective_date": "2026-12-01T00:00:00Z",
    }
    body = {"subscription_id": made["id"], "schedule_type": "cancellation"}
    assert shop.api.post("/v1/subscriptions/schedules/cancel", body).status == 200
    assert shop.read(made["id"])["current_period_end"] == made["current_period_end"]
    assert shop.api.post("/v1/subscriptions/schedules/cancel", body).status == 400


def test_children_inherit_and_end_with_their_parent(shop: Any) -> None:
    child = shop.api.made("/v1/customers", {"external_id": "child", "name": "C"})["id"]
    parent = shop.made(inheritance={"external_customer_ids_to_inherit_subscription": ["child"]})
    assert parent["subscription_type"] == "parent"
    (heir,) = shop.search(parent_subscription_ids=[parent["id"]]).json["items"]
    assert (heir["subscription_type"], heir["customer_id"]) == ("inherited", child)
    assert shop.cancel(heir["id"], cancellation_type="immediate").status == 400
    assert shop.post(customer_id=child).details == {"customer_id": child}
    shop.cancel(parent["id"], cancellation_type="immediate")
    assert shop.read(heir["id"])["subscription_status"] == "cancelled"


def test_a_payer_leaves_the_type_alone(shop: Any) -> None:
    payer = shop.api.made("/v1/customers", {"external_id": "payer", "name": "P"})["id"]
    made = shop.made(inheritance={"invoicing_customer_external_id": "payer"})
    assert (made["subscription_type"], made["invoicing_customer_id"]) == ("standalone", payer)


def test_standalone_subscriptions_can_be_invoiced_jointly(shop: Any) -> None:
    child = shop.made()
    parent = shop.made(inheritance={"subscriptions_ids_for_grouped_invoicing": [child["id"]]})
    grouped = shop.read(child["id"])
    assert (grouped["subscription_type"], grouped["parent_subscription_id"]) == ("grouped_invoicing", parent["id"])
    other = shop.made(start_date="2026-04-02T00:00:00Z")
    refused = shop.post(inheritance={"subscriptions_ids_for_grouped_invoicing": [other["id"]]})
    assert set(refused.details) == {"child_billing_anchor", "parent_billing_anchor"}


def test_overrides_work_from_the_second_phase_on(shop: Any) -> None:
    plan = shop.new_plan("Phased")
    fixed = shop.fixed_price(plan)
    made = shop.made(
        plan_id=plan,
        phases=[
            {
                "start_date": "2026-04-01T00:00:00Z",
                "end_date": "2026-07-01T00:00:00Z",
                "override_line_items": [{"price_id": fixed, "amount": "10"}],
            },
            {"start_date": "2026-07-01T00:00:00Z", "override_line_items": [{"price_id": fixed, "amount": "20"}]},
        ],
    )
    assert made["latest_invoice"]["total"] == "30"
    assert [item["end_date"] for item in made["line_items"]] == ["2026-07-01T00:00:00Z"]
    read = shop.read(made["id"])
    assert [item["price"]["amount"] for item in read["line_items"]] == ["30", "20"]
    assert [phase["start_date"] for phase in read["phases"]] == ["2026-07-01T00:00:00Z", "2026-04-01T00:00:00Z"]


def test_entitlements_of_plan_and_subscription(shop: Any) -> None:
    feature = shop.api.made("/v1/features", {"name": "Tier", "type": "static"})["id"]
    body = {
        "entity_type": "PLAN",
        "entity_id": shop.plan,
        "feature_id": feature,
        "feature_type": "static",
        "static_value": "gold",
    }
    entitlement = shop.api.made("/v1/entitlements", body)["id"]
    override = {"entitlement_id": entitlement, "static_value": "silver"}
    for made, value in (
        (shop.made(), "gold"),
        (shop.made(override_entitlements=[override]), "silver"),
    ):
        listed = shop.api.get(f"/v1/subscriptions/{made['id']}/entitlements").json
        assert listed["features"][0]["entitlement"]["static_values"] == [value]
    foreign = shop.post(override_entitlements=[{"entitlement_id": "ent_nope"}])
    assert (foreign.status, foreign.details["entitlement_id"]) == (404, "ent_nope")


def test_grants_of_the_plan_are_cloned_unless_replaced(shop: Any) -> None:
    grant = {
        "name": "Hello",
        "scope": "PLAN",
        "plan_id": shop.plan,
        "credits": "100",
        "cadence": "ONETIME",
        "expiration_type": "NEVER",
    }
    shop.api.made("/v1/creditgrants", grant)
    (cloned,) = shop.read(shop.made()["id"])["credit_grants"]
    assert (cloned["scope"], cloned["credits"]) == ("SUBSCRIPTION", "100")
    assert "credit_grants" not in shop.read(shop.made(credit_grants=[])["id"])
    refused = shop.post(credit_grants=[{"name": "x", "scope": "PLAN", "credits": "1"}])
    assert refused.details == {"grant_index": 0, "grant_scope": "PLAN"}


@pytest.mark.parametrize(
    ("expand", "shown"),
    [
        ("", set()),
        ("plan", {"plan"}),
        ("plan,customer", {"plan", "customer"}),
        ("subscription_line_items", {"line_items"}),
        ("prices", set()),
    ],
)
def test_v2_shows_what_expand_names(shop: Any, expand: str, shown: set[str]) -> None:
    read = shop.api.get(f"/v1/subscriptions/{shop.made()['id']}/v2?expand={expand}").json
    assert {"plan", "customer", "line_items"} & set(read) == shown
    assert read["plan_prices_out_of_sync"] is False


def test_a_later_usage_price_is_out_of_sync(shop: Any) -> None:
    made = shop.made()
    shop.usage_price(shop.plan)
    assert shop.api.get(f"/v1/subscriptions/{made['id']}/v2").json["plan_prices_out_of_sync"] is True


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"subscription_coupons": [{"coupon_code": "NOPE"}]}, {"coupon_code": "NOPE"}),
        ({"tax_rate_overrides": [{"tax_rate_code": "nope"}]}, {"taxrate_code": "nope"}),
        ({"addons": [{"addon_id": "addon_x"}]}, {"addon_id": "addon_x"}),
    ],
)
def test_unknown_companions(shop: Any, body: dict[str, Any], details: dict[str, str]) -> None:
    reply = shop.post(**body)
    assert (reply.status, reply.details) == (404, details)
    assert shop.search(subscription_status=[]).json["items"] == []
