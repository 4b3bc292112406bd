"""The usage answer: its shape, its windows, its order and the subscription's commitment
(behaviour/rating#quantity-of-a-meter, behaviour/rating#commitment-of-a-subscription,
behaviour/rating#the-usage-question)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import APRIL, Shop


def test_an_answer_has_one_charge_per_price(shop: Any) -> None:
    """06-18-H4, 04-20-57"""
    meter = shop.meter()
    shop.price(meter, amount="0.4", display_name="Calls")
    subscription = shop.subscribe()
    answer = shop.api.made("/v1/subscriptions/usage", {"subscription_id": subscription})
    (charge,) = answer.pop("charges")
    assert answer == {
        "amount": 0,
        "currency": "usd",
        "display_amount": "$0",
        "start_time": APRIL[0],
        "end_time": APRIL[1],
        "overage_factor": 1,
        "has_overage": False,
    }
    price = charge.pop("price")
    assert price["amount"] == "0.4"
    assert charge.pop("subscription_line_item_id").startswith("subs_line_")
    assert charge == {
        "amount": 0,
        "currency": "usd",
        "display_amount": "$0",
        "quantity": 0,
        "filter_values": {},
        "meter_id": meter,
        "meter_display_name": "q",
        "is_overage": False,
    }


def test_without_usage_items_there_are_no_charges(shop: Any) -> None:
    """06-18-H3, 04-20-58"""
    shop.price(amount="5")
    answer = shop.usage(shop.subscribe())
    assert (answer["amount"], answer["display_amount"], answer["charges"]) == (0, "", None)
    assert "overage_factor" not in answer


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({}, 400, "validation_error", id="06-18-H1"),
        pytest.param({"subscription_id": ""}, 400, "validation_error", id="empty"),
        pytest.param({"subscription_id": "sub_x"}, 404, "not_found", id="06-18-H2"),
        pytest.param({"subscription_id": "sub_x", "start_time": "april"}, 400, "validation_error", id="bad-time"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/subscriptions/usage", "/v1/invoices/preview"])
def test_refused_requests_carry_no_details(api: Any, path: str, body: dict[str, Any], status: int, code: str) -> None:
    if "preview" in path and "start_time" in body:
        body = {"subscription_id": body["subscription_id"], "period_start": body["start_time"]}
    reply = api.post(path, body)
    assert (reply.status, reply.code, reply.details) == (status, code, {})


def test_a_customer_that_is_gone_cannot_be_billed(shop: Any) -> None:
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe(subscription_status="draft")
    assert shop.api.delete(f"/v1/customers/{shop.customer}").status == 204
    reply = shop.api.post("/v1/subscriptions/usage", {"subscription_id": subscription})
    assert (reply.status, reply.code) == (400, "invalid_operation")
    assert reply.details["customer_id"] == shop.customer


@pytest.mark.parametrize(
    ("window", "quantity"),
    [
        (("2026-04-05T00:00:00Z", "2026-05-05T00:00:00Z"), 56),
        (("2026-04-10T00:00:00Z", "2026-04-10T00:00:01Z"), 8),
        (("2026-04-01T00:00:00Z", "2026-04-10T00:00:00Z"), 0),
        (("2026-05-01T00:00:00Z", "2026-04-01T00:00:00Z"), 0),
        (("2026-04-10T02:00:00+02:00", "2026-05-01T00:00:00Z"), 24),
    ],
)
def test_an_item_counts_from_its_own_start(shop: Any, window: tuple[str, str], quantity: int) -> None:
    """06-7-3, 06-7-6: start inclusive, end exclusive."""
    shop.price(shop.meter(), amount="1", start_date="2026-04-10T00:00:00Z")
    subscription = shop.subscribe(start_date="2026-04-05T00:00:00Z")
    for at, q in (
        ("2026-04-05T00:00:00Z", 2),
        ("2026-04-09T23:59:59Z", 4),
        ("2026-04-10T00:00:00Z", 8),
        ("2026-04-30T23:59:59Z", 16),
        ("2026-05-01T00:00:00Z", 32),
        ("2026-05-05T00:00:00Z", 64),
    ):
        shop.use(at=at, q=q)
    answer = shop.usage(subscription, window)
    assert answer["charges"][0]["quantity"] == quantity
    assert (answer["start_time"], answer["end_time"]) == window
    assert shop.preview(subscription, window)["line_items"][0]["quantity"] == str(quantity)


def test_lifetime_usage_reaches_from_the_beginning_to_now(shop: Any) -> None:
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe()
    shop.use(at="2026-04-02T00:00:00Z", q=3)
    shop.api.at("2026-07-01T00:00:00Z")
    shop.use(at="2026-06-02T00:00:00Z", q=4)
    shop.use(at="2026-07-02T00:00:00Z", q=5)
    body = {"subscription_id": subscription, "lifetime_usage": True, "start_time": APRIL[0], "end_time": APRIL[1]}
    answer = shop.api.made("/v1/subscriptions/usage", body)
    assert answer["charges"][0]["quantity"] == 7
    assert answer["start_time"] == "0001-01-01T00:00:00Z"
    assert answer["end_time"].startswith("2026-07-01T00:00:00")


def test_charges_come_by_meter_name_and_lines_by_creation(upstream_shop: Any) -> None:
    """06-7-5"""
    shop = upstream_shop
    late, early = shop.meter("z"), shop.meter("a")
    for meter, name in ((late, "first"), (early, "second"), (early, "third")):
        shop.price(meter, amount="1", display_name=name)
    subscription = shop.subscribe()
    charges = shop.usage(subscription)["charges"]
    assert [each["price"]["display_name"] for each in charges] == ["third", "second", "first"]
    lines = shop.preview(subscription)["line_items"]
    assert [each["display_name"] for each in lines] == ["first", "second", "third"]


def test_charges_show_the_filters_of_the_meter(shop: Any) -> None:
    body = {
        "name": "video",
        "event_name": "used",
        "aggregation": {"type": "COUNT"},
        "filters": [{"key": "audio", "values": ["false"]}],
        "reset_usage": "BILLING_PERIOD",
    }
    shop.price(shop.api.made("/v1/meters", body)["id"], amount="1")
    subscription = shop.subscribe()
    shop.use(audio=False)
    shop.use(audio=True)
    (charge,) = shop.usage(subscription)["charges"]
    assert (charge["quantity"], charge["filter_values"]) == (1, {"audio": ["false"]})


def test_price_filters_show_as_documented_only(apis: dict[str, Any]) -> None:
    """The register's entry price-filter-values-ignored, both sides, with its header."""
    found = {}
    for profile, api in apis.items():
        shop = Shop(api)
        shop.price(shop.meter(), amount="1", filter_values={"model": ["a"]})
        subscription = shop.subscribe()
        shop.use(q=3, model="a")
        shop.use(q=5, model="b")
        reply = api.post("/v1/subscriptions/usage", {"subscription_id": subscription})
        (charge,) = reply.json["charges"]
        assert "price-filter-values-ignored" in reply.headers["X-Flexprice-Mock-Divergence"]
        found[profile] = (charge["quantity"], charge["filter_values"])
    assert found == {"documented": (3, {"model": ["a"]}), "upstream": (8, {})}


