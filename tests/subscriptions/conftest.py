"""A customer, a plan and a meter to subscribe to (behaviour/subscriptions#worked-subscriptions)."""

from __future__ import annotations

from typing import Any

import pytest

NOW = "2026-11-23T12:00:00Z"
START = "2026-04-01T00:00:00Z"


class Shop:
    """One environment with customer C and usage-only plan P, as the worked examples assume."""

    def __init__(self, api: Any) -> None:
        self.api = api
        assert api.put("/_mock/clock", {"now": NOW, "frozen": True}).status == 200
        self.customer = api.made("/v1/customers", {"external_id": "acct-1", "name": "Acct-1"})["id"]
        self.plan = self.new_plan("Starter")
        meter = {
            "name": "Tokens",
            "event_name": "tok",
            "aggregation": {"type": "SUM", "field": "n"},
            "reset_usage": "BILLING_PERIOD",
        }
        self.meter = api.made("/v1/meters", meter)["id"]
        self.price = self.usage_price(self.plan)

    def new_plan(self, name: str) -> str:
        return str(self.api.made("/v1/plans", {"name": name})["id"])

    def _price(self, plan: str, **values: Any) -> str:
        body = {
            "entity_type": "PLAN",
            "entity_id": plan,
            "currency": "usd",
            "billing_model": "FLAT_FEE",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "start_date": "2020-01-01T00:00:00Z",
            **values,
        }
        return str(self.api.made("/v1/prices", body)["id"])

    def usage_price(self, plan: str, **values: Any) -> str:
        base = {"type": "USAGE", "meter_id": self.meter, "amount": "0.01", "invoice_cadence": "ARREAR"}
        return self._price(plan, **{**base, **values})

    def fixed_price(self, plan: str, **values: Any) -> str:
        base = {"type": "FIXED", "amount": "30", "invoice_cadence": "ADVANCE", "display_name": "Base"}
        return self._price(plan, **{**base, **values})

    def fixed_plan(self, **values: Any) -> str:
        """A plan of $30 a month in advance."""
        plan = self.new_plan("Fixed")
        self.fixed_price(plan, **values)
        return plan

    def body(self, **changes: Any) -> dict[str, Any]:
        """A request to subscribe C to P; a value of ``...`` leaves the key out."""
        base = {
            "customer_id": self.customer,
            "plan_id": self.plan,
            "currency": "USD",
            "billing_period": "MONTHLY",
            "start_date": START,
        }
        return {name: value for name, value in {**base, **changes}.items() if value is not ...}

    def post(self, **changes: Any) -> Any:
        return self.api.post("/v1/subscriptions", self.body(**changes))

    def made(self, **changes: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.api.made("/v1/subscriptions", self.body(**changes))
        return result

    def read(self, subscription_id: str) -> dict[str, Any]:
        result: dict[str, Any] = self.api.get(f"/v1/subscriptions/{subscription_id}").json
        return result

    def search(self, **data: Any) -> Any:
        return self.api.post("/v1/subscriptions/search", data)

    def cancel(self, subscription_id: str, **body: Any) -> Any:
        return self.api.post(f"/v1/subscriptions/{subscription_id}/cancel", body)


@pytest.fixture
def shop(api: Any) -> Shop:
    """A shop, once per profile."""
    return Shop(api)


@pytest.fixture
def real(upstream: Any) -> Shop:
    """A shop that behaves as the real server."""
    return Shop(upstream)


@pytest.fixture
def papers(documented: Any) -> Shop:
    """A shop under the documented reading."""
    return Shop(documented)
