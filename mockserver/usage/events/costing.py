"""What analysed usage costs (behaviour/events-and-usage#analytics)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mockserver.billing.items import Item
from mockserver.billing.lines import commitment_of_item
from mockserver.metering.analysis import Slice
from mockserver.metering.buckets import Bucket
from mockserver.rating.commitments import (
    CommitmentInfo,
    LineCommitment,
    apply_commitment,
    apply_windowed_commitment,
    fill_buckets,
)
from mockserver.rating.cost import PriceTerms, bucketed_cost, cost
from mockserver.rating.money import ZERO, total
from mockserver.rating.quantity import MAX
from mockserver.rating.windows import MONTH, commitment_buckets, rollup_start, window_start
from mockserver.store.records.subscriptions import Subscription
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class CostedPoint:
    """The usage and cost of one window of time, and what a windowed commitment makes of it."""

    timestamp: datetime
    usage: Decimal
    cost: Decimal
    event_count: int
    utilized: Decimal = ZERO
    overage: Decimal = ZERO
    true_up: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Costed:
    """A slice of usage, what it costs, its points, and the commitment that was applied."""

    usage: Slice
    cost: Decimal
    points: tuple[CostedPoint, ...] = ()
    commitment: CommitmentInfo | None = None


def free_slice(found: Slice) -> Costed:
    """Usage that no subscription pays for."""
    return Costed(found, ZERO, tuple(CostedPoint(p.start, p.value, ZERO, p.event_count) for p in found.points))


def free_buckets(found: Slice, with_points: bool) -> Costed:
    """Usage of a bucketed meter that no subscription pays for: a point for each bucket and group."""
    points = (CostedPoint(b.start, b.value, ZERO, b.event_count) for b in found.buckets)
    return Costed(found, ZERO, tuple(points) if with_points else ())


@dataclass(frozen=True, slots=True)
class Pricing:
    """What prices a line item's usage in ``start`` (inclusive) to ``end`` (exclusive) of a subscription.

    ``commitment`` is None where there is none or where only a part of the usage is looked at
    (behaviour/events-and-usage#analytics).
    """

    work: Work
    item: Item
    subscription: Subscription
    start: datetime
    end: datetime
    commitment: LineCommitment | None

    def slice(self, found: Slice) -> Costed:
        """Total and points are priced one by one, so points of tiered prices need not add up to the total. A
        commitment acts on the total only; a windowed one has no windows here."""
        terms = self.item.terms
        points = tuple(CostedPoint(p.start, p.value, cost(terms, p.value), p.event_count) for p in found.points)
        exact = cost(terms, found.value)
        if self.commitment is None or self.commitment.windowed:
            return Costed(found, exact, points)
        charge, info = apply_commitment(exact, self.commitment, terms)
        return Costed(found, charge, points, info)

    def buckets(self, found: Slice, aggregation: str, size: str, window: str, anchor: datetime | None) -> Costed:
        """Every bucket is priced alone; points are rolled up to the window asked for where that is wider."""
        terms, commitment = self.item.terms, self.commitment
        exact = bucketed_cost(terms, [bucket.value for bucket in found.buckets])
        info: CommitmentInfo | None = None
        points = [CostedPoint(b.start, b.value, cost(terms, b.value), b.event_count) for b in found.buckets]
        if commitment is not None and commitment.windowed:
            filled = self._filled(found.buckets, size, commitment)
            exact, info = apply_windowed_commitment([(b.start, b.value) for b in filled], commitment, terms)
            points = [_committed(bucket, commitment, terms) for bucket in filled]
        elif commitment is not None:
            exact, info = apply_commitment(exact, commitment, terms)
        rolled_up = _rolled_up(points, aggregation, window, anchor) if window else []
        return Costed(found, exact, tuple(rolled_up), info)

    def _filled(self, found: Sequence[Bucket], size: str, commitment: LineCommitment) -> list[Bucket]:
        """The buckets a windowed commitment charges, empty ones included where a true-up acts."""
        if not commitment.fills_windows:
            return list(found)
        known = {bucket.start: bucket for bucket in found}
        start, end = self.item.start_in(self.start), self.item.end_in(self.end)
        expected = list(commitment_buckets(start, end, size, self.subscription.billing_anchor))
        lost = bool(found) and self.work.differs("windowed-true-up-loses-usage")
        stored = {at: bucket.value for at, bucket in known.items()}
        return [
            known[at] if at in known and not lost else Bucket(at, "", value)
            for at, value in fill_buckets(stored, expected, commitment, usage_is_lost=lost)
        ]


def commitment_of(work: Work, item: Item) -> LineCommitment | None:
    """The line item's own commitment."""
    return commitment_of_item(work, item.row)


def _committed(bucket: Bucket, commitment: LineCommitment, terms: PriceTerms) -> CostedPoint:
    charge, info = apply_windowed_commitment([(bucket.start, bucket.value)], commitment, terms)
    return CostedPoint(
        bucket.start, bucket.value, charge, bucket.event_count, info.utilized, info.overage, info.true_up
    )


def _rolled_up(
    points: Iterable[CostedPoint], aggregation: str, window: str, anchor: datetime | None
) -> list[CostedPoint]:
    together: dict[datetime, list[CostedPoint]] = {}
    for point in points:
        together.setdefault(_start(point.timestamp, window, anchor), []).append(point)
    return [
        CostedPoint(
            start,
            max(p.usage for p in kept) if aggregation == MAX else total(p.usage for p in kept),
            total(p.cost for p in kept),
            sum(p.event_count for p in kept),
            total(p.utilized for p in kept),
            total(p.overage for p in kept),
            total(p.true_up for p in kept),
        )
        for start, kept in sorted(together.items())
    ]


def _start(bucket: datetime, window: str, anchor: datetime | None) -> datetime:
    """The point a bucket falls into: weeks from Monday, months of the calendar unless the request has an anchor. A
    window narrower than the bucket starts where the bucket does."""
    if window == MONTH and anchor is not None:
        return window_start(bucket, window, None, anchor)
    return rollup_start(bucket, window)
