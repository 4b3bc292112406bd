"""Explanations of a subscription, of one event, and of everything nobody pays for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mockserver.billing.items import external_customer_ids, items_of, paying
from mockserver.errors import Refused
from mockserver.explaining.reading import READINGS, Question, Reading, Share, read
from mockserver.explaining.why import Trial, Verdict, judge, no_meter, try_meter
from mockserver.lookups.customers import find_by_external_id
from mockserver.lookups.periods import period_at
from mockserver.metering.events import from_milliseconds, metered_second, milliseconds
from mockserver.rating.explanation import DUPLICATE, UNKNOWN_CUSTOMER
from mockserver.store import events as raw
from mockserver.store import latest
from mockserver.store.columns import Row
from mockserver.store.events import EventQuery, StoredEvent
from mockserver.store.query import OLDEST_FIRST, Query
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.meters import METERS
from mockserver.store.usage import event_meters
from mockserver.vocabulary import SubscriptionStatus
from mockserver.work import Work

_DAY = timedelta(days=1)
_FEW = 50
_BEYOND_DRAFT = tuple(each for each in SubscriptionStatus if each is not SubscriptionStatus.DRAFT)


@dataclass(frozen=True, slots=True)
class Story:
    """One event, the meters tried on it, and its verdict in each reading."""

    event: StoredEvent
    trials: tuple[Trial, ...]
    verdicts: Mapping[str, Verdict]

    @property
    def moment(self) -> datetime:
        return from_milliseconds(self.event.time_ms)


@dataclass(frozen=True, slots=True)
class SubscriptionStory:
    """A subscription's window: every event of its customers in it, and the exact totals of both readings."""

    question: Question
    readings: Mapping[str, Reading]
    stories: tuple[Story, ...]


def unknown_customer(event: StoredEvent) -> Story:
    """The verdict on an event whose customer does not exist."""
    text = f'no customer has the external id "{event.external_customer_id}"'
    return Story(event, (), dict.fromkeys(READINGS, Verdict(reason=UNKNOWN_CUSTOMER, detail=text)))


def question(work: Work, subscription: Subscription, start: datetime, end: datetime) -> Question:
    """The subscription's usage items in [start, end). ``Refused`` without a customer to bill."""
    customers = external_customer_ids(work, subscription)
    items = tuple(item for item in items_of(work, subscription, None) if item.is_usage)
    return Question(subscription, tuple(customers), items, start, end)


def explain_subscription(work: Work, subscription: Subscription, start: datetime, end: datetime) -> SubscriptionStory:
    """Every event of the subscription's customers from ``start`` (inclusive) to ``end`` (exclusive), by time."""
    asked = question(work, subscription, start, end)
    readings = {name: read(work, asked, honour_filters=honour) for name, honour in READINGS.items()}
    found = _events_between(work, asked.customers, start, end)
    return SubscriptionStory(asked, readings, _stories(work, found, [asked], [readings]))


def _events_between(work: Work, customers: Iterable[str], start: datetime, end: datetime) -> list[StoredEvent]:
    first, last = milliseconds(start.replace(microsecond=0)), milliseconds(end.replace(microsecond=0))
    result: list[StoredEvent] = []
    for customer in customers:
        query = EventQuery(external_customer_id=customer, from_ms=first, before_ms=last)
        result += raw.arrivals(work.tx.connection, work.tx.environment_id, query)
        result += raw.unlisted(work.tx.connection, work.tx.environment_id, query)
    return sorted(result, key=lambda event: (event.time_ms, event.seq))


def _stories(
    work: Work,
    events: Sequence[StoredEvent],
    questions: Sequence[Question],
    readings: Sequence[Mapping[str, Reading]],
) -> tuple[Story, ...]:
    meters: dict[str, list[Row]] = defaultdict(list)
    for meter in work.tx.find(METERS, Query((), OLDEST_FIRST)):
        meters[meter["event_name"]].append(meter)
    items = [item for asked in questions for item in asked.items]
    metered = _metered(work, events, meters)
    result = []
    for event in events:
        shares = {
            name: [share for each in readings for share in each[name].shares.get(event.seq, ())] for name in READINGS
        }
        result.append(_story(event, meters, items, metered.get(event.seq, frozenset()), shares))
    return tuple(result)


