"""From an event to the line items that bill it (facts/05 §6, §11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mockserver.metering.events import metered_second
from mockserver.rating.charges import USAGE
from mockserver.rating.matching import Candidate, PriceSelector, price_mismatch, price_texts
from mockserver.store import events as store
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.tables.prices import PRICES
from mockserver.store.tables.subscriptions import LINE_ITEMS, SUBSCRIPTIONS
from mockserver.store.usage import MeteredEvent, first_row_of_event
from mockserver.work import Work


def metered(work: Work, event_id: str) -> MeteredEvent | None:
    """What the first meter that took an event of this id recorded; None if none did."""
    connection, environment_id = work.tx.connection, work.tx.environment_id
    events = store.same_id(connection, environment_id, event_id)
    events += store.same_id_unlisted(connection, environment_id, event_id)
    occurred = [(event.external_customer_id, metered_second(event.time_ms), event.seq) for event in events]
    return first_row_of_event(connection, environment_id, occurred)


def usage_items(work: Work, customer_id: str, meter_ids: Sequence[str]) -> list[Row]:
    """The usage line items of the customer's active and trialing subscriptions on these meters, newest first."""
    subscriptions = work.tx.published(
        SUBSCRIPTIONS, Eq("customer_id", customer_id), In("subscription_status", ("active", "trialing"))
    )
    return work.tx.published(
        LINE_ITEMS,
        In("subscription_id", [row["id"] for row in subscriptions]),
        In("meter_id", meter_ids),
        Eq("price_type", USAGE),
    )


def is_active(item: Row, moment: datetime) -> bool:
    """Whether an item bills at an instant, both its ends included."""
    return item["start_date"] <= moment and (item["end_date"] is None or item["end_date"] >= moment)


def billing(work: Work, items: Iterable[Row], properties: Mapping[str, Any] | None) -> list[Row]:
    """Those of the items that bill an event of these properties: all, or under the documented reading the most
    specific one of each subscription and meter (divergence ``price-filter-values-ignored``)."""
    listed = list(items)
    prices = work.tx.by_ids(PRICES, (item["price_id"] for item in listed))
    if not _share(work, prices.values()):
        return listed
    together: dict[tuple[str, str], list[Row]] = {}
    for item in listed:
        together.setdefault((item["subscription_id"], item["meter_id"]), []).append(item)
    winners = set()
    for group in together.values():
        selector = PriceSelector(
            Candidate(item["id"], price["filter_values"] or {}, (price["created_at"], price["id"]))
            for item in group
            if (price := prices.get(item["price_id"])) is not None
        )
        winner = selector.winner(price_texts(properties, selector.keys))
        if winner is not None:
            winners.add(winner.id)
    return [item for item in listed if item["id"] in winners]


def matching_prices(work: Work, prices: Sequence[Row], properties: Mapping[str, Any] | None) -> list[Row]:
    """Those of the prices whose filters accept the event; all where filters are ignored."""
    if not _share(work, prices):
        return list(prices)
    result = []
    for price in prices:
        filters = price["filter_values"] or {}
        if price_mismatch(filters, price_texts(properties, filters)) is None:
            result.append(price)
    return result


def _share(work: Work, prices: Iterable[Row]) -> bool:
    """Whether filters of prices count; asked only where some price has any."""
    return any(price["filter_values"] for price in prices) and not work.differs("price-filter-values-ignored")
