"""First periods and anchors as creating shows them (behaviour/subscriptions#creating-a-subscription); the calendar
itself is tested in tests/rating."""

from __future__ import annotations

from typing import Any

import pytest

ROWS = [
    ("MONTHLY", "2026-04-14T15:00:00.123Z", {}, "2026-04-14T15:00:00.123Z", "2026-05-14T15:00:00Z"),
    (
        "MONTHLY",
        "2026-04-10T12:00:00Z",
        {"billing_anchor": "2026-01-15T00:00:00Z"},
        "2026-01-15T00:00:00Z",
        "2026-04-15T00:00:00Z",
    ),
    ("ANNUAL", "2024-02-29T08:00:00Z", {}, "2024-02-29T08:00:00Z", "2025-02-28T08:00:00Z"),
    (
        "WEEKLY",
        "2026-04-13T00:00:00Z",
        {"billing_cycle": "calendar"},
        "2026-04-20T00:00:00Z",
        "2026-04-20T00:00:00Z",
    ),
    (
        "QUARTERLY",
        "2026-11-14T15:00:00Z",
        {"billing_cycle": "calendar", "billing_period_count": 2},
        "2027-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    ),
    ("DAILY", "2026-04-25T15:00:00Z", {"billing_period_count": 10}, "2026-04-25T15:00:00Z", "2026-05-05T15:00:00Z"),
]


@pytest.mark.parametrize(("period", "start", "changes", "anchor", "end"), ROWS)
def test_first_period(shop: Any, period: str, start: str, changes: dict[str, Any], anchor: str, end: str) -> None:
    plan = shop.new_plan("Any")
    shop.usage_price(plan, billing_period=period)
    made = shop.made(plan_id=plan, billing_period=period, start_date=start, **changes)
    assert (made["billing_anchor"], made["current_period_start"], made["current_period_end"]) == (anchor, start, end)


def test_a_price_may_start_later(shop: Any) -> None:
    plan = shop.new_plan("Late")
    shop.usage_price(plan, start_date="2026-04-20T00:00:00Z")
    assert shop.made(plan_id=plan)["line_items"][0]["start_date"] == "2026-04-20T00:00:00Z"


def test_a_one_time_item_lasts_a_second(shop: Any) -> None:
    made = shop.made(plan_id=shop.fixed_plan(billing_period="ONETIME"))
    assert made["line_items"][0]["end_date"] == "2026-04-01T00:00:01Z"


def test_trial_of_the_plans_fixed_prices(shop: Any) -> None:
    plan = shop.fixed_plan(trial_period_days=10)
    assert shop.made(plan_id=plan)["trial_end"] == "2026-04-11T00:00:00Z"
    assert shop.made(plan_id=plan, trial_period_days=0)["subscription_status"] == "active"
    shop.fixed_price(plan, trial_period_days=20)
    assert shop.post(plan_id=plan).status == 400


def test_a_draft_keeps_its_trial_and_resumes_it_inside_the_window(shop: Any) -> None:
    draft = shop.made(trial_period_days=10, subscription_status="draft")
    assert draft["current_period_end"] == "2026-05-01T00:00:00Z"
    path = f"/v1/subscriptions/{draft['id']}/activate"
    started = shop.api.post(path, {"start_date": "2026-04-05T00:00:00Z"}).json
    assert started["subscription_status"] == "trialing"
    assert started["current_period_end"] == "2026-04-15T00:00:00Z"
    assert started["trial_end"] == "2026-04-11T00:00:00Z"


@pytest.mark.parametrize(
    ("sent", "zone"),
    [
        ({"customer_timezone": "Europe/Berlin"}, "Europe/Berlin"),
        ({"timezone": "Asia/Kolkata"}, "Asia/Kolkata"),
        ({"timezone": "Asia/Kolkata", "customer_timezone": "Europe/Berlin"}, "Europe/Berlin"),
    ],
)
def test_zone_of_the_subscription(papers: Any, real: Any, sent: dict[str, str], zone: str) -> None:
    assert papers.made(**sent)["timezone"] == zone
    assert real.made(**sent)["timezone"] == "UTC"


def test_a_zone_that_says_nothing_new_is_not_relied_on(shop: Any) -> None:
    assert "X-Flexprice-Mock-Divergence" not in shop.post(customer_timezone="UTC").headers


def test_an_unknown_customer_timezone(papers: Any) -> None:
    assert papers.post(customer_timezone="Mars/X").details == {"CustomerTimezone": "not an IANA time zone"}
