"""Periods end while the clock advances (behaviour/invoices-and-wallets#when-invoices-come,
behaviour/subscriptions#anchor)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Shop

DATES = """
ann | MONTHLY×1 | UTC | 2026-04-14T15:00:00Z | – | 2026-05-14T15:00:00Z → 2026-06-14T15:00:00Z → 2026-07-14T15:00:00Z
ann | MONTHLY×1 | UTC | 2026-04-14T15:00:00.123Z | – | 2026-05-14T15:00:00Z → 2026-06-14T15:00:00Z → 2026-07-14T15:00:00Z
ann | MONTHLY×1 | UTC | 2026-01-31T00:00:00Z | – | 2026-02-28T00:00:00Z → 2026-03-31T00:00:00Z → 2026-04-30T00:00:00Z
ann | MONTHLY×1 | UTC | 2028-01-31T10:30:00Z | – | 2028-02-29T10:30:00Z → 2028-03-31T10:30:00Z → 2028-04-30T10:30:00Z
ann | MONTHLY×2 | UTC | 2026-12-31T00:00:00Z | – | 2027-02-28T00:00:00Z → 2027-04-30T00:00:00Z → 2027-06-30T00:00:00Z
ann | MONTHLY×1 | UTC | 2026-04-10T12:00:00Z | 2026-01-15T00:00:00Z | 2026-04-15T00:00:00Z → 2026-05-15T00:00:00Z → 2026-06-15T00:00:00Z
ann | MONTHLY×1 | UTC | 2026-02-10T12:00:00Z | 2026-01-31T00:00:00Z | 2026-02-28T00:00:00Z → 2026-03-31T00:00:00Z → 2026-04-30T00:00:00Z
ann | ANNUAL×1 | UTC | 2024-02-29T08:00:00Z | – | 2025-02-28T08:00:00Z → 2026-02-28T08:00:00Z → 2027-02-28T08:00:00Z
ann | ANNUAL×4 | UTC | 2024-02-29T08:00:00Z | – | 2028-02-29T08:00:00Z → 2032-02-29T08:00:00Z → 2036-02-29T08:00:00Z
ann | QUARTERLY×1 | UTC | 2026-11-30T00:00:00Z | – | 2027-02-28T00:00:00Z → 2027-05-30T00:00:00Z → 2027-08-30T00:00:00Z
ann | QUARTERLY×1 | UTC | 2026-04-14T15:00:00Z | 2026-09-01T00:00:00Z | 2026-09-01T00:00:00Z → 2026-12-01T00:00:00Z → 2027-03-01T00:00:00Z
ann | HALF_YEARLY×1 | UTC | 2026-08-31T00:00:00Z | – | 2027-02-28T00:00:00Z → 2027-08-31T00:00:00Z → 2028-02-29T00:00:00Z
ann | WEEKLY×2 | UTC | 2026-04-14T15:00:00Z | 2026-04-17T09:00:00Z | 2026-04-24T09:00:00Z → 2026-05-08T09:00:00Z → 2026-05-22T09:00:00Z
ann | DAILY×10 | UTC | 2026-04-25T15:00:00Z | – | 2026-05-05T15:00:00Z → 2026-05-15T15:00:00Z → 2026-05-25T15:00:00Z
cal | DAILY×1 | UTC | 2026-04-14T15:00:00Z | – | 2026-04-15T00:00:00Z → 2026-04-16T00:00:00Z → 2026-04-17T00:00:00Z
cal | WEEKLY×1 | UTC | 2026-04-13T00:00:00Z | – | 2026-04-20T00:00:00Z → 2026-04-27T00:00:00Z → 2026-05-04T00:00:00Z
cal | MONTHLY×1 | UTC | 2026-04-14T15:00:00Z | – | 2026-05-01T00:00:00Z → 2026-06-01T00:00:00Z → 2026-07-01T00:00:00Z
cal | QUARTERLY×2 | UTC | 2026-11-14T15:00:00Z | – | 2027-01-01T00:00:00Z → 2027-07-01T00:00:00Z → 2028-01-01T00:00:00Z
cal | MONTHLY×1 | Europe/Berlin | 2026-04-14T15:00:00Z | – | 2026-04-30T22:00:00Z → 2026-05-31T22:00:00Z → 2026-06-30T22:00:00Z
cal | MONTHLY×1 | America/New_York | 2026-10-20T15:00:00Z | – | 2026-11-01T04:00:00Z → 2026-12-01T05:00:00Z → 2027-01-01T05:00:00Z
ann | MONTHLY×1 | America/New_York | 2026-01-31T03:00:00Z | – | 2026-03-01T03:00:00Z → 2026-03-31T02:00:00Z → 2026-05-01T02:00:00Z
ann | DAILY×1 | Europe/Berlin | 2026-03-28T12:00:00Z | – | 2026-03-29T11:00:00Z → 2026-03-30T11:00:00Z → 2026-03-31T11:00:00Z
"""  # noqa: E501, RUF001  # the rows of the table as it is written


@pytest.mark.parametrize("row", [row for row in DATES.splitlines() if row])
def test_5_3_the_following_periods(papers: Shop, row: str) -> None:
    cycle, length, zone, start, anchor, ends = (cell.strip() for cell in row.split("|"))
    period, count = length.split("×")  # noqa: RUF001  # as in the table
    api, shop = papers.api, papers.at("2023-01-01T00:00:00Z")
    customer = api.made("/v1/customers", {"external_id": "tz", "name": "Z", "timezone": zone})["id"]
    plan = shop.new_plan("Dates")
    shop.usage_price(plan, billing_period=period, billing_period_count=int(count))
    made = shop.made(
        customer_id=customer,
        plan_id=plan,
        billing_period=period,
        billing_period_count=int(count),
        billing_cycle={"ann": "anniversary", "cal": "calendar"}[cycle],
        start_date=start,
        **({} if anchor == "–" else {"billing_anchor": anchor}),  # noqa: RUF001  # as in the table
    )
    first, second, third = ends.split(" → ")
    assert made["current_period_end"] == first
    shop.advance(first)
    assert _current(shop, made["id"]) == (first, second)
    shop.advance(second)
    assert _current(shop, made["id"]) == (second, third)


def _current(shop: Shop, subscription: str) -> tuple[str, str]:
    read = shop.read(subscription)
    return read["current_period_start"], read["current_period_end"]


def test_nothing_happens_before_a_period_ends(shop: Shop) -> None:
    sub = shop.made()["id"]
    assert set(map(str, shop.advance("2026-04-30T23:59:59.999Z").values())) == {"0", "[]"}
    assert len(shop.invoices(sub)) == 1


def test_row_4_usage_in_arrear_and_the_next_period_in_advance(shop: Shop) -> None:
    plan = shop.new_plan("Both")
    shop.usage_price(plan)
    shop.fixed_price(plan)
    sub = shop.made(plan_id=plan)["id"]
    shop.use("2026-04-10T00:00:00Z", 500)
    shop.use("2026-05-01T00:00:00Z", 77)
    assert shop.advance("2026-05-01T00:00:00Z") | {"failed": []} == {
        "periods": 1, "invoices": 1, "skipped": 0, "finalized": 0, "trials_ended": 0, "cancelled": 0,
        "plan_changes": 0, "failed": [],
    }  # fmt: skip
    opening, cycle = shop.invoices(sub)
    assert (opening["billing_reason"], opening["total"]) == ("SUBSCRIPTION_CREATE", "30")
    assert (cycle["billing_reason"], cycle["invoice_status"]) == ("SUBSCRIPTION_CYCLE", "DRAFT")
    assert (cycle["period_start"], cycle["period_end"]) == ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
    assert cycle["created_at"] == cycle["last_computed_at"] == "2026-05-01T00:00:00Z"
    assert cycle["total"] == "35"
    lines = {line["price_type"]: (line["amount"], line["period_start"]) for line in cycle["line_items"]}
    assert lines == {"USAGE": ("5", "2026-04-01T00:00:00Z"), "FIXED": ("30", "2026-05-01T00:00:00Z")}
    assert _current(shop, sub) == ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")


def test_row_5_a_draft_is_finalized_two_hours_later(shop: Shop) -> None:
    plan = shop.fixed_plan()
    sub = shop.made(plan_id=plan)["id"]
    shop.advance("2026-05-01T01:59:59Z")
    assert shop.invoices(sub)[1]["invoice_status"] == "DRAFT"
    assert shop.advance("2026-05-01T02:00:00Z")["finalized"] == 1
    cycle = shop.invoices(sub)[1]
    assert (cycle["invoice_status"], cycle["payment_status"]) == ("FINALIZED", "PENDING")
    assert (cycle["finalized_at"], cycle["invoice_number"]) == ("2026-05-01T02:00:00Z", "INV-202605-00001")


def test_several_elapsed_periods_give_one_invoice_each(shop: Shop) -> None:
    plan = shop.new_plan("Both")
    shop.usage_price(plan)
    shop.fixed_price(plan)
    sub = shop.made(plan_id=plan)["id"]
    for month, value in ((4, 100), (5, 200), (6, 300)):
        shop.use(f"2026-0{month}-15T00:00:00Z", value)
    passed = shop.advance("2026-07-02T00:00:00Z")
    assert (passed["periods"], passed["invoices"], passed["finalized"]) == (3, 3, 3)
    cycles = shop.invoices(sub)[1:]
    assert [(c["period_start"][:7], c["total"], c["invoice_number"]) for c in cycles] == [
        ("2026-04", "31", "INV-202605-00001"),
        ("2026-05", "32", "INV-202606-00001"),
        ("2026-06", "33", "INV-202607-00001"),
    ]
    assert [c["billing_sequence"] for c in cycles] == [2, 3, 4]


def test_a_period_without_charges_is_skipped(shop: Shop) -> None:
    sub = shop.made()["id"]
    passed = shop.advance("2026-06-15T00:00:00Z")
    assert (passed["periods"], passed["invoices"], passed["skipped"], passed["finalized"]) == (2, 0, 2, 0)
    assert [invoice["invoice_status"] for invoice in shop.invoices(sub)] == ["SKIPPED"] * 3


def test_one_step_or_many_come_to_the_same(papers: Shop) -> None:
    """Deterministic: what happens depends on the state and the time, not on how it was reached."""
    shop = papers
    plan = shop.new_plan("Both")
    shop.usage_price(plan)
    shop.fixed_price(plan)
    one = shop.made(plan_id=plan)["id"]
    for day in range(1, 29):
        shop.use(f"2026-04-{day:02d}T12:00:00Z", day)
        shop.use(f"2026-05-{day:02d}T12:00:00Z", day * 3)
    taken = shop.api.post("/_mock/snapshots", {"name": "rollover"})
    assert taken.status == 201

    def outcome() -> list[tuple[Any, ...]]:
        names = ("billing_reason", "invoice_status", "total", "finalized_at", "created_at", "invoice_number")
        return [tuple(invoice.get(name) for name in names) for invoice in shop.invoices(one)]

    shop.advance("2026-06-10T00:00:00Z")
    at_once = outcome()
    assert shop.api.post("/_mock/snapshots/rollover/restore").status == 200
    for day in ("2026-04-20", "2026-05-01", "2026-05-02", "2026-05-31", "2026-06-01", "2026-06-10"):
        shop.advance(f"{day}T00:00:00Z")
    assert outcome() == at_once
    shop.api.delete("/_mock/snapshots/rollover")


def test_setting_the_clock_rolls_nothing_but_advancing_then_catches_up(shop: Shop) -> None:
    plan = shop.fixed_plan()
    sub = shop.made(plan_id=plan)["id"]
    shop.at("2026-06-15T00:00:00Z")
    assert _current(shop, sub)[0] == "2026-04-01T00:00:00Z"
    reply = shop.api.put("/_mock/clock", {"advance_seconds": 60}).json
    assert reply["passed"]["periods"] == 2
    assert _current(shop, sub)[0] == "2026-06-01T00:00:00Z"
    assert {invoice["created_at"] for invoice in shop.invoices(sub)[1:]} == {"2026-06-15T00:00:00Z"}


def test_a_calendar_period_is_prorated_once(shop: Shop) -> None:
    """behaviour/subscriptions#opening-invoice: 16.37 for the short first period, the full price from then on."""
    plan = shop.fixed_plan()
    shop.at("2026-04-14T15:00:00Z")
    sub = shop.made(
        plan_id=plan,
        start_date="2026-04-14T15:00:00Z",
        billing_cycle="calendar",
        proration_behavior="create_prorations",
    )["id"]
    shop.advance("2026-06-01T00:00:00Z")
    assert [invoice["total"] for invoice in shop.invoices(sub)] == ["16.37", "30", "30"]


