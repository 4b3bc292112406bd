"""How line items are listed inside a subscription and by themselves (behaviour/subscriptions#creating-a-subscription,
behaviour/subscriptions#plain-read)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mockserver.store.query import OLDEST_FIRST, Eq, In, Query
from mockserver.store.records.subscriptions import LineItem
from mockserver.store.tables.prices import PRICES
from mockserver.subscriptions.line_items.schemas import LineItemOut
from mockserver.work import Work

OUT = LineItemOut()


def in_price_order(work: Work, items: Iterable[LineItem]) -> list[LineItem]:
    """In the order their prices were created, then by start (behaviour/subscriptions#creating-a-subscription)."""
    listed = list(items)
    ids = sorted({item.price_id for item in listed})
    prices = work.tx.find(PRICES, Query((In("id", ids),), OLDEST_FIRST))
    place = {price["id"]: index for index, price in enumerate(prices)}
    return sorted(listed, key=lambda item: (place.get(item.price_id, len(place)), item.start_date))


def by_subscription(work: Work, subscription_ids: Iterable[str]) -> dict[str, list[LineItem]]:
    """The published items of each subscription, ended ones included, in price order."""
    ids = sorted(set(subscription_ids))
    found = work.tx.every(LineItem, In("subscription_id", ids), order=OLDEST_FIRST)
    result: dict[str, list[LineItem]] = {subscription_id: [] for subscription_id in ids}
    for item in in_price_order(work, found):
        result[item.subscription_id].append(item)
    return result


def items_of(work: Work, subscription_id: str) -> list[LineItem]:
    """The published items of one subscription, ended ones included, in price order."""
    return in_price_order(work, work.tx.every(LineItem, Eq("subscription_id", subscription_id), order=OLDEST_FIRST))


def show_item(item: LineItem, **embedded: Any) -> dict[str, Any]:
    """An item as JSON; ``embedded`` may carry ``price`` and ``meter``, already as JSON."""
    return OUT.dump({**item.row, **embedded})


def show_items(
    items: Iterable[LineItem], embed: Mapping[str, Callable[[LineItem], Any]] | None = None
) -> list[dict[str, Any]]:
    """Items as JSON; ``embed`` makes the embedded objects of an item by name."""
    return [show_item(item, **{name: make(item) for name, make in (embed or {}).items()}) for item in items]
