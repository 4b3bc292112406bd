"""Whether somebody subscribes: what blocks deleting customers and plans (facts/02 §1.6, §2.5)."""

from __future__ import annotations

from mockserver.store.query import Eq
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.work import Work


def has_active_subscription(work: Work, *, customer_id: str | None = None, plan_id: str | None = None) -> bool:
    """True if a published subscription in status ``active`` exists; trialing, draft and others do not count."""
    where = [Eq("status", "published"), Eq("subscription_status", "active")]
    if customer_id is not None:
        where.append(Eq("customer_id", customer_id))
    if plan_id is not None:
        where.append(Eq("plan_id", plan_id))
    return work.tx.first(SUBSCRIPTIONS, *where) is not None
