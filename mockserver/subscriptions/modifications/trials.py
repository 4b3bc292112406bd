"""Ending a trial now or moving its end (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver.billing.items import inheriting
from mockserver.errors import Invalid
from mockserver.invoices import rules as invoices
from mockserver.store.records.subscriptions import Subscription
from mockserver.subscriptions.base import rules
from mockserver.subscriptions.core.creation import period_end
from mockserver.subscriptions.core.opening import settled_after_trial
from mockserver.subscriptions.line_items.present import items_of
from mockserver.vocabulary import BillingReason, SubscriptionStatus
from mockserver.work import Work


def change_trial(work: Work, subscription: Subscription, params: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """What changed. A trial that ends now is reported as incomplete even when it comes out active; the stored trial
    dates never move (behaviour/subscriptions#addons)."""
    _check(work, subscription, params)
    immediate = params["action"] == "immediate"
    end = work.now if immediate else params["new_trial_end"].instant
    status = "incomplete" if immediate else "trialing"
    changed = [_shown(subscription, status, end)]
    children = inheriting(work, subscription.id) if subscription.subscription_type == "parent" else []
    if preview:
        return {"subscriptions": changed + [_shown(child, status, end) for child in children]}
    invoice = None
    if immediate:
        invoice = end_trial(work, subscription)
    else:
        for row in (subscription, *children):
            work.alter(row, replace(row, current_period_end=end))
    return {"subscriptions": changed, "invoices": [] if invoice is None else [_invoiced(invoice)]}


def _check(work: Work, row: Subscription, params: Mapping[str, Any]) -> None:
    named = {"subscription_id": row.id}
    if row.subscription_status != "trialing":
        raise Invalid("the subscription is not in trial", {**named, "status": row.subscription_status})
    if row.trial_start is None or row.trial_end is None:
        raise Invalid("the subscription has no trial dates", named)
    if row.subscription_type == "inherited":
        raise Invalid("the trial of an inherited subscription follows its parent's", named)
    if params["action"] == "immediate":
        return
    new_end = params["new_trial_end"].instant
    if new_end <= work.now:
        raise Invalid("new_trial_end must be in the future", {"new_trial_end": new_end, "now": work.now})
    if row.end_date is not None and new_end > row.end_date:
        raise Invalid(
            "new_trial_end must not be after the subscription's end",
            {"new_trial_end": new_end, "subscription_end_date": row.end_date},
        )


def _shown(row: Subscription, status: str, end: datetime) -> dict[str, Any]:
    return {"id": row.id, "action": "updated", "status": status, "trial_end": end, "current_period_end": end}


def end_trial(work: Work, row: Subscription) -> dict[str, Any] | None:
    """The first real period starts now, and so does the anchor (behaviour/subscriptions#trials); inherited
    subscriptions follow. The invoice over what is paid in advance of that period, as it is printed."""
    children = inheriting(work, row.id) if row.subscription_type == "parent" else []
    invoice = _end_now(work, row)
    for child in children:
        _follow(work, child, row.id)
    return invoice


def _end_now(work: Work, row: Subscription) -> dict[str, Any] | None:
    moved = replace(row, billing_anchor=work.now, current_period_start=work.now)
    end, waiting = period_end(moved, work.now), SubscriptionStatus.INCOMPLETE
    row = work.alter(row, replace(moved, current_period_end=end, subscription_status=waiting))
    invoice = invoices.opening(work, row, items_of(work, row.id), reason=BillingReason.TRIAL_END)
    work.alter(row, replace(row, subscription_status=settled_after_trial(row, invoice)))
    return invoice


def _follow(work: Work, child: Subscription, parent_id: str) -> None:
    parent = rules.get(work, parent_id)
    followed = replace(
        child,
        subscription_status=parent.subscription_status,
        billing_anchor=parent.billing_anchor,
        current_period_start=parent.current_period_start,
        current_period_end=parent.current_period_end,
    )
    work.alter(child, followed)


def _invoiced(invoice: dict[str, Any]) -> dict[str, Any]:
    return {"id": invoice["id"], "action": "created", "status": "", "invoice": invoice}
