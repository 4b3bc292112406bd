"""A shop that sells images at four cents and, in 4K, at seven."""

import pytest

PRICE = {
    "entity_type": "PLAN",
    "type": "USAGE",
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "invoice_cadence": "ARREAR",
    "currency": "usd",
    "meter_id": "meter_img_count",
    "start_date": "2026-04-01T00:00:00Z",
}


@pytest.fixture
def plan(flexprice):
    plan = flexprice.post("/plans", {"name": "Images"})
    for name, amount, filters in (("image", "0.04", {}), ("image_4k", "0.07", {"quality": ["4k"]})):
        body = {**PRICE, "entity_id": plan["id"], "lookup_key": name, "amount": amount, "filter_values": filters}
        flexprice.post("/prices", body)
    return plan


@pytest.fixture
def subscription(flexprice, plan):
    flexprice.post("/customers", {"external_id": "cust_001", "name": "Example Studio"})
    body = {
        "plan_id": plan["id"],
        "external_customer_id": "cust_001",
        "billing_period": "MONTHLY",
        "currency": "usd",
        "start_date": "2026-04-14T00:00:00Z",
    }
    return flexprice.post("/subscriptions", body)


@pytest.fixture
def draw(flexprice):
    def send(event_id, count=1, customer="cust_001", **properties):
        return flexprice.send(
            event_name="image_generated",
            external_customer_id=customer,
            event_id=event_id,
            timestamp="2026-04-14T12:30:00Z",
            properties={"image_count": count, **properties},
        )

    return send
