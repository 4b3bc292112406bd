"""Ten tests as a user of the plugin writes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest


def test_an_image_costs_four_cents(flexprice, subscription, draw):
    draw("evt_1")
    flexprice.assert_billed("evt_1", price="image", amount="0.04")


def test_4k_has_a_price_of_its_own(flexprice, subscription, draw):
    draw("evt_1", count=2, quality="4k")
    flexprice.assert_billed("evt_1", price="image_4k", quantity=2, amount="0.14")


@pytest.mark.flexprice(profile="upstream")
def test_the_real_server_bills_both_prices(flexprice, subscription, draw):
    draw("evt_1", quality="4k")
    assert len(flexprice.assert_billed("evt_1", amount="0.11").billed) == 2


@pytest.mark.flexprice(divergences={"price-filter-values-ignored": True})
def test_one_switch_can_be_flipped_alone(flexprice, subscription, draw):
    draw("evt_1", quality="4k")
    flexprice.assert_total(subscription, "0.11")


def test_the_bill(flexprice, subscription, draw):
    draw("evt_1", count=50)
    draw("evt_2", count=5, quality="4k")
    flexprice.assert_total(subscription, "2.35")
    assert flexprice.usage(subscription)["amount"] == Decimal("2.35")


def test_every_test_has_an_environment_of_its_own(flexprice, subscription):
    assert flexprice.get("/customers")["pagination"]["total"] == 1
    assert flexprice.assert_total(subscription, 0)["customer_id"] == subscription["customer_id"]


def test_an_unknown_customer_pays_nothing(flexprice, subscription, draw):
    draw("evt_1", customer="nobody")
    told = flexprice.assert_unbilled("evt_1", reason="customer_unknown")
    assert "nobody" in told.because


def test_the_clock_is_the_tests_own(flexprice):
    assert flexprice.clock.now.date().isoformat() == "2026-04-14"
    flexprice.clock.freeze("2026-04-20T00:00:00Z")
    assert flexprice.clock.advance(days=1) == datetime(2026, 4, 21, tzinfo=UTC)
    assert flexprice.clock.advance(timedelta(hours=1)) == flexprice.clock.now


def test_the_official_sdk_is_ready(flexprice, subscription, draw):
    pytest.importorskip("flexprice")
    assert flexprice.client.customers.get_customer_by_external_id(external_id="cust_001").name == "Example Studio"
    assert flexprice.client.subscriptions.get_subscription(id=subscription["id"]).subscription_status == "active"


@pytest.mark.flexprice(catalog="models", now="2026-05-05T00:00:00Z")
def test_a_catalogue_of_models_can_be_loaded(flexprice):
    assert flexprice.clock.now.month == 5
    assert flexprice.get("/plans/plan_ai_models")["id"] == "plan_ai_models"
