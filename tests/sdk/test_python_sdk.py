"""The official Python SDK, unmodified, over HTTP (facts/07)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flexprice import Flexprice
from flexprice.models import errors

from mockserver import serving
from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.settings import Settings
from mockserver.store.store import Store


@pytest.fixture(params=["documented", "upstream"])
def client(request: pytest.FixtureRequest) -> Iterator[Flexprice]:
    store = Store()
    app = create_app(Settings(Divergences(request.param)), store)
    with serving.background(app) as url, Flexprice(server_url=f"{url}/v1", api_key_auth="sdk") as made:
        yield made
    store.close()


def test_from_customer_to_usage(client: Flexprice) -> None:
    customer = client.customers.create_customer(external_id="cust_001", name="Example Studio", metadata={"a": "b"})
    plan = client.plans.create_plan(name="AI Pro", lookup_key="ai_pro")
    feature = client.features.create_feature(
        name="Image count",
        type_="metered",
        meter={
            "name": "image_count",
            "event_name": "image_generated",
            "aggregation": {"type": "SUM", "field": "image_count"},
            "reset_usage": "BILLING_PERIOD",
        },
    )
    price = client.prices.create_price(
        entity_id=plan.id or "",
        entity_type="PLAN",
        type_="USAGE",
        billing_model="FLAT_FEE",
        billing_period="MONTHLY",
        billing_period_count=1,
        invoice_cadence="ARREAR",
        currency="USD",
        price_unit_type="FIAT",
        meter_id=feature.meter_id,
        amount="0.04",
    )
    assert (price.amount, price.currency, price.billing_cadence) == ("0.04", "usd", "RECURRING")
    subscription = client.subscriptions.create_subscription(
        plan_id=plan.id or "", customer_id=customer.id, billing_period="MONTHLY", currency="USD"
    )
    assert subscription.subscription_status == "active"
    # The SDK lets properties be texts only; the server reads the number in them.
    answer = client.events.ingest_event(
        event_name="image_generated", external_customer_id="cust_001", event_id="evt_1", properties={"image_count": "3"}
    )
    assert answer["event_id"] == "evt_1"
    usage = client.subscriptions.get_subscription_usage(subscription_id=subscription.id or "")
    assert usage.amount == 0.12
    assert usage.charges is not None
    assert [(charge.quantity, charge.amount) for charge in usage.charges] == [(3, 0.12)]
    # Listings end at the present whole second unless told otherwise (facts/05 §0 row 10).
    end = datetime.now(UTC) + timedelta(minutes=1)
    listed = client.events.list_raw_events(external_customer_id="cust_001", end_time=end.isoformat())
    assert [event.id for event in listed.events or []] == ["evt_1"]
    assert client.subscriptions.get_subscription(id=subscription.id or "").plan_id == plan.id
    found = client.customers.query_customer(external_id="cust_001")
    assert [item.id for item in found.items or []] == [customer.id]


def test_errors_reach_the_caller_typed(client: Flexprice) -> None:
    client.plans.create_plan(name="A", lookup_key="taken")
    with pytest.raises(errors.FlexpriceError) as refused:
        client.plans.create_plan(name="B", lookup_key="taken")
    assert refused.value.status_code == 409
    with pytest.raises(errors.ErrorResponse) as missing:
        client.plans.get_plan(id="plan_none")
    data: Any = missing.value.data
    assert (data.code, data.http_status_code) == ("not_found", 404)


def test_a_missing_key_is_a_401(client: Flexprice) -> None:
    base = client.sdk_configuration.get_server_details()[0]
    with Flexprice(server_url=base, api_key_auth="") as nobody, pytest.raises(errors.FlexpriceError) as refused:
        nobody.customers.query_customer()
    assert refused.value.status_code == 401
