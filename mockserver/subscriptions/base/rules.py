"""Finding a subscription, and what may be asked of it by others (behaviour/subscriptions#reading-a-subscription,
behaviour/subscriptions#updating-and-activating)."""

from __future__ import annotations

from mockserver.errors import Invalid, NotFound
from mockserver.store.records.subscriptions import Subscription
from mockserver.work import Work


def get(work: Work, subscription_id: str) -> Subscription:
    """The published subscription of that id, cancelled ones included."""
    row = work.tx.load(Subscription, subscription_id)
    if row is None or row.status != "published":
        raise NotFound(f"no subscription {subscription_id!r}")
    return row


def check_active_parent(parent: Subscription) -> None:
    """A parent must be active."""
    if parent.subscription_status != "active":
        raise Invalid(
            "the parent subscription must be active",
            {"parent_subscription_id": parent.id, "subscription_status": parent.subscription_status},
        )


def check_running(work: Work, subscription_id: str) -> None:
    """``NotFound`` unless the subscription exists and is active or trialing
    (behaviour/subscriptions#upcoming-grants)."""
    row = work.tx.load(Subscription, subscription_id)
    if row is None or row.subscription_status not in ("active", "trialing"):
        raise NotFound(
            f"no running subscription {subscription_id!r}",
            {"subscription_id": subscription_id, "subscription_ids": [subscription_id]},
        )
