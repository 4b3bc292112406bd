"""Line items after and beside those of the plan (behaviour/subscriptions#overrides, behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

import pytest

ZERO_TIME = "0001-01-01T00:00:00Z"


def item_of(shop: Any, made: dict[str, Any]) -> str:
    return str(made["line_items"][0]["id"])


def test_an_existing_price_comes_without_its_entity(shop: Any) -> None:
    made = shop.made()
    side = shop.fixed_price(shop.new_plan("Side"), invoice_cadence="ARREAR")
    path = f"/v1/subscriptions/{made['id']}/lineitems"
    added = shop.api.made(path, {"price_id": side, "quantity": "3", "start_date": "2026-04-05T00:00:00Z"})
    assert (added["quantity"], added["billing_period_count"], added["end_date"]) == ("3", 0, ZERO_TIME)
    assert "entity_type" not in added
    read = next(item for item in shop.read(made["id"])["line_items"] if item["id"] == added["id"])
    assert (read["entity_type"], read["billing_period_count"], read["price"]["id"]) == ("plan", 1, side)


def test_an_inline_price_is_the_subscriptions_own(shop: Any) -> None:
    made = shop.made()
    price = {
        "type": "FIXED",
        "price_unit_type": "FIAT",
        "billing_period": "MONTHLY",
        "billing_model": "FLAT_FEE",
        "invoice_cadence": "ARREAR",
        "amount": "7",
        "display_name": "Inline",
    }
    added = shop.api.made(f"/v1/subscriptions/{made['id']}/lineitems", {"price": price})
    assert (added["entity_type"], added["entity_id"]) == ("subscription", made["id"])
    assert shop.api.get(f"/v1/prices/{added['price_id']}").json["entity_type"] == "SUBSCRIPTION"


@pytest.mark.parametrize(
    ("item", "keys"),
    [
        pytest.param({}, set(), id="neither"),
        pytest.param({"price_id": "p", "price": {"type": "FIXED"}}, {"PriceUnitType"}, id="both-and-incomplete"),
        pytest.param(
            {"price_id": "p", "start_date": "2026-03-01T00:00:00Z"}, {"start_date", "subscription_start"}, id="early"
        ),
        pytest.param({"price_id": "p", "quantity": "-1"}, set(), id="negative"),
    ],
)
def test_refused_items(shop: Any, item: dict[str, Any], keys: set[str]) -> None:
    reply = shop.api.post(f"/v1/subscriptions/{shop.made()['id']}/lineitems", item)
    assert (reply.status, reply.code) == (400, "validation_error")
    assert keys <= set(reply.details)


def test_a_shorter_period_does_not_fit(shop: Any) -> None:
    daily = shop.fixed_price(shop.new_plan("Side"), billing_period="DAILY")
    reply = shop.api.post(f"/v1/subscriptions/{shop.made()['id']}/lineitems", {"price_id": daily})
    assert reply.details["line_item_billing_period"] == "DAILY"


def test_a_new_amount_replaces_the_item(shop: Any) -> None:
    made = shop.made()
    path = f"/v1/subscriptions/lineitems/{item_of(shop, made)}"
    new = shop.api.put(path, {"amount": "0.02", "effective_from": "2026-04-10T00:00:00Z"}).json
    assert new["id"] != item_of(shop, made)
    old, successor = shop.read(made["id"])["line_items"]
    assert (old["end_date"], successor["start_date"]) == ("2026-04-10T00:00:00Z",) * 2
    assert (old["price"]["amount"], successor["price"]["amount"]) == ("0.01", "0.02")
    again = shop.api.put(path, {"amount": "0.03", "effective_from": "2026-04-20T00:00:00Z"})
    assert again.details["end_date"] == "2026-04-10T00:00:00Z"


@pytest.mark.parametrize("body", [{}, {"metadata": {"a": "1"}}, {"amount": "0"}])
def test_changes_in_place(shop: Any, body: dict[str, Any]) -> None:
    item = item_of(shop, shop.made())
    assert shop.api.put(f"/v1/subscriptions/lineitems/{item}", body).json["id"] == item


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({"effective_from": "2026-04-10T00:00:00Z"}, set()),
        ({"commitment_amount": "5", "commitment_overage_factor": "2"}, {"commitment_type"}),
        ({"amount": "-1"}, {"amount"}),
    ],
)
def test_refused_changes(shop: Any, body: dict[str, Any], keys: set[str]) -> None:
    reply = shop.api.put(f"/v1/subscriptions/lineitems/{item_of(shop, shop.made())}", body)
    assert (reply.status, set(reply.details)) == (400, keys)


def test_overrides_make_prices_of_the_subscriptions_own(shop: Any) -> None:
    plan = shop.new_plan("Both")
    usage, fixed = shop.usage_price(plan), shop.fixed_price(plan)
    made = shop.made(
        plan_id=plan,
        override_line_items=[{"price_id": usage, "amount": "0"}, {"price_id": fixed, "quantity": "4"}],
    )
    assert made["latest_invoice"]["total"] == "120"
    items = shop.read(made["id"])["line_items"]
    assert [item["price"]["parent_price_id"] for item in items] == [usage, fixed]
    assert [(item["quantity"], item["price"]["amount"]) for item in items] == [("0", "0"), ("4", "30")]


@pytest.mark.parametrize(
    ("override", "keys"),
    [
        ({}, set()),
        ({"amount": "-1"}, {"amount"}),
        ({"quantity": "2"}, {"price_id", "price_type"}),
        ({"billing_model": "TIERED"}, {"price_id", "price_unit_type"}),
        ({"price_unit_amount": "1"}, {"price_id", "price_unit_type"}),
        ({"amount": "1", "price_unit_amount": "1"}, set()),
    ],
)
def test_refused_overrides(shop: Any, override: dict[str, Any], keys: set[str]) -> None:
    reply = shop.post(override_line_items=[{"price_id": shop.price, **override}])
    assert (reply.status, set(reply.details)) == (400, keys)


def test_item_commitments(shop: Any) -> None:
    commitment = {"commitment_amount": "10", "overage_factor": "1.5"}
    made = shop.made(line_item_commitments={shop.price: commitment, "price_unknown": commitment})
    item = made["line_items"][0]
    assert (item["commitment_type"], item["commitment_overage_factor"]) == ("amount", "1.5")
    both = shop.post(line_item_commitments={shop.price: commitment}, commitment_amount="5", overage_factor="2")
    assert both.details["subscription_commitment"] == "5"
    windowed = shop.post(line_item_commitments={shop.price: {**commitment, "is_window_commitment": True}})
    assert windowed.details["meter_id"] == shop.meter


def test_search_lists_ended_items_in_the_order_they_were_made(shop: Any) -> None:
    plan = shop.new_plan("Two")
    prices = [shop.usage_price(plan), shop.fixed_price(plan)]
    made = shop.made(plan_id=plan)
    search = "/v1/subscriptions/lineitems/search"
    found = shop.api.post(search, {"subscription_ids": [made["id"]]}).json
    assert [item["price_id"] for item in found["items"]] == prices
    expanded = shop.api.post(search, {"price_ids": prices[:1], "expand": "prices.meters"}).json
    assert expanded["items"][0]["price"]["meter"]["id"] == shop.meter


@pytest.mark.parametrize(
    ("start", "charged"),
    [
        ("2026-04-16T00:00:00Z", ("10", "2026-04-16T00:00:00Z", "2026-05-01T00:00:00Z")),
        ("2026-05-31T23:59:59Z", None),
        ("2026-06-16T00:00:00Z", ("10", "2026-06-16T00:00:00Z", "2026-07-01T00:00:00Z")),
    ],
)
def test_an_added_item_can_be_charged_for_the_rest_of_its_period(
    shop: Any, start: str, charged: tuple[str, str, str] | None
) -> None:
    made, side = shop.made(), shop.fixed_price(shop.new_plan("Side"), amount="20")
    body = {"price_id": side, "start_date": start, "proration_behavior": "create_prorations"}
    shop.api.made(f"/v1/subscriptions/{made['id']}/lineitems", body)
    found = shop.api.get(f"/v1/invoices?subscription_id={made['id']}&invoice_type=ONE_OFF").json["items"]
    assert [(row["total"], row["period_start"], row["period_end"]) for row in found] == ([charged] if charged else [])


def test_prorations_need_a_date_in_reach(shop: Any) -> None:
    made, side = shop.made(), shop.fixed_price(shop.new_plan("Side"), amount="20")
    body = {"price_id": side, "proration_behavior": "create_prorations", "start_date": "2060-01-01T00:00:00Z"}
    refused = shop.api.post(f"/v1/subscriptions/{made['id']}/lineitems", body)
    assert refused.details["known_period_end"] == "2026-05-01T00:00:00Z"
