"""Which addons a subscription has (behaviour/subscriptions#addons)."""

from __future__ import annotations

from mockserver.errors import NotFound
from mockserver.store.columns import Row
from mockserver.store.query import AnyOf, Compare, Eq, IsNull
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.addons import ADDON_ASSOCIATIONS
from mockserver.work import Work


def get(work: Work, association_id: str) -> Row:
    """The association of that id, ended ones included."""
    row = work.tx.get(ADDON_ASSOCIATIONS, association_id)
    if row is None:
        raise NotFound(f"no addon association {association_id!r}", {"addon_association_id": association_id})
    return row


def in_period(work: Work, subscription: Subscription) -> list[Row]:
    """The associations of a subscription that reach into its current period and are not cancelled, newest first."""
    return work.tx.published(
        ADDON_ASSOCIATIONS,
        Eq("entity_id", subscription.id),
        Eq("addon_status", ACTIVE),
        Compare("start_date", "<=", subscription.current_period_end),
        AnyOf((IsNull("end_date"), Compare("end_date", ">", subscription.current_period_start))),
    )


def of_subscription(work: Work, subscription_id: str) -> list[Row]:
    """All associations of a subscription that are not cancelled, newest first."""
    return work.tx.published(ADDON_ASSOCIATIONS, Eq("entity_id", subscription_id), Eq("addon_status", ACTIVE))


ACTIVE, CANCELLED = "active", "cancelled"
"""Whether a subscription still has an addon: its ``addon_status``."""
