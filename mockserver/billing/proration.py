"""Charges for the rest of a period when something changes in the middle of it (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mockserver.errors import Invalid
from mockserver.rating.money import ZERO, multiply, plain, round_money
from mockserver.rating.periods import Period, periods
from mockserver.rating.proration import share
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.work import Work

_SECOND = timedelta(seconds=1)
_MAX_PERIODS = 240
"""How many billing periods ahead of the current one a date may lie."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of a proration invoice; ``amount`` is rounded, negative for a credit."""

    item: LineItem
    amount: Decimal
    quantity: Decimal
    name: str
    description: str


def rest_of(period: Period, amount: Decimal, quantity: Decimal, at: datetime, currency: str) -> Decimal:
    """What a quantity costs from a moment to the end of the period less its last second; 0 after that."""
    end = period.end - _SECOND
    part = share(end - max(at, period.start), end - period.start)
    return round_money(multiply(multiply(amount, quantity), part), currency)


def charges_for(work: Work, period: Period, currency: str, items: Sequence[LineItem], at: datetime) -> list[Charge]:
    """What new fixed items cost from a moment to the end of a period; items that cost nothing are left out."""
    prices = work.tx.loaded(Price, (item.price_id for item in items))
    result = []
    for item in items:
        if item.price_type == "USAGE":
            continue
        each = prices[item.price_id].amount or ZERO
        cost = rest_of(period, each, item.quantity, at, currency)
        if cost:
            text = f"{plain(item.quantity)} x {item.display_name}, {at:%Y-%m-%d} to {period.end:%Y-%m-%d}"
            result.append(Charge(item, cost, item.quantity, item.display_name, text))
    return result


def current_or_later_period(subscription: Subscription, moment: datetime) -> Period:
    """The billing period a moment lies in; ``Invalid`` for one before the current period or too far ahead."""
    first, end = subscription.current_period_start, subscription.current_period_end
    if first <= moment < end:
        return Period(first, end)
    following = periods(
        end,
        subscription.billing_anchor,
        subscription.billing_period,
        subscription.billing_period_count,
        subscription.timezone,
    )
    for _, period in zip(range(_MAX_PERIODS), following, strict=False):
        if period.start <= moment < period.end:
            return period
    raise Invalid(
        "the date must lie in the current billing period or a later one",
        {"target": moment, "known_period_start": first, "known_period_end": end},
    )
