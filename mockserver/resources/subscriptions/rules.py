"""What subscriptions do besides being created, cancelled and listed (facts/04 §8, §10)."""

from __future__ import annotations

from mockserver.errors import NotFound
from mockserver.resources.subscription_line_items.present import items_of
from mockserver.store.columns import Row
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.work import Work


def get(work: Work, subscription_id: str) -> Row:
    """The published subscription of that id, cancelled ones included."""
    row = work.tx.get(SUBSCRIPTIONS, subscription_id)
    if row is None or row["status"] != "published":
        raise NotFound(f"no subscription {subscription_id!r}")
    return row


def current_items(work: Work, row: Row) -> list[Row]:
    """The published items that have not ended before the current period (facts/04 §8.1)."""
    since = row["current_period_start"]
    return [item for item in items_of(work, row["id"]) if item["end_date"] is None or item["end_date"] >= since]
