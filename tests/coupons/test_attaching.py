"""Coupons of new subscriptions (behaviour/subscriptions#terms-of-a-new-subscription,
behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from typing import Any

import pytest


def held(shop: Any, subscription: str) -> list[dict[str, Any]]:
    reply = shop.api.get(f"/v1/coupons/associations?subscription_ids={subscription}")
    found: list[dict[str, Any]] = reply.json["items"]
    return found


def test_a_subscription_shows_its_coupons_newest_first(shop: Any) -> None:
    coupons = [shop.coupon("A", percent="10"), shop.coupon("B", percent="20")]
    on_item = {"coupon_code": "a", "price_id": shop.usage_price}
    wanted = [on_item, {"coupon_code": "B", "start_date": "2026-04-02T00:00:00Z"}]
    subscription = shop.subscribe(subscription_coupons=wanted)
    shown = shop.api.get(f"/v1/subscriptions/{subscription}").json
    second, first = shown["coupon_associations"]
    assert [first["coupon_id"], second["coupon_id"]] == coupons
    assert first["subscription_line_item_id"] == shown["line_items"][0]["id"]
    assert (first["start_date"], second["start_date"]) == ("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z")
    assert "subscription_line_item_id" not in second
    assert "end_date" not in second
    assert second["coupon"]["total_redemptions"] == 1
    assert held(shop, subscription) == [second, first]
    assert shop.api.get(f"/v1/coupons/associations/{first['id']}").json == first


@pytest.mark.parametrize(
    ("duration", "end"), [(1, "2026-04-30T23:59:59Z"), (2, "2026-05-31T23:59:59Z"), (12, "2027-03-31T23:59:59Z")]
)
def test_a_repeated_coupon_lasts_for_its_periods(shop: Any, duration: int, end: str) -> None:
    shop.coupon("R", percent="10", cadence="repeated", duration_in_periods=duration)
    subscription = shop.subscribe(subscription_coupons=[{"coupon_code": "R"}])
    assert held(shop, subscription)[0]["end_date"] == end


def test_an_end_that_was_sent_counts(shop: Any) -> None:
    shop.coupon("R", percent="10", cadence="repeated", duration_in_periods=2)
    entry = {"coupon_code": "R", "end_date": "2026-04-10T00:00:00Z"}
    assert held(shop, shop.subscribe(subscription_coupons=[entry]))[0]["end_date"] == "2026-04-10T00:00:00Z"


def test_the_older_fields(shop: Any) -> None:
    whole, single = shop.coupon("A", percent="10"), shop.coupon("B", percent="20")
    subscription = shop.subscribe(coupons=[whole, ""], line_item_coupons={shop.usage_price: [single]})
    on_item, on_all = held(shop, subscription)
    assert (on_all["coupon_id"], on_item["coupon_id"]) == (whole, single)
    assert on_item["subscription_line_item_id"]


def test_an_overridden_price_is_found_by_its_plan_price(shop: Any) -> None:
    shop.coupon("A", percent="10")
    override = {"price_id": shop.usage_price, "amount": "2"}
    entry = {"coupon_code": "A", "price_id": shop.usage_price}
    subscription = shop.subscribe(override_line_items=[override], subscription_coupons=[entry])
    assert held(shop, subscription)[0]["subscription_line_item_id"]


@pytest.mark.parametrize(
    ("entry", "status", "details"),
    [
        ({"coupon_code": "NOPE"}, 404, {"coupon_code": "NOPE"}),
        ({"coupon_code": ""}, 400, {}),
        ({"coupon_code": "OK", "price_id": "price_x"}, 400, {"coupon_code": "OK", "price_id": "price_x"}),
        ({"coupon_code": "OK", "start_date": "2026-04-02T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"}, 400, {}),
    ],
)
def test_refused_entries(shop: Any, entry: dict[str, Any], status: int, details: dict[str, Any]) -> None:
    shop.coupon("OK", percent="10")
    reply = shop.api.post("/v1/subscriptions", shop.request(subscription_coupons=[entry]))
    assert (reply.status, reply.details) == (status, details)
    assert shop.api.get("/v1/subscriptions").json["items"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": "10", "redeem_before": "2026-01-01T00:00:00Z"},
        {"percent": "10", "redeem_after": "2027-01-01T00:00:00Z"},
        {"percent": "10", "cadence": "weekly"},
        {"off": "1", "currency": "eur"},
    ],
)
def test_unusable_coupons_are_refused_at_random(shop: Any, changes: dict[str, Any]) -> None:
    coupon = shop.coupon("C", **changes)
    reply = shop.api.post("/v1/subscriptions", shop.request(subscription_coupons=[{"coupon_code": "C"}]))
    assert (reply.status, reply.code) == (400, "validation_error")
    assert (reply.details["coupon_id"], reply.details["coupon_count"]) == (coupon, 1)
    assert reply.details["subscription_id"].startswith("subs_")
    assert reply.headers["X-Flexprice-Mock-Divergence"] == "random-status"


def test_redemptions_are_limited(shop: Any) -> None:
    coupon = shop.coupon("C", percent="10", max_redemptions=1)
    shop.subscribe(subscription_coupons=[{"coupon_code": "C"}])
    assert shop.api.post("/v1/subscriptions", shop.request(coupons=[coupon])).status == 400
    assert shop.api.get(f"/v1/coupons/{coupon}").json["total_redemptions"] == 1


def test_an_unknown_id_is_refused_at_random(shop: Any) -> None:
    reply = shop.api.post("/v1/subscriptions", shop.request(coupons=["coupon_x"]))
    assert (reply.status, reply.details["coupon_id"], reply.details["coupon_count"]) == (404, "coupon_x", 1)


def test_coupons_of_phases(shop: Any) -> None:
    coupon = shop.coupon("P", percent="10")
    phases = [
        {"start_date": "2026-04-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z", "coupons": [coupon]},
        {
            "start_date": "2026-06-01T00:00:00Z",
            "coupons": [coupon],
            "subscription_coupons": [{"coupon_code": "P", "price_id": shop.usage_price}],
        },
    ]
    found = held(shop, shop.subscribe(phases=phases))
    assert [each["start_date"] for each in found] == ["2026-06-01T00:00:00Z"] * 2
    assert [("subscription_line_item_id" in each, "subscription_phase_id" in each) for each in found] == [
        (True, True),
        (False, True),
    ]


def test_the_list_of_associations(shop: Any) -> None:
    shop.coupon("A", percent="10")
    subscription = shop.subscribe(subscription_coupons=[{"coupon_code": "A", "price_id": shop.usage_price}])
    listed = shop.api.get("/v1/coupons/associations?limit=7&offset=0&expand=subscription_line_items").json
    assert listed["pagination"] == {"total": 1, "limit": 7, "offset": 7}
    assert listed["items"][0]["subscription_line_item"]["subscription_id"] == subscription
    window = "active_only=true&period_start=2026-03-01T00:00:00Z&period_end=2026-03-31T00:00:00Z"
    assert shop.api.get(f"/v1/coupons/associations?{window}").json["items"] == []
    assert len(shop.api.get("/v1/coupons/associations?active_only=true").json["items"]) == 1
    unknown = shop.api.get("/v1/coupons/associations/none")
    assert (unknown.status, unknown.details) == (404, {"id": "none"})
    assert shop.api.get("/v1/coupons/associations?expand=nope").details == {"field": "nope"}