def test_drafts_trials_cancelled_and_incomplete_subscriptions_do_not_roll(shop: Shop) -> None:
    plan = shop.fixed_plan()
    draft = shop.made(plan_id=plan, subscription_status="draft")["id"]
    cancelled = shop.made(plan_id=plan)["id"]
    shop.cancel(cancelled, cancellation_type="immediate")
    incomplete = shop.made(plan_id=plan, payment_behavior="default_incomplete", collection_method="send_invoice")["id"]
    paused = shop.made(plan_id=plan)["id"]
    shop.api.put(f"/v1/subscriptions/{paused}", {"status": "paused"})
    assert shop.advance("2026-08-01T00:00:00Z")["periods"] == 0
    for sub in (draft, cancelled, incomplete, paused):
        assert _current(shop, sub)[0] == "2026-04-01T00:00:00Z", sub


@pytest.mark.parametrize(("call", "made"), [("finalize", 0), ("void", 1)])
def test_a_period_that_was_invoiced_by_hand_is_not_invoiced_again(shop: Shop, call: str, made: int) -> None:
    """A period whose invoice is sealed is passed over; a void invoice stands for nothing."""
    sub = shop.made(plan_id=shop.fixed_plan(invoice_cadence="ARREAR"))["id"]
    body = {
        "customer_id": shop.customer,
        "subscription_id": sub,
        "invoice_type": "SUBSCRIPTION",
        "currency": "usd",
        "billing_period": "MONTHLY",
        "billing_reason": "SUBSCRIPTION_CYCLE",
        "period_start": "2026-04-01T00:00:00Z",
        "period_end": "2026-05-01T00:00:00Z",
    }
    invoice = shop.api.made("/v1/invoices", body)
    assert invoice["total"] == "30"
    shop.api.made(f"/v1/invoices/{invoice['id']}/{call}", None)
    passed = shop.advance("2026-05-02T00:00:00Z")
    assert (passed["periods"], passed["invoices"], passed["failed"]) == (1, made, [])
    assert _current(shop, sub)[0] == "2026-05-01T00:00:00Z"
    totals = [each["total"] for each in shop.invoices(sub) if each["invoice_status"] == "FINALIZED"]
    assert totals == ["30"]
    by_hand = shop.api.get(f"/v1/invoices/{invoice['id']}").json["invoice_status"]
    assert by_hand == {"finalize": "FINALIZED", "void": "VOIDED"}[call]


