"""Changing the quantity of fixed items in the middle of a period (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.billing.proration import Charge, rest_of
from mockserver.catalogue.prices import rules as prices
from mockserver.errors import Invalid
from mockserver.invoices.changed import credited, invoice_of
from mockserver.rating.money import ZERO, plain, subtract
from mockserver.rating.periods import Period
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.line_items import rules as line_items
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class Change:
    """One item that gets another quantity from ``effective`` on."""

    item: LineItem
    quantity: Decimal
    effective: datetime


def read_changes(work: Work, subscription: Subscription, entries: Sequence[Mapping[str, Any]]) -> list[Change]:
    """The changes asked for; an unchanged quantity is none."""
    if subscription.subscription_status != "active":
        raise Invalid(
            "quantities of an active subscription only can be changed",
            {"subscription_id": subscription.id, "status": subscription.subscription_status},
        )
    result = []
    for entry in entries:
        effective = entry["effective_date"].instant if "effective_date" in entry else work.now
        _check_inside(subscription, effective)
        item = line_items.get(work, entry["id"])
        _check_item(subscription, item, effective)
        quantity = entry.get("quantity", ZERO)
        if quantity != item.quantity:
            result.append(Change(item, quantity, effective))
    return result


def _check_inside(subscription: Subscription, effective: datetime) -> None:
    start, end = subscription.current_period_start, subscription.current_period_end
    if effective < start:
        raise Invalid(
            "effective_date must not be before the current period",
            {"effective_date": effective, "current_period_start": start},
        )
    if effective >= end:
        raise Invalid(
            "effective_date must be before the end of the current period",
            {"effective_date": effective, "current_period_end": end},
        )


def _check_item(subscription: Subscription, item: LineItem, effective: datetime) -> None:
    named = {"line_item_id": item.id}
    if item.subscription_id != subscription.id:
        raise Invalid("the line item is another subscription's", {**named, "subscription_id": subscription.id})
    if item.status != "published":
        raise Invalid("the line item is archived", named)
    if item.price_type != "FIXED":
        raise Invalid("only fixed items have a quantity to change", {**named, "price_type": item.price_type})
    if effective < item.start_date:
        raise Invalid(
            "effective_date must not be before the line item's start",
            {**named, "effective_date": effective, "line_item_start": item.start_date},
        )
    end = item.end_date or subscription.current_period_end
    if effective >= end:
        raise Invalid(
            "effective_date must be before the line item's end",
            {**named, "effective_date": effective, "line_item_end": end},
        )


def apply(work: Work, subscription: Subscription, changes: Sequence[Change], *, preview: bool) -> dict[str, Any]:
    """End the items and go on with new ones; charge for more of what is paid in advance."""
    changed, invoices = [], []
    for change in changes:
        ended, created = ("(preview-ended)", "(preview-created)") if preview else _replace(work, change)
        item, until = change.item, change.item.end_date or subscription.current_period_end
        changed.append(_shown(item, ended, item.quantity, item.start_date, change.effective, "ended"))
        # The answer names the period's end where the new item has none (behaviour/subscriptions#addons).
        changed.append(_shown(item, created, change.quantity, change.effective, until, "created"))
        invoice = _charge(work, subscription, change, preview=preview)
        if invoice is not None:
            invoices.append(invoice)
    return {"line_items": changed, "invoices": invoices}


def _shown(
    item: LineItem, item_id: str, quantity: Decimal, start: datetime, end: datetime, action: str
) -> dict[str, Any]:
    return {
        "id": item_id,
        "price_id": item.price_id,
        "quantity": quantity,
        "start_date": start,
        "end_date": end,
        "change_action": action,
    }


def _replace(work: Work, change: Change) -> tuple[str, str]:
    work.alter(change.item, replace(change.item, end_date=change.effective))
    blank = work.make(LineItem)
    created = replace(
        change.item,
        id=blank.id,
        created_at=blank.created_at,
        created_by=blank.created_by,
        updated_at=blank.updated_at,
        updated_by=blank.updated_by,
        quantity=change.quantity,
        start_date=change.effective,
    )
    work.add(created)
    return change.item.id, created.id


def _charge(work: Work, subscription: Subscription, change: Change, *, preview: bool) -> dict[str, Any] | None:
    """The invoice for a larger quantity of an item paid in advance, or the credit for a smaller."""
    item = change.item
    if item.invoice_cadence != "ADVANCE":
        return None
    period = Period(subscription.current_period_start, subscription.current_period_end)
    amount, currency = prices.get(work, item.price_id)["amount"] or ZERO, subscription.currency
    net = subtract(
        rest_of(period, amount, change.quantity, change.effective, currency),
        rest_of(period, amount, item.quantity, change.effective, currency),
    )
    if net == ZERO:
        return None
    if net < ZERO:
        key = f"proration_credit_{subscription.id}_{item.id}_{change.effective:%Y-%m-%dT%H:%M:%SZ}"
        return credited(work, subscription, subtract(ZERO, net), key, preview=preview)
    stretch = f"{change.effective:%Y-%m-%d} to {period.end:%Y-%m-%d}"
    charge = Charge(
        item,
        net,
        subtract(change.quantity, item.quantity),
        f"{item.display_name}, changed quantity ({stretch})",
        f"{plain(change.quantity)} instead of {plain(item.quantity)} units, {stretch}",
    )
    return invoice_of(work, subscription, Period(change.effective, period.end), [charge], preview=preview)
