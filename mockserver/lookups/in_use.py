"""Who subscribes or holds credits: what blocks deleting customers and plans
(behaviour/customers-and-plans#deleting-a-customer, behaviour/customers-and-plans#deleting-a-plan)."""

from __future__ import annotations

from mockserver.store.query import Eq
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.store.tables.wallets import WALLETS
from mockserver.work import Work


def has_active_subscription(work: Work, *, customer_id: str | None = None, plan_id: str | None = None) -> bool:
    """True if a published subscription in status ``active`` exists; trialing, draft and others do not count."""
    where = [Eq("status", "published"), Eq("subscription_status", "active")]
    if customer_id is not None:
        where.append(Eq("customer_id", customer_id))
    if plan_id is not None:
        where.append(Eq("plan_id", plan_id))
    return work.tx.first(SUBSCRIPTIONS, *where) is not None


def has_active_wallet(work: Work, customer_id: str) -> bool:
    """True if the customer has a published wallet that is active."""
    where = (Eq("status", "published"), Eq("wallet_status", "active"), Eq("customer_id", customer_id))
    return work.tx.first(WALLETS, *where) is not None
