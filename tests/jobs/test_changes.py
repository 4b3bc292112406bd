"""What was put off takes effect at the end of a period: cancellations, plan changes, trials, grants, children."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Shop

MAY, JUNE = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"


def _schedules(shop: Shop, sub: str) -> list[tuple[str, str]]:
    found = shop.api.get(f"/v1/subscriptions/{sub}/schedules").json["schedules"]
    return [(row["schedule_type"], row["status"]) for row in found]


def _both(shop: Shop, name: str, amount: str, rate: str) -> str:
    plan = shop.new_plan(name)
    shop.usage_price(plan, amount=rate)
    shop.fixed_price(plan, amount=amount)
    return plan


def test_a_cancellation_at_the_end_of_the_period(shop: Shop) -> None:
    plan = _both(shop, "Both", "30", "0.01")
    sub = shop.made(plan_id=plan)["id"]
    shop.use("2026-04-10T00:00:00Z", 500)
    shop.cancel(sub, cancellation_type="end_of_period", reason="enough")
    passed = shop.advance("2026-07-01T00:00:00Z")
    assert (passed["periods"], passed["cancelled"], passed["invoices"], passed["finalized"]) == (1, 1, 1, 1)
    read = shop.read(sub)
    assert (read["subscription_status"], read["cancelled_at"], read["end_date"]) == ("cancelled", MAY, MAY)
    assert {item["end_date"] for item in read["line_items"]} == {MAY}
    assert [invoice["total"] for invoice in shop.invoices(sub)] == ["30", "5"]
    assert _schedules(shop, sub) == [("cancellation", "executed")]


def test_a_cancellation_on_a_date_in_a_later_period(shop: Shop) -> None:
    plan = _both(shop, "Both", "30", "0.01")
    sub = shop.made(plan_id=plan)["id"]
    shop.cancel(sub, cancellation_type="scheduled_date", cancel_at="2026-05-16T12:00:00Z")
    shop.advance("2026-05-10T00:00:00Z")
    read = shop.read(sub)
    assert (read["subscription_status"], read["current_period_end"]) == ("active", "2026-05-16T12:00:00Z")
    shop.use("2026-05-12T00:00:00Z", 100)
    shop.advance("2026-07-10T00:00:00Z")
    assert shop.read(sub)["subscription_status"] == "cancelled"
    assert [invoice["period_end"] for invoice in shop.invoices(sub)] == [MAY, MAY, "2026-05-16T12:00:00Z"]
    assert shop.invoices(sub)[2]["total"] == "1"


def test_a_cancellation_called_off_does_nothing(shop: Shop) -> None:
    sub = shop.made(plan_id=shop.fixed_plan())["id"]
    shop.cancel(sub, cancellation_type="end_of_period")
    schedule = shop.api.get(f"/v1/subscriptions/{sub}/schedules").json["schedules"][0]["id"]
    assert shop.api.post("/v1/subscriptions/schedules/cancel", {"schedule_id": schedule}).status == 200
    assert shop.advance(JUNE)["cancelled"] == 0
    assert shop.read(sub)["subscription_status"] == "active"


def test_the_end_date(shop: Shop) -> None:
    sub = shop.made(plan_id=shop.fixed_plan(), end_date="2026-05-16T00:00:00Z")["id"]
    passed = shop.advance("2026-09-01T00:00:00Z")
    assert (passed["periods"], passed["cancelled"], passed["failed"]) == (2, 1, [])
    read = shop.read(sub)
    assert (read["subscription_status"], read["cancelled_at"]) == ("cancelled", "2026-05-16T00:00:00Z")
    assert [invoice["invoice_status"] for invoice in shop.invoices(sub)] == ["FINALIZED", "FINALIZED", "SKIPPED"]


def test_a_plan_change_in_place(shop: Shop) -> None:
    """The elapsed period is billed by the old plan, the next one in advance by the new."""
    old, new = _both(shop, "Old", "30", "0.01"), _both(shop, "New", "50", "0.02")
    sub = shop.made(plan_id=old)["id"]
    body = {"target_plan_id": new, "proration_behavior": "none", "change_at": "end_of_period"}
    assert shop.api.post(f"/v1/subscriptions/{sub}/change/v2/execute", body).status == 200
    shop.use("2026-04-10T00:00:00Z", 500)
    assert shop.advance(MAY)["plan_changes"] == 1
    assert shop.read(sub)["plan_id"] == new
    assert shop.invoices(sub)[1]["total"] == "55"
    shop.use("2026-05-10T00:00:00Z", 500)
    shop.advance(JUNE)
    assert shop.invoices(sub)[2]["total"] == "60"
    assert _schedules(shop, sub) == [("plan_change", "executed")]


def test_a_plan_change_by_a_new_subscription(shop: Shop) -> None:
    old, new = _both(shop, "Old", "30", "0.01"), _both(shop, "New", "50", "0.02")
    sub = shop.made(plan_id=old)["id"]
    body = {
        "target_plan_id": new,
        "proration_behavior": "none",
        "billing_cadence": "RECURRING",
        "billing_period": "MONTHLY",
        "billing_cycle": "anniversary",
        "change_at": "end_of_period",
    }
    assert shop.api.post(f"/v1/subscriptions/{sub}/change/execute", body).status == 200
    shop.use("2026-04-10T00:00:00Z", 500)
    assert shop.advance(MAY)["plan_changes"] == 1
    assert shop.read(sub)["subscription_status"] == "cancelled"
    assert [invoice["total"] for invoice in shop.invoices(sub)] == ["30", "5"]
    (schedule,) = shop.api.get(f"/v1/subscriptions/{sub}/schedules").json["schedules"]
    assert schedule["status"] == "executed"
    successor = schedule["execution_result"]["new_subscription_id"]
    assert (shop.read(successor)["plan_id"], shop.read(successor)["start_date"]) == (new, MAY)
    assert [invoice["total"] for invoice in shop.invoices(successor)] == ["50"]
    shop.use("2026-05-10T00:00:00Z", 500)
    shop.advance(JUNE)
    assert shop.invoices(successor)[1]["total"] == "60"


def test_a_plan_change_that_fails_says_so(shop: Shop) -> None:
    old, new = shop.fixed_plan(), shop.fixed_plan(amount="50")
    sub = shop.made(plan_id=old)["id"]
    body = {"target_plan_id": new, "proration_behavior": "none", "change_at": "end_of_period"}
    shop.api.post(f"/v1/subscriptions/{sub}/change/v2/execute", body)
    shop.cancel(sub, cancellation_type="scheduled_date", cancel_at="2026-09-01T00:00:00Z")
    shop.advance(MAY)
    assert shop.read(sub)["plan_id"] == old
    assert ("plan_change", "executed") not in _schedules(shop, sub)


@pytest.mark.parametrize("kind", ["by itself", "moved"])
def test_a_trial_ends(shop: Shop, kind: str) -> None:
    """behaviour/subscriptions#trials: the anchor is the end of the trial, the first real period starts there."""
    sub = shop.made(plan_id=shop.fixed_plan(), trial_period_days=10)["id"]
    end = "2026-04-11T00:00:00Z"
    if kind == "moved":
        end = "2026-04-21T00:00:00Z"
        change = {"type": "trial_end", "trial_end_params": {"action": "scheduled_date", "new_trial_end": end}}
        reply = shop.api.post(f"/v1/subscriptions/{sub}/modify/execute", change)
        assert reply.status == 200, reply.text
    assert shop.advance("2026-04-10T23:59:59Z")["trials_ended"] == 0
    assert shop.advance("2026-04-25T00:00:00Z")["trials_ended"] == 1
    read = shop.read(sub)
    assert (read["subscription_status"], read["billing_anchor"], read["current_period_start"]) == ("active", end, end)
    assert read["current_period_end"] == end.replace("-04-", "-05-")
    opening, first = shop.invoices(sub)
    assert (opening["billing_reason"], opening["total"]) == ("SUBSCRIPTION_TRIAL_START", "0")
    assert (first["billing_reason"], first["total"], first["created_at"]) == ("SUBSCRIPTION_TRIAL_END", "30", end)
    shop.advance(read["current_period_end"])
    assert shop.invoices(sub)[2]["total"] == "30"


