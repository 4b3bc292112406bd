"""A small shop to bill from: one customer, one plan, meters and prices as a test needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockserver.store import access
from mockserver.store.store import Store
from mockserver.work import Caller, Work

APRIL = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
MAY = ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")


class Shop:
    """The API with what a bill needs; ``meters`` are SUM meters of the event ``used``, named like their field."""

    def __init__(self, api: Any) -> None:
        self.api = api.at("2026-04-20T00:00:00Z")
        self.customer: str = api.made("/v1/customers", {"external_id": "c", "name": "C"})["id"]
        self.plan: str = api.made("/v1/plans", {"name": "Basic"})["id"]
        self._events = 0

    def meter(self, name: str = "q", **aggregation: Any) -> str:
        body = {
            "name": name,
            "event_name": "used",
            "aggregation": {"type": "SUM", "field": name, **aggregation},
            "reset_usage": "BILLING_PERIOD",
        }
        meter: str = self.api.made("/v1/meters", body)["id"]
        return meter

    def price(self, meter: str | None = None, **changes: Any) -> dict[str, Any]:
        """A usage price of a meter, or a fixed monthly fee."""
        body = {
            "entity_type": "PLAN",
            "entity_id": self.plan,
            "type": "USAGE" if meter else "FIXED",
            "billing_model": "FLAT_FEE",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "invoice_cadence": "ARREAR",
            "currency": "usd",
            "start_date": "2026-03-01T00:00:00Z",
            **({"meter_id": meter} if meter else {}),
            **changes,
        }
        price: dict[str, Any] = self.api.made("/v1/prices", body)
        return price

    def entitle(self, meter: str, limit: int | None, reset: str = "MONTHLY") -> str:
        """Include so much of a meter's usage in the plan."""
        feature = self.api.made("/v1/features", {"name": meter, "type": "metered", "meter_id": meter})["id"]
        body = {
            "plan_id": self.plan,
            "feature_id": feature,
            "feature_type": "metered",
            "usage_limit": limit,
            "usage_reset_period": reset,
        }
        entitlement: str = self.api.made("/v1/entitlements", body)["id"]
        return entitlement

    def subscribe(self, **changes: Any) -> str:
        body = {
            "plan_id": self.plan,
            "customer_id": self.customer,
            "billing_period": "MONTHLY",
            "currency": "usd",
            "start_date": APRIL[0],
            **changes,
        }
        subscription: str = self.api.made("/v1/subscriptions", body)["id"]
        return subscription

    def use(self, at: str = "2026-04-14T15:00:00Z", **properties: Any) -> None:
        self._events += 1
        self.api.made(
            "/v1/events",
            {
                "event_name": "used",
                "external_customer_id": "c",
                "event_id": f"e{self._events}",
                "timestamp": at,
                "properties": properties,
            },
        )

    def usage(self, subscription: str, window: tuple[str, str] = APRIL) -> dict[str, Any]:
        body = {"subscription_id": subscription, "start_time": window[0], "end_time": window[1]}
        answer: dict[str, Any] = self.api.made("/v1/subscriptions/usage", body)
        return answer

    def preview(self, subscription: str, window: tuple[str, str] = APRIL, **changes: Any) -> dict[str, Any]:
        body = {"subscription_id": subscription, "period_start": window[0], "period_end": window[1], **changes}
        answer: dict[str, Any] = self.api.made("/v1/invoices/preview", body)
        return answer

    @contextmanager
    def work(self) -> Iterator[Work]:
        """A unit of work on the shop's environment, for what has no route."""
        store: Store
        store, settings = self.api.app.extensions["flexprice"]
        row = self.api.get(f"/v1/plans/{self.plan}").json
        caller = Caller(row["created_by"], row["tenant_id"], row["environment_id"], ())
        with store.write(row["environment_id"]) as tx:
            environment = access.find_environment(tx.connection, row["environment_id"])
            assert environment is not None
            yield Work(tx, caller, environment.now(), settings.divergences)


@pytest.fixture
def shop(api: Any) -> Shop:
    """A shop under each profile: for what both do alike."""
    return Shop(api)


@pytest.fixture
def upstream_shop(upstream: Any) -> Shop:
    """A shop that bills as the real server does."""
    return Shop(upstream)


@pytest.fixture
def documented_shop(documented: Any) -> Shop:
    """A shop that bills as the documents say."""
    return Shop(documented)
