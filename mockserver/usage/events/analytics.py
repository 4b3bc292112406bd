"""Usage and cost per line item or meter (behaviour/events-and-usage#analytics)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mockserver.billing.items import Item, external_customer_ids, items_of
from mockserver.lookups.customers import find_by_external_id
from mockserver.metering.analysis import NO_USAGE, Slice, bucketed_slices, scalar_slice, slices
from mockserver.metering.claims import Claim, SumsReader, claims_for, seconds
from mockserver.metering.meters import aggregation_of_row, is_bucketed
from mockserver.rating.quantity import Aggregation
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Eq, In, Query
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.streams import streams_of
from mockserver.store.tables.meters import METERS
from mockserver.usage.events.costing import Costed, Pricing, commitment_of, free_buckets, free_slice
from mockserver.usage.events.present_analytics import Entry, show
from mockserver.usage.events.scope import Scope, read_scope
from mockserver.vocabulary import SubscriptionStatus
from mockserver.work import Work

_STATUSES = ("active", "trialing", "paused", "cancelled")
_MOST_SUBSCRIPTIONS = 50


def of_events(work: Work, data: Mapping[str, Any]) -> dict[str, Any]:
    """``POST /v1/events/analytics``: the last seven days unless a range is given."""
    return _analyse(work, read_scope(work, data))


def detailed(work: Work, data: Mapping[str, Any]) -> dict[str, Any]:
    """``POST /v1/meter-usage/detailed-analytics``: the last six hours, the range is not checked
    (behaviour/events-and-usage#detailed-usage)."""
    return _analyse(work, read_scope(work, data, length=timedelta(hours=6), check=False))


def _analyse(work: Work, scope: Scope) -> dict[str, Any]:
    if scope.meter_ids == ():
        return show(work, scope, "", [])
    customer = find_by_external_id(work, scope.external_customer_id) if scope.external_customer_id else None
    subscriptions = _subscriptions(work, customer)
    if customer is None or not subscriptions:
        return show(work, scope, "", _without_subscription(work, scope, customer))
    return _of_subscriptions(work, scope, subscriptions)


def _subscriptions(work: Work, customer: Row | None) -> list[Subscription]:
    if customer is None:
        return []
    where = (Eq("status", "published"), Eq("customer_id", customer["id"]), In("subscription_status", _STATUSES))
    return work.tx.select(Subscription, Query(where, limit=_MOST_SUBSCRIPTIONS))


@dataclass(frozen=True, slots=True)
class _Part:
    """The line items of one subscription in its part of the range."""

    subscription: Subscription
    start: datetime
    end: datetime
    items: list[Item]


def _of_subscriptions(work: Work, scope: Scope, subscriptions: Sequence[Subscription]) -> dict[str, Any]:
    parts = [part for row in subscriptions if (part := _part(work, scope, row)) is not None]
    wanted = {
        item.meter_id for part in parts for item in part.items if item.start_in(part.start) < item.end_in(part.end)
    }
    if scope.meter_ids is not None:
        wanted &= set(scope.meter_ids)
    if not wanted:
        return show(work, scope, "", [])
    reader = SumsReader(work.tx)
    entries = [entry for part in parts for entry in _Subscription(work, scope, reader, part).entries(wanted)]
    return show(work, scope, subscriptions[0].currency, entries)


def _part(work: Work, scope: Scope, subscription: Subscription) -> _Part | None:
    """A cancelled subscription counts up to its cancellation only."""
    start, end = scope.asked.start, scope.asked.end
    if subscription.subscription_status is SubscriptionStatus.CANCELLED and subscription.cancelled_at is not None:
        end = min(end, subscription.cancelled_at)
    if end <= start:
        return None
    items = [item for item in items_of(work, subscription, start) if item.is_usage]
    return _Part(subscription, start, end, items)


class _Subscription:
    """The usage of one subscription's line items."""

    def __init__(self, work: Work, scope: Scope, reader: SumsReader, part: _Part) -> None:
        self.work, self.scope, self.reader, self.part = work, scope, reader, part
        self.anchor = scope.anchor or part.subscription.billing_anchor
        self.customers = (
            external_customer_ids(work, part.subscription) if scope.with_children else [scope.external_customer_id]
        )

    def entries(self, meter_ids: set[str]) -> list[Entry]:
        """One entry for each line item that has something to show, or each group of it."""
        result = []
        by_meter: dict[str, list[Item]] = {}
        for item in self.part.items:
            if item.meter_id in meter_ids:
                by_meter.setdefault(item.meter_id, []).append(item)
        for meter_id, items in by_meter.items():
            streams = streams_of(self.work.tx.connection, self.work.tx.environment_id, meter_id, self.customers)
            windows = [
                window
                for item in items
                if (window := item.window(self.part.subscription, self.part.start, self.part.end)) is not None
            ]
            claims = claims_for(self.work, self.reader, streams, windows)
            for item in items:
                for costed in self._measured(item, streams, claims.get(item.id, [])):
                    result.append(Entry(item.meter or {}, costed, item))
        return result

    def _pricing(self, item: Item) -> Pricing:
        part, slicing = self.part, self.scope.slicing
        whole = not slicing.filtered and not slicing.groups
        whole = whole and item.start_in(part.start) < item.end_in(part.end)
        commitment = commitment_of(self.work, item) if whole else None
        return Pricing(self.work, item, part.subscription, part.start, part.end, commitment)

    def _measured(self, item: Item, streams: Sequence[int], claims: Sequence[Claim]) -> list[Costed]:
        """What the item used and what that costs; nothing where it used nothing and committed to nothing."""
        aggregation = aggregation_of_row(item.meter or {})
        pricing = self._pricing(item)
        if is_bucketed(aggregation):
            return self._buckets(pricing, aggregation, streams, claims)
        scope = self.scope
        if scope.is_scalar:
            found = [scalar_slice(self.reader, streams, claims, aggregation.type)]
        else:
            slicing = scope.slicing
            if commitment_of(self.work, item) is not None:
                slicing = replace(slicing, by_source=False, by_properties=())
            timing = scope.timing(None, self.anchor)
            found = slices(self.reader, streams, claims, aggregation.type, slicing, timing)
        shown = [each for each in found if each.value or each.event_count or each.points]
        if pricing.commitment is not None and not shown:
            shown = [NO_USAGE]
        return [pricing.slice(each) for each in shown]

    def _buckets(
        self, pricing: Pricing, aggregation: Aggregation, streams: Sequence[int], claims: Sequence[Claim]
    ) -> list[Costed]:
        scope = self.scope
        start, end = seconds(self.part.start), seconds(self.part.end)
        if not self.reader.sums(streams, start, end):
            found = [] if pricing.commitment is None else [NO_USAGE]
        else:
            found = bucketed_slices(self.reader, streams, claims, aggregation, scope.slicing, self.anchor)
        if scope.slicing.filtered:
            found = [each for each in found if each.buckets]
        return [
            pricing.buckets(
                _visible(each, scope), aggregation.type, aggregation.bucket_size, scope.window, scope.anchor
            )
            for each in found
        ]


def _visible(found: Slice, scope: Scope) -> Slice:
    return replace(found, sources=()) if scope.slicing.groups else found


def _without_subscription(work: Work, scope: Scope, customer: Row | None) -> list[Entry]:
    """Every meter that has usage, nothing priced; an unknown customer's usage counts as well."""
    where = [In("status", ("published", "archived"))]
    if scope.meter_ids is not None:
        where.append(In("id", scope.meter_ids))
    reader = SumsReader(work.tx)
    customers = [scope.external_customer_id] if scope.external_customer_id else None
    claims = [Claim(seconds(scope.asked.start), seconds(scope.asked.end))]
    timing = scope.timing(None if customer is None else customer["timezone"], scope.anchor)
    result = []
    for meter in work.tx.find(METERS, Query(tuple(where), OLDEST_FIRST)):
        streams = streams_of(work.tx.connection, work.tx.environment_id, meter["id"], customers)
        aggregation = aggregation_of_row(meter)
        if is_bucketed(aggregation):
            plain = replace(scope.slicing, with_sources=False)
            found = bucketed_slices(reader, streams, claims, aggregation, plain, scope.anchor)
            costed = [free_buckets(replace(each, sources=()), bool(scope.window)) for each in found]
        else:
            found = slices(reader, streams, claims, aggregation.type, scope.slicing, timing)
            costed = [free_slice(each) for each in found]
        result += [Entry(meter, each, None) for each in costed]
    return result