def test_an_inherited_subscription_follows_its_parent(shop: Shop) -> None:
    child = shop.api.made("/v1/customers", {"external_id": "child", "name": "Child"})["id"]
    sub = shop.made(inheritance={"external_customer_ids_to_inherit_subscription": ["child"]})["id"]
    body = {"event_name": "tok", "external_customer_id": "child", "timestamp": "2026-04-10T00:00:00Z"}
    shop.api.made("/v1/events", {**body, "properties": {"n": 300}})
    shop.advance(MAY)
    assert shop.invoices(sub)[1]["total"] == "3"
    (heir,) = shop.search(customer_id=child).json["items"]
    assert (heir["current_period_start"], heir["current_period_end"]) == (MAY, JUNE)
    shop.cancel(sub, cancellation_type="end_of_period")
    shop.api.made("/v1/events", {**body, "timestamp": "2026-05-10T00:00:00Z", "properties": {"n": 500}})
    shop.advance(JUNE)
    assert shop.invoices(sub)[2]["total"] == "5"
    assert shop.read(heir["id"])["subscription_status"] == "cancelled"


def test_children_invoiced_jointly_roll_with_their_parent(shop: Shop) -> None:
    other = shop.api.made("/v1/customers", {"external_id": "other", "name": "Other"})["id"]
    plan = shop.fixed_plan()
    child = shop.made(customer_id=other, plan_id=plan)["id"]
    inheritance = {"subscriptions_ids_for_grouped_invoicing": [child]}
    parent = shop.made(plan_id=shop.fixed_plan(amount="7"), inheritance=inheritance)["id"]
    shop.advance(MAY)
    assert shop.invoices(parent)[1]["total"] == "37"
    assert shop.read(child)["current_period_start"] == MAY
    assert len(shop.invoices(child)) == 1


