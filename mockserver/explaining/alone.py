"""One event by itself: which meters take it and which prices bill it, without reading the usage around it.

A whole explanation (``stories``) reads a billing period. This reads the event, its meters and its customer's line
items, so its cost does not grow with the number of events; and it can judge events that were never sent. Where a
price's amount depends on the other usage of the period (tiers, packages, maxima, distinct counts), the amount is left
open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson

from mockserver.billing.items import Item
from mockserver.errors import Refused
from mockserver.explaining.reading import READINGS, Share
from mockserver.explaining.stories import Story, question, subscriptions_of, unknown_customer
from mockserver.explaining.why import Trial, Verdict, judge, no_meter, try_meter
from mockserver.lookups.periods import period_at
from mockserver.metering.claims import seconds
from mockserver.metering.events import from_milliseconds, metered_second
from mockserver.metering.meters import aggregation_of_row
from mockserver.rating.cost import FLAT_FEE, cost
from mockserver.rating.explanation import DUPLICATE
from mockserver.rating.money import ZERO
from mockserver.rating.quantity import COUNT, SUM, SUM_WITH_MULTIPLIER
from mockserver.rating.taking import who_takes
from mockserver.store import events as raw
from mockserver.store import latest
from mockserver.store.blocks import UsageRow
from mockserver.store.columns import Row
from mockserver.store.events import StoredEvent
from mockserver.store.query import OLDEST_FIRST, Query
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.meters import METERS
from mockserver.work import Work

_ADDITIVE = (SUM, COUNT, SUM_WITH_MULTIPLIER)


def is_linear(item: Item) -> bool:
    """Whether what an event costs does not depend on the other events of its period."""
    return (
        item.terms.billing_model == FLAT_FEE
        and item.meter is not None
        and aggregation_of_row(item.meter).type in _ADDITIVE
        and not item.is_bucketed
    )


@dataclass(frozen=True, slots=True)
class Payer:
    """Items that share out an event among themselves: those of a subscription, or the prices of a plan. ``start`` and
    ``end`` limit what is billed at all; ``end`` is exclusive. ``customers`` are the external ids it pays for."""

    id: str
    items: tuple[Item, ...]
    start: datetime
    end: datetime | None
    subscription: Subscription | None = None
    customers: tuple[str, ...] = ()

    def takers(self, meter_id: str, second: int, properties: Mapping[str, Any], honour_filters: bool) -> list[Item]:
        """The items that bill an event a meter took."""
        if second < seconds(self.start):
            return []
        rivals = [item for item in self.items if item.meter_id == meter_id]
        found = who_takes((item.candidate for item in rivals), second, properties, honour_filters=honour_filters)
        return [item for item in rivals if found.takes(item.id)]


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier event of the same id, and the meters that took it: a COUNT meter counts it instead of the later."""

    event: StoredEvent
    took: frozenset[str]


