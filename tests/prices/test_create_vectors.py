"""POST /v1/prices and /bulk: the worked examples of behaviour/prices-and-meters#worked-examples, by number, as the real
server answers."""

from __future__ import annotations

from typing import Any

import pytest

TIERS = [{"up_to": 10, "unit_amount": "1"}, {"up_to": None, "unit_amount": 0.5}]
TIERED = {"billing_model": "TIERED", "amount": ..., "tiers": TIERS, "tier_mode": "SLAB"}
PACKAGE = {"billing_model": "PACKAGE"}

CREATED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "01",
        "usage",
        {},
        {
            "currency": "usd",
            "display_amount": "$0.04",
            "price_unit_amount": "0",
            "conversion_rate": "1",
            "sequence": None,
            "filter_values": None,
            "billing_cadence": "RECURRING",
            "display_name": "Image count",
            "transform_quantity": {"divide_by": 1},
            "metadata": {},
        },
    ),
    ("04", "usage", {"price_unit_type": ...}, {"price_unit_type": "FIAT"}),
    ("05", "usage", {"price_unit_type": "BTC"}, {"price_unit_type": "BTC"}),
    ("06a", "usage", {"billing_cadence": "ONETIME"}, {"billing_cadence": "RECURRING"}),
    ("06b", "usage", {"billing_cadence": 42}, {"billing_cadence": "RECURRING"}),
    ("09", "usage", {"filter_values": {"model": ["x"]}}, {"filter_values": None}),
    ("18", "usage", {"amount": 0}, {"amount": "0", "display_amount": "$0"}),
    ("19", "usage", {"amount": "1e-5"}, {"amount": "0.00001", "display_amount": "$0.00001"}),
    (
        "23",
        "usage",
        {"transform_quantity": {"divide_by": 1, "round": "up"}},
        {"transform_quantity": {"divide_by": 1, "round": "up"}},
    ),
    (
        "29",
        "usage",
        TIERED,
        {
            "amount": "0",
            "display_amount": "$0",
            "tiers": [{"up_to": 10, "unit_amount": "1"}, {"up_to": None, "unit_amount": "0.5"}],
            "tier_mode": "SLAB",
        },
    ),
    ("30", "usage", {**TIERED, "tier_mode": ...}, {"tier_mode": None}),
    ("33b", "fixed", {"billing_period": "ONETIME"}, {"billing_period": "ONETIME"}),
    (
        "34",
        "fixed",
        {"meter_id": "anything", "min_quantity": 5, "trial_period_days": 14},
        {"meter_id": "", "min_quantity": "5", "trial_period_days": 14, "display_name": "Pro"},
    ),
]


@pytest.mark.parametrize(("base", "changes", "shown"), [row[1:] for row in CREATED], ids=[row[0] for row in CREATED])
def test_created(shop: Any, base: str, changes: dict[str, Any], shown: dict[str, Any]) -> None:
    reply = shop.post(getattr(shop, base)(**changes))
    assert reply.status == 201, reply.text
    assert {name: reply.json.get(name) for name in shown} == shown


REFUSED: list[tuple[str, str, dict[str, Any], int, dict[str, Any]]] = [
    ("03", "usage", {"billing_period_count": ...}, 400, {"billing_period_count": 0}),
    ("07", "usage", {"filter_values": {"model": "x"}}, 400, {}),
    ("08", "usage", {"filter_values": {"generate_audio": [False]}}, 400, {}),
    (
        "10",
        "usage",
        {"entity_type": "plan"},
        400,
        {"price_entity_type": "plan", "allowed": ["PLAN", "SUBSCRIPTION", "ADDON", "PRICE", "COSTSHEET"]},
    ),
    ("13", "usage", {"entity_id": "plan_no", "meter_id": "meter_no"}, 404, {"plan_id": "plan_no"}),
    ("15", "usage", {"meter_id": ""}, 400, {}),
    ("16a", "usage", {"amount": -1, "entity_id": "plan_no"}, 404, {"plan_id": "plan_no"}),
    ("16b", "usage", {"amount": -1}, 400, {"amount": "-1"}),
    ("17a", "usage", {"amount": ...}, 400, {}),
    ("17b", "usage", {"amount": ""}, 400, {}),
    (
        "20",
        "usage",
        {"invoice_cadence": "ADVANCE"},
        400,
        {"price_type": "USAGE", "invoice_cadence": "ADVANCE", "allowed": ["ARREAR"]},
    ),
    ("21", "usage", {"min_quantity": 0}, 400, {}),
    ("22", "usage", {"trial_period_days": 7}, 400, {}),
    ("24", "usage", {"transform_quantity": {"round": "up"}}, 400, {"divide_by": 0}),
    ("25", "usage", {**PACKAGE, "transform_quantity": {"divide_by": 0}}, 400, {"divide_by": 0}),
    ("26", "usage", PACKAGE, 400, {}),
    (
        "27",
        "usage",
        {**PACKAGE, "transform_quantity": {"divide_by": 1000, "round": "nearest"}},
        400,
        {"round_type": "nearest", "allowed": ["up", "down"]},
    ),
    ("28", "usage", {"billing_model": "TIERED"}, 400, {}),
    (
        "31",
        "usage",
        {**TIERED, "tier_mode": "GRADUATED"},
        400,
        {"billing_tier": "GRADUATED", "allowed": ["VOLUME", "SLAB"]},
    ),
    (
        "32",
        "usage",
        {**TIERED, "tiers": [TIERS[0], {"unit_amount": "-1"}]},
        400,
        {"tier_index": 1, "field_name": "tiers", "unit_amount": "-1"},
    ),
    ("33a", "fixed", {"billing_period": "ONETIME", "invoice_cadence": "ARREAR"}, 400, {}),
    (
        "35",
        "fixed",
        {"price_unit_config": {"price_unit": "abc", "amount": "10"}},
        400,
        {"price_unit_type": "FIAT", "has_price_unit_config": True},
    ),
]


