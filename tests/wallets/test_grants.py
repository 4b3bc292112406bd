"""Credits that a subscription brings (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import Shop


def grant(shop: Shop, **changes: Any) -> None:
    body = {
        "name": "Starter",
        "scope": "PLAN",
        "plan_id": shop.plan,
        "credits": "100",
        "cadence": "ONETIME",
        "expiration_type": "NEVER",
        **changes,
    }
    shop.api.made("/v1/creditgrants", body)


def credits(shop: Shop) -> list[dict[str, Any]]:
    """The transactions of the customer's only wallet, oldest first; none without a wallet."""
    wallets = shop.api.get(f"/v1/customers/{shop.customer}/wallets").json
    if not wallets:
        return []
    found: list[dict[str, Any]] = shop.api.get(f"/v1/wallets/{wallets[0]['id']}/transactions?order=asc").json["items"]
    return found


def test_a_subscription_brings_the_credits_of_its_plan(shop: Shop) -> None:
    shop.price(shop.meter(), amount="1")
    grant(shop, priority=1)
    subscription = shop.subscribe()
    (given,) = credits(shop)
    shown = ("credit_amount", "transaction_reason", "priority", "expiry_date")
    assert [given[name] for name in shown] == ["100", "SUBSCRIPTION_CREDIT_GRANT", 1, None]
    assert given["metadata"]["subscription_id"] == subscription


@pytest.mark.parametrize(
    ("changes", "expiries"),
    [
        ({"expiration_type": "BILLING_CYCLE"}, ["2026-05-01T00:00:00Z"]),
        (
            {"expiration_type": "DURATION", "expiration_duration": 2, "expiration_duration_unit": "MONTH"},
            ["2026-06-01T00:00:00Z"],
        ),
        ({"expiration_type": "DURATION", "expiration_duration": 3, "expiration_duration_unit": "DAY"}, []),
    ],
)
def test_when_credits_expire(shop: Shop, changes: dict[str, Any], expiries: list[str]) -> None:
    shop.price(shop.meter(), amount="1")
    grant(shop, **changes)
    shop.subscribe()
    assert [each["expiry_date"] for each in credits(shop)] == expiries


def test_a_recurring_grant_makes_up_for_past_periods(shop: Shop) -> None:
    shop.price(shop.meter(), amount="1")
    grant(shop, cadence="RECURRING", period="WEEKLY", period_count=1, credits="10")
    subscription = shop.subscribe()
    assert [each["credit_balance_after"] for each in credits(shop)] == ["10", "20", "30"]
    for url in (f"/v1/subscriptions/{subscription}", f"/v1/customers/{shop.customer}"):
        found = shop.api.get(f"{url}/grants/upcoming").json
        (later,) = found["items"]
        assert (later["scheduled_for"], later["credits"], later["application_status"]) == (
            "2026-04-22T00:00:00Z",
            "10",
            "pending",
        )
        assert found["pagination"] == {"total": 1, "limit": 0, "offset": 0}


def test_a_draft_brings_credits_once_it_runs(shop: Shop) -> None:
    shop.price(shop.meter(), amount="1")
    grant(shop)
    subscription = shop.subscribe(subscription_status="draft")
    assert credits(shop) == []
    shop.api.made(f"/v1/subscriptions/{subscription}/activate", {"start_date": "2026-04-20T00:00:00Z"})
    assert [each["credit_amount"] for each in credits(shop)] == ["100"]


def test_a_grant_takes_a_wallet_of_its_own_rates(shop: Shop) -> None:
    shop.price(shop.meter(), amount="1")
    grant(shop, conversion_rate="0.5")
    shop.subscribe()
    (wallet,) = shop.api.get(f"/v1/customers/{shop.customer}/wallets").json
    assert (wallet["balance"], wallet["conversion_rate"], wallet["topup_conversion_rate"]) == ("50", "0.5", "0.5")


def test_a_wallet_at_another_rate_gets_no_credits(shop: Shop) -> None:
    body = {"customer_id": shop.customer, "currency": "usd", "conversion_rate": "1"}
    wallet = shop.api.made("/v1/wallets", body)["id"]
    shop.price(shop.meter(), amount="1")
    grant(shop, conversion_rate="2")
    shop.subscribe()
    assert shop.api.get(f"/v1/wallets/{wallet}").json["credit_balance"] == "0"
