"""Listing prices, where hardly anything is validated (behaviour/prices-and-meters#listing-prices,
behaviour/http#lists)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def three(any_shop: Any) -> list[str]:
    """Ids of three prices, oldest first: usage at 20, at 3, and a fixed one at 7."""
    made = [
        any_shop.usage(amount="20"),
        any_shop.usage(amount="3", billing_period="ANNUAL"),
        any_shop.fixed(amount="7"),
    ]
    return [any_shop.made(body)["id"] for body in made]


def test_newest_first_and_page(any_shop: Any, three: list[str]) -> None:
    reply = any_shop.api.get("/v1/prices?limit=2")
    assert [item["id"] for item in reply.json["items"]] == [three[2], three[1]]
    assert reply.json["pagination"] == {"total": 3, "limit": 2, "offset": 2}
    assert any_shop.listed(limit=2, offset=2) == [three[0]]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("limit=-1", {"total": 3, "limit": -1, "offset": -1}),
        ("limit=-1&offset=-1", {"total": 3, "limit": -1, "offset": -2}),
        ("offset=-1", {"total": 3, "limit": 50, "offset": 49}),
        ("limit=5000", {"total": 3, "limit": 5000, "offset": 5000}),
        ("limit=0", {"total": 3, "limit": 50, "offset": 50}),
    ],
)
def test_wild_pages(any_shop: Any, three: list[str], query: str, shown: dict[str, int]) -> None:
    reply = any_shop.api.get(f"/v1/prices?{query}")
    assert len(reply.json["items"]) == 3
    assert reply.json["pagination"] == shown


def test_limits_at_the_edge_of_64_bits(any_shop: Any) -> None:
    low = -(2**63)
    reply = any_shop.api.post("/v1/prices/search", {"limit": low, "offset": low})
    assert (reply.status, reply.json["pagination"]["offset"]) == (200, 0)


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ({"sort": "amount", "order": "asc"}, [1, 2, 0]),
        ({"sort": "value", "order": "up"}, [0, 2, 1]),
        ({"filters": [{"field": "value", "operator": "gt", "value": {"number": 5}}]}, [2, 0]),
        ({"filters": [{"field": "type", "operator": "eq", "value": {"string": "USAGE"}}]}, [1, 0]),
        ({"billing_periods": ["ANNUAL"]}, [1]),
        ({"entity_type": ""}, []),
    ],
)
def test_sorting_and_filtering(any_shop: Any, three: list[str], body: dict[str, Any], order: list[int]) -> None:
    assert any_shop.listed(**body) == [three[index] for index in order]


def test_own_filters(any_shop: Any, three: list[str]) -> None:
    assert any_shop.listed(meter_ids=[any_shop.meter]) == [three[1], three[0]]
    assert any_shop.listed(price_ids=[three[0]]) == [three[0]]
    assert any_shop.listed(start_date_lt="2000-01-01T00:00:00Z") == []


@pytest.mark.parametrize("name", ["Meters", "plan.x", "meters,", "prices"])
def test_names_that_cannot_be_expanded(any_shop: Any, name: str) -> None:
    assert any_shop.api.get(f"/v1/prices?expand={name}").status == 400


def test_archived_units_and_plans_are_not_embedded(any_shop: Any) -> None:
    unit = any_shop.unit()["id"]
    price = any_shop.made(any_shop.custom())["id"]
    everything = {"expand": "plan,priceunit"}
    item = any_shop.api.post("/v1/prices/search", everything).json["items"][0]
    assert (item["pricing_unit"]["id"], item["plan"]["id"]) == (unit, any_shop.plan)
    any_shop.api.delete(f"/v1/plans/{any_shop.plan}")
    assert "plan" not in any_shop.api.post("/v1/prices/search", everything).json["items"][0]
    assert any_shop.get(price)["pricing_unit"]["id"] == unit


def test_documented_filters_narrow(documented_shop: Any) -> None:
    shop = documented_shop
    first = shop.made(shop.usage())["id"]
    assert shop.listed(plan_ids=["nope"]) == []
    assert shop.listed(plan_ids=[shop.plan]) == [first]
    newer = shop.api.put(f"/v1/prices/{first}", {"amount": "1"}).json["id"]
    assert shop.listed(parent_price_id=first) == [newer]
    assert shop.listed(subscription_id="subs_x") == []
