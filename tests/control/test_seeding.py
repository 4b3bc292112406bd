"""POST /_mock/catalog: filling an environment while the server runs."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_shipped_catalogue_comes_with_its_literal_ids(api: Any) -> None:
    reply = api.post("/_mock/catalog", {"shipped": "documented"})
    assert reply.status == 201
    assert reply.json["meters"] > 0
    assert api.get("/v1/meters/meter_img_count").status == 200


def test_the_body_may_be_the_catalogue(api: Any) -> None:
    meter = {
        "id": "meter_calls",
        "name": "calls",
        "event_name": "call",
        "aggregation": {"type": "COUNT"},
        "reset_usage": "BILLING_PERIOD",
    }
    price = {
        "id": "price_call",
        "type": "USAGE",
        "billing_model": "FLAT_FEE",
        "billing_period": "MONTHLY",
        "billing_period_count": 1,
        "invoice_cadence": "ARREAR",
        "currency": "usd",
        "meter_id": "meter_calls",
        "amount": "0.5",
    }
    plan = {"id": "plan_calls", "name": "Calls", "prices": [price]}
    reply = api.post("/_mock/catalog", {"meters": [meter], "plans": [plan]})
    assert reply.json == {"catalog": "catalog", "meters": 1, "features": 0, "plans": 1, "prices": 1}
    assert api.get("/v1/prices/price_call").json["amount"] == "0.5"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"shipped": "nothing"}, "shipped must be one of documented, models"),
        ({"shipped": "models", "meters": []}, "and alone"),
        ({"meters": {}}, "meters must be an array"),
        ({"plans": [{"name": "P"}]}, "plans[0] needs an id"),
        ({"meters": [{"id": "m"}]}, "meter m"),
    ],
)
def test_a_refusal_says_what_is_wrong(documented: Any, body: dict[str, Any], said: str) -> None:
    reply = documented.post("/_mock/catalog", body)
    assert reply.status == 400
    assert said in reply.json["error"]


def test_a_catalogue_loads_once_and_wholly(documented: Any) -> None:
    assert documented.post("/_mock/catalog", {"shipped": "documented"}).status == 201
    before = documented.get("/v1/meters?limit=1").json["pagination"]["total"]
    again = documented.post("/_mock/catalog", {"shipped": "documented"})
    assert (again.status, "already in that environment" in again.json["error"]) == (400, True)
    assert documented.get("/v1/meters?limit=1").json["pagination"]["total"] == before


def test_it_fills_the_environment_of_its_key_only(apis: Any) -> None:
    apis["documented"].post("/_mock/catalog", {"shipped": "documented"})
    assert apis["upstream"].get("/v1/meters/meter_img_count").status == 404


def test_a_feature_that_brings_its_meter_keeps_its_own_id(api: Any) -> None:
    meter = {"name": "calls", "event_name": "call", "aggregation": {"type": "COUNT"}, "reset_usage": "BILLING_PERIOD"}
    feature = {"id": "feat_calls", "name": "Calls", "type": "metered", "meter": meter}
    assert api.post("/_mock/catalog", {"features": [feature]}).status == 201
    read = api.get("/v1/features/feat_calls").json
    assert read["name"] == "Calls"
    assert read["meter_id"].startswith("meter_")
