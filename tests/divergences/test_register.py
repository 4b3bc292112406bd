"""Every entry of the register, both sides: what the documents say (switch off) and what the real server does (on)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.divergences import REGISTER
from tests.conftest import Api, Reply

HEADER = "X-Flexprice-Mock-Divergence"
NOW = "2026-04-14T00:00:00Z"


@dataclass(frozen=True)
class Case:
    """What a request sequence observes with the switch off and on. ``answer`` says which of its answers the switch
    decides, counted from the last."""

    observe: Callable[[Any], Any]
    documents: Any
    server: Any
    answer: int = -1


CASES: dict[str, Case] = {}


def case(
    divergence_id: str, *, documents: Any, server: Any, answer: int = -1
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Register the case of an entry."""

    def register(observe: Callable[[Any], Any]) -> Callable[[Any], Any]:
        assert divergence_id not in CASES
        CASES[divergence_id] = Case(observe, documents, server, answer)
        return observe

    return register


class Listening(Api):
    """An API that keeps which divergences each answer named."""

    def __init__(self, api: Api) -> None:
        super().__init__(api.app, api.key)
        self.named: list[set[str]] = []

    def __call__(self, *args: Any, **kw: Any) -> Reply:
        reply = super().__call__(*args, **kw)
        self.named.append(set(filter(None, reply.headers.get(HEADER, "").split(", "))))
        return reply


def a_plan(api: Any) -> str:
    return str(api.made("/v1/plans", {"name": "P"})["id"])


def a_meter(api: Any, **changes: Any) -> str:
    body = {
        "name": "video_seconds",
        "event_name": "video_generated",
        "aggregation": {"type": "SUM", "field": "seconds"},
        "reset_usage": "BILLING_PERIOD",
        **changes,
    }
    return str(api.made("/v1/meters", body)["id"])


def a_price(plan: str, meter: str | None = None, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "entity_type": "PLAN",
        "entity_id": plan,
        "type": "USAGE" if meter else "FIXED",
        "billing_model": "FLAT_FEE",
        "billing_period": "MONTHLY",
        "billing_period_count": 1,
        "invoice_cadence": "ARREAR" if meter else "ADVANCE",
        "currency": "USD",
        "amount": "1",
        **changes,
    }
    if meter:
        body["meter_id"] = meter
    return {name: value for name, value in body.items() if value is not None}


def a_customer(api: Any, **changes: Any) -> str:
    return str(api.made("/v1/customers", {"external_id": "c", "name": "C", **changes})["id"])


def a_unit(api: Any, code: str = "CRD") -> Any:
    body = {"name": "U", "code": code, "symbol": "cr", "base_currency": "USD", "conversion_rate": "0.01"}
    return api.post("/v1/prices/units", body)


def a_subscription(api: Any, plan: str, customer: str, **changes: Any) -> dict[str, Any]:
    body = {"plan_id": plan, "customer_id": customer, "billing_period": "MONTHLY", "currency": "USD", **changes}
    made: dict[str, Any] = api.made("/v1/subscriptions", body)
    return made


@case("price-filter-values-ignored", documents=[0, 8], server=[8, 8])
def price_filters(api: Any) -> Any:
    api.at(NOW)
    plan, meter = a_plan(api), a_meter(api)
    for model in ("a", "b"):
        api.made("/v1/prices", a_price(plan, meter, display_name=model, filter_values={"model": [model]}))
    subscription = a_subscription(api, plan, a_customer(api))
    api.at("2026-04-14T12:00:00Z")
    api.made(
        "/v1/events",
        {"event_name": "video_generated", "external_customer_id": "c", "properties": {"seconds": 8, "model": "b"}},
    )
    charges = api.made("/v1/subscriptions/usage", {"subscription_id": subscription["id"]})["charges"]
    return [charge["quantity"] for charge in sorted(charges, key=lambda charge: charge["price"]["display_name"])]


@case("price-unit-code-three-characters", documents=201, server=500)
def unit_code(api: Any) -> Any:
    return a_unit(api, "CREDIT").status


@case("customer-timezone-ignored", documents="Europe/Berlin", server="UTC")
def subscription_zone(api: Any) -> Any:
    plan, meter = a_plan(api), a_meter(api)
    api.made("/v1/prices", a_price(plan, meter))
    return a_subscription(api, plan, a_customer(api), customer_timezone="Europe/Berlin")["timezone"]


@case("billing-period-count-required", documents=201, server=400)
def period_count(api: Any) -> Any:
    return api.post("/v1/prices", a_price(a_plan(api), billing_period_count=None)).status


@case("bulk-currency-echoed", documents="usd", server="USD")
def bulk_currency(api: Any) -> Any:
    return api.made("/v1/prices/bulk", {"items": [a_price(a_plan(api))]})["items"][0]["currency"]


@case("custom-price-currency-case", documents=201, server=400)
def unit_currency(api: Any) -> Any:
    a_unit(api)
    config = {"price_unit": "CRD", "amount": "100"}
    return api.post("/v1/prices", a_price(a_plan(api), price_unit_type="CUSTOM", price_unit_config=config)).status


