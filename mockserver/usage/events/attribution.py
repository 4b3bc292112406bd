"""From an event to the line items that bill it (behaviour/events-and-usage#looking-up-one-event,
behaviour/events-and-usage#costs-of-single-events)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.billing.items import attach, paying
from mockserver.metering.claims import honours_filters
from mockserver.metering.events import metered_second
from mockserver.rating.matching import price_mismatch, price_texts
from mockserver.rating.taking import Candidate, who_takes
from mockserver.store import events as store
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.records.subscriptions import LineItem
from mockserver.store.usage import MeteredEvent, first_row_of_event
from mockserver.vocabulary import PriceType, SubscriptionStatus
from mockserver.work import Work


def metered(work: Work, event_id: str) -> MeteredEvent | None:
    """What the first meter that took an event of this id recorded; None if none did."""
    connection, environment_id = work.tx.connection, work.tx.environment_id
    events = store.same_id(connection, environment_id, event_id)
    events += store.same_id_unlisted(connection, environment_id, event_id)
    occurred = [(event.external_customer_id, metered_second(event.time_ms), event.seq) for event in events]
    return first_row_of_event(connection, environment_id, occurred)


def usage_items(work: Work, customer_id: str, meter_ids: Sequence[str]) -> list[LineItem]:
    """The usage line items on these meters of the active and trialing subscriptions that bill the customer's events,
    newest first."""
    subscriptions = paying(work, customer_id, (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING))
    return work.tx.every(
        LineItem,
        In("subscription_id", [row.id for row in subscriptions]),
        In("meter_id", meter_ids),
        Eq("price_type", PriceType.USAGE),
    )


@dataclass(frozen=True, slots=True)
class Billed:
    """The line items that bill an event, in the order they were given. ``undivided``: none whose time covers it was
    left out, so that another event at that time would be billed by the same."""

    items: tuple[LineItem, ...]
    undivided: bool


def billing(work: Work, items: Sequence[LineItem], second: int, properties: Mapping[str, Any] | None) -> Billed:
    """Those of the items that bill an event of their meters: who would be charged for it. ``second`` is its time in
    whole seconds since 1970."""
    together: dict[tuple[str, str], list[Candidate]] = {}
    for item in attach(work, items):
        if item.candidate.covers(second):
            together.setdefault((item.row.subscription_id, item.meter_id), []).append(item.candidate)
    honoured = honours_filters(work, (each.filter_values for rivals in together.values() for each in rivals))
    selections = [who_takes(rivals, second, properties, honour_filters=honoured) for rivals in together.values()]
    return Billed(
        tuple(item for item in items if any(selection.takes(item.id) for selection in selections)),
        all(len(selection.takers) == len(selection.considered) for selection in selections),
    )


def matching_prices(work: Work, prices: Sequence[Row], properties: Mapping[str, Any] | None) -> list[Row]:
    """Those of the prices whose filters accept the event; all where filters are ignored."""
    if not honours_filters(work, (price["filter_values"] for price in prices)):
        return list(prices)
    result = []
    for price in prices:
        filters = price["filter_values"] or {}
        if price_mismatch(filters, price_texts(properties, filters)) is None:
            result.append(price)
    return result
