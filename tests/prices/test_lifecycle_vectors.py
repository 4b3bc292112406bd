"""Ending, updating and listing prices: worked examples 44-58 of behaviour/prices-and-meters#worked-examples, as the
real server answers."""

from __future__ import annotations

from typing import Any


def put(shop: Any, price_id: str, **body: Any) -> Any:
    return shop.api.put(f"/v1/prices/{price_id}", body)


def end(shop: Any, price_id: str, **body: Any) -> Any:
    return shop.api.delete(f"/v1/prices/{price_id}", body)


def test_44_ending_needs_a_body(shop: Any) -> None:
    assert shop.api.delete("/v1/prices/x").status == 400
    reply = end(shop, "x")
    assert (reply.status, reply.details) == (404, {"price_id": "x"})


def test_45_46_ending_a_price(shop: Any) -> None:
    price = shop.made(shop.usage(lookup_key="k"))["id"]
    first = end(shop, price)
    assert (first.status, first.json) == (200, {"message": "price deleted successfully"})
    second = end(shop, price)
    assert (second.status, set(second.details)) == (400, {"price_id", "end_date"})
    assert shop.get(price)["status"] == "published"
    assert shop.listed(entity_ids=[shop.plan]) == []
    assert shop.listed(entity_ids=[shop.plan], allow_expired_prices=True) == [price]
    assert shop.api.get("/v1/prices/lookup/k").status == 404


def test_47_renaming_keeps_the_price(shop: Any) -> None:
    price = shop.made(shop.usage())["id"]
    reply = put(shop, price, display_name="x")
    assert (reply.status, reply.json["id"], reply.json["display_name"]) == (200, price, "x")
    assert reply.json["sequence"] == shop.get(price)["sequence"]


def test_48_49_50_versions(shop: Any) -> None:
    first = shop.made(shop.usage())["id"]
    second = put(shop, first, amount="0.05").json
    assert second["id"] != first
    assert (second["amount"], second["parent_price_id"]) == ("0.05", first)
    old = shop.get(first)
    assert shop.get(second["id"])["start_date"] == old["end_date"]
    reply = put(shop, first, amount="0.06")
    assert (reply.status, reply.details) == (400, {"price_id": first})
    third = put(shop, second["id"], amount="0.07").json
    assert third["parent_price_id"] == first


def test_51_effective_from_alone(shop: Any) -> None:
    price = shop.made(shop.usage())["id"]
    assert put(shop, price, effective_from="2099-01-01T00:00:00Z").status == 400


def test_52_version_before_the_price(shop: Any) -> None:
    price = shop.made(shop.usage(start_date="2026-05-01T00:00:00Z"))["id"]
    reply = put(shop, price, amount="1", effective_from="2026-04-15T00:00:00Z")
    assert reply.status == 400
    assert reply.details == {
        "price_id": price,
        "effective_from": "2026-04-15T00:00:00Z",
        "price_start_date": "2026-05-01T00:00:00Z",
    }


def test_53_unit_fields_on_a_fiat_price(shop: Any) -> None:
    price = shop.made(shop.usage())["id"]
    reply = put(shop, price, price_unit_amount="1")
    assert (reply.status, reply.details["existing_price_unit_type"]) == (400, "FIAT")


def test_54_default_page(shop: Any) -> None:
    reply = shop.api.post("/v1/prices/search", {})
    assert (reply.status, reply.json) == (200, {"items": [], "pagination": {"total": 0, "limit": 50, "offset": 50}})


def test_55_plan_ids_do_not_narrow(shop: Any) -> None:
    price = shop.made(shop.usage())["id"]
    assert shop.listed(plan_ids=["nope"]) == [price]


def test_56_expanding(shop: Any) -> None:
    shop.made(shop.usage())
    item = shop.api.post("/v1/prices/search", {"expand": "meters,plan"}).json["items"][0]
    assert (item["meter"]["id"], item["plan"]["id"]) == (shop.meter, shop.plan)
    refused = shop.api.post("/v1/prices/search", {"expand": "plans"})
    assert (refused.status, refused.details) == (400, {"field": "plans"})


def test_57_sorting_by_an_unknown_column(shop: Any) -> None:
    reply = shop.api.post("/v1/prices/search", {"sort": "nope"})
    assert (reply.status, reply.code) == (500, "database_error")


def test_58_searching_without_a_body(shop: Any) -> None:
    assert shop.api.post("/v1/prices/search").status == 400
