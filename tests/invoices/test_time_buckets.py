"""Commitments for parts of the day (behaviour/rating#commitment-of-a-line-item)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import APRIL, Shop

PRICE = {
    "type": "USAGE",
    "price_unit_type": "FIAT",
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "invoice_cadence": "ARREAR",
    "currency": "usd",
    "amount": "2",
}


def bucket(meter: str, start: int = 8, end: int = 20, **changes: Any) -> dict[str, Any]:
    return {
        "start": {"hour": start},
        "end": {"hour": end},
        "price": {**PRICE, "meter_id": meter},
        "commitment_type": "amount",
        "commitment_value": "10",
        "overage_factor": "1.5",
        **changes,
    }


def committed(shop: Shop, *buckets: dict[str, Any], meter: str, **changes: Any) -> Any:
    price = shop.price(meter, amount="1")["id"]
    commitment = {
        "commitment_amount": "4",
        "overage_factor": "3",
        "is_window_commitment": True,
        "commitment_time_buckets": list(buckets),
        **changes,
    }
    body = {
        "plan_id": shop.plan,
        "customer_id": shop.customer,
        "billing_period": "MONTHLY",
        "currency": "usd",
        "start_date": APRIL[0],
        "line_item_commitments": {price: commitment},
    }
    return shop.api.post("/v1/subscriptions", body)


def test_a_window_is_billed_by_the_bucket_it_starts_in(shop: Shop) -> None:
    meter = shop.meter(bucket_size="HOUR")
    made = committed(shop, bucket(meter), meter=meter).json
    (item,) = shop.api.get(f"/v1/subscriptions/{made['id']}").json["line_items"]
    (shown,) = item["commitment_time_buckets"]
    assert (shown["start"], shown["end"], shown["commitment_value"]) == (
        {"hour": 8, "minute": 0},
        {"hour": 20, "minute": 0},
        "10",
    )
    assert shop.api.get(f"/v1/prices/{shown['price_id']}").json["entity_type"] == "SUBSCRIPTION"
    shop.use("2026-04-14T09:30:00Z", q=7)  # 14 at the bucket's price: 10 and 4 x 1.5
    shop.use("2026-04-14T20:00:00Z", q=5)  # outside: 4 and 1 x 3
    (line,) = shop.preview(made["id"])["line_items"]
    assert (line["amount"], line["commitment_info"]["computed_overage_amount"]) == ("23", "9")


def test_a_bucket_over_midnight_fills_up_its_own_windows(documented_shop: Shop) -> None:
    shop = documented_shop
    meter = shop.meter(bucket_size="12HOUR")
    shop.api.at("2026-04-03T00:00:00Z")
    made = committed(shop, bucket(meter, 12, 0, true_up_enabled=True), meter=meter).json
    shop.use("2026-04-01T13:00:00Z", q=1)
    shop.use("2026-04-02T01:00:00Z", q=3)
    assert shop.preview(made["id"])["line_items"][0]["amount"] == "23"


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"start": {"hour": 25}}, {"price_id", "error"}),
        ({"start": {"hour": 20}}, {"price_id", "error"}),
        ({"price": None}, {"price_id", "error"}),
        ({"commitment_type": "x"}, {"price_id", "error"}),
        ({"commitment_value": "0"}, {"price_id", "error"}),
        ({"overage_factor": "0.5"}, {"price_id", "error"}),
        ({"start": {"hour": 8, "minute": 30}}, {"bucket_index", "duration_min", "window_min"}),
        (
            {"start": {"hour": 8, "minute": 30}, "end": {"hour": 9, "minute": 30}},
            {"bucket_index", "start_min", "window_min"},
        ),
    ],
)
def test_refused_buckets(shop: Shop, changes: dict[str, Any], details: set[str]) -> None:
    meter = shop.meter(bucket_size="HOUR")
    sent = {name: value for name, value in {**bucket(meter), **changes}.items() if value is not None}
    reply = committed(shop, sent, meter=meter)
    assert (reply.status, reply.code, set(reply.details)) == (400, "validation_error", details)


def test_buckets_may_not_overlap_and_need_windows(shop: Shop) -> None:
    meter = shop.meter(bucket_size="HOUR")
    overlapping = committed(shop, bucket(meter), bucket(meter, 19, 3), meter=meter)
    assert overlapping.details == {"bucket_a_index": 0, "bucket_b_index": 1}
    assert committed(shop, bucket(meter), meter=meter, is_window_commitment=False).status == 400
    assert committed(shop, bucket(meter), bucket(meter, 20, 8), meter=meter).status == 201