TEN = {"commitment_amount": "10", "overage_factor": "1.5"}
FIVE = {"commitment_amount": "5", "overage_factor": "1.5"}
COMMITMENTS = [
    ("76", TEN, "0.01", 1500, (17.5, 10, 7.5), [(1000, 10), (500, 7.5)]),
    ("77", TEN, "0.03", 500, (17.51, 9.99, 7.515), [(333, 9.99), (167, 7.52)]),
    ("79", FIVE, "0.01", 700, (8, 5, 3), [(500, 5), (200, 3)]),
    ("80", {**FIVE, "enable_true_up": True}, "0.01", 100, (1, 1, 0), [(100, 1)]),
    ("81", {"commitment_amount": "10"}, "0.01", 1500, (15, 0, 0), [(1500, 15)]),
    ("9.1-all-over", TEN, "20", 3, (90, 0, 90), [(3, 90)]),
    ("04-12", TEN, "0.08", 200, (19, 10, 9), [(125, 10), (75, 9)]),
]


@pytest.mark.parametrize(
    ("commitment", "price", "quantity", "sums", "charges"),
    [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in COMMITMENTS],
)
def test_a_commitment_splits_what_crosses_it(
    shop: Any,
    commitment: dict[str, Any],
    price: str,
    quantity: int,
    sums: tuple[float, float, float],
    charges: list[tuple[int, float]],
) -> None:
    shop.price(shop.meter(), amount=price)
    subscription = shop.subscribe(**commitment)
    shop.use(q=quantity)
    answer = shop.usage(subscription)
    assert answer["commitment_amount"] == float(commitment["commitment_amount"])
    assert answer["overage_factor"] == float(commitment.get("overage_factor", 1))
    assert (answer["amount"], answer.get("commitment_utilized", 0), answer.get("overage_amount", 0)) == sums
    assert [(each["quantity"], each["amount"]) for each in answer["charges"]] == charges
    assert answer["has_overage"] == any(each["is_overage"] for each in answer["charges"]) == bool(sums[2])
    if len(charges) == 2:
        within, over = answer["charges"]
        assert not within["display_amount"].startswith("$")
        assert over["display_amount"].startswith("$")
        assert over["overage_factor"] == float(commitment["overage_factor"])


def test_a_commitment_is_used_up_in_the_order_of_prices(shop: Any) -> None:
    """06-16-78"""
    shop.price(shop.meter("a"), amount="0.01")
    shop.price(
        shop.meter("b"), billing_model="PACKAGE", amount="4", transform_quantity={"divide_by": 1000, "round": "up"}
    )
    subscription = shop.subscribe(commitment_amount="10", overage_factor="2")
    shop.use(a=600, b=1200)
    answer = shop.usage(subscription)
    assert [(each["quantity"], each["amount"]) for each in answer["charges"]] == [(600, 6), (599, 3.99), (601, 8.01)]
    assert answer["commitment_utilized"] == pytest.approx(9.9933333333333533, rel=1e-15)
    assert answer["amount"] == 18.01
    lines = shop.preview(subscription)["line_items"]
    assert [line["display_name"] for line in lines] == ["a", "b", "b (Overage)"]
    assert [line["amount"] for line in lines] == ["6", "4", "8.01"]
    assert lines[2]["metadata"] == {"description": "b (Overage Charge)", "is_overage": "true", "overage_factor": "2"}


def test_amounts_are_the_nearest_json_numbers(shop: Any) -> None:
    """06-16-15"""
    shop.price(shop.meter(), amount="0.01")
    subscription = shop.subscribe()
    shop.use(q="9007199254740993")
    assert shop.usage(subscription)["amount"] == 90071992547409.94
    assert shop.preview(subscription)["subtotal"] == "90071992547409.93"
