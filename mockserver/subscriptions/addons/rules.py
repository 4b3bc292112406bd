"""Attaching and detaching by request, with what it costs (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.billing.proration import charges_for
from mockserver.catalogue.addons.embedding import show_with
from mockserver.catalogue.owners import associations, entities
from mockserver.errors import ApiError, Invalid
from mockserver.invoices.changed import invoice_of
from mockserver.rating.money import ZERO, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import Subscription
from mockserver.subscriptions.addons.attaching import Attached, attach
from mockserver.subscriptions.base import rules as subscriptions
from mockserver.subscriptions.line_items.present import items_of
from mockserver.work import Work

PRORATIONS = "create_prorations"


def add(
    work: Work, subscription_id: str, request: Mapping[str, Any], *, preview: bool = False
) -> tuple[Attached, list[dict[str, Any]]]:
    """Attach an addon; with ``create_prorations`` an invoice for the rest of the period comes along."""
    subscription = subscriptions.get(work, subscription_id)
    if request.get("checkout") is not None:
        _check_checkout(subscription, request)
    attached = attach(work, subscription, items_of(work, subscription.id), request, preview=preview)
    return attached, _settle(work, subscription, attached, request, preview=preview)


def _check_checkout(subscription: Subscription, request: Mapping[str, Any]) -> None:
    """A checkout attaches once it is paid: only as the addon is, and only to an active subscription."""
    if request["checkout"].get("payment_provider") != "razorpay":
        raise Invalid("payment_provider of a checkout must be razorpay", {"allowed_values": ["razorpay"]})
    named = {"subscription_id": subscription.id}
    if request.get("override_line_items") or request.get("line_item_commitments"):
        raise Invalid(
            "overrides and commitments cannot be combined with checkout", {**named, "addon_id": request["addon_id"]}
        )
    if subscription.subscription_status != "active":
        raise Invalid(
            "checkout needs an active subscription",
            {**named, "subscription_status": subscription.subscription_status},
        )


def _settle(
    work: Work, subscription: Subscription, attached: Attached, request: Mapping[str, Any], *, preview: bool
) -> list[dict[str, Any]]:
    if request.get("proration_behavior") != PRORATIONS:
        return []
    at, period = attached.effective, Period(subscription.current_period_start, subscription.current_period_end)
    charges = charges_for(work, period, subscription.currency, attached.items, at)
    if total(charge.amount for charge in charges) <= ZERO:
        return []
    if request.get("checkout") is not None and not preview:
        raise ApiError("paying for an addon by checkout is not emulated", code="not_implemented")
    return [invoice_of(work, subscription, Period(at, period.end), charges, preview=preview)]


def list_associations(work: Work, subscription_id: str) -> list[Row]:
    """The addons a subscription has in its current period, each with its published ``addon`` and current prices as
    JSON."""
    rows = associations.in_period(work, subscriptions.get(work, subscription_id))
    result = []
    for row in rows:
        addon = entities.addon(work, row["addon_id"])
        shown = show_with(work, addon, ["prices"]) if addon["status"] == "published" else None
        result.append({**row, "addon": shown})
    return result
