"""Metered usage of the meters a customer subscribes to (behaviour/events-and-usage#metered-usage)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import Crash
from mockserver.lookups.customers import find_by_external_id
from mockserver.metering.buckets import points, resolution
from mockserver.metering.claims import Claim, SumsReader, seconds
from mockserver.metering.measure import Measure
from mockserver.rating.charges import USAGE
from mockserver.rating.money import ZERO, total
from mockserver.rating.quantity import AVG
from mockserver.rating.windows import window_start
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.streams import streams_of
from mockserver.store.tables.subscriptions import LINE_ITEMS, SUBSCRIPTIONS
from mockserver.work import Work


def query(work: Work, data: Mapping[str, Any]) -> Row:
    """The usage of one meter; zero unless it is on an active or trialing subscription. The aggregation is the
    caller's, not the meter's. ``Crash`` for an average over nothing."""
    meter_id = data["meter_id"]
    if meter_id not in _subscribed_meters(work, data["external_customer_id"]):
        return {**_named(meter_id, data), "total_value": ZERO, "event_count": 0}
    found = _answer(work, data, meter_id)
    if found["event_count"] == 0 and data["aggregation_type"] == AVG and not data.get("window_size"):
        raise Crash("an average over no events is not a number on the real server")
    return found


def query_many(work: Work, data: Mapping[str, Any]) -> list[Row]:
    """The usage of several meters; meters that are not subscribed to or have no rows are left out."""
    wanted = list(dict.fromkeys(data["meter_ids"]))
    subscribed = _subscribed_meters(work, data["external_customer_id"])
    found = [_answer(work, data, meter_id) for meter_id in wanted if meter_id in subscribed]
    return [answer for answer in found if answer["event_count"]]


def _named(meter_id: str, data: Mapping[str, Any]) -> Row:
    return {"meter_id": meter_id, "aggregation_type": data["aggregation_type"]}


def _subscribed_meters(work: Work, external_customer_id: str) -> set[str]:
    customer = find_by_external_id(work, external_customer_id)
    if customer is None:
        return set()
    subscriptions = work.tx.published(
        SUBSCRIPTIONS, Eq("customer_id", customer["id"]), In("subscription_status", ("active", "trialing"))
    )
    items = work.tx.published(
        LINE_ITEMS, In("subscription_id", [row["id"] for row in subscriptions]), Eq("price_type", USAGE)
    )
    return {item["meter_id"] for item in items if item["meter_id"]}


def _answer(work: Work, data: Mapping[str, Any], meter_id: str) -> Row:
    reader = SumsReader(work.tx)
    customers = [data["external_customer_id"]]
    streams = streams_of(work.tx.connection, work.tx.environment_id, meter_id, customers)
    start, end = seconds(data["start_time"].instant), seconds(data["end_time"].instant)
    claims = [Claim(start, end)]
    aggregation, size = data["aggregation_type"], data.get("window_size")
    if not size:
        measure = Measure(reader, streams, claims)
        return {
            **_named(meter_id, data),
            "total_value": measure.quantity(aggregation),
            "event_count": measure.event_count(aggregation),
        }
    anchor = data["billing_anchor"].instant if "billing_anchor" in data else None
    found = points(
        reader,
        streams,
        claims,
        aggregation,
        lambda moment: window_start(moment, size, None, anchor),
        resolution(size),
    )
    return {
        **_named(meter_id, data),
        "total_value": total(point.value for point in found),
        "event_count": sum(point.event_count for point in found),
        "points": [{"timestamp": p.start, "value": p.value, "event_count": p.event_count} for p in found],
    }