@case("bulk-lookup-key-clash-is-500", documents=409, server=500)
def bulk_clash(api: Any) -> Any:
    plan = a_plan(api)
    api.made("/v1/prices", a_price(plan, lookup_key="k"))
    return api.post("/v1/prices/bulk", {"items": [a_price(plan, lookup_key="k")]}).status


@case("storage-refusal-is-500", documents=(400, "validation_error"), server=(500, "database_error"))
def too_long(api: Any) -> Any:
    reply = api.post("/v1/customers", {"external_id": "x" * 256, "name": "A"})
    return reply.status, reply.code


@case("filter-type-mismatch-is-500", documents=(400, "validation_error"), server=(500, "database_error"))
def mismatch(api: Any) -> Any:
    condition = {"field": "display_order", "operator": "eq", "data_type": "string", "value": {"string": "x"}}
    reply = api.post("/v1/plans/search", {"filters": [condition]})
    return reply.status, reply.code


@case("crash-is-empty-500", documents=(400, "validation_error"), server=(500, None))
def crash(api: Any) -> Any:
    reply = api.post("/v1/customers/search", {"filters": [{"field": "name", "operator": "eq", "data_type": "string"}]})
    return reply.status, reply.code


@case("random-status", documents=(400, False), server=(400, True))
def toss_up(api: Any) -> Any:
    reply = api.post("/v1/customers/search", {"sort": [{"field": "nope", "direction": "asc"}]})
    return reply.status, "at random" in reply.json["message"]


def _bad_batch(api: Any) -> Any:
    good = {"event_name": "e", "external_customer_id": "c", "event_id": "good"}
    return api.post("/v1/events/bulk", {"events": [good, {"event_name": "e"}]})


@case("entitlement-list-filters-ignored", documents=1, server=2)
def entitlement_filters(api: Any) -> Any:
    feature = api.made("/v1/features", {"name": "SSO", "type": "boolean"})["id"]
    plans = [a_plan(api), a_plan(api)]
    for plan in plans:
        api.made("/v1/entitlements", {"plan_id": plan, "feature_id": feature, "feature_type": "boolean"})
    return len(api.made("/v1/entitlements/search", {"plan_ids": plans[:1]})["items"])


@case("bulk-events-partly-ingested", documents=[], server=["good"], answer=-2)
def partial_bulk(api: Any) -> Any:
    assert _bad_batch(api).status == 400
    until = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2100-01-01T00:00:00Z"}
    return [event["id"] for event in api.made("/v1/events/query", until)["events"]]


@case("huggingface-route-name", documents=200, server=404)
def huggingface(api: Any) -> Any:
    return api.post("/v1/events/huggingface-inference", {"requestIds": ["x"]}).status


@case("price-list-filters-ignored", documents=0, server=1)
def price_list_filters(api: Any) -> Any:
    api.made("/v1/prices", a_price(a_plan(api)))
    return api.made("/v1/prices/search", {"plan_ids": ["plan_none"]})["pagination"]["total"]


@case("group-lookup-key-clash-is-500", documents=409, server=500)
def group_clash(api: Any) -> Any:
    body = {"name": "G", "entity_type": "price", "lookup_key": "g"}
    api.made("/v1/groups", body)
    return api.post("/v1/groups", body).status


@case("comma-lists-not-split", documents=2, server=0)
def comma_lists(api: Any) -> Any:
    for external_id in ("a", "b", "c"):
        a_customer(api, external_id=external_id)
    return api.get("/v1/customers?external_ids=a,b").json["pagination"]["total"]


@case("price-unit-in-use-deleted", documents=400, server=200)
def unit_in_use(api: Any) -> Any:
    unit = a_unit(api).json["id"]
    config = {"price_unit": "CRD", "amount": "100"}
    price = a_price(a_plan(api), currency="usd", price_unit_type="CUSTOM", price_unit_config=config, amount=None)
    api.made("/v1/prices", price)
    return api.delete(f"/v1/prices/units/{unit}").status


@case("price-unit-list-filters-reset", documents="archived", server="published")
def unit_list(api: Any) -> Any:
    api.delete(f"/v1/prices/units/{a_unit(api, 'AAA').json['id']}")
    a_unit(api, "BBB")
    return api.get("/v1/prices/units?status=archived").json["items"][0]["status"]


@case("external-id-history-keeps-new-id", documents="old", server="new")
def external_id_history(api: Any) -> Any:
    customer = a_customer(api, external_id="old", metadata={"k": "v"})
    return api.put(f"/v1/customers/{customer}", {"external_id": "new"}).json["metadata"]["old_external_ids"]


@case("plan-sync-unavailable", documents=200, server=503)
def plan_sync(api: Any) -> Any:
    return api.post(f"/v1/plans/{a_plan(api)}/sync/subscriptions").status