@pytest.mark.parametrize(
    ("base", "changes", "status", "details"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(shop: Any, base: str, changes: dict[str, Any], status: int, details: dict[str, Any]) -> None:
    reply = shop.post(getattr(shop, base)(**changes))
    assert (reply.status, reply.details) == (status, details)


def test_02_read_by_id_adds_meter_and_sequence(shop: Any) -> None:
    found = shop.get(shop.made(shop.usage())["id"])
    assert found["meter"]["id"] == shop.meter
    assert found["sequence"] > 0
    assert "filter_values" not in found


def test_11_currency_of_two_letters(shop: Any) -> None:
    reply = shop.post(shop.usage(currency="US"))
    assert (reply.status, list(reply.details)) == (400, ["Currency"])
    assert "'len' tag" in reply.details["Currency"]


def test_12_nothing_given(shop: Any) -> None:
    reply = shop.post({})
    assert reply.status == 400
    assert set(reply.details) == {
        "Currency",
        "EntityType",
        "EntityID",
        "Type",
        "BillingPeriod",
        "BillingModel",
        "InvoiceCadence",
    }


def test_14_unknown_meter(shop: Any) -> None:
    reply = shop.post(shop.usage(meter_id="meter_img_count"))
    assert (reply.status, reply.code) == (404, "not_found")
    assert reply.details["meter_id"] == "meter_img_count"
    assert set(reply.details) == {"meter_id", "tenant_id"}


def test_36_custom_unit(shop: Any) -> None:
    unit = shop.unit()
    made = shop.made(shop.custom())
    expected = {
        "amount": "1",
        "display_amount": "$1",
        "price_unit": "abc",
        "price_unit_id": unit["id"],
        "price_unit_amount": "100",
        "display_price_unit_amount": "cr100",
        "conversion_rate": "0.01",
    }
    assert {name: made[name] for name in expected} == expected


def test_37_custom_unit_in_capital_currency(shop: Any) -> None:
    shop.unit()
    reply = shop.post(shop.custom(currency="USD"))
    assert (reply.status, reply.details) == (400, {"price_unit_base_currency": "usd", "price_currency": "USD"})


def test_38_long_unit_code(shop: Any) -> None:
    reply = shop.post(shop.custom(code="CREDIT"))
    assert (reply.status, list(reply.details)) == (400, ["PriceUnit"])
    assert "'len' tag" in reply.details["PriceUnit"]


def test_39_taken_lookup_key(shop: Any) -> None:
    shop.made(shop.usage(lookup_key="k"))
    single = shop.post(shop.usage(lookup_key="k"))
    assert (single.status, single.code, single.details["lookup_key"]) == (409, "already_exists", "k")
    bulk = shop.bulk(shop.usage(lookup_key="k"))
    assert (bulk.status, bulk.code) == (500, "database_error")
    assert shop.bulk(shop.usage(lookup_key="n"), shop.usage(lookup_key="n")).status == 500
    assert len(shop.listed()) == 1


@pytest.mark.parametrize("number", [0, 101])
def test_40_bulk_size(shop: Any, number: int) -> None:
    assert shop.bulk(*[shop.usage()] * number).status == 400


def test_41_bulk_names_the_bad_item(shop: Any) -> None:
    reply = shop.bulk(shop.usage(), shop.usage(amount=...))
    assert (reply.status, reply.details) == (400, {"index": 1})
    assert shop.listed() == []


def test_42_bulk_with_an_unknown_meter_writes_nothing(shop: Any) -> None:
    assert shop.bulk(shop.usage(), shop.usage(), shop.usage(meter_id="no")).status == 404
    assert shop.listed() == []


def test_43_bulk_echoes_the_currency(shop: Any) -> None:
    reply = shop.bulk(shop.usage(), shop.usage(amount="0.60"))
    assert reply.status == 201
    assert [item["currency"] for item in reply.json["items"]] == ["USD", "USD"]
    assert [item["amount"] for item in reply.json["items"]] == ["0.04", "0.6"]
    assert not any("price_unit_amount" in item or "sequence" in item for item in reply.json["items"])
    assert shop.get(reply.json["items"][0]["id"])["currency"] == "usd"
