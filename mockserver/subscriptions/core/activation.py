"""Turning a draft into a running subscription (behaviour/subscriptions#activating-a-draft)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mockserver.credits.grants.applying import apply_due
from mockserver.errors import Invalid
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.addons.attaching import move_addon_ends
from mockserver.subscriptions.base import rules
from mockserver.subscriptions.core.creation import anchor_of, period_end
from mockserver.subscriptions.core.opening import Created, open_subscription, status_before_payment
from mockserver.subscriptions.line_items.present import items_of
from mockserver.vocabulary import SubscriptionStatus
from mockserver.work import Work


def activate(work: Work, subscription_id: str, start: datetime) -> Created:
    """Start a draft at ``start``: dates and items move, a custom anchor is lost. ``Invalid`` for any other status."""
    row = rules.get(work, subscription_id)
    if row.subscription_status != "draft":
        raise Invalid(
            "only a draft can be activated",
            {"subscription_id": row.id, "current_status": row.subscription_status},
        )
    in_trial = _in_trial(row, start)
    moved = replace(row, start_date=start, current_period_start=start)
    moved = replace(moved, billing_anchor=anchor_of(moved))
    trial = _trial_length(row) if in_trial else None
    moved = replace(moved, current_period_end=period_end(moved, start) if trial is None else start + trial)
    ends = move_addon_ends(work, moved, start)
    items = [_moved_item(work, item, start, ends) for item in items_of(work, row.id)]
    # The trial's dates are meant to move too, but the stored ones stay (behaviour/subscriptions#activating-a-draft).
    return _opened(work, work.alter(row, moved), items, in_trial=in_trial)


def _in_trial(row: Subscription, start: datetime) -> bool:
    if row.trial_start is None or row.trial_end is None:
        return False
    return row.trial_start < start < row.trial_end


def _trial_length(row: Subscription) -> timedelta | None:
    return None if row.trial_start is None or row.trial_end is None else row.trial_end - row.trial_start


def _moved_item(work: Work, item: LineItem, start: datetime, ends: Mapping[str, datetime]) -> LineItem:
    """The item starts with the subscription or its price, whichever is later; its end stays. Items of addons start
    with the subscription, and end with a one-time addon."""
    association = item.addon_association_id
    if association is not None:
        return work.alter(item, replace(item, start_date=start, end_date=ends.get(association, item.end_date)))
    price = work.tx.load(Price, item.price_id)
    own = price.start_date if price is not None else None
    return work.alter(item, replace(item, start_date=start if own is None else max(own, start)))


def _opened(work: Work, row: Subscription, items: list[LineItem], *, in_trial: bool) -> Created:
    """Bill the start; the status follows from the payment behaviour (behaviour/subscriptions#creating-a-subscription),
    or the draft resumes its trial."""
    waiting = SubscriptionStatus.TRIALING if in_trial else status_before_payment(row.payment_behavior)
    created = open_subscription(work, replace(row, subscription_status=waiting), items)
    status = created.row.subscription_status
    started = work.alter(row, replace(row, subscription_status=status))
    apply_due(work, started)
    return Created(started, items, created.invoice)
