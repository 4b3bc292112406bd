"""Commitments for parts of the day: each has a price and a commitment of its own
(behaviour/rating#commitment-of-a-line-item)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from mockserver.billing.time_buckets import minute_of_day
from mockserver.catalogue.prices import rules as prices
from mockserver.catalogue.prices.checks import complete
from mockserver.errors import Invalid
from mockserver.rating.money import ONE, ZERO
from mockserver.rating.windows import minutes_of
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.meters import METERS
from mockserver.store.transaction import new_id
from mockserver.work import Work

DAY_END = 24 * 60
COMMITMENT_TYPES = ("amount", "quantity")


def check(buckets: Sequence[Mapping[str, Any]], *, windowed: bool) -> None:
    """What can be told from a request alone; ``Invalid`` names the bucket by its index."""
    if buckets and not windowed:
        raise Invalid("commitment_time_buckets need a commitment per window")
    for index, bucket in enumerate(buckets):
        for name in ("start", "end"):
            _check_point(bucket.get(name, {}), index)
        has_price = "price" in bucket
        if bool(bucket.get("id")) == has_price:
            raise Invalid("a bucket needs either an id or a price", {"bucket_index": index})
        if has_price and bucket["price"].get("entity_type", "") not in ("", "SUBSCRIPTION"):
            raise Invalid("the price of a bucket is the subscription's", {"bucket_index": index})
        _check_commitment(bucket, index)


def _check_point(point: Mapping[str, Any], index: int) -> None:
    hour, minute = point.get("hour", 0), point.get("minute", 0)
    if not 0 <= hour <= 24:
        raise Invalid("hour must be between 0 and 24", {"index": index, "hour": hour})
    if not 0 <= minute <= 59:
        raise Invalid("minute must be between 0 and 59", {"index": index, "minute": minute})
    if hour == 24 and minute:
        raise Invalid("no time of day is after 24:00", {"index": index, "hour": hour, "minute": minute})


def _check_commitment(bucket: Mapping[str, Any], index: int) -> None:
    details = {"bucket_index": index}
    if minute_of_day(bucket.get("start", {})) == minute_of_day(bucket.get("end", {})):
        raise Invalid("a bucket must not end where it starts", details)
    if bucket.get("commitment_type") not in COMMITMENT_TYPES:
        raise Invalid("a bucket needs the commitment_type amount or quantity", details)
    if bucket.get("commitment_value", ZERO) <= 0:
        raise Invalid("commitment_value of a bucket must be greater than 0", details)
    if bucket.get("overage_factor", ZERO) < 1:
        raise Invalid("a bucket needs an overage_factor of at least 1", details)


def put(work: Work, subscription: Subscription, item: LineItem, buckets: Sequence[Mapping[str, Any]]) -> LineItem:
    """The item with its buckets; the price of each is stored as one of the subscription's own.

    A bucket sent with the ``id`` of one that the item has keeps that one's price. ``Invalid`` for buckets that overlap
    or do not lie on the windows of the item's meter.
    """
    if not buckets:
        return item
    known = {bucket["id"]: bucket for bucket in item.commitment_time_buckets or ()}
    made = []
    for index, bucket in enumerate(buckets):
        bucket_id = bucket.get("id") or new_id("bucket")
        if bucket.get("id") and bucket_id not in known:
            raise Invalid("the line item has no such bucket", {"bucket_id": bucket_id, "bucket_index": index})
        price_id = (
            known[bucket_id]["price_id"]
            if bucket_id in known
            else _price(work, subscription, item, bucket["price"], bucket_id)
        )
        made.append({"id": bucket_id, "price_id": price_id, **_kept(bucket)})
    if (subscription.commitment_amount or ZERO) > 0 and (subscription.overage_factor or ONE) > 1:
        raise Invalid("buckets and a commitment of the whole subscription exclude each other")
    _check_overlap(made)
    _check_windows(work, item, made)
    return replace(item, commitment_time_buckets=made)


def _kept(bucket: Mapping[str, Any]) -> dict[str, Any]:
    points = {
        name: {part: bucket.get(name, {}).get(part, 0) for part in ("hour", "minute")} for name in ("start", "end")
    }
    named = ("commitment_type", "commitment_value", "overage_factor")
    true_up = {"true_up_enabled": True} if bucket.get("true_up_enabled") else {}
    return {**points, **{name: bucket[name] for name in named}, **true_up}


def _price(work: Work, subscription: Subscription, item: LineItem, sent: Mapping[str, Any], bucket_id: str) -> str:
    noted = {"sub_line_item_id": item.id, "bucket_id": bucket_id}
    request = {**sent, "entity_type": "SUBSCRIPTION", "entity_id": subscription.id, "metadata": noted}
    price_id: str = prices.create_internally(work, complete(work, request), parent_price_id=None)["id"]
    return price_id


def _check_overlap(buckets: Sequence[Mapping[str, Any]]) -> None:
    spans: list[tuple[int, int, int]] = []
    for index, bucket in enumerate(buckets):
        start, end = minute_of_day(bucket["start"]), minute_of_day(bucket["end"])
        spans += [(start, end, index)] if start < end else [(start, DAY_END, index), (0, end, index)]
    for (_, before, a), (after, _, b) in pairwise(sorted(spans)):
        if a != b and after < before:
            raise Invalid("buckets overlap", {"bucket_a_index": a, "bucket_b_index": b})


def _check_windows(work: Work, item: LineItem, buckets: Sequence[Mapping[str, Any]]) -> None:
    meter = work.tx.get(METERS, item.meter_id or "")
    if meter is None:
        return
    size = minutes_of((meter["aggregation"] or {}).get("bucket_size", ""))
    if not size:
        raise Invalid("buckets need a meter with a bucket_size")
    if size > DAY_END:
        raise Invalid("buckets need a meter with a bucket_size of a day or less", {"window_minutes": size})
    for index, bucket in enumerate(buckets):
        start, end = minute_of_day(bucket["start"]), minute_of_day(bucket["end"])
        length = end - start if start < end else DAY_END - start + end
        if length % size:
            details = {"bucket_index": index, "duration_min": length, "window_min": size}
            raise Invalid("a bucket must be as long as some windows of the meter", details)
        if start % size:
            details = {"bucket_index": index, "start_min": start, "window_min": size}
            raise Invalid("a bucket must start with a window of the meter", details)
