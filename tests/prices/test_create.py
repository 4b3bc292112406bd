"""What creating a price means beyond the worked examples (behaviour/prices-and-meters#creating-a-price)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("base", "period", "cadence", "status"),
    [
        ("fixed", "MONTHLY", "ARREAR", 201),
        ("fixed", "MONTHLY", "ADVANCE", 201),
        ("fixed", "ONETIME", "ARREAR", 400),
        ("fixed", "ONETIME", "ADVANCE", 201),
        ("usage", "DAILY", "ARREAR", 201),
        ("usage", "DAILY", "ADVANCE", 400),
        ("usage", "ONETIME", "ARREAR", 400),
        ("usage", "ONETIME", "ADVANCE", 400),
    ],
)
def test_type_cadence_and_period(any_shop: Any, base: str, period: str, cadence: str, status: int) -> None:
    body = getattr(any_shop, base)(billing_period=period, invoice_cadence=cadence)
    assert any_shop.post(body).status == status


@pytest.mark.parametrize(
    ("entity_type", "key"),
    [
        ("PLAN", "plan_id"),
        ("ADDON", "addon_id"),
        ("SUBSCRIPTION", "subscription_id"),
        ("COSTSHEET", "costsheet_id"),
    ],
)
def test_unknown_entity(any_shop: Any, entity_type: str, key: str) -> None:
    reply = any_shop.post(any_shop.fixed(entity_type=entity_type, entity_id="none"))
    assert (reply.status, reply.details) == (404, {key: "none"})


def test_a_price_cannot_belong_to_a_price(any_shop: Any) -> None:
    reply = any_shop.post(any_shop.fixed(entity_type="PRICE"))
    assert (reply.status, reply.details) == (400, {"entity_type": "PRICE"})


def test_amounts_are_rounded_by_storage_only(any_shop: Any) -> None:
    made = any_shop.made(any_shop.usage(amount="0.1234567890123456789"))
    assert made["amount"] == "0.1234567890123456789"
    found = any_shop.get(made["id"])
    assert (found["amount"], found["display_amount"]) == ("0.123456789012346", "$0.1234567890123456789")


def test_times_are_echoed_and_stored_as_utc(any_shop: Any) -> None:
    made = any_shop.made(any_shop.usage(start_date="2026-03-01T00:00:00+05:30"))
    assert made["start_date"] == "2026-03-01T00:00:00+05:30"
    assert any_shop.get(made["id"])["start_date"] == "2026-02-28T18:30:00Z"


@pytest.mark.parametrize(
    ("currency", "shown"), [("EUR", "€0.04"), ("kwd", "KD0.04"), ("aud", "AUS0.04"), ("xyz", "XYZ0.04")]
)
def test_display_amount(any_shop: Any, currency: str, shown: str) -> None:
    assert any_shop.made(any_shop.usage(currency=currency))["display_amount"] == shown


def test_custom_tiers_are_converted(any_shop: Any) -> None:
    any_shop.unit()
    tiers = [{"up_to": 10, "unit_amount": "100"}, {"unit_amount": "50", "flat_amount": "1000"}]
    config = {"price_unit": "abc", "price_unit_tiers": tiers}
    made = any_shop.made(any_shop.custom(billing_model="TIERED", tier_mode="SLAB", price_unit_config=config))
    assert made["tiers"] == [
        {"up_to": 10, "unit_amount": "1"},
        {"up_to": None, "unit_amount": "0.5", "flat_amount": "10"},
    ]
    assert made["price_unit_tiers"][1] == {"up_to": None, "unit_amount": "50", "flat_amount": "1000"}
    assert (made["amount"], made["price_unit_amount"]) == ("0", "0")


def test_start_may_equal_end_but_not_follow_it(any_shop: Any) -> None:
    day, next_day = "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"
    assert any_shop.post(any_shop.usage(start_date=day, end_date=day)).status == 201
    assert any_shop.post(any_shop.usage(start_date=next_day, end_date=day)).status == 400


def test_lookup_keys_are_held_by_prices_without_an_end(any_shop: Any) -> None:
    ended = any_shop.made(any_shop.usage(lookup_key="k", end_date="2099-01-01T00:00:00Z"))
    live = any_shop.made(any_shop.usage(lookup_key="k"))
    assert ended["id"] != live["id"]
    assert any_shop.api.get("/v1/prices/lookup/k").json["id"] == live["id"]
    assert any_shop.post(any_shop.usage(lookup_key="k")).status == 409


@pytest.mark.parametrize("changes", [{"lookup_key": "x" * 256}, {"price_unit_type": "x" * 21}, {"amount": "1e10"}])
def test_values_too_large_for_storage(shop: Any, documented_shop: Any, changes: dict[str, Any]) -> None:
    assert shop.post(shop.usage(**changes)).status == 500
    assert documented_shop.post(documented_shop.usage(**changes)).status == 400


def test_an_offset_of_a_day_is_refused_by_storage(shop: Any, documented_shop: Any) -> None:
    start = "2026-03-01T00:00:00+24:00"
    assert shop.post(shop.usage(start_date=start)).status == 500
    assert documented_shop.post(documented_shop.usage(start_date=start)).status == 400


def test_groups_must_exist_and_hold_prices(any_shop: Any) -> None:
    groups = {
        kind: any_shop.api.made("/v1/groups", {"name": kind, "entity_type": kind, "lookup_key": kind})["id"]
        for kind in ("price", "feature")
    }
    assert any_shop.post(any_shop.usage(group_id="none")).details == {}
    wrong = any_shop.post(any_shop.usage(group_id=groups["feature"]))
    assert (wrong.status, wrong.details) == (400, {"group_id": groups["feature"], "entity_type": "price"})
    price = any_shop.made(any_shop.usage(group_id=groups["price"]))["id"]
    assert any_shop.get(price)["group"]["entity_ids"] is None
    assert any_shop.api.delete(f"/v1/groups/{groups['price']}").status == 204
    assert "group_id" not in any_shop.get(price)


def test_documented_filter_values_are_kept(documented_shop: Any) -> None:
    shop, values = documented_shop, {"model": ["a", "b"]}
    made = shop.made(shop.usage(filter_values=values))
    assert made["filter_values"] == values
    assert shop.get(made["id"])["filter_values"] == values
    newer = shop.api.put(f"/v1/prices/{made['id']}", {"amount": "1"}).json
    assert newer["filter_values"] == values


def test_documented_unit_codes_of_any_length(documented_shop: Any) -> None:
    documented_shop.unit("CREDIT")
    made = documented_shop.made(documented_shop.custom(code="CREDIT", currency="USD", billing_period_count=...))
    assert (made["price_unit"], made["currency"], made["billing_period_count"]) == ("CREDIT", "usd", 1)


def test_documented_bulk(documented_shop: Any) -> None:
    shop = documented_shop
    assert shop.bulk(shop.usage(lookup_key="k")).json["items"][0]["currency"] == "usd"
    taken = shop.bulk(shop.usage(), shop.usage(lookup_key="k"))
    assert (taken.status, taken.details["lookup_key"]) == (409, "k")
    assert len(shop.listed()) == 1
