"""Whether a coupon may be used: when it is attached, and again whenever an invoice is worked out
(behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from datetime import datetime

from mockserver.rating.adjustments import PERCENTAGE
from mockserver.store.columns import Row
from mockserver.store.query import AnyOf, Compare, Condition, Eq, IsNull
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.coupons import COUPON_APPLICATIONS
from mockserver.terms.coupons.rules import FOREVER, ONCE, REPEATED
from mockserver.work import Work


def objection(work: Work, coupon: Row, subscription: Subscription | None = None) -> str | None:
    """Why the coupon cannot be used now, or None if it can; on a subscription its currency and cadence count too."""
    if coupon["status"] != "published":
        return "the coupon is archived"
    if coupon["redeem_after"] is not None and work.now < coupon["redeem_after"]:
        return "the coupon is not yet redeemable"
    if coupon["redeem_before"] is not None and work.now > coupon["redeem_before"]:
        return "the coupon has expired"
    if subscription is not None and not _has_currency(coupon, subscription.currency):
        return "the coupon is in another currency"
    if coupon["max_redemptions"] is not None and coupon["total_redemptions"] >= coupon["max_redemptions"]:
        return "the coupon has been redeemed as often as it may be"
    return None if subscription is None else _cadence_objection(work, coupon, subscription)


def _has_currency(coupon: Row, currency: str) -> bool:
    """A percentage, or a coupon without currency, goes with any."""
    own = coupon["currency"] or ""
    return coupon["type"] == PERCENTAGE or not own or bool(own.lower() == currency.lower())


def _cadence_objection(work: Work, coupon: Row, subscription: Subscription) -> str | None:
    """What was applied before counts only on stored invoices, so a preview never uses a coupon up."""
    cadence = coupon["cadence"]
    if cadence == FOREVER:
        return None
    if cadence not in (ONCE, REPEATED):
        return "the coupon has no known cadence"
    # The real server lets a coupon for once pass a second time before it objects.
    limit = coupon["duration_in_periods"] if cadence == REPEATED else 2
    where = (
        Eq("subscription_id", subscription.id),
        Eq("coupon_id", coupon["id"]),
        Eq("status", "published"),
    )
    used = work.tx.count(COUPON_APPLICATIONS, where)
    return "the coupon has been applied as often as it may be" if used >= limit else None


def in_effect(start: datetime, end: datetime) -> list[Condition]:
    """Associations whose window touches [start, end], both inclusive."""
    return [Compare("start_date", "<=", end), AnyOf((IsNull("end_date"), Compare("end_date", ">=", start)))]
