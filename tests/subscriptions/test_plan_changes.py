"""Changing the plan by a new subscription and in place (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

import pytest


class Plans:
    """A subscription to Basic (10 a month and tokens) and the plan Pro (40 a month and tokens)."""

    def __init__(self, shop: Any, **changes: Any) -> None:
        self.shop = shop
        self.basic, self.pro = shop.new_plan("Basic"), shop.new_plan("Pro")
        for plan, amount, unit in ((self.basic, "10", "0.01"), (self.pro, "40", "0.008")):
            shop.usage_price(plan, amount=unit)
            shop.fixed_price(plan, amount=amount)
        self.made = shop.made(plan_id=self.basic, **changes)

    def v1(self, how: str, **changes: Any) -> Any:
        body = {
            "target_plan_id": self.pro,
            "proration_behavior": "none",
            "billing_cadence": "RECURRING",
            "billing_period": "MONTHLY",
            "billing_cycle": "anniversary",
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not ...}
        return self.shop.api.post(f"/v1/subscriptions/{self.made['id']}/change/{how}", body)

    def v2(self, how: str, **changes: Any) -> Any:
        body = {"target_plan_id": self.pro, "proration_behavior": "none", **changes}
        return self.shop.api.post(f"/v1/subscriptions/{self.made['id']}/change/v2/{how}", body)


@pytest.fixture
def plans(shop: Any) -> Plans:
    return Plans(shop)


def test_v1_preview_sums_every_price_unrounded(plans: Plans) -> None:
    preview = plans.v1("preview").json
    assert (preview["change_type"], preview["next_invoice_preview"]["total"]) == ("upgrade", "40.008")
    assert (preview["current_plan"]["name"], preview["target_plan"]["name"]) == ("Basic", "Pro")
    assert preview["new_billing_cycle"]["period_end"] == "2026-12-23T12:00:00Z"
    assert preview["new_billing_cycle"]["billing_anchor"] == "2026-04-01T00:00:00Z"
    assert "proration_details" not in preview


def test_v1_preview_with_credit(shop: Any) -> None:
    plans = Plans(shop, start_date="2026-11-08T12:00:00Z")
    preview = plans.v1("preview", proration_behavior="create_prorations").json
    assert (preview["proration_details"]["credit_amount"], preview["proration_details"]["days_used"]) == ("5", 15)
    assert preview["next_invoice_preview"]["total"] == "35.008"


def test_v1_preview_to_an_empty_plan_is_a_downgrade(plans: Plans) -> None:
    preview = plans.v1("preview", target_plan_id=plans.shop.new_plan("Empty")).json
    assert (preview["change_type"], preview["next_invoice_preview"]["total"]) == ("downgrade", "0")
    assert len(preview["warnings"]) == 1


@pytest.mark.parametrize(
    "name", ["target_plan_id", "proration_behavior", "billing_cadence", "billing_period", "billing_cycle"]
)
def test_v1_required_fields(plans: Plans, name: str) -> None:
    reply = plans.v1("preview", **{name: ...})
    assert (reply.status, reply.code, reply.details) == (400, "validation_error", {})


def test_v1_refusals(plans: Plans) -> None:
    assert plans.v1("preview", target_plan_id=plans.basic).status == 400
    assert plans.v1("preview", change_at="period_end").details["provided_value"] == "period_end"
    assert plans.v1("preview", target_plan_id="plan_x").details == {"plan_id": "plan_x"}
    draft = Plans(plans.shop, subscription_status="draft")
    assert draft.v1("preview").details == {"current_status": "draft"}


def test_v1_executes_by_a_new_subscription(shop: Any) -> None:
    plans = Plans(shop, start_date="2026-11-08T12:00:00Z", metadata={"kept": "1"})
    done = plans.v1("execute", proration_behavior="create_prorations", metadata={"a": "b"}).json
    assert (done["old_subscription"]["status"], done["is_scheduled"]) == ("cancelled", False)
    new = shop.read(done["new_subscription"]["id"])
    assert (new["plan_id"], new["start_date"]) == (plans.pro, "2026-11-23T12:00:00Z")
    assert new["metadata"] == {"a": "b", "kept": "1"}
    old = shop.read(plans.made["id"])
    assert old["metadata"]["cancellation_reason"] == "subscription_change"
    invoices = shop.api.post("/v1/invoices/search", {"subscription_id": new["id"]}).json["items"]
    assert [(each["billing_reason"], each["total"]) for each in invoices] == [("SUBSCRIPTION_UPDATE", "35")]


def test_v1_at_the_end_of_the_period_is_noted_once(plans: Plans) -> None:
    noted = plans.v1("execute", change_at="end_of_period").json
    assert (noted["is_scheduled"], noted["scheduled_at"]) == (True, "2026-05-01T00:00:00Z")
    schedule = plans.shop.api.get(f"/v1/subscriptions/schedules/{noted['schedule_id']}").json
    assert schedule["configuration"]["target_plan_id"] == plans.pro
    again = plans.v1("execute", change_at="end_of_period")
    assert again.details["existing_schedule_id"] == noted["schedule_id"]


def test_v2_swaps_in_place(plans: Plans) -> None:
    preview = plans.v2("preview").json
    actions = [row["change_action"] for row in preview["changed_resources"]["line_items"]]
    assert (preview["change_type"], actions) == ("upgrade", ["ended", "ended", "created", "created"])
    done = plans.v2("execute").json
    assert done["subscription"]["plan_id"] == plans.pro
    assert [item["end_date"] for item in done["subscription"]["line_items"]] == ["0001-01-01T00:00:00Z"] * 2
    read = plans.shop.read(plans.made["id"])
    assert [item["plan_display_name"] for item in read["line_items"]] == ["Basic", "Basic", "Pro", "Pro"]
    assert read["line_items"][0]["end_date"] == read["line_items"][2]["start_date"] == "2026-11-23T12:00:00Z"


def test_v2_carries_what_bills_identically(plans: Plans) -> None:
    other = plans.shop.new_plan("Same fee")
    plans.shop.fixed_price(other, amount="10")
    changed = plans.v2("execute", target_plan_id=other).json["changed_resources"]["line_items"]
    assert [row["change_action"] for row in changed] == ["updated", "ended"]


def test_v2_charges_the_difference(shop: Any) -> None:
    plans = Plans(shop, start_date="2026-11-08T12:00:00Z")
    done = plans.v2("execute", proration_behavior="create_prorations").json
    (invoice,) = done["changed_resources"]["invoices"]
    assert (invoice["status"], invoice["invoice"]["total"]) == ("PENDING", "15")


@pytest.mark.parametrize(
    ("changes", "status", "keys"),
    [
        ({"proration_behavior": ""}, 400, {"ProrationBehavior"}),
        ({"proration_behavior": "create_prorations", "change_at": "end_of_period"}, 400, set()),
        ({"target_plan_id": "plan_x"}, 404, {"plan_id"}),
    ],
)
def test_v2_refusals(plans: Plans, changes: dict[str, Any], status: int, keys: set[str]) -> None:
    reply = plans.v2("preview", **changes)
    assert (reply.status, set(reply.details)) == (status, keys)


def test_v2_refuses_the_same_plan_and_plans_without_a_price(plans: Plans) -> None:
    same = plans.v2("preview", target_plan_id=plans.basic)
    assert same.details == {"subscription_id": plans.made["id"], "plan_id": plans.basic}
    empty = plans.shop.new_plan("Empty")
    assert plans.v2("preview", target_plan_id=empty).details == {"entity_id": empty, "entity_type": "PLAN"}


def test_v2_at_the_end_of_the_period(plans: Plans) -> None:
    preview = plans.v2("preview", change_at="end_of_period").json
    assert (preview["is_scheduled"], preview["effective_at"]) == (False, "2026-05-01T00:00:00Z")
    assert plans.v2("execute", change_at="end_of_period").json["is_scheduled"] is True
    assert "schedule_id" in plans.v2("execute").details


@pytest.mark.parametrize("behaviour", ["carry", "drop"])
def test_v2_carries_or_drops_addons(plans: Plans, behaviour: str) -> None:
    api, subscription = plans.shop.api, plans.made["id"]
    addon = api.made("/v1/addons", {"name": "Pack", "lookup_key": "pack"})["id"]
    plans.shop.fixed_price("", entity_type="ADDON", entity_id=addon, amount="4")
    wanted = {"subscription_id": subscription, "addon_id": addon, "start_date": "2026-04-05T00:00:00Z"}
    attached = api.post("/v1/subscriptions/addon", wanted).json["id"]
    policy = {"default_behaviour": "carry", "overrides": {attached: behaviour, "addon_assoc_nope": "drop"}}
    done = plans.v2("execute", entity_policies={"addons": policy}).json
    assert done["entity_changes"] == [
        {"entity_type": "addon", "reference_id": attached, "entity_id": addon, "behaviour": behaviour}
    ]
    assert len(done["warnings"]) == 1
    (item,) = [item for item in plans.shop.read(subscription)["line_items"] if item["entity_type"] == "addon"]
    assert item["end_date"] == ("0001-01-01T00:00:00Z" if behaviour == "carry" else done["effective_at"])


def test_a_credit_is_taken_off_the_new_charges_once(shop: Any) -> None:
    """behaviour/subscriptions#by-a-new-subscription: what is left of the old fee comes off the opening lines, one after
    the other."""
    plans = Plans(shop, start_date="2026-11-08T12:00:00Z")
    shop.fixed_price(plans.pro, amount="3")
    done = plans.v1("execute", proration_behavior="create_prorations").json
    invoices = shop.api.get(f"/v1/invoices?subscription_id={done['new_subscription']['id']}").json["items"]
    assert [invoice["total"] for invoice in invoices] == ["38"]
