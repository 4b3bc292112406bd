"""Taking an addon from a subscription (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mockserver.billing.crediting import credits_of
from mockserver.catalogue.owners import associations
from mockserver.catalogue.owners.associations import CANCELLED
from mockserver.errors import Invalid
from mockserver.invoices.changed import credited
from mockserver.rating.money import ZERO, total
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.addons import ADDON_ASSOCIATIONS
from mockserver.subscriptions.base import rules as subscriptions
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.line_items.present import items_of
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class Detached:
    """The items as they were, when they end, and the credit for what was paid beyond that."""

    items: list[LineItem]
    effective: datetime
    credits: list[dict[str, Any]]


def detach(
    work: Work, request: Mapping[str, Any], *, subscription_id: str | None = None, preview: bool = False
) -> Detached:
    """End the association and its items, with the current period unless the request says otherwise.

    ``subscription_id`` says whose association it must be. A preview stores nothing. With
    ``create_prorations`` what was paid for the time after that comes back.
    """
    words.check_proration_behavior(request.get("proration_behavior", ""))
    association = associations.get(work, request["addon_association_id"])
    named = {"addon_association_id": association["id"]}
    if subscription_id is not None and association["entity_id"] != subscription_id:
        raise Invalid("the addon is another subscription's", {**named, "subscription_id": subscription_id})
    if association["end_date"] is not None:
        raise Invalid("the addon ends already", {**named, "end_date": association["end_date"]})
    own = [item for item in items_of(work, association["entity_id"]) if item.addon_association_id == association["id"]]
    running = [item for item in own if item.end_date is None]
    if own and not running:
        raise Invalid("the addon's items end already", {**named, "expires_at": own[-1].end_date})
    subscription = subscriptions.get(work, association["entity_id"])
    effective = _effective(subscription, request)
    back: list[dict[str, Any]] = []
    if request.get("proration_behavior") == "create_prorations":
        amount = total(part["credit_amount"] for part in credits_of(work, subscription, running, effective))
        if amount > ZERO:
            back.append(credited(work, subscription, amount, f"addon_detach_{association['id']}", preview=preview))
    if not preview:
        cancel(work, association, effective, request.get("reason"))
        for item in running:
            work.alter(item, replace(item, end_date=max(effective, item.start_date)))
    return Detached(running, effective, back)


def _effective(subscription: Subscription, request: Mapping[str, Any]) -> datetime:
    start, end = subscription.current_period_start, subscription.current_period_end
    given = request.get("effective_date")
    effective: datetime = given.instant if given is not None else end
    if not start <= effective <= end:
        raise Invalid(
            "effective_date must lie in the current period",
            {"effective_date": effective, "current_period_start": start, "current_period_end": end},
        )
    return effective


def end_with_subscription(
    work: Work, subscription: Subscription, items: Sequence[LineItem], at: datetime, reason: str
) -> None:
    """Addons that do not end anyway end with their subscription, and so do their items among ``items``."""
    noted = f"Subscription cancelled: {reason}" if reason else "Subscription cancelled"
    for association in associations.in_period(work, subscription):
        if association["end_date"] is not None:
            continue
        cancel(work, association, at, noted)
        for item in items:
            if item.addon_association_id == association["id"] and item.end_date is None:
                work.alter(item, replace(item, end_date=max(at, item.start_date)))


def cancel(work: Work, association: Row, at: datetime, reason: str | None) -> None:
    """Note that a subscription has an addon no longer from a moment on."""
    changes = {"end_date": at, "cancelled_at": at, "addon_status": CANCELLED, "cancellation_reason": reason}
    work.change(ADDON_ASSOCIATIONS, association, changes)