def test_a_failure_is_told_and_left_for_later(shop: Shop) -> None:
    plan = shop.new_plan("Both")
    shop.usage_price(plan)
    sub = shop.made(plan_id=plan)["id"]
    other = shop.made()["id"]
    shop.use("2026-04-15T00:00:00Z", 100)
    store, _ = shop.api.app.extensions["flexprice"]
    with store.write() as tx:
        # No route archives a customer with subscriptions; the real server's own data may be like that.
        tx.connection.execute("UPDATE customers SET status = 'archived' WHERE id = ?", (shop.customer,))
    passed = shop.advance("2026-05-02T00:00:00Z")
    assert {(failure["what"], failure["id"]) for failure in passed["failed"]} == {("period", sub), ("period", other)}
    assert _current(shop, sub)[0] == "2026-04-01T00:00:00Z"
    assert shop.api.get("/_mock/clock").json["now"] == "2026-05-02T00:00:00Z"


def test_too_many_periods_are_refused_and_nothing_changes(papers: Shop) -> None:
    plan = papers.new_plan("Daily")
    papers.usage_price(plan, billing_period="DAILY")
    sub = papers.made(plan_id=plan, billing_period="DAILY")["id"]
    reply = papers.api.put("/_mock/clock", {"advance_to": "2029-04-01T00:00:00Z"})
    assert reply.status == 400
    assert "1000 billing periods" in reply.json["error"]
    assert papers.api.get("/_mock/clock").json["now"] == "2026-04-01T00:00:00Z"
    assert _current(papers, sub)[0] == "2026-04-01T00:00:00Z"


def test_waiting_events_are_metered_on_the_way(shop: Shop) -> None:
    sub = shop.made()["id"]
    shop.api.put("/_mock/ingestion", {"delay_seconds": 3600})
    shop.at("2026-04-30T22:30:00Z").use("2026-04-30T22:30:00Z", 100)
    shop.at("2026-04-30T23:30:00Z").use("2026-04-30T23:30:00Z", 1000)
    shop.advance("2026-05-01T00:00:00Z")
    assert shop.invoices(sub)[1]["total"] == "1"


@pytest.mark.parametrize(
    "body",
    [
        {"advance_to": "2026-03-31T23:59:59Z"},
        {"advance_to": "soon"},
        {"advance_to": None},
        {"advance_to": "2026-05-01T00:00:00Z", "advance_seconds": 1},
        {"advance_to": "2026-05-01T00:00:00Z", "now": None},
    ],
)
def test_bad_advances_are_refused(papers: Shop, body: Any) -> None:
    reply = papers.api.put("/_mock/clock", body)
    assert (reply.status, set(reply.json)) == (400, {"error"})
    assert papers.api.get("/_mock/clock").json["now"] == "2026-04-01T00:00:00Z"
