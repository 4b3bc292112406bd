"""Updating prices: what carries over to a new version, what changes in place
(behaviour/prices-and-meters#updating-a-price)."""

from __future__ import annotations

from typing import Any

import pytest

TIERS = [{"up_to": None, "unit_amount": "2"}]
CARRIED: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("flat keeps amount", {}, {"transform_quantity": {"divide_by": 5}}, {"amount": "0.04"}),
    ("flat resets transform", {}, {"transform_quantity": {"divide_by": 5}}, {"transform_quantity": {"divide_by": 1}}),
    ("flat drops tiers", {}, {"tiers": TIERS, "tier_mode": "SLAB"}, {"tiers": None, "tier_mode": None}),
    ("flat to package", {}, {"billing_model": "PACKAGE"}, {"transform_quantity": {"divide_by": 1}, "amount": "0.04"}),
    ("flat to tiered", {}, {"billing_model": "TIERED", "tiers": TIERS, "amount": "9"}, {"amount": "0"}),
    (
        "package keeps its size",
        {"billing_model": "PACKAGE", "transform_quantity": {"divide_by": 10, "round": "down"}},
        {"amount": "5"},
        {"amount": "5", "transform_quantity": {"divide_by": 10, "round": "down"}},
    ),
    (
        "tiered keeps tiers",
        {"billing_model": "TIERED", "tiers": TIERS},
        {"tier_mode": "VOLUME"},
        {"tiers": TIERS, "tier_mode": "VOLUME"},
    ),
]


@pytest.mark.parametrize(("price", "change", "shown"), [row[1:] for row in CARRIED], ids=[row[0] for row in CARRIED])
def test_new_version(any_shop: Any, price: dict[str, Any], change: dict[str, Any], shown: dict[str, Any]) -> None:
    first = any_shop.made(any_shop.usage(**price))
    reply = any_shop.api.put(f"/v1/prices/{first['id']}", change)
    assert reply.status == 200, reply.text
    assert reply.json["id"] != first["id"]
    assert {name: reply.json.get(name) for name in shown} == shown


def test_custom_amounts_are_converted_again(any_shop: Any) -> None:
    any_shop.unit()
    first = any_shop.made(any_shop.custom())["id"]
    newer = any_shop.api.put(f"/v1/prices/{first}", {"price_unit_amount": "250"}).json
    assert (newer["amount"], newer["display_price_unit_amount"]) == ("2.5", "cr250")


def test_a_refused_version_leaves_the_price_open(any_shop: Any) -> None:
    price = any_shop.made(any_shop.usage())["id"]
    assert any_shop.api.put(f"/v1/prices/{price}", {"amount": "-1"}).status == 400
    assert any_shop.api.put(f"/v1/prices/{price}", {"billing_model": "TIERED"}).status == 400
    assert "end_date" not in any_shop.get(price)


def test_lookup_key_moves_to_the_new_version(any_shop: Any) -> None:
    first = any_shop.made(any_shop.usage(lookup_key="k"))["id"]
    newer = any_shop.api.put(f"/v1/prices/{first}", {"amount": "1"}).json
    assert any_shop.api.get("/v1/prices/lookup/k").json["id"] == newer["id"]


def test_version_with_a_taken_key(any_shop: Any) -> None:
    any_shop.made(any_shop.usage(lookup_key="taken"))
    price = any_shop.made(any_shop.usage())["id"]
    reply = any_shop.api.put(f"/v1/prices/{price}", {"amount": "1", "lookup_key": "taken"})
    assert (reply.status, reply.code) == (409, "already_exists")
    assert "end_date" not in any_shop.get(price)


def test_in_place_with_a_taken_key(shop: Any, documented_shop: Any) -> None:
    for each, status in ((shop, 500), (documented_shop, 409)):
        each.made(each.usage(lookup_key="taken"))
        price = each.made(each.usage())["id"]
        assert each.api.put(f"/v1/prices/{price}", {"lookup_key": "taken"}).status == status


def test_empty_texts_keep_and_metadata_replaces(any_shop: Any) -> None:
    made = any_shop.made(any_shop.usage(description="d", lookup_key="k", metadata={"a": "1"}))
    body = {"description": "", "lookup_key": "", "metadata": {"b": "2"}, "currency": "eur"}
    changed = any_shop.api.put(f"/v1/prices/{made['id']}", body).json
    assert (changed["description"], changed["lookup_key"], changed["metadata"]) == ("d", "k", {"b": "2"})
    assert (changed["currency"], changed["updated_at"]) == ("usd", made["updated_at"])


def test_both_kinds_of_amount(any_shop: Any) -> None:
    reply = any_shop.api.put("/v1/prices/none", {"amount": "1", "price_unit_amount": "1"})
    assert reply.status == 400
    assert reply.details == {
        "has_amount": True,
        "has_tiers": False,
        "has_price_unit_amount": True,
        "has_price_unit_tiers": False,
    }


def test_ending_before_the_start(any_shop: Any) -> None:
    price = any_shop.made(any_shop.usage(start_date="2026-03-01T00:00:00Z"))["id"]
    reply = any_shop.api.delete(f"/v1/prices/{price}", {"end_date": "2026-02-01T02:00:00+02:00"})
    assert reply.status == 400
    assert reply.details == {
        "price_id": price,
        "start_date": "2026-03-01T00:00:00Z",
        "end_date": "2026-02-01T00:00:00Z",
    }
