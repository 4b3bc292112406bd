"""Worked numbers of usage costs: behaviour/rating#worked-flat-fees, over the usage question and the preview."""

from __future__ import annotations

from typing import Any

import pytest

T = [
    {"up_to": 1000, "unit_amount": "0.10"},
    {"up_to": 5000, "unit_amount": "0.08"},
    {"up_to": None, "unit_amount": "0.05"},
]
F = [
    {"up_to": 100, "unit_amount": "0", "flat_amount": "10"},
    {"up_to": 200, "unit_amount": "0.5", "flat_amount": "5"},
    {"up_to": None, "unit_amount": "0.25", "flat_amount": "2"},
]


def flat(amount: str, **changes: Any) -> dict[str, Any]:
    return {"amount": amount, **changes}


def package(round_: str, amount: str = "5", divide_by: int = 1000) -> dict[str, Any]:
    transform = {"divide_by": divide_by, "round": round_}
    return {"billing_model": "PACKAGE", "amount": amount, "transform_quantity": transform}


def tiers(mode: str, listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {"billing_model": "TIERED", "tier_mode": mode, "tiers": listed}


ONE_PRICE = [
    ("1", flat("0.04"), 1, 0.04),
    ("2", flat("0.0000012"), 982344, 1.18),
    ("3", flat("0.0000024"), 982344, 2.36),
    ("5", flat("0.00001"), 1200, 0.01),
    ("6", flat("0.00004"), 4160, 0.17),
    ("8a", flat("0.0000012"), 4166, 0),
    ("8b", flat("0.0000012"), 4167, 0.01),
    ("9a", flat("0.005"), 1, 0.01),
    ("9b", flat("0.005"), 3, 0.02),
    ("9c", flat("0.005"), 5, 0.03),
    ("10a", flat("0.125"), 1, 0.13),
    ("10b", flat("0.135"), 1, 0.14),
    ("11a", flat("0.5", currency="jpy"), 1, 1),
    ("11b", flat("0.5", currency="jpy"), 3, 2),
    ("12-jpy", flat("0.0000012", currency="jpy"), 982344, 1),
    ("12-kwd", flat("0.0000012", currency="kwd"), 982344, 1.179),
    ("12-clf", flat("0.0000012", currency="clf"), 982344, 1.1788),
    ("12-bhd", flat("0.0000012", currency="bhd"), 982344, 1.18),
    ("13a", flat("0.0005", currency="kwd"), 1, 0.001),
    ("13b", flat("0.00005", currency="clf"), 1, 0.0001),
    ("14", flat("0.0000012"), "1000000000001", 1200000),
    ("16", flat("0.000000000000001"), "123456789012", 0),
    ("17", flat("0.04"), "1.12345678", 0.04),
    ("19", flat("0.00001", transform_quantity={"divide_by": 1, "round": "up"}), 1200.5, 0.01),
    ("20", flat("7"), 0, 0),
    ("21", package("up"), 1, 5),
    ("22", package("up"), 1000, 5),
    ("23", package("up"), "1000.000001", 10),
    ("24", package("up"), 1001, 10),
    ("25", package("down"), 999, 0),
    ("26a", package("down"), 1999, 5),
    ("26b", package("down"), 2000, 10),
    ("26c", package("down"), 2500, 10),
    ("27", package("up"), 0, 0),
    ("28", package("up", divide_by=1), 0.5, 5),
    ("29", package("up", amount="0.0015"), 1234567, 1.85),
    ("30", package("up", divide_by=1_000_000_000), "0.00000001", 0),
]
VOLUME_AND_SLAB = [
    ("32", T, 0, 0, 0),
    ("33", T, 1, 0.1, 0.1),
    ("34", T, 1000, 100, 100),
    ("35", T, "1000.000001", 80, 100),
    ("36", T, 1000.5, 80.04, 100.04),
    ("37", T, 1001, 80.08, 100.08),
    ("38", T, 5000, 400, 420),
    ("39", T, 5000.25, 250.01, 420.01),
    ("40", T, 10000, 500, 670),
    ("41", T, 982344, 49117.2, 49287.2),
    ("42", F, 0, 0, 0),
    ("43", F, "0.000001", 10, 10),
    ("44", F, 100, 10, 10),
    ("45", F, 100.5, 55.25, 15.25),
    ("46", F, 101, 55.5, 15.5),
    ("47", F, 200, 105, 65),
    ("48", F, 201, 52.25, 67.25),
    ("49", F, 350.75, 89.69, 104.69),
    ("50", [{"up_to": 10, "unit_amount": "1"}, {"up_to": 20, "unit_amount": "0.5"}], 25, 12.5, 15),
    ("51", [{"up_to": 0, "unit_amount": "9", "flat_amount": "3"}, {"up_to": None, "unit_amount": "1"}], 4, 4, 7),
]


@pytest.mark.parametrize(
    ("price", "quantity", "billed"), [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in ONE_PRICE]
)
def test_one_price(shop: Any, price: dict[str, Any], quantity: Any, billed: float) -> None:
    shop.price(shop.meter(), **price)
    subscription = shop.subscribe(currency=price.get("currency", "usd"))
    shop.use(q=quantity)
    usage, preview = shop.usage(subscription), shop.preview(subscription)
    assert usage["amount"] == usage["charges"][0]["amount"] == billed
    assert float(preview["subtotal"]) == float(preview["line_items"][0]["amount"]) == billed


@pytest.mark.parametrize(
    ("listed", "quantity", "volume", "slab"), [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in VOLUME_AND_SLAB]
)
def test_tiers(shop: Any, listed: list[dict[str, Any]], quantity: Any, volume: float, slab: float) -> None:
    for name, mode in (("v", "VOLUME"), ("s", "SLAB")):
        shop.price(shop.meter(name), **tiers(mode, listed))
    subscription = shop.subscribe()
    shop.use(v=quantity, s=quantity)
    charges = {each["meter_display_name"]: each["amount"] for each in shop.usage(subscription)["charges"]}
    assert charges == {"v": volume, "s": slab}
    assert [float(line["amount"]) for line in shop.preview(subscription)["line_items"]] == [volume, slab]


def test_no_tier_mode_costs_nothing(shop: Any) -> None:
    """06-16-52"""
    shop.price(shop.meter(), billing_model="TIERED", tiers=T)
    subscription = shop.subscribe()
    shop.use(q=2500)
    assert shop.usage(subscription)["amount"] == 0


@pytest.mark.parametrize(
    ("prices", "quantity", "amount", "subtotal"),
    [
        pytest.param(["0.0000012", "0.0000024"], 982344, 3.54, "3.54", id="06-16-4"),
        pytest.param(["0.004", "0.004", "0.004"], 1, 0.01, "0", id="06-16-18"),
    ],
)
def test_the_usage_answer_rounds_once_and_an_invoice_each_line(
    upstream_shop: Any, prices: list[str], quantity: int, amount: float, subtotal: str
) -> None:
    """Several prices on one meter, which all bill its usage on the real server only."""
    shop = upstream_shop
    meter = shop.meter()
    for price in prices:
        shop.price(meter, amount=price)
    subscription = shop.subscribe()
    shop.use(q=quantity)
    assert shop.usage(subscription)["amount"] == amount
    assert shop.preview(subscription)["subtotal"] == subtotal


def test_two_meters_add_up(shop: Any) -> None:
    """06-16-7, 04-20-59"""
    shop.price(shop.meter("a"), amount="0.00001")
    shop.price(shop.meter("b"), amount="0.00004")
    subscription = shop.subscribe()
    shop.use(a=1200, b=4160)
    usage = shop.usage(subscription)
    assert (usage["amount"], usage["display_amount"]) == (0.18, "$0.18")
    assert [each["amount"] for each in usage["charges"]] == [0.01, 0.17]


BUCKETED = [
    ("53", flat("0.004"), [120, 0, 80], 200, "0.8"),
    ("54", package("up", divide_by=100), [120, 0, 80], 200, "15"),
    ("55", tiers("SLAB", T), [1200, 800], 2000, "196"),
    ("56", tiers("SLAB", F), [120, 0, 80], 200, "45"),
    ("57", flat("0.001"), [0.9] * 5, 4.5, "0"),
]


@pytest.mark.parametrize(
    ("price", "buckets", "quantity", "billed"), [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in BUCKETED]
)
def test_buckets_are_priced_alone(
    shop: Any, price: dict[str, Any], buckets: list[float], quantity: float, billed: str
) -> None:
    shop.price(shop.meter(bucket_size="DAY"), **price)
    subscription = shop.subscribe()
    for day, value in enumerate(buckets, start=2):
        shop.use(at=f"2026-04-{day:02d}T10:00:00Z", q=value)
    usage, preview = shop.usage(subscription), shop.preview(subscription)
    assert (usage["charges"][0]["quantity"], usage["amount"]) == (quantity, float(billed))
    assert preview["subtotal"] == billed


def test_a_bucketed_meter_with_an_allowance_is_priced_as_one_quantity(shop: Any) -> None:
    """06-16-58"""
    meter = shop.meter(bucket_size="DAY")
    shop.price(meter, **package("up", divide_by=100))
    shop.entitle(meter, 150)
    subscription = shop.subscribe()
    for day, value in ((2, 120), (3, 0), (4, 80)):
        shop.use(at=f"2026-04-{day:02d}T10:00:00Z", q=value)
    line = shop.preview(subscription)["line_items"][0]
    assert (line["quantity"], line["amount"], line["adjusted_entitlement_quantity"]) == ("50", "5", "150")