@case("late-proration-is-500", documents=(400, "validation_error"), server=(500, "system_error"))
def late_proration(api: Any) -> Any:
    api.at(NOW)
    plan, customer = a_plan(api), a_customer(api)
    api.made("/v1/prices", a_price(plan, start_date="2026-01-01T00:00:00Z"))
    made = a_subscription(api, plan, customer, start_date="2026-02-01T00:00:00Z")
    body = {"cancellation_type": "immediate", "proration_behavior": "create_prorations"}
    reply = api.post(f"/v1/subscriptions/{made['id']}/cancel", body)
    return reply.status, reply.code


@case("windowed-true-up-loses-usage", documents="36", server="30")
def windowed_true_up(api: Any) -> Any:
    api.at(NOW)
    plan, meter = a_plan(api), a_meter(api, aggregation={"type": "SUM", "field": "seconds", "bucket_size": "DAY"})
    price = api.made("/v1/prices", a_price(plan, meter, start_date="2026-04-01T00:00:00Z"))["id"]
    commitment = {
        "commitment_amount": "10",
        "overage_factor": "1.5",
        "is_window_commitment": True,
        "enable_true_up": True,
    }
    subscription = a_subscription(
        api, plan, a_customer(api), start_date="2026-04-01T00:00:00Z", line_item_commitments={price: commitment}
    )
    for day, seconds in ((1, 4), (2, 14)):
        event = {"event_name": "video_generated", "external_customer_id": "c", "properties": {"seconds": seconds}}
        api.made("/v1/events", {**event, "timestamp": f"2026-04-0{day}T05:00:00Z"})
    window = {"period_start": "2026-04-01T00:00:00Z", "period_end": "2026-04-04T00:00:00Z"}
    return api.made("/v1/invoices/preview", {"subscription_id": subscription["id"], **window})["subtotal"]


@case("tax-list-offset-is-500", documents=(200, None), server=(500, "database_error"))
def tax_list_offset(api: Any) -> Any:
    reply = api.get("/v1/taxes/rates?limit=7&offset=3")
    return reply.status, reply.code


@case("unknown-tax-rate-is-500", documents=(404, "not_found", False), server=(500, None, True))
def unknown_tax_rate(api: Any) -> Any:
    reply = api.get("/v1/taxes/rates/taxrate_none")
    return reply.status, reply.code, list(reply.json) == ["error"]


@case("failed-invoice-leaves-draft", documents=(404, 0), server=(404, 1), answer=-2)
def failed_invoice(api: Any) -> Any:
    body = {
        "customer_id": a_customer(api),
        "subscription_id": "subs_none",
        "invoice_type": "SUBSCRIPTION",
        "currency": "usd",
        "billing_period": "MONTHLY",
        "period_start": "2026-04-01T00:00:00Z",
        "period_end": "2026-05-01T00:00:00Z",
    }
    status = api.post("/v1/invoices", body).status
    return status, api.get("/v1/invoices").json["pagination"]["total"]


@case("recalculated-draft-loses-lines", documents=("3", "PENDING"), server=("0", "SUCCEEDED"))
def recalculated_draft(api: Any) -> Any:
    api.at(NOW)
    plan, customer = a_plan(api), a_customer(api)
    api.made("/v1/prices", a_price(plan, amount="3", invoice_cadence="ARREAR", start_date="2026-01-01T00:00:00Z"))
    made = a_subscription(api, plan, customer, start_date="2026-03-01T00:00:00Z")
    body = {
        "customer_id": customer,
        "subscription_id": made["id"],
        "invoice_type": "SUBSCRIPTION",
        "currency": "usd",
        "billing_period": "MONTHLY",
        "billing_reason": "SUBSCRIPTION_CYCLE",
        "period_start": "2026-03-01T00:00:00Z",
        "period_end": "2026-04-01T00:00:00Z",
    }
    draft = api.made("/v1/invoices", body)
    found = api.made(f"/v1/invoices/{draft['id']}/recalculate-v2?finalize=false", None)
    return found["subtotal"], found["payment_status"]


@pytest.mark.parametrize("divergence_id", [d.id for d in REGISTER])
def test_both_sides(server_with: Any, divergence_id: str) -> None:
    """Each switch alone decides, whatever the profile, and the answer that relied on it names it."""
    assert divergence_id in CASES, "a register entry needs a case that shows both sides"
    case = CASES[divergence_id]
    assert case.documents != case.server
    name = divergence_id.replace("-", "_")
    for is_real, expected in ((False, case.documents), (True, case.server)):
        api = Listening(server_with("documented", **{name: is_real}))
        assert case.observe(api) == expected
        assert divergence_id in api.named[case.answer], "the answer does not announce the divergence"


def test_no_case_is_left_over() -> None:
    assert set(CASES) == {d.id for d in REGISTER}


def test_an_answer_names_the_divergence_it_relied_on(apis: dict[str, Any]) -> None:
    for api in apis.values():
        plan = a_plan(api)
        relying = api.post("/v1/prices", a_price(plan, a_meter(api), filter_values={"model": ["a"]}))
        assert relying.headers[HEADER] == "price-filter-values-ignored"
        plain = api.post("/v1/prices", a_price(plan))
        assert HEADER not in plain.headers
