"""A subscription's usage bill in either reading, line by line and day by day, from the rollups the bill is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.billing.items import Item
from mockserver.billing.usage import SubscriptionUsage, quantities, usage_item, usage_of_subscription
from mockserver.dashboard.verdicts import price_name
from mockserver.divergences import Divergences
from mockserver.explaining.reading import READINGS, own_reading
from mockserver.metering.claims import seconds
from mockserver.metering.events import EPOCH
from mockserver.rating.charges import item_cost
from mockserver.rating.money import ZERO, plain, round_money, subtract
from mockserver.rating.periods import previous_period_start
from mockserver.store.latest import days_with_usage
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.streams import streams_of
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.plans import PLANS
from mockserver.times import format_time
from mockserver.work import Work

MAX_POINTS = 92
"""Points of the chart; where more days have usage, neighbours share one."""
_MAX_DAYS = 3700
_DAY = timedelta(days=1)
_EARLIER_PERIODS = 11


def as_read(work: Work, reading: str) -> Work:
    """The same work under one of the readings."""
    state = {divergence.id: on for divergence, on in work.divergences.items()}
    state["price-filter-values-ignored"] = not READINGS[reading]
    return Work(work.tx, work.caller, work.now, Divergences(work.divergences.profile, state))


def bill(work: Work, subscription: Subscription, start: datetime, end: datetime) -> dict[str, Any]:
    """What usage from ``start`` (inclusive) to ``end`` (exclusive) costs. Amounts are exact unless called rounded.
    ``Refused`` without a customer to bill."""
    found = {name: _Read(work, subscription, start, end, name) for name in READINGS}
    either = found["documented"].usage
    chart = _points(work, either)
    customer = work.tx.get(CUSTOMERS, subscription.customer_id)
    plan = work.tx.get(PLANS, subscription.plan_id or "")
    return {
        "subscription_id": subscription.id,
        "subscription_status": subscription.subscription_status,
        "customer": customer["name"] if customer is not None else "",
        "external_customer_ids": list(either.customers),
        "plan": plan["name"] if plan is not None else "",
        "currency": subscription.currency,
        "start_time": format_time(start),
        "end_time": format_time(end),
        "reading": own_reading(work),
        "periods": _periods(subscription),
        "totals": {name: each.totals() for name, each in found.items()},
        "lines": [_line(item, {name: each.line(item) for name, each in found.items()}) for item in either.items],
        "points": [
            {
                "start_time": format_time(first),
                "end_time": format_time(last),
                **{name: found[name].until(last) for name in READINGS},
            }
            for first, last in chart
        ],
    }


@dataclass(slots=True)
class _Read:
    """The bill in one reading."""

    work: Work
    subscription: Subscription
    start: datetime
    end: datetime
    usage: SubscriptionUsage
    before: dict[str, Decimal]

    def __init__(self, work: Work, subscription: Subscription, start: datetime, end: datetime, reading: str) -> None:
        self.work = as_read(work, reading)
        self.subscription, self.start, self.end = subscription, start, end
        self.usage = usage_of_subscription(self.work, subscription, start, end)
        self.before = {}

    def totals(self) -> dict[str, str]:
        return {"exact": plain(self.usage.exact), "rounded": plain(self.usage.amount)}

    def line(self, item: Item) -> dict[str, Any]:
        metered = self.usage.metered[item.id]
        exact = item_cost(usage_item(item, metered, self.start, self.end))
        return {
            "quantity": plain(metered.quantity),
            "events": metered.event_count,
            "amount": plain(exact),
            "rounded": plain(round_money(exact, item.terms.currency)),
        }

    def until(self, end: datetime) -> dict[str, str]:
        """What each item's cost grew by since the last call; items that did not grow are left out."""
        items = self.usage.items
        metered = quantities(self.work, self.subscription, self.usage.customers, items, self.start, end)
        grown = {}
        for item in items:
            reached = item_cost(usage_item(item, metered[item.id], self.start, end))
            step = subtract(reached, self.before.get(item.id, ZERO))
            self.before[item.id] = reached
            if step:
                grown[item.id] = plain(step)
        return grown


def _line(item: Item, readings: Mapping[str, Any]) -> dict[str, Any]:
    price, meter = item.price, item.meter
    return {
        "subscription_line_item_id": item.id,
        "price_id": price.id,
        "price": price_name(price),
        "meter": meter["name"] if meter is not None else "",
        "billing_model": price.billing_model,
        "unit_amount": plain(item.terms.amount),
        "currency": price.currency,
        "filter_values": price.filter_values or {},
        **readings,
    }


def _points(work: Work, usage: SubscriptionUsage) -> list[tuple[datetime, datetime]]:
    """The days with usage, cut to the window; neighbours share a point where there are too many."""
    meters = {item.meter_id for item in usage.items}
    streams = [
        stream
        for meter_id in sorted(meters)
        for stream in streams_of(work.tx.connection, work.tx.environment_id, meter_id, usage.customers)
    ]
    first, last = seconds(usage.start), seconds(usage.end)
    found = days_with_usage(work.tx.connection, streams, first, last, _MAX_DAYS)
    days = [EPOCH + timedelta(seconds=day) for day in found]
    together = -(-len(days) // MAX_POINTS) or 1
    groups: list[Sequence[datetime]] = [days[i : i + together] for i in range(0, len(days), together)]
    return [(max(group[0], usage.start), min(group[-1] + _DAY, usage.end)) for group in groups]


def _periods(subscription: Subscription) -> list[dict[str, str]]:
    """The current billing period and those before it, the newest first."""
    start, end = subscription.current_period_start, subscription.current_period_end
    found = [(start, end)]
    terms = (subscription.billing_anchor, subscription.billing_period, subscription.billing_period_count)
    while len(found) <= _EARLIER_PERIODS and start > subscription.start_date:
        try:
            earlier = previous_period_start(start, *terms, subscription.timezone)
        except (ValueError, OverflowError):
            break
        start, end = max(earlier, subscription.start_date), start
        found.append((start, end))
    return [{"start_time": format_time(first), "end_time": format_time(last)} for first, last in found]