@dataclass
class Judge:
    """Judges events one by one; what is read about meters and customers is kept for its length."""

    work: Work
    _payers: dict[str, tuple[Payer, ...] | None] = field(default_factory=dict)

    @cached_property
    def meters(self) -> Mapping[str, Sequence[Row]]:
        """All meters by event name, oldest first."""
        result: dict[str, list[Row]] = defaultdict(list)
        for meter in self.work.tx.find(METERS, Query((), OLDEST_FIRST)):
            result[meter["event_name"]].append(meter)
        return result

    def payers(self, external_customer_id: str) -> tuple[Payer, ...] | None:
        """The subscriptions that may bill a customer's events; None for an unknown customer."""
        if external_customer_id not in self._payers:
            rows = subscriptions_of(self.work, external_customer_id)
            self._payers[external_customer_id] = None if rows is None else tuple(self._subscriptions(rows))
        return self._payers[external_customer_id]

    def _subscriptions(self, rows: Iterable[Subscription]) -> Iterable[Payer]:
        for row in rows:
            try:
                asked = question(self.work, row, row.start_date, row.start_date)
            except Refused:
                continue
            yield Payer(row.id, asked.items, row.start_date, row.end_date, row, asked.customers)

    def stored(self, events: Sequence[StoredEvent]) -> list[Story]:
        """The verdicts on events that were sent, in their order."""
        tx = self.work.tx
        repeated = latest.repeated_ids(tx.connection, tx.environment_id, sorted({event.id for event in events}))
        return [self._stored(event, event.id in repeated) for event in events]

    def _stored(self, event: StoredEvent, repeated: bool) -> Story:
        payers = self.payers(event.external_customer_id)
        if payers is None:
            return unknown_customer(event)
        named = self.meters.get(event.event_name, ())
        took = self._took(event, named)
        return self.story(event, named, took, payers, self._earlier(event, named) if repeated else [])

    def _took(self, event: StoredEvent, named: Sequence[Row]) -> frozenset[str]:
        tx = self.work.tx
        ids = [meter["id"] for meter in named]
        return latest.took(tx.connection, tx.environment_id, event, metered_second(event.time_ms), ids)

    def _earlier(self, event: StoredEvent, named: Sequence[Row]) -> list[Earlier]:
        connection, environment = self.work.tx.connection, self.work.tx.environment_id
        found = raw.same_id(connection, environment, event.id) + raw.same_id_unlisted(connection, environment, event.id)
        place = (metered_second(event.time_ms), event.seq)
        earlier = [other for other in found if (metered_second(other.time_ms), other.seq) < place]
        return [Earlier(other, self._took(other, named)) for other in earlier]

    def story(
        self,
        event: StoredEvent,
        named: Sequence[Row],
        took: Iterable[str],
        payers: Sequence[Payer],
        earlier: Sequence[Earlier] = (),
    ) -> Story:
        """The verdicts on one event: ``named`` are the meters of its name, ``took`` those with a usage row of it,
        ``earlier`` the events of its id before it."""
        if not named:
            return Story(event, (), dict.fromkeys(READINGS, no_meter(event, list(self.meters))))
        metered = set(took)
        if not metered and event.replaced:
            gone = Verdict(reason=DUPLICATE, detail="a later event of the same id and time took its place")
            return Story(event, (), dict.fromkeys(READINGS, gone))
        properties: Mapping[str, Any] = orjson.loads(event.properties) or {}
        trials = tuple(try_meter(meter, event, properties, metered=meter["id"] in metered) for meter in named)
        moment = from_milliseconds(event.time_ms)
        paying = [payer for payer in payers if payer.end is None or moment < payer.end]
        items = [item for payer in paying for item in payer.items]
        verdicts = {}
        for name, honour in READINGS.items():
            shares = [
                share
                for payer in paying
                for trial in trials
                if trial.matched
                for share in _shares(event, moment, properties, trial, payer, earlier, honour)
            ]
            verdicts[name] = judge(event, moment, properties, trials, shares, items, honour_filters=honour)
        return Story(event, trials, verdicts)


def _shares(
    event: StoredEvent,
    moment: datetime,
    properties: Mapping[str, Any],
    trial: Trial,
    payer: Payer,
    earlier: Sequence[Earlier],
    honour_filters: bool,
) -> list[Share]:
    second, meter_id = metered_second(event.time_ms), trial.meter["id"]
    quantity = trial.metered.quantity if trial.metered is not None else ZERO
    unique = trial.metered.unique_key if trial.metered is not None else None
    row = UsageRow(0, second, 0, 0, unique, event.seq)
    counted: set[str] = set()
    if earlier and aggregation_of_row(trial.meter).type == COUNT:
        counted = _counted_before(moment, payer, meter_id, earlier, honour_filters)
    return [
        Share(item, row, quantity, cost(item.terms, quantity) if is_linear(item) else ZERO, item.id in counted)
        for item in payer.takers(meter_id, second, properties, honour_filters)
    ]


def _counted_before(
    moment: datetime, payer: Payer, meter_id: str, earlier: Sequence[Earlier], honour_filters: bool
) -> set[str]:
    """The items that billed an earlier event of the id in the billing period of ``moment``."""
    subscription = payer.subscription
    if subscription is None:
        return set()
    period = period_at(subscription, max(moment, subscription.start_date))
    return {
        item.id
        for other in earlier
        if meter_id in other.took and other.event.external_customer_id in payer.customers
        if period is not None and period.contains(from_milliseconds(other.event.time_ms))
        for item in payer.takers(
            meter_id, metered_second(other.event.time_ms), orjson.loads(other.event.properties) or {}, honour_filters
        )
    }
