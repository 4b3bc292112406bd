"""How much of its entitlements a customer has used (behaviour/customers-and-plans#sub-resources-of-a-customer,
behaviour/rating#entitlement-usage-of-a-customer)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.billing import usage as billing
from mockserver.billing.items import Item
from mockserver.customers import rules as customers
from mockserver.errors import ApiError, Invalid
from mockserver.metering.usage import UsageWindow
from mockserver.metering.usage import usage as metered
from mockserver.rating.money import ZERO, add, divide
from mockserver.rating.periods import period_containing
from mockserver.rating.zones import zone
from mockserver.store.columns import Row
from mockserver.store.query import In
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.meters import FEATURES
from mockserver.subscriptions.core.entitled import entitled
from mockserver.times import ZERO as UNSET
from mockserver.work import Work

_ORDER = {"metered": 1, "static": 2, "boolean": 3, "config": 4}
_DAILY, _MONTHLY, _NEVER = "DAILY", "MONTHLY", "NEVER"


def customer_of(work: Work, data: Mapping[str, Any], path_id: str = "") -> str:
    """The id of the customer asked for: by path, ``customer_id`` or ``customer_lookup_key``, which must agree."""
    customer_id = data.get("customer_id", "")
    if path_id and customer_id and customer_id != path_id:
        raise Invalid("the path and customer_id name different customers")
    customer_id = path_id or customer_id
    lookup_key = data.get("customer_lookup_key", "")
    if not customer_id and not lookup_key:
        raise Invalid("either customer_id or customer_lookup_key is needed")
    if lookup_key:
        found: str = customers.get_by_external_id(work, lookup_key)["id"]
        if customer_id and found != customer_id:
            raise Invalid("customer_id and customer_lookup_key name different customers")
        return found
    return customer_id


def summary(work: Work, customer_id: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per entitled feature: metered first, then static, boolean, config, each by name.

    Only the newest of the considered subscriptions is measured, as the real server does
    (behaviour/customers-and-plans#sub-resources-of-a-customer).
    """
    customers.get(work, customer_id)
    feature_ids = list(data.get("feature_ids", ()))
    if data.get("feature_lookup_keys"):
        where = In("lookup_key", data["feature_lookup_keys"])
        feature_ids += [row["id"] for row in work.tx.published(FEATURES, where)]
    considered, features = entitled(work, customer_id, feature_ids, data.get("subscription_ids", ()))
    if not features:
        return []
    measured = _used(work, considered[0], features)
    rows = [_row(work, considered[0], each, measured.get(each["feature"]["id"], ZERO)) for each in features]
    return sorted(rows, key=lambda row: (_ORDER[row["feature"]["type"]], row["feature"]["name"]))


def _row(work: Work, subscription: Subscription, aggregated: Row, used: Decimal) -> dict[str, Any]:
    granted = aggregated["entitlement"]
    limit = granted.get("usage_limit")
    return {
        "feature": aggregated["feature"],
        "meter": aggregated["meter"],
        "total_limit": limit,
        "is_unlimited": limit is None,
        "current_usage": used,
        "usage_percent": _fraction(used, limit),
        "is_enabled": granted["is_enabled"],
        "is_soft_limit": granted["is_soft_limit"],
        "next_usage_reset_at": next_reset(work.now, subscription, granted.get("usage_reset_period", "")),
        "sources": aggregated["sources"],
    }


def _fraction(used: Decimal, limit: int | None) -> Decimal:
    if limit is None:
        return ZERO
    return Decimal(100) if limit <= 0 else divide(used, Decimal(limit))


def next_reset(now: datetime, subscription: Subscription, period: str) -> datetime | None:
    """When included usage starts anew after ``now``, at midnight of the subscription's time zone.

    The unset time for NEVER, None for a period that is neither DAILY nor MONTHLY; never after the subscription's end.
    """
    where = zone(subscription.timezone)
    if period == _NEVER:
        return UNSET
    if period == _DAILY:
        reset = _midnight(now.astimezone(where) + timedelta(days=1))
    elif period == _MONTHLY:
        month = period_containing(
            now, subscription.start_date, subscription.billing_anchor, _MONTHLY, tz=subscription.timezone
        )
        if month is None:
            return None
        reset = _midnight(month.end.astimezone(where))
    else:
        return None
    end: datetime | None = subscription.end_date
    return end if end is not None and reset > end else reset


def _midnight(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day, tzinfo=moment.tzinfo)


def _used(work: Work, subscription: Subscription, features: Sequence[Row]) -> dict[str, Decimal]:
    """Usage by feature id. Only meters that the subscription charges for are measured."""
    by_meter = {row["meter"]["id"]: row for row in features if row["meter"] is not None}
    try:
        billed = billing.usage_of_subscription(work, subscription)
    except ApiError:
        return {}
    result: dict[str, Decimal] = {}
    for item in billed.items:
        row = by_meter.get(item.meter_id)
        if row is None:
            continue
        feature_id, period = row["feature"]["id"], row["entitlement"].get("usage_reset_period", "")
        if period == subscription.billing_period:
            result[feature_id] = add(result.get(feature_id, ZERO), billed.metered[item.id].quantity)
        elif (window := _window(work.now, subscription, period)) is not None:
            result[feature_id] = _measure(work, item, billed.customers, *window, subscription.billing_anchor)
    return result


def _window(now: datetime, subscription: Subscription, period: str) -> tuple[datetime, datetime] | None:
    """What is counted under a reset period other than the billing period: today, this anchored month, or
    everything since the start; inside the current billing period but for NEVER. None counts nothing."""
    start, end = subscription.current_period_start, subscription.current_period_end
    if period == _NEVER:
        return subscription.start_date, end
    if period == _DAILY:
        today = _midnight(now.astimezone(zone(subscription.timezone)))
        begin, stop = today, today + timedelta(days=1)
    elif period == _MONTHLY:
        month = period_containing(
            now, start, subscription.billing_anchor, _MONTHLY, tz=subscription.timezone, end_date=end
        )
        if month is None:
            return None
        begin, stop = month.start, month.end
    else:
        return None
    begin, stop = max(begin, start), min(stop, end)
    return (begin, stop) if begin < stop else None


def _measure(
    work: Work, item: Item, customer_ids: Sequence[str], start: datetime, end: datetime, anchor: datetime
) -> Decimal:
    """The whole usage of an item's meter, whatever price bills it."""
    if item.meter is None:
        return ZERO
    alone = replace(item.candidate, filter_values={})
    window = UsageWindow(alone, item.id, item.meter, start, end, anchor)
    return metered(work, customer_ids, [window])[item.id].quantity
