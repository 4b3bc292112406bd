"""The documents' six events, and helpers to ask about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAYLOADS = Path(__file__).parents[2] / "fixtures" / "payloads"
DAY = {"start_time": "2026-04-14T00:00:00Z", "end_time": "2026-04-15T00:00:00Z"}
SEED: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(PAYLOADS.glob("*_event_*.json"))]


def send_seed(api: Any) -> None:
    """The six events of the documents, once each."""
    for event in SEED:
        assert api.post("/v1/events", event).status == 202


@pytest.fixture
def seeded(api: Any) -> Any:
    """Each profile, with the documents' events sent on the day after."""
    api.at("2026-04-15T12:00:00Z")
    send_seed(api)
    return api


@pytest.fixture
def usage(seeded: Any) -> Callable[..., dict[str, Any]]:
    """``usage(name, type, property, **more)``: POST /v1/events/usage for cust_001 on the day of the events."""

    def ask(event_name: str, aggregation: str, property_name: str = "", **more: Any) -> dict[str, Any]:
        body = {
            "event_name": event_name,
            "aggregation_type": aggregation,
            "property_name": property_name,
            "external_customer_id": "cust_001",
            **DAY,
            **more,
        }
        return dict(seeded.made("/v1/events/usage", body))

    return ask


def event(event_id: str | None = None, **changes: Any) -> dict[str, Any]:
    """A small valid event."""
    body: dict[str, Any] = {
        "event_name": "call",
        "external_customer_id": "c1",
        "timestamp": "2026-04-10T10:00:00Z",
        **changes,
    }
    return body if event_id is None else {**body, "event_id": event_id}


def listed(api: Any, **body: Any) -> list[dict[str, Any]]:
    """Events between 2026-04-01 and 2026-05-01, newest first."""
    asked = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z", **body}
    return list(api.made("/v1/events/query", asked)["events"])


def ids(api: Any, **body: Any) -> list[str]:
    """The ids of those events."""
    return [found["id"] for found in listed(api, **body)]


def subscribed(api: Any, *meters: dict[str, Any], prices: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Customer c1 on a plan with one price of 1 usd per unit for each meter (or the given prices), from 2026-04-01.
    Returns the ids of customer, plan, meters and subscription."""
    customer = api.made("/v1/customers", {"external_id": "c1", "name": "C"})
    plan = api.made("/v1/plans", {"name": "P"})
    made = [
        api.made("/v1/meters", {"name": "M", "event_name": "call", "reset_usage": "BILLING_PERIOD", **meter})
        for meter in meters
    ]
    base = {
        "entity_type": "PLAN",
        "entity_id": plan["id"],
        "type": "USAGE",
        "billing_model": "FLAT_FEE",
        "billing_period": "MONTHLY",
        "billing_period_count": 1,
        "billing_cadence": "RECURRING",
        "invoice_cadence": "ARREAR",
        "price_unit_type": "FIAT",
        "currency": "usd",
        "amount": "1",
        "start_date": "2026-03-01T00:00:00Z",
    }
    wanted = [{"meter_id": meter["id"]} for meter in made] if prices is None else prices
    price_ids = [api.made("/v1/prices", {**base, "meter_id": made[0]["id"], **price})["id"] for price in wanted]
    subscription = api.made(
        "/v1/subscriptions",
        {
            "customer_id": customer["id"],
            "plan_id": plan["id"],
            "currency": "usd",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "billing_cadence": "RECURRING",
            "billing_cycle": "anniversary",
            "start_date": "2026-04-01T00:00:00Z",
        },
    )
    return {
        "customer": customer["id"],
        "plan": plan["id"],
        "meters": [meter["id"] for meter in made],
        "prices": price_ids,
        "subscription": subscription["id"],
    }
