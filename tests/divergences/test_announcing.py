"""Answers that rely on a divergence elsewhere than in the case of its entry announce it as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.divergences.test_register import (
    HEADER,
    NOW,
    a_customer,
    a_meter,
    a_plan,
    a_price,
    a_subscription,
    windowed_true_up,
)

FILTERED = "price-filter-values-ignored"
DAY = {"start_time": "2026-04-14T00:00:00Z", "end_time": "2026-04-15T00:00:00Z"}
MONTH = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}


@dataclass(frozen=True)
class Sold:
    """What a subscription with a filtered price, and an event it bills, are made of."""

    price: str
    subscription: str


def sold(api: Any) -> Sold:
    api.at(NOW)
    plan, meter = a_plan(api), a_meter(api)
    price = api.made("/v1/prices", a_price(plan, meter, filter_values={"model": ["b"]}))["id"]
    subscription = a_subscription(api, plan, a_customer(api))["id"]
    api.at("2026-04-14T12:00:00Z")
    event = {"event_name": "video_generated", "external_customer_id": "c", "event_id": "e"}
    api.made("/v1/events", {**event, "properties": {"seconds": 8, "model": "b"}})
    return Sold(price, subscription)


RELYING: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "reading a price": (FILTERED, lambda api: api.get(f"/v1/prices/{sold(api).price}")),
    "listing prices": (FILTERED, lambda api: (sold(api), api.get("/v1/prices"))[1]),
    "usage": (FILTERED, lambda api: api.post("/v1/subscriptions/usage", {"subscription_id": sold(api).subscription})),
    "preview": (FILTERED, lambda api: api.post("/v1/invoices/preview", {"subscription_id": sold(api).subscription})),
    "looking an event up": (FILTERED, lambda api: (sold(api), api.get("/v1/events/lookup?id=e"))[1]),
    "analytics": (
        FILTERED,
        lambda api: (sold(api), api.post("/v1/events/analytics", {"external_customer_id": "c", **DAY}))[1],
    ),
    "analytics of windows": (
        "windowed-true-up-loses-usage",
        lambda api: (windowed_true_up(api), api.post("/v1/events/analytics", {"external_customer_id": "c", **MONTH}))[
            1
        ],
    ),
    "a price in a unit of six letters": (
        "price-unit-code-three-characters",
        lambda api: api.post(
            "/v1/prices",
            a_price(
                a_plan(api),
                amount=None,
                currency="usd",
                price_unit_type="CUSTOM",
                price_unit_config={"price_unit": "CREDIT", "amount": "1"},
            ),
        ),
    ),
    "a page of tax associations": (
        "tax-list-offset-is-500",
        lambda api: api.get("/v1/taxes/associations?limit=7&offset=3"),
    ),
}


@pytest.mark.parametrize("what", RELYING)
def test_every_answer_that_relies_on_a_divergence_names_it(apis: dict[str, Any], what: str) -> None:
    divergence_id, ask = RELYING[what]
    for api in apis.values():
        assert divergence_id in ask(api).headers.get(HEADER, "").split(", ")
