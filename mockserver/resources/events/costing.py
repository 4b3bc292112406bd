"""What analysed usage costs (facts/05 §10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mockserver.metering.analysis import Slice
from mockserver.metering.buckets import Bucket
from mockserver.rating.cost import PriceTerms, bucketed_cost, cost
from mockserver.rating.money import ZERO, total
from mockserver.rating.quantity import MAX
from mockserver.rating.windows import MONTH, rollup_start, window_start


@dataclass(frozen=True, slots=True)
class CostedPoint:
    """The usage and cost of one window of time."""

    timestamp: datetime
    usage: Decimal
    cost: Decimal
    event_count: int


@dataclass(frozen=True, slots=True)
class Costed:
    """A slice of usage, what it costs, and its points."""

    usage: Slice
    cost: Decimal
    points: tuple[CostedPoint, ...] = ()


def free_slice(found: Slice) -> Costed:
    """Usage that no subscription pays for."""
    return Costed(found, ZERO, tuple(CostedPoint(p.start, p.value, ZERO, p.event_count) for p in found.points))


def free_buckets(found: Slice, with_points: bool) -> Costed:
    """Usage of a bucketed meter that no subscription pays for: a point for each bucket and group."""
    points = (CostedPoint(b.start, b.value, ZERO, b.event_count) for b in found.buckets)
    return Costed(found, ZERO, tuple(points) if with_points else ())


def cost_of_slice(terms: PriceTerms, found: Slice) -> Costed:
    """Total and points are priced one by one, so points of tiered prices need not add up to the total."""
    points = (CostedPoint(p.start, p.value, cost(terms, p.value), p.event_count) for p in found.points)
    return Costed(found, cost(terms, found.value), tuple(points))


def cost_of_buckets(
    terms: PriceTerms, aggregation: str, found: Slice, window: str, anchor: datetime | None
) -> Costed:
    """Every bucket is priced alone; points are rolled up to the window asked for where that is wider."""
    points = _rolled_up(terms, aggregation, found.buckets, window, anchor) if window else ()
    return Costed(found, bucketed_cost(terms, [bucket.value for bucket in found.buckets]), tuple(points))


def _rolled_up(
    terms: PriceTerms, aggregation: str, buckets: Sequence[Bucket], window: str, anchor: datetime | None
) -> list[CostedPoint]:
    together: dict[datetime, list[Bucket]] = {}
    for bucket in buckets:
        together.setdefault(_start(bucket.start, window, anchor), []).append(bucket)
    return [
        CostedPoint(
            start,
            max(b.value for b in kept) if aggregation == MAX else total(b.value for b in kept),
            total(cost(terms, b.value) for b in kept),
            sum(b.event_count for b in kept),
        )
        for start, kept in sorted(together.items())
    ]


def _start(bucket: datetime, window: str, anchor: datetime | None) -> datetime:
    """The point a bucket falls into: weeks from Monday, months of the calendar unless the request has an anchor. A
    window narrower than the bucket starts where the bucket does."""
    if window == MONTH and anchor is not None:
        return window_start(bucket, window, None, anchor)
    return rollup_start(bucket, window)