MONTHLY: dict[str, Any] = {
    "name": "Monthly credits",
    "scope": "SUBSCRIPTION",
    "credits": "10",
    "cadence": "RECURRING",
    "period": "MONTHLY",
    "period_count": 1,
    "expiration_type": "NEVER",
    "start_date": "2026-04-01T00:00:00Z",
}


def _credits(shop: Shop) -> list[str]:
    wallets = shop.api.get(f"/v1/customers/{shop.customer}/wallets").json
    return [wallet["credit_balance"] for wallet in wallets]


def test_recurring_credits_are_given_when_they_are_due(shop: Shop) -> None:
    shop.made(plan_id=shop.fixed_plan(), credit_grants=[MONTHLY])
    balances = []
    for moment in ("2026-04-02T00:00:00Z", "2026-05-02T00:00:00Z", "2026-07-02T00:00:00Z"):
        shop.advance(moment)
        balances.append(_credits(shop))
    assert balances == [["10"], ["20"], ["40"]]


@pytest.mark.parametrize(("status", "later"), [("paused", "20"), ("cancelled", "10")])
def test_a_paused_subscription_misses_credits_and_an_ended_one_all(shop: Shop, status: str, later: str) -> None:
    sub = shop.made(plan_id=shop.fixed_plan(), credit_grants=[MONTHLY])["id"]
    shop.api.put(f"/v1/subscriptions/{sub}", {"status": status})
    shop.advance("2026-05-02T00:00:00Z")
    shop.api.put(f"/v1/subscriptions/{sub}", {"status": "active"})
    shop.advance("2026-05-03T00:00:00Z")
    assert _credits(shop) == ["10"]
    shop.advance("2026-06-02T00:00:00Z")
    assert _credits(shop) == [later]


def test_a_period_that_reaches_beyond_the_end_of_a_grant_brings_nothing(shop: Shop) -> None:
    grant = {**MONTHLY, "end_date": "2026-05-31T23:59:59Z"}
    shop.made(plan_id=shop.fixed_plan(), credit_grants=[grant])
    shop.advance("2026-07-02T00:00:00Z")
    assert _credits(shop) == ["10"]


def test_credits_of_past_billing_cycles_have_expired(shop: Shop) -> None:
    grant = {**MONTHLY, "start_date": "2026-02-01T00:00:00Z", "expiration_type": "BILLING_CYCLE"}
    shop.at("2026-04-02T00:00:00Z").made(start_date="2026-02-01T00:00:00Z", credit_grants=[grant])
    assert _credits(shop) == ["10"]


def test_a_period_ends_before_credits_are_given(shop: Shop) -> None:
    """A subscription that ends gets no credits for the period that would have followed."""
    shop.made(plan_id=shop.fixed_plan(), credit_grants=[MONTHLY], end_date=MAY)
    shop.advance("2026-05-02T00:00:00Z")
    assert _credits(shop) == ["10"]


def test_children_leave_their_trial_with_their_parent(shop: Shop) -> None:
    shop.api.made("/v1/customers", {"external_id": "child", "name": "Child"})
    inheritance = {"external_customer_ids_to_inherit_subscription": ["child"]}
    sub = shop.made(plan_id=shop.fixed_plan(), trial_period_days=10, inheritance=inheritance)["id"]
    passed = shop.advance("2026-04-12T00:00:00Z")
    assert (passed["trials_ended"], passed["failed"]) == (1, [])
    assert [invoice["total"] for invoice in shop.invoices(sub)] == ["0", "30"]


def test_fees_in_arrear_are_prorated_in_the_first_period_only(shop: Shop) -> None:
    """behaviour/subscriptions#opening-invoice: 16.37 for the short first period, the full price from then on."""
    plan = shop.fixed_plan(invoice_cadence="ARREAR")
    shop.at("2026-04-14T15:00:00Z")
    changes = {"billing_cycle": "calendar", "proration_behavior": "create_prorations"}
    sub = shop.made(plan_id=plan, start_date="2026-04-14T15:00:00Z", **changes)["id"]
    shop.advance("2026-07-01T00:00:00Z")
    assert [each["total"] for each in shop.invoices(sub) if each["total"] != "0"] == ["16.37", "30", "30"]
