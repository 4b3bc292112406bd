"""The billing period of a stored subscription, from every column that bounds it
(behaviour/subscriptions#creating-a-subscription)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.lookups.periods import period_at
from mockserver.rating.periods import Period
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS


def day(month: int, date: int, hour: int = 0) -> datetime:
    return datetime(2026, month, date, hour, tzinfo=UTC)


CALENDAR: dict[str, Any] = {
    "start_date": day(4, 10),
    "billing_anchor": day(5, 1),
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "timezone": "UTC",
    "end_date": None,
}


@pytest.mark.parametrize(
    ("changed", "moment", "expected"),
    [
        ({}, day(4, 9), None),
        ({}, day(4, 20), Period(day(4, 10), day(5, 1))),
        ({}, day(5, 1), Period(day(5, 1), day(6, 1))),
        ({"billing_anchor": day(4, 10)}, day(5, 1), Period(day(4, 10), day(5, 10))),
        ({"billing_anchor": day(4, 10), "billing_period_count": 2}, day(5, 20), Period(day(4, 10), day(6, 10))),
        ({"billing_anchor": day(4, 10), "billing_period": "WEEKLY"}, day(4, 18), Period(day(4, 17), day(4, 24))),
        ({"end_date": day(5, 15)}, day(5, 14), Period(day(5, 1), day(5, 15))),
        ({"end_date": day(5, 15)}, day(5, 15), None),
    ],
)
def test_a_subscription_s_period(changed: dict[str, Any], moment: datetime, expected: Period | None) -> None:
    row = dict.fromkeys(SUBSCRIPTIONS.columns) | CALENDAR | changed
    assert period_at(Subscription.of(row), moment) == expected
