"""Modifying subscriptions and previewing it (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

import pytest


def modify(shop: Any, subscription_id: str, kind: str, params: Any, how: str = "execute") -> Any:
    body = {"type": kind, f"{kind}_params": params}
    return shop.api.post(f"/v1/subscriptions/{subscription_id}/modify/{how}", body)


def seats(shop: Any, cadence: str) -> tuple[str, str]:
    """A subscription to one seat at 10 a month, and its line item."""
    made = shop.made(plan_id=shop.fixed_plan(amount="10", invoice_cadence=cadence))
    return made["id"], made["line_items"][0]["id"]


def test_a_quantity_in_arrear(shop: Any) -> None:
    subscription, item = seats(shop, "ARREAR")
    params = {"line_items": [{"id": item, "quantity": "5", "effective_date": "2026-04-10T00:00:00Z"}]}
    preview = modify(shop, subscription, "quantity_change", params, "preview").json["changed_resources"]
    assert [row["id"] for row in preview["line_items"]] == ["(preview-ended)", "(preview-created)"]
    done = modify(shop, subscription, "quantity_change", params).json["changed_resources"]
    assert "invoices" not in done
    ended, created = shop.read(subscription)["line_items"]
    assert (ended["id"], ended["end_date"]) == (item, "2026-04-10T00:00:00Z")
    assert (created["quantity"], created["end_date"]) == ("5", "0001-01-01T00:00:00Z")
    assert done["line_items"][1]["end_date"] == "2026-05-01T00:00:00Z"
    again = modify(shop, subscription, "quantity_change", params)
    assert again.details["line_item_end"] == "2026-04-10T00:00:00Z"


def test_more_in_advance_is_charged(shop: Any) -> None:
    subscription, item = seats(shop, "ADVANCE")
    params = {"line_items": [{"id": item, "quantity": "3", "effective_date": "2026-04-16T00:00:00Z"}]}
    (preview,) = modify(shop, subscription, "quantity_change", params, "preview").json["changed_resources"]["invoices"]
    assert (preview["id"], preview["status"], preview["invoice"]["total"]) == ("(preview-invoice)", "preview", "10")
    (charged,) = modify(shop, subscription, "quantity_change", params).json["changed_resources"]["invoices"]
    assert (charged["status"], charged["invoice"]["invoice_type"]) == ("PENDING", "ONE_OFF")
    assert shop.api.get(f"/v1/invoices/{charged['id']}").json["amount_due"] == "10"


def test_an_unchanged_quantity_changes_nothing(shop: Any) -> None:
    subscription, item = seats(shop, "ARREAR")
    params = {"line_items": [{"id": item, "quantity": "1", "effective_date": "2026-04-10T00:00:00Z"}]}
    assert modify(shop, subscription, "quantity_change", params).json["changed_resources"] == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "nonsense"},
        {"type": "quantity_change"},
        {"type": "quantity_change", "quantity_change_params": {"line_items": []}},
        {"type": "quantity_change", "quantity_change_params": {"line_items": [{"id": "x", "quantity": "-1"}]}},
        {"type": "trial_end", "trial_end_params": {"action": "x"}},
        {"type": "trial_end", "trial_end_params": {"action": "scheduled_date"}},
        {"type": "grouped_invoicing", "grouped_invoicing_params": {"action": "add", "child_subscription_ids": ["x"]}},
        {"type": "coupon", "coupon_params": {"action": "add"}},
    ],
)
def test_refused_requests(shop: Any, body: dict[str, Any]) -> None:
    reply = shop.api.post(f"/v1/subscriptions/{shop.made()['id']}/modify/preview", body)
    assert (reply.status, reply.code, reply.details) == (400, "validation_error", {})


def test_refused_items(shop: Any) -> None:
    made = shop.made()
    entry = {"id": made["line_items"][0]["id"], "quantity": "5", "effective_date": "2026-04-10T00:00:00Z"}
    reply = modify(shop, made["id"], "quantity_change", {"line_items": [entry]})
    assert reply.details == {"line_item_id": entry["id"], "price_type": "USAGE"}
    late = {**entry, "effective_date": "2026-06-10T00:00:00Z"}
    assert "current_period_end" in modify(shop, made["id"], "quantity_change", {"line_items": [late]}).details


def test_a_trial_extended_and_ended(shop: Any) -> None:
    made = shop.made(start_date="2026-11-20T00:00:00Z", trial_period_days=14)
    later = {"action": "scheduled_date", "new_trial_end": "2026-12-31T00:00:00Z"}
    assert modify(shop, made["id"], "trial_end", later).json["subscription"] is None
    read = shop.read(made["id"])
    assert (read["current_period_end"], read["trial_end"]) == ("2026-12-31T00:00:00Z", made["trial_end"])
    done = modify(shop, made["id"], "trial_end", {"action": "immediate"}).json
    assert done["changed_resources"]["subscriptions"][0]["status"] == "incomplete"
    read = shop.read(made["id"])
    assert read["subscription_status"] == "active"
    assert read["billing_anchor"] == read["current_period_start"] == "2026-11-23T12:00:00Z"
    assert read["current_period_end"] == "2026-12-23T12:00:00Z"


def test_a_child_added_and_removed(shop: Any) -> None:
    shop.api.made("/v1/customers", {"external_id": "child", "name": "C"})
    made = shop.made()
    add = {"external_customer_ids_to_inherit_subscription": ["child"]}
    assert len(modify(shop, made["id"], "inheritance", add, "preview").json["changed_resources"]["subscriptions"]) == 2
    assert modify(shop, made["id"], "inheritance", add).json["subscription"]["subscription_type"] == "parent"
    remove = {"action": "remove", "external_customer_ids_to_remove": ["child"]}
    assert modify(shop, made["id"], "inheritance", remove).status == 200
    (heir,) = shop.search(parent_subscription_ids=[made["id"]]).json["items"]
    assert (heir["subscription_status"], heir["cancel_at"]) == ("active", made["current_period_end"])
    assert modify(shop, made["id"], "inheritance", remove).details == {"child_subscription_id": heir["id"]}


def test_joint_invoicing_begins_and_ends(shop: Any) -> None:
    parent, child = shop.made()["id"], shop.made()["id"]
    params = {"action": "add", "parent_subscription_id": parent, "child_subscription_ids": [child]}
    assert modify(shop, parent, "grouped_invoicing", params).status == 200
    assert shop.read(parent)["subscription_type"] == "parent"
    assert shop.read(child)["parent_subscription_id"] == parent
    leave = {"action": "remove", "child_subscription_ids": [child]}
    assert modify(shop, parent, "grouped_invoicing", leave).status == 200
    assert shop.read(child)["subscription_type"] == "standalone"


def test_a_coupon_comes_and_goes(shop: Any) -> None:
    subscription = shop.made()["id"]
    coupon = {"name": "Ten", "coupon_code": "TEN", "type": "percentage", "percentage_off": "10", "cadence": "forever"}
    coupon = shop.api.made("/v1/coupons", coupon)["id"]
    add = {"action": "add", "coupon_code": "ten"}
    assert modify(shop, subscription, "coupon", add, "preview").json["changed_resources"] == {}
    assert "coupon_associations" not in shop.read(subscription)
    done = modify(shop, subscription, "coupon", add).json
    assert (done["subscription"]["id"], done["subscription"]["plan"]) == (subscription, None)
    (held,) = shop.read(subscription)["coupon_associations"]
    assert held["coupon"]["total_redemptions"] == 1
    again = modify(shop, subscription, "coupon", add)
    details = {"coupon_id": coupon, "subscription_id": subscription, "checked_at": "2026-11-23T12:00:00Z"}
    assert (again.status, again.details) == (400, details)
    remove = {"action": "remove", "coupon_association_id": held["id"], "end_date": "2026-11-24T00:00:00Z"}
    assert modify(shop, subscription, "coupon", remove).status == 200
    assert shop.read(subscription)["coupon_associations"][0]["end_date"] == "2026-11-24T00:00:00Z"
    other = modify(shop, shop.made()["id"], "coupon", remove)
    assert (other.status, other.details["association_id"]) == (400, held["id"])


def test_a_tax_comes_and_goes(shop: Any) -> None:
    subscription = shop.made()["id"]
    rate = {"name": "VAT", "code": "vat", "tax_rate_type": "percentage", "percentage_value": "20"}
    rate = shop.api.made("/v1/taxes/rates", rate)["id"]
    add = {"action": "add", "tax_rate_id": rate, "effective_date": "2026-04-01T00:00:00Z"}
    assert modify(shop, subscription, "tax", add).json["subscription"]["id"] == subscription
    assert modify(shop, subscription, "tax", add).status == 400
    listed = shop.api.get(f"/v1/taxes/associations?entity_type=subscription&entity_id={subscription}").json["items"]
    assert [(each["priority"], each["currency"], each["auto_apply"]) for each in listed] == [(100, "usd", True)]
    remove = {"action": "remove", "tax_association_id": listed[0]["id"]}
    assert modify(shop, subscription, "tax", remove).status == 200
    early = modify(shop, subscription, "tax", {**remove, "effective_date": "2026-03-01T00:00:00Z"})
    assert (early.status, early.details["start_date"]) == (400, "2026-04-01T00:00:00Z")


@pytest.mark.parametrize(
    ("kind", "params", "status", "details"),
    [
        ("coupon", {"action": "add", "coupon_code": "NOPE"}, 400, {}),
        ("coupon", {"action": "remove", "coupon_association_id": "x"}, 404, {"association_id": "x"}),
        ("tax", {"action": "add", "tax_rate_id": "x"}, 400, {"tax_rate_id": "x"}),
        ("tax", {"action": "remove", "tax_association_id": "x"}, 404, {"association_id": "x"}),
    ],
)
def test_unknown_companions(shop: Any, kind: str, params: dict[str, Any], status: int, details: Any) -> None:
    reply = modify(shop, shop.made()["id"], kind, params)
    assert (reply.status, reply.details) == (status, details)