def _metered(
    work: Work, events: Sequence[StoredEvent], meters: Mapping[str, Sequence[Row]]
) -> Mapping[int, frozenset[str]]:
    """The meters that took each event. A few events are looked up one by one, many are found in their customers' usage
    at one go."""
    connection, environment = work.tx.connection, work.tx.environment_id
    if len(events) > _FEW:
        occurred = ((event.external_customer_id, metered_second(event.time_ms), event.seq) for event in events)
        return event_meters(connection, environment, occurred)
    ids = {name: [meter["id"] for meter in named] for name, named in meters.items()}
    return {
        event.seq: latest.took(connection, environment, event, metered_second(event.time_ms), ids[event.event_name])
        for event in events
        if event.event_name in ids
    }


def _story(
    event: StoredEvent,
    meters: Mapping[str, Sequence[Row]],
    items: Sequence[Any],
    metered: frozenset[str],
    shares: Mapping[str, Sequence[Share]],
) -> Story:
    properties: Mapping[str, Any] = orjson.loads(event.properties) or {}
    named = meters.get(event.event_name, ())
    if not named:
        lost = no_meter(event, list(meters))
        return Story(event, (), dict.fromkeys(READINGS, lost))
    if not metered and event.replaced:
        gone = Verdict(reason=DUPLICATE, detail="a later event of the same id and time took its place")
        return Story(event, (), dict.fromkeys(READINGS, gone))
    trials = tuple(try_meter(meter, event, properties, metered=meter["id"] in metered) for meter in named)
    moment = from_milliseconds(event.time_ms)
    verdicts = {
        name: judge(event, moment, properties, trials, shares[name], items, honour_filters=honour)
        for name, honour in READINGS.items()
    }
    return Story(event, trials, verdicts)


def explain_event(work: Work, event_id: str) -> list[Story]:
    """The story of every event of that id, oldest first; empty if there is none. Each is read in the billing period
    of each subscription of its customer that it falls into."""
    connection, environment = work.tx.connection, work.tx.environment_id
    found = raw.same_id(connection, environment, event_id) + raw.same_id_unlisted(connection, environment, event_id)
    return [story for event in sorted(found, key=lambda e: (e.time_ms, e.seq)) for story in [_explain(work, event)]]


def _explain(work: Work, event: StoredEvent) -> Story:
    subscriptions = subscriptions_of(work, event.external_customer_id)
    if subscriptions is None:
        return unknown_customer(event)
    moment = from_milliseconds(event.time_ms)
    questions, readings = [], []
    for subscription in subscriptions:
        period = period_at(subscription, max(moment, subscription.start_date))
        if period is None:
            continue
        try:
            asked = question(work, subscription, period.start, period.end)
        except Refused:
            continue
        questions.append(asked)
        readings.append(
            {
                name: read(work, asked, honour_filters=honour, event_name=event.event_name)
                for name, honour in READINGS.items()
            }
        )
    return _stories(work, [event], questions, readings)[0]


def subscriptions_of(work: Work, external_customer_id: str) -> list[Subscription] | None:
    """The subscriptions that may bill a customer's events, drafts left out; None for an unknown customer."""
    customer = find_by_external_id(work, external_customer_id)
    return None if customer is None else paying(work, customer["id"], _BEYOND_DRAFT)


def unbilled(work: Work, reading: str, external_customer_id: str | None, start: datetime, end: datetime) -> list[Story]:
    """The events from ``start`` (inclusive) to ``end`` (exclusive) that no subscription bills in a reading."""
    known = raw.customers(work.tx.connection, work.tx.environment_id)
    wanted = [external_customer_id] if external_customer_id else known
    result: list[Story] = []
    for customer in wanted:
        events = _events_between(work, [customer], start, end)
        if not events:
            continue
        subscriptions = subscriptions_of(work, customer)
        if subscriptions is None:
            result += [unknown_customer(event) for event in events]
            continue
        questions = [asked for row in subscriptions for asked in _lifetime(work, row, events)]
        readings = [
            {name: read(work, asked, honour_filters=honour) for name, honour in READINGS.items()} for asked in questions
        ]
        result += [s for s in _stories(work, events, questions, readings) if s.verdicts[reading].reason is not None]
    return sorted(result, key=lambda story: (story.event.time_ms, story.event.seq))


def _lifetime(work: Work, subscription: Subscription, events: Sequence[StoredEvent]) -> list[Question]:
    last = from_milliseconds(max(metered_second(e.time_ms) for e in events) * 1000).replace(tzinfo=UTC)
    try:
        return [question(work, subscription, subscription.start_date, max(last, subscription.start_date) + _DAY)]
    except Refused:
        return []
