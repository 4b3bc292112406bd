"""A shop whose customers have coupons (behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import Shop


class CouponShop(Shop):
    """A shop with a usage price of 1 a unit."""

    def __init__(self, api: Any) -> None:
        super().__init__(api)
        self.usage_price: str = self.price(self.meter(), amount="1")["id"]

    def coupon(self, code: str, **changes: Any) -> str:
        """A coupon for ever; ``off`` is an amount in usd, ``percent`` a percentage."""
        body: dict[str, Any] = {"name": code, "coupon_code": code, "cadence": "forever", **changes}
        if "off" in body:
            body |= {"type": "fixed", "amount_off": body.pop("off"), "currency": changes.get("currency", "usd")}
        elif "percent" in body:
            body |= {"type": "percentage", "percentage_off": body.pop("percent")}
        made: str = self.api.made("/v1/coupons", body)["id"]
        return made

    def request(self, **changes: Any) -> dict[str, Any]:
        """A create request for a subscription."""
        base = {"plan_id": self.plan, "customer_id": self.customer, "billing_period": "MONTHLY", "currency": "usd"}
        return {**base, "start_date": "2026-04-01T00:00:00Z", **changes}


@pytest.fixture
def shop(api: Any) -> CouponShop:
    """A shop under each profile."""
    return CouponShop(api)
