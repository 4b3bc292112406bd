"""A program that uses release 1.0 of the Python SDK: ``program.py BASE_URL KEY``.

Prints one JSON object: the operations called; those whose answers this release cannot read though the request
succeeded, with the first reason; and what went wrong (empty if nothing).
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

import flexprice
from pydantic import ValidationError

called: set[str] = set()
refused: dict[str, str] = {}

TERMS = {
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "billing_cadence": "RECURRING",
}


def op(api: Any, name: str) -> Callable[..., Any]:
    """An operation, its name noted. Where its answer cannot be read, what the server sent comes as plain JSON."""
    called.add(name)

    def call(*sent: Any, **arguments: Any) -> Any:
        try:
            return getattr(api, name)(*sent, **arguments)
        except ValidationError as error:
            refused[name] = f"{error.title}: {error.errors()[0]['loc']}"
        # Sending it again is no way to look at an answer; reading does no harm, so only that is repeated.
        return json.loads(getattr(api, f"{name}_without_preload_content")(*sent).data) if name.endswith("get") else None

    return call


def status_of(call: Callable[[], Any]) -> int:
    try:
        call()
    except flexprice.ApiException as error:
        return int(error.status or 0)
    return 0


def run(base: str, key: str) -> None:
    configuration = flexprice.Configuration(host=base, api_key={"ApiKeyAuth": key})
    with flexprice.ApiClient(configuration) as client:
        customers, plans = flexprice.CustomersApi(client), flexprice.PlansApi(client)
        customer = op(customers, "customers_post")({"external_id": "cust_001", "name": "Example Studio"})
        assert op(customers, "customers_id_get")(customer.id).external_id == "cust_001"
        assert op(customers, "customers_lookup_lookup_key_get")("cust_001").id == customer.id
        assert [found.id for found in op(customers, "customers_get")(external_id="cust_001").items] == [customer.id]
        assert [found.id for found in op(customers, "customers_search_post")({"limit": 5}).items] == [customer.id]
        assert op(customers, "customers_id_put")(customer.id, {"address_city": "Berlin"}).address_city == "Berlin"
        plan = op(plans, "plans_post")({"name": "AI Pro", "lookup_key": "ai_pro"})
        assert op(plans, "plans_id_get")(plan.id).lookup_key == "ai_pro"
        assert [found.id for found in op(plans, "plans_get")().items] == [plan.id]
        meter = {
            "name": "image_count",
            "event_name": "image_generated",
            "aggregation": {"type": "SUM", "field": "image_count"},
            "reset_usage": "BILLING_PERIOD",
        }
        features = flexprice.FeaturesApi(client)
        feature = op(features, "features_post")({"name": "Images", "type": "metered", "meter": meter})
        assert op(features, "features_id_get")(feature.id).meter_id == feature.meter_id
        prices(client, plan, feature)
        subscription(client, plan, customer)
        events(client)
        nobody = flexprice.CustomersApi(flexprice.ApiClient(flexprice.Configuration(host=base)))
        assert status_of(lambda: nobody.customers_id_get(customer.id)) == 401
        assert status_of(lambda: customers.customers_id_get("nope")) == 404
        assert status_of(lambda: customers.customers_post({"external_id": "cust_001", "name": "Again"})) == 409
        assert status_of(lambda: customers.customers_post({"external_id": "unnamed"})) == 400
        spare = customers.customers_post({"external_id": "spare", "name": "Spare"})
        assert op(customers, "customers_id_delete")(spare.id) is None
        assert status_of(lambda: customers.customers_id_get(spare.id)) in (0, 404)


def prices(client: Any, plan: Any, feature: Any) -> None:
    api = flexprice.PricesApi(client)
    price = {
        **TERMS,
        "type": "USAGE",
        "entity_type": "PLAN",
        "entity_id": plan.id,
        "meter_id": feature.meter_id,
        "invoice_cadence": "ARREAR",
        "price_unit_type": "FIAT",
        "currency": "USD",
        "amount": "0.04",
    }
    op(api, "prices_post")(price)
    # The price was made all the same; its amount is a text, as it should be.
    raw = json.loads(api.prices_get_without_preload_content().data)
    assert [found["amount"] for found in raw["items"]] == ["0.04"]
    op(api, "prices_get")()
    op(api, "prices_id_get")(raw["items"][0]["id"])


def subscription(client: Any, plan: Any, customer: Any) -> None:
    api = flexprice.SubscriptionsApi(client)
    body = {
        "plan_id": plan.id,
        "customer_id": customer.id,
        "currency": "USD",
        **{name: TERMS[name] for name in ("billing_period", "billing_period_count", "billing_cadence")},
        "customer_timezone": "Europe/Berlin",
    }
    op(api, "subscriptions_post")(body)
    raw = json.loads(api.subscriptions_get_without_preload_content().data)
    assert [found["plan_id"] for found in raw["items"]] == [plan.id]
    made = raw["items"][0]["id"]
    flexprice.EventsApi(client).events_post(
        {
            "event_name": "image_generated",
            "external_customer_id": "cust_001",
            "event_id": "evt_0",
            "properties": {"image_count": "3"},
        }
    )
    usage = op(api, "subscriptions_usage_post")({"subscription_id": made})
    assert usage is None or usage.amount == 0.12


def events(client: Any) -> None:
    api = flexprice.EventsApi(client)
    event = {"event_name": "call", "external_customer_id": "cust_001", "properties": {"n": "2"}}
    assert op(api, "events_post")({**event, "event_id": "evt_1"})["event_id"] == "evt_1"
    assert op(api, "events_bulk_post")({"events": [{**event, "event_id": "evt_2"}]})["message"]
    window = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2100-01-01T00:00:00Z"}
    listed = op(api, "events_query_post")({"event_name": "call", **window})
    assert {found.id for found in listed.events} == {"evt_1", "evt_2"}
    used = op(api, "events_usage_post")(
        {"event_name": "call", "aggregation_type": "SUM", "property_name": "n", **window}
    )
    assert used.value == 4


def main() -> None:
    wrong = ""
    try:
        run(sys.argv[1], sys.argv[2])
    except Exception:
        wrong = traceback.format_exc(limit=-5)
    print(json.dumps({"called": sorted(called), "refused": refused, "wrong": wrong}))


if __name__ == "__main__":
    main()
