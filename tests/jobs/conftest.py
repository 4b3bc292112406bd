"""The shop of the subscription tests, with a clock that is let run."""

from __future__ import annotations

from typing import Any

import pytest

from ..subscriptions.conftest import Shop as Base


class Shop(Base):
    """A customer, plans and meters; ``sub`` is read after each advance."""

    def at(self, now: str) -> Shop:
        """Set the clock; nothing rolls over."""
        assert self.api.put("/_mock/clock", {"now": now, "frozen": True}).status == 200
        return self

    def advance(self, to: str) -> dict[str, Any]:
        """Let time pass; what happened."""
        reply = self.api.put("/_mock/clock", {"advance_to": to})
        assert reply.status == 200, reply.text
        passed: dict[str, Any] = reply.json["passed"]
        return passed

    def use(self, at: str, value: Any, event_id: str = "") -> None:
        body = {
            "event_name": "tok",
            "external_customer_id": "acct-1",
            "timestamp": at,
            "properties": {"n": value},
            **({"event_id": event_id} if event_id else {}),
        }
        self.api.made("/v1/events", body)

    def invoices(self, subscription: str, **body: Any) -> list[dict[str, Any]]:
        """The subscription's invoices in the order of their billing numbers, with those that were skipped."""
        statuses = ["DRAFT", "FINALIZED", "SKIPPED", "VOIDED"]
        found = self.api.post(
            "/v1/invoices/search", {"subscription_id": subscription, "invoice_status": statuses, "limit": 1000, **body}
        ).json["items"]
        return sorted(found, key=lambda invoice: invoice["billing_sequence"])


@pytest.fixture
def shop(api: Any) -> Shop:
    """A shop, once per profile, on 1 April 2026."""
    return Shop(api).at("2026-04-01T00:00:00Z")


@pytest.fixture
def papers(documented: Any) -> Shop:
    """A shop under the documented reading, on 1 April 2026."""
    return Shop(documented).at("2026-04-01T00:00:00Z")
