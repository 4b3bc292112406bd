"""What subscriptions do besides being created, cancelled and listed (behaviour/subscriptions#reading-a-subscription,
behaviour/subscriptions#updating-and-activating)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.errors import Invalid, Refused, TossUp
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.base.rules import check_active_parent, get
from mockserver.subscriptions.line_items.present import items_of
from mockserver.work import Work


def current_items(work: Work, row: Subscription) -> list[LineItem]:
    """The published items that have not ended before the current period (behaviour/subscriptions#plain-read)."""
    since = row.current_period_start
    return [item for item in items_of(work, row.id) if item.end_date is None or item.end_date >= since]


def update(work: Work, subscription_id: str, body: Mapping[str, Any]) -> Subscription:
    """Set the status label, the cancel date and the parent; ``cancel_at_period_end`` is overwritten even when absent
    (behaviour/subscriptions#updating). An unknown subscription and an unknown status are random."""
    row = work.tx.load(Subscription, subscription_id)
    if row is None or row.status != "published":
        raise TossUp(f"no subscription {subscription_id!r}", code="not_found", other="database_error")
    changes: dict[str, Any] = {"cancel_at_period_end": body.get("cancel_at_period_end", False)}
    if "parent_subscription_id" in body:
        changes["parent_subscription_id"] = _parent(work, row, body["parent_subscription_id"])
    status = body.get("status", "")
    if status:
        changes["subscription_status"] = status
    if "cancel_at" in body:
        changes["cancel_at"] = changes["end_date"] = body["cancel_at"].instant
    try:
        words.check_status(status)
    except Invalid as error:
        raise TossUp(error.message, error.details, code="validation_error", other="database_error") from None
    return work.alter(row, replace(row, **changes))


def _parent(work: Work, row: Subscription, parent_id: str) -> str | None:
    """The id to store; an empty one clears."""
    if not parent_id:
        return None
    if row.subscription_type != "standalone":
        raise Refused(
            "only a standalone subscription can be given a parent",
            {"subscription_id": row.id, "subscription_type": row.subscription_type},
        )
    if parent_id == row.id:
        raise Invalid("a subscription cannot be its own parent", {"subscription_id": row.id})
    check_active_parent(get(work, parent_id))
    return parent_id
