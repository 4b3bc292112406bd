"""Addons and the subscriptions that have them (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

import pytest

HALF = "2026-04-16T00:00:00Z"


def new_addon(shop: Any, key: str = "pack", **price: Any) -> str:
    """An addon of 4 a month in arrear."""
    addon = shop.api.made("/v1/addons", {"name": "Pack", "lookup_key": key})["id"]
    base = {"entity_type": "ADDON", "entity_id": addon, "amount": "4", "invoice_cadence": "ARREAR"}
    shop.fixed_price("", **{**base, **price})
    return str(addon)


def attach(shop: Any, subscription_id: str, addon: str, **body: Any) -> Any:
    return shop.api.post("/v1/subscriptions/addon", {"subscription_id": subscription_id, "addon_id": addon, **body})


def detach(shop: Any, association: str, **body: Any) -> Any:
    return shop.api.delete("/v1/subscriptions/addon", {"addon_association_id": association, **body})


def associations(shop: Any, subscription_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = shop.api.get(f"/v1/subscriptions/{subscription_id}/addons/associations").json["items"]
    return items


def addon_items(shop: Any, subscription_id: str) -> list[dict[str, Any]]:
    return [item for item in shop.read(subscription_id)["line_items"] if item["entity_type"] == "addon"]


def test_an_addon_is_created_changed_and_archived(shop: Any) -> None:
    addon = new_addon(shop)
    assert shop.api.post("/v1/addons", {"name": "Other", "lookup_key": "pack"}).details == {"lookup_key": "pack"}
    assert shop.api.get("/v1/addons/lookup/pack").json["prices"][0]["amount"] == "4"
    changed = shop.api.put(f"/v1/addons/{addon}", {"name": "Big pack", "metadata": {"n": 1}}).json
    assert (changed["name"], changed["metadata"], changed["lookup_key"]) == ("Big pack", {"n": 1}, "pack")
    assert shop.api.delete(f"/v1/addons/{addon}").status == 200
    assert shop.api.get(f"/v1/addons/{addon}").json["status"] == "archived"
    assert shop.api.get("/v1/addons/lookup/pack").details == {"lookup_key": "pack"}
    assert shop.api.made("/v1/addons", {"name": "Pack", "lookup_key": "pack"})["id"] != addon


def test_lists_embed_what_expand_names(shop: Any) -> None:
    new_addon(shop)
    (plain,) = shop.api.get("/v1/addons").json["items"]
    assert "prices" not in plain
    (whole,) = shop.api.post("/v1/addons/search", {"expand": "prices", "lookup_keys": ["pack"]}).json["items"]
    assert whole["prices"][0]["entity_type"] == "ADDON"
    assert shop.api.post("/v1/addons/search", {"lookup_keys": [""]}).status == 400


def test_attaching_adds_the_addons_items(shop: Any) -> None:
    addon, subscription = new_addon(shop), shop.made()["id"]
    association = attach(shop, subscription, addon, start_date="2026-04-05T00:00:00Z", metadata={"x": 1}).json
    assert (association["entity_id"], association["addon_status"]) == (subscription, "active")
    (item,) = addon_items(shop, subscription)
    assert (item["quantity"], item["start_date"]) == ("1", "2026-04-05T00:00:00Z")
    assert (item["end_date"], item["addon_association_id"]) == ("0001-01-01T00:00:00Z", association["id"])
    assert item["metadata"] == {
        "addon_id": addon,
        "subscription_id": subscription,
        "addon_quantity": "1",
        "addon_status": "active",
    }
    (listed,) = associations(shop, subscription)
    assert (listed["metadata"], listed["addon"]["prices"][0]["amount"]) == ({"x": 1}, "4")
    refused = shop.api.delete(f"/v1/addons/{addon}")
    assert refused.details == {"addon_id": addon, "active_subscriptions_count": 1, "active_line_items_count": 1}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"addon_id": "addon_nope"}, 404),
        ({"subscription_id": "subs_nope"}, 404),
        ({"cadence": "weekly"}, 400),
        ({"proration_behavior": "sometimes"}, 400),
        ({"checkout": {"payment_provider": "stripe"}}, 400),
        ({"cadence": "onetime", "start_date": "2020-01-01T00:00:00Z"}, 400),
    ],
)
def test_what_cannot_be_attached(shop: Any, changes: dict[str, Any], status: int) -> None:
    body = {"subscription_id": shop.made()["id"], "addon_id": new_addon(shop), **changes}
    assert shop.api.post("/v1/subscriptions/addon", body).status == status


def test_only_active_subscriptions_and_drafts_take_addons(shop: Any) -> None:
    addon = new_addon(shop)
    assert attach(shop, shop.made(trial_period_days=7)["id"], addon).status == 400
    assert attach(shop, shop.made(subscription_status="draft")["id"], addon).status == 200
    shop.api.delete(f"/v1/addons/{new_addon(shop, 'gone')}")
    assert shop.post(addons=[{"addon_id": "addon_nope"}]).details == {"addon_id": "addon_nope"}


@pytest.mark.parametrize(
    ("price", "fits"),
    [
        ({"billing_period": "MONTHLY"}, True),
        ({"billing_period": "ONETIME", "invoice_cadence": "ADVANCE"}, True),
        ({"billing_period": "ANNUAL"}, False),
        ({"currency": "eur"}, False),
    ],
)
def test_prices_must_fit(shop: Any, price: dict[str, Any], fits: bool) -> None:
    addon, subscription = new_addon(shop, **price), shop.made()["id"]
    answer = attach(shop, subscription, addon)
    assert (answer.status == 200) == fits
    if not fits:
        assert answer.details == {"entity_id": addon, "entity_type": "ADDON"}


def test_a_period_that_divides_the_subscriptions_fits(shop: Any) -> None:
    plan = shop.fixed_plan(billing_period="ANNUAL")
    subscription = shop.made(plan_id=plan, billing_period="ANNUAL")["id"]
    assert attach(shop, subscription, new_addon(shop)).status == 200


def test_a_onetime_addon_ends_with_its_period(shop: Any) -> None:
    made = shop.made(addons=[{"addon_id": new_addon(shop), "cadence": "onetime"}])
    (item,) = addon_items(shop, made["id"])
    assert (item["start_date"], item["end_date"]) == ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
    (association,) = associations(shop, made["id"])
    assert association["end_date"] == "2026-05-01T00:00:00Z"
    assert detach(shop, association["id"]).details["end_date"] == "2026-05-01T00:00:00Z"
    later = attach(shop, made["id"], new_addon(shop, "later"), cadence="onetime", start_date="2026-06-10T00:00:00Z")
    assert later.json["end_date"] == "2026-07-01T00:00:00Z"


def test_detaching(shop: Any) -> None:
    subscription = shop.made()["id"]
    association = attach(shop, subscription, new_addon(shop), start_date="2026-04-05T00:00:00Z").json["id"]
    outside = detach(shop, association, effective_date="2026-06-01T00:00:00Z")
    assert outside.details["current_period_end"] == "2026-05-01T00:00:00Z"
    assert detach(shop, "addon_assoc_nope").details == {"addon_association_id": "addon_assoc_nope"}
    assert detach(shop, association).status == 200
    (item,) = addon_items(shop, subscription)
    assert item["end_date"] == "2026-05-01T00:00:00Z"
    assert associations(shop, subscription) == []
    assert detach(shop, association).details["end_date"] == "2026-05-01T00:00:00Z"


def test_addons_end_with_their_subscription(shop: Any) -> None:
    subscription = shop.made()["id"]
    attach(shop, subscription, new_addon(shop), start_date="2026-04-05T00:00:00Z")
    shop.api.post(f"/v1/subscriptions/{subscription}/cancel", {"cancellation_type": "end_of_period"})
    (item,) = addon_items(shop, subscription)
    assert item["end_date"] == "2026-05-01T00:00:00Z"
    assert associations(shop, subscription) == []


def test_a_draft_takes_its_onetime_addons_along(shop: Any) -> None:
    addon = new_addon(shop)
    draft = shop.made(subscription_status="draft", addons=[{"addon_id": addon, "cadence": "onetime"}])["id"]
    started = shop.api.post(f"/v1/subscriptions/{draft}/activate", {"start_date": "2026-11-10T00:00:00Z"})
    assert started.status == 200
    (item,) = addon_items(shop, draft)
    assert (item["start_date"], item["end_date"]) == ("2026-11-10T00:00:00Z", "2026-12-10T00:00:00Z")
    (association,) = associations(shop, draft)
    assert (association["start_date"], association["end_date"]) == ("2026-04-01T00:00:00Z", "2026-12-10T00:00:00Z")


def test_what_addons_grant_counts_once_for_each_time(shop: Any) -> None:
    feature = shop.api.made("/v1/features", {"name": "Tokens", "type": "metered", "meter_id": shop.meter})["id"]
    addon, subscription = new_addon(shop), shop.made()["id"]
    granted = {"feature_id": feature, "feature_type": "metered", "usage_limit": 100, "usage_reset_period": "MONTHLY"}
    shop.api.made("/v1/entitlements", {"entity_type": "ADDON", "entity_id": addon, **granted})
    for _ in range(2):
        attach(shop, subscription, addon, start_date="2026-04-05T00:00:00Z")
    (found,) = shop.api.get(f"/v1/subscriptions/{subscription}/entitlements").json["features"]
    assert found["entitlement"]["usage_limit"] == 200
    assert {source["entity_type"] for source in found["sources"]} == {"addon"}
    daily = new_addon(shop, "daily")
    other = {**granted, "usage_reset_period": "DAILY"}
    shop.api.made("/v1/entitlements", {"entity_type": "ADDON", "entity_id": daily, **other})
    refused = attach(shop, subscription, daily)
    assert refused.details == {"subscription_id": subscription, "addon_id": daily, "feature_id": feature}


def test_credits_of_an_addon_become_the_subscriptions(shop: Any) -> None:
    addon, subscription = new_addon(shop), shop.made()["id"]
    grant = {"name": "Bonus", "scope": "ADDON", "addon_id": addon, "credits": "5", "cadence": "ONETIME"}
    shop.api.made("/v1/creditgrants", {**grant, "expiration_type": "NEVER"})
    attach(shop, subscription, addon, start_date="2026-04-05T00:00:00Z")
    (own,) = shop.api.get(f"/v1/creditgrants?subscription_ids={subscription}").json["items"]
    assert (own["addon_id"], own["start_date"]) == (addon, "2026-04-05T00:00:00Z")


def test_modifying_attaches_charges_and_detaches(shop: Any) -> None:
    addon, subscription = new_addon(shop, amount="10", invoice_cadence="ADVANCE"), shop.made()["id"]
    add = {"addon_id": addon, "start_date": HALF, "proration_behavior": "create_prorations"}
    body = {"type": "addon", "addon_params": {"action": "add", "add": add}}
    preview = shop.api.post(f"/v1/subscriptions/{subscription}/modify/preview", body).json["changed_resources"]
    assert preview["line_items"][0]["id"] == "(preview-created)"
    assert preview["invoices"][0]["invoice"]["total"] == "5"
    assert addon_items(shop, subscription) == []
    done = shop.api.post(f"/v1/subscriptions/{subscription}/modify/execute", body).json
    assert [line["change_action"] for line in done["changed_resources"]["line_items"]] == ["created"]
    assert shop.api.get(f"/v1/invoices/{done['changed_resources']['invoices'][0]['id']}").json["total"] == "5"
    (association,) = associations(shop, subscription)
    remove = {"action": "remove", "remove": {"addon_association_id": association["id"]}}
    body = {"type": "addon", "addon_params": remove}
    strange = shop.api.post(f"/v1/subscriptions/{shop.made()['id']}/modify/execute", body)
    assert strange.details["addon_association_id"] == association["id"]
    ended = shop.api.post(f"/v1/subscriptions/{subscription}/modify/execute", body).json["changed_resources"]
    assert ended["line_items"][0]["end_date"] == "2026-05-01T00:00:00Z"
    assert associations(shop, subscription) == []


def test_commitments_and_overrides_of_addon_prices(shop: Any) -> None:
    addon, subscription = new_addon(shop), shop.made()["id"]
    price = shop.api.get(f"/v1/addons/{addon}").json["prices"][0]["id"]
    attach(shop, subscription, addon, override_line_items=[{"price_id": price, "amount": "3", "quantity": "2"}])
    (item,) = addon_items(shop, subscription)
    assert (item["quantity"], item["price"]["amount"]) == ("2", "3")
    committed = {price: {"commitment_amount": "5", "overage_factor": "1"}}
    assert attach(shop, subscription, addon, line_item_commitments=committed).status == 400
