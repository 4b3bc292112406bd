"""A plan and a meter to price, and the two base requests of the worked examples
(behaviour/prices-and-meters#worked-examples)."""

from __future__ import annotations

from typing import Any

import pytest


class Shop:
    """One environment with a plan and a meter."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.plan = api.made("/v1/plans", {"name": "Pro"})["id"]
        self.meter = api.made(
            "/v1/meters",
            {
                "name": "Image count",
                "event_name": "image_generated",
                "aggregation": {"type": "SUM", "field": "image_count"},
                "reset_usage": "BILLING_PERIOD",
            },
        )["id"]

    def usage(self, **changes: Any) -> dict[str, Any]:
        """Base U with changes; a value of ``...`` leaves the key out."""
        return _changed(
            {
                "entity_type": "PLAN",
                "entity_id": self.plan,
                "type": "USAGE",
                "billing_model": "FLAT_FEE",
                "billing_period": "MONTHLY",
                "billing_period_count": 1,
                "invoice_cadence": "ARREAR",
                "currency": "USD",
                "price_unit_type": "FIAT",
                "meter_id": self.meter,
                "amount": "0.04",
            },
            changes,
        )

    def fixed(self, **changes: Any) -> dict[str, Any]:
        """Base F with changes."""
        base = self.usage(type="FIXED", invoice_cadence="ADVANCE", meter_id=...)
        return _changed(base, changes)

    def unit(self, code: str = "abc", **changes: Any) -> dict[str, Any]:
        body = {"name": "Credit", "code": code, "symbol": "cr", "base_currency": "usd", "conversion_rate": "0.01"}
        return self.api.made("/v1/prices/units", _changed(body, changes))

    def custom(self, code: str = "abc", amount: str = "100", **changes: Any) -> dict[str, Any]:
        base = self.fixed(
            currency="usd",
            price_unit_type="CUSTOM",
            amount=...,
            price_unit_config={"price_unit": code, "amount": amount},
        )
        return _changed(base, changes)

    def made(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.api.made("/v1/prices", body)

    def post(self, body: Any) -> Any:
        return self.api.post("/v1/prices", body)

    def bulk(self, *bodies: Any) -> Any:
        return self.api.post("/v1/prices/bulk", {"items": list(bodies)})

    def get(self, price_id: str) -> dict[str, Any]:
        reply = self.api.get(f"/v1/prices/{price_id}")
        assert reply.status == 200, reply.text
        found: dict[str, Any] = reply.json
        return found

    def listed(self, **filters: Any) -> list[str]:
        reply = self.api.post("/v1/prices/search", filters)
        assert reply.status == 200, reply.text
        return [item["id"] for item in reply.json["items"]]


def _changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**base, **changes}.items() if value is not ...}


@pytest.fixture
def shop(upstream: Any) -> Shop:
    """Behaves as the real server."""
    return Shop(upstream)


@pytest.fixture
def documented_shop(documented: Any) -> Shop:
    """Behaves as the documents say."""
    return Shop(documented)


@pytest.fixture
def any_shop(api: Any) -> Shop:
    """Once per profile."""
    return Shop(api)
