"""The billing periods of a stored subscription."""

from __future__ import annotations

from datetime import datetime

from mockserver.rating.periods import Period, period_containing
from mockserver.store.records.subscriptions import Subscription


def period_at(subscription: Subscription, moment: datetime) -> Period | None:
    """The billing period [start, end) of a subscription that ``moment`` lies in, in its own time zone; None before its
    start and from its end on (behaviour/subscriptions#creating-a-subscription)."""
    return period_containing(
        moment,
        subscription.start_date,
        subscription.billing_anchor,
        subscription.billing_period,
        subscription.billing_period_count,
        subscription.timezone,
        subscription.end_date,
    )
