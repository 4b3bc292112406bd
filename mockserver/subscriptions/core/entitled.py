"""A customer's running subscriptions and what they entitle to
(behaviour/customers-and-plans#sub-resources-of-a-customer)."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.catalogue.entitlements import effective
from mockserver.customers import rules as customers
from mockserver.errors import NotFound
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.records.subscriptions import Subscription
from mockserver.vocabulary import SubscriptionStatus, SubscriptionType
from mockserver.work import Work

RUNNING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)


def running(work: Work, customer_id: str, only: Sequence[str] = ()) -> list[Subscription]:
    """The customer's active and trialing subscriptions, newest created first; only those named if any is."""
    found = work.tx.every(Subscription, Eq("customer_id", customer_id), In("subscription_status", RUNNING))
    return [row for row in found if not only or row.id in only]


def entitled(
    work: Work, customer_id: str, feature_ids: Sequence[str], subscription_ids: Sequence[str]
) -> tuple[list[Subscription], list[Row]]:
    """The subscriptions considered and the features they entitle to, several subscriptions together.

    An unknown customer has neither. Inherited subscriptions do not count.
    """
    found = running(work, customer_id, subscription_ids)
    considered = [row for row in found if row.subscription_type is not SubscriptionType.INHERITED]
    granted = [
        entitlement
        for row in considered
        for entitlement in effective.of_subscription(work, row)
        if not feature_ids or entitlement["feature_id"] in feature_ids
    ]
    return considered, effective.aggregate(work, granted, found[0].id) if found else []


def of_external_customer(work: Work, external_id: str) -> list[Subscription]:
    """The running subscriptions of the published customer of that external id."""
    try:
        customer = customers.get_by_external_id(work, external_id)
    except NotFound as error:
        error.details["external_customer_id"] = external_id
        raise
    return running(work, customer["id"])
