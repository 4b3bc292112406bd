"""Giving a running subscription a coupon and taking it away, as modifications (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.catalogue.prices.storing import instant
from mockserver.errors import Invalid, NotFound
from mockserver.store.columns import Row
from mockserver.store.query import Eq
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.coupons import COUPON_ASSOCIATIONS
from mockserver.terms.coupons import rules as coupons
from mockserver.terms.coupons.validity import in_effect, objection
from mockserver.times import format_time
from mockserver.work import Work


def change_coupon(work: Work, row: Subscription, params: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """Nothing of what changes is listed. A preview looks at the present, whatever dates were sent, and does not ask
    whether the coupon may be redeemed."""
    if params["action"] == "remove":
        at = work.now if preview else instant(params.get("end_date")) or work.now
        _remove(work, row, params["coupon_association_id"], at, preview=preview)
    else:
        _add(work, row, params, preview=preview)
    return {}


def _add(work: Work, row: Subscription, params: Mapping[str, Any], *, preview: bool) -> None:
    code = params["coupon_code"]
    coupon = coupons.find_by_code(work, code)
    if coupon is None:
        raise Invalid(f"no coupon with the code {code!r}")
    problem = None if preview else objection(work, coupon, row)
    if problem is not None:
        raise Invalid(problem, {"coupon_id": coupon["id"], "subscription_id": row.id})
    _check_target(work, row, params)
    start = work.now if preview else instant(params.get("start_date")) or work.now
    _check_not_held(work, row, coupon, start, "effective_date" if preview else "checked_at")
    if preview:
        return
    values = {
        "coupon_id": coupon["id"],
        "subscription_id": row.id,
        "subscription_line_item_id": params.get("subscription_line_item_id"),
        "start_date": start,
        "end_date": instant(params.get("end_date")),
    }
    work.insert(COUPON_ASSOCIATIONS, work.new_row(COUPON_ASSOCIATIONS, values))
    coupons.redeem(work, coupon["id"])


def _check_target(work: Work, row: Subscription, params: Mapping[str, Any]) -> None:
    """A line item must be the subscription's own; without one a ``subscription_id`` must be the one in the URL."""
    item_id, subscription_id = params.get("subscription_line_item_id"), params.get("subscription_id")
    if item_id is not None:
        item = work.tx.load(LineItem, item_id)
        if item is None:
            raise NotFound(f"no line item {item_id!r}", {"line_item_id": item_id})
        if item.subscription_id != row.id:
            raise Invalid(
                "the line item belongs to another subscription",
                {"subscription_line_item_id": item_id, "subscription_id": row.id},
            )
    elif subscription_id is not None and subscription_id != row.id:
        raise Invalid(
            "subscription_id names another subscription",
            {"provided_subscription_id": subscription_id, "subscription_id": row.id},
        )


def _check_not_held(work: Work, row: Subscription, coupon: Row, at: datetime, key: str) -> None:
    where = (Eq("subscription_id", row.id), Eq("coupon_id", coupon["id"]), *in_effect(at, at))
    held = work.tx.published(COUPON_ASSOCIATIONS, *where)
    if any(each["start_date"] != each["end_date"] for each in held):
        raise Invalid(
            "the subscription has the coupon at that time already",
            {"coupon_id": coupon["id"], "subscription_id": row.id, key: format_time(at)},
        )


def _remove(work: Work, row: Subscription, association_id: str, at: datetime, *, preview: bool) -> None:
    """End an association of the subscription."""
    held = work.tx.get(COUPON_ASSOCIATIONS, association_id)
    named = {"association_id": association_id}
    if held is None:
        raise NotFound(f"no coupon association {association_id!r}", named)
    if held["subscription_id"] != row.id:
        raise Invalid("the coupon belongs to another subscription", {**named, "subscription_id": row.id})
    if held["end_date"] is not None and held["end_date"] <= at:
        details = named if preview else {**named, "end_date": format_time(held["end_date"])}
        raise Invalid("the coupon has ended already", details)
    if at < held["start_date"]:
        raise Invalid(
            "the coupon has not started yet",
            {**named, "start_date": format_time(held["start_date"]), "now": format_time(at)},
        )
    if not preview:
        work.change(COUPON_ASSOCIATIONS, held, {"end_date": at})
