"""Opening invoices, and reading and listing what they leave behind (behaviour/subscriptions#creating-a-subscription,
behaviour/subscriptions#opening-invoice; behaviour/invoices-and-wallets#invoice-routes,
behaviour/invoices-and-wallets#when-invoices-come)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver.errors import DatabaseRefusal
from mockserver.invoices import rules
from mockserver.store.query import Eq
from mockserver.store.tables.invoices import INVOICES
from mockserver.subscriptions.base.rules import get as subscription_of
from mockserver.subscriptions.line_items.present import items_of
from mockserver.vocabulary import SubscriptionStatus


def opened(shop: Any, status: str = "active", **changes: Any) -> tuple[str, dict[str, Any] | None]:
    """A subscription of that status and its opening invoice, made from a draft, which has none yet."""
    subscription = shop.subscribe(subscription_status="draft", **changes)
    with shop.work() as work:
        row = replace(subscription_of(work, subscription), subscription_status=SubscriptionStatus(status))
        if status == "trialing" and row.trial_start and row.trial_end:
            row = replace(row, current_period_start=row.trial_start, current_period_end=row.trial_end)
        return subscription, rules.opening(work, row, items_of(work, subscription))


def stored_of(shop: Any, subscription: str) -> list[dict[str, Any]]:
    with shop.work() as work:
        rows: list[dict[str, Any]] = work.tx.published(INVOICES, Eq("subscription_id", subscription))
        return rows


def test_an_opening_invoice_charges_what_is_paid_in_advance(shop: Any) -> None:
    """04-20-37"""
    price = shop.price(amount="12.50", invoice_cadence="ADVANCE", min_quantity=2)["id"]
    shop.price(shop.meter(), amount="1")
    shop.price(amount="99")
    subscription, invoice = opened(shop)
    assert invoice is not None
    (line,) = invoice.pop("line_items")
    for name, value in {
        "customer_id": shop.customer,
        "subscription_id": subscription,
        "subscription_customer_id": shop.customer,
        "invoice_type": "SUBSCRIPTION",
        "invoice_status": "FINALIZED",
        "payment_status": "PENDING",
        "currency": "usd",
        "subtotal": "25",
        "total": "25",
        "amount_due": "25",
        "amount_remaining": "25",
        "amount_paid": "0",
        "invoice_number": "INV-202604-00001",
        "billing_sequence": 1,
        "description": f"Invoice for advance charges - subscription {subscription}",
        "due_date": "2026-05-02T00:00:00Z",
        "billing_reason": "SUBSCRIPTION_CREATE",
        "period_start": "2026-04-01T00:00:00Z",
        "period_end": "2026-05-01T00:00:00Z",
        "version": 4,
    }.items():
        assert invoice[name] == value, name
    assert invoice["idempotency_key"].startswith("subscription_invoice-")
    assert {"finalized_at", "issue_date", "last_computed_at"} <= set(invoice)
    assert not {"paid_at", "metadata", "customer", "subscription"} & set(invoice)
    assert (line["price_id"], line["amount"], line["quantity"], line["price_type"]) == (price, "25", "2", "FIXED")
    assert line["metadata"] == {"description": "Basic (Fixed Charge)"}
    assert not {"meter_id", "price_unit_amount"} & set(line)


@pytest.mark.parametrize("fee", [None, {"amount": "30"}, {"amount": "0.004", "invoice_cadence": "ADVANCE"}])
def test_nothing_due_leaves_a_skipped_invoice_behind(shop: Any, fee: dict[str, Any] | None) -> None:
    """04-20-40, 06-0-11: usage only, a fee in arrear, or one that rounds to nothing."""
    shop.price(shop.meter(), amount="1")
    if fee is not None:
        shop.price(**fee)
    subscription, invoice = opened(shop)
    assert invoice is None
    (row,) = stored_of(shop, subscription)
    assert (row["invoice_status"], row["invoice_number"], row["billing_sequence"]) == ("SKIPPED", "", 1)
    assert shop.api.get("/v1/invoices").json["pagination"]["total"] == 0
    listed = shop.api.made("/v1/invoices/search", {"invoice_status": ["SKIPPED"]})["items"]
    assert [each["id"] for each in listed] == [row["id"]]


@pytest.mark.parametrize(
    ("method", "payment", "version"), [("charge_automatically", "SUCCEEDED", 5), ("send_invoice", "PENDING", 4)]
)
def test_a_trial_opens_with_an_invoice_over_nothing(shop: Any, method: str, payment: str, version: int) -> None:
    """04-20-28"""
    shop.price(amount="20", invoice_cadence="ADVANCE")
    _, invoice = opened(shop, "trialing", trial_period_days=14, collection_method=method)
    assert invoice is not None
    for name, value in {
        "invoice_status": "FINALIZED",
        "payment_status": payment,
        "subtotal": "0",
        "total": "0",
        "billing_reason": "SUBSCRIPTION_TRIAL_START",
        "period_end": "2026-04-15T00:00:00Z",
        "due_date": "2026-04-16T00:00:00Z",
        "version": version,
    }.items():
        assert invoice[name] == value, name
    assert ("paid_at" in invoice) == (payment == "SUCCEEDED")
    assert [(line["amount"], line["quantity"]) for line in invoice["line_items"]] == [("0", "1")]


def test_a_trial_without_fees_opens_without_lines(shop: Any) -> None:
    shop.price(shop.meter(), amount="1")
    _, invoice = opened(shop, "trialing", trial_period_days=14)
    assert invoice is not None
    assert not {"line_items", "description"} & set(invoice)
    assert (invoice["payment_status"], invoice["version"]) == ("SUCCEEDED", 3)


@pytest.mark.parametrize(
    ("terms", "due"), [("15 NET", "2026-05-16"), ("30 NET", "2026-05-31"), ("90 NET", "2026-07-30")]
)
def test_payment_terms_count_from_the_periods_end(shop: Any, terms: str, due: str) -> None:
    shop.price(amount="30", invoice_cadence="ADVANCE")
    _, invoice = opened(shop, payment_terms=terms)
    assert invoice is not None
    assert invoice["due_date"] == f"{due}T00:00:00Z"


NOON = "2030-04-14T15:00:00Z"
SHARED = {"proration_behavior": "create_prorations"}
CALENDAR = {"billing_cycle": "calendar"}
PRORATED = [
    ("none", CALENDAR, "30"),
    ("calendar", {**CALENDAR, **SHARED}, "16.37"),
    ("capped", {**CALENDAR, **SHARED, "end_date": "2030-04-20T00:00:00Z"}, "8.49"),
    ("anniversary", SHARED, "30"),
    ("old-anchor", {**SHARED, "billing_anchor": "2030-01-20T00:00:00Z"}, "1.79"),
    ("late-anchor", {**SHARED, "billing_anchor": "2030-05-20T00:00:00Z"}, "30"),
]


@pytest.mark.parametrize(("changes", "amount"), [pytest.param(*row[1:], id=f"04-6.1-{row[0]}") for row in PRORATED])
def test_a_short_first_period(shop: Any, changes: dict[str, Any], amount: str) -> None:
    shop.price(amount="30", invoice_cadence="ADVANCE")
    _, invoice = opened(shop, start_date=NOON, **changes)
    assert invoice is not None
    assert invoice["total"] == amount


def test_the_last_second_of_a_period_costs_nothing(shop: Any) -> None:
    """04-23"""
    shop.price(amount="30", invoice_cadence="ADVANCE")
    changes = {"billing_cycle": "calendar", "proration_behavior": "create_prorations"}
    _, invoice = opened(shop, start_date="2030-04-30T23:59:59Z", **changes)
    assert invoice is None


def test_a_fee_that_starts_later_is_scaled(shop: Any) -> None:
    shop.price(amount="10", invoice_cadence="ADVANCE", start_date="2026-04-16T00:00:00Z")
    _, invoice = opened(shop)
    assert invoice is not None
    (line,) = invoice["line_items"]
    assert (line["amount"], line["period_start"]) == ("5", "2026-04-16T00:00:00Z")


def test_a_one_time_fee_is_charged_in_full_where_it_starts(shop: Any) -> None:
    shop.price(amount="7", billing_period="ONETIME", invoice_cadence="ADVANCE")
    shop.price(shop.meter(), amount="1")
    subscription, invoice = opened(shop)
    assert invoice is not None
    (line,) = invoice["line_items"]
    assert (line["amount"], line["period_start"], line["period_end"]) == (
        "7",
        "2026-04-01T00:00:00Z",
        "2026-04-01T00:00:01Z",
    )
    later = shop.preview(subscription)["line_items"]
    assert [each["price_type"] for each in later] == ["USAGE"]


def test_numbers_count_within_the_month_of_finalization(shop: Any) -> None:
    """06-12.7"""
    shop.price(amount="30", invoice_cadence="ADVANCE")
    shop.api.at("2026-04-30T12:00:00Z")
    numbers = [invoice["invoice_number"] for _, invoice in (opened(shop), opened(shop)) if invoice]
    shop.api.at("2026-05-01T12:00:00Z")
    numbers += [invoice["invoice_number"] for _, invoice in (opened(shop),) if invoice]
    assert numbers == ["INV-202604-00001", "INV-202604-00002", "INV-202605-00001"]


def test_an_amount_beyond_the_column_is_refused(upstream_shop: Any) -> None:
    """06-3: more than 12 digits before the point."""
    shop = upstream_shop
    shop.price(amount="1000000000", invoice_cadence="ADVANCE", min_quantity=1000)
    with pytest.raises(DatabaseRefusal):
        opened(shop)


def test_reading_one_shows_its_subscription_and_customer(shop: Any) -> None:
    shop.price(amount="30", invoice_cadence="ADVANCE")
    subscription, invoice = opened(shop)
    assert invoice is not None
    read = shop.api.get(f"/v1/invoices/{invoice['id']}").json
    shown, customer = read.pop("subscription"), read.pop("customer")
    assert read == invoice
    assert (shown["id"], shown["plan"]["id"], customer["id"]) == (subscription, shop.plan, shop.customer)
    assert "latest_invoice" not in shown


@pytest.mark.parametrize(
    ("path", "status", "details"),
    [
        ("/v1/invoices/inv_nope", 404, {"id": "inv_nope"}),
        ("/v1/invoices/inv_nope?expand=foo", 400, {"field": "foo"}),
    ],
)
def test_what_cannot_be_read(api: Any, path: str, status: int, details: dict[str, str]) -> None:
    reply = api.get(path)
    assert (reply.status, reply.details) == (status, details)


def test_lists_filter_and_page(shop: Any) -> None:
    """06-12.1, 01-7.2: the offset comes back as it was asked for."""
    shop.price(amount="30", invoice_cadence="ADVANCE")
    made = [opened(shop) for _ in range(3)]
    ids = [invoice["id"] for _, invoice in made if invoice]
    page = shop.api.get("/v1/invoices?limit=2&offset=1").json
    assert [each["id"] for each in page["items"]] == [ids[1], ids[0]]
    assert page["pagination"] == {"total": 3, "limit": 2, "offset": 1}
    assert page["items"][0]["customer"]["id"] == shop.customer
    assert page["items"][0]["line_items"][0]["amount"] == "30"
    for query, expected in (
        ({"invoice_ids": [ids[0]]}, [ids[0]]),
        ({"subscription_id": made[1][0]}, [ids[1]]),
        ({"customer_id": "cust_nope"}, []),
        ({"external_customer_id": "c"}, ids[::-1]),
        ({"invoice_type": "ONE_OFF"}, []),
        ({"payment_status": ["PENDING"]}, ids[::-1]),
        ({"amount_due_gt": "29.99"}, ids[::-1]),
        ({"amount_due_gt": 30}, []),
        ({"billing_reason": "SUBSCRIPTION_CREATE", "order": "asc"}, ids),
        ({"period_start_gte": "2026-04-02T00:00:00Z"}, []),
        ({"end_time": "2026-05-01T00:00:00Z"}, ids[::-1]),
        ({"sort": [{"field": "invoice_number", "direction": "asc"}]}, ids),
        (
            {"filters": [{"field": "total", "operator": "gt", "data_type": "number", "value": {"number": 5}}]},
            ids[::-1],
        ),
    ):
        found = shop.api.made("/v1/invoices/search", query)
        assert [each["id"] for each in found["items"]] == expected, query
    bare = shop.api.made("/v1/invoices/search", {"skip_line_items": True})["items"]
    assert not any("line_items" in each for each in bare)


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ({"limit": 1001}, 400, "limit"),
        ({"limit": 0}, 400, "limit"),
        ({"billing_reason": "X"}, 400, "allowed"),
        ({"external_customer_id": "nope"}, 404, "lookup_key"),
    ],
)
def test_searches_that_are_refused(api: Any, body: dict[str, Any], status: int, key: str) -> None:
    reply = api.post("/v1/invoices/search", body)
    assert reply.status == status
    assert key in reply.details
