"""Giving coupons to a new subscription (behaviour/subscriptions#terms-of-a-new-subscription,
behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mockserver.catalogue.prices.storing import instant
from mockserver.errors import Invalid, NotFound, TossUp
from mockserver.rating.periods import next_period_end
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.coupons import COUPON_ASSOCIATIONS
from mockserver.terms.coupons import rules
from mockserver.terms.coupons.validity import objection
from mockserver.work import Work

ItemsByPrice = Mapping[str, Sequence[str]]
"""The ids of a subscription's line items by price id; an overridden item is there under its plan price as well."""


def items_by_price(items: Iterable[LineItem], planned: Mapping[str, str]) -> ItemsByPrice:
    """``planned`` are the items of plan prices by price id, from before overrides gave them prices of their own."""
    result: dict[str, list[str]] = {}
    for price_id, item_id in [*((item.price_id, item.id) for item in items), *planned.items()]:
        known = result.setdefault(price_id, [])
        if item_id not in known:
            known.append(item_id)
    return result


@dataclass(frozen=True, slots=True)
class Wanted:
    """A coupon for a subscription, or for one line item, from ``start`` to ``end`` (open when None)."""

    coupon_id: str
    start: datetime
    end: datetime | None = None
    line_item_id: str | None = None
    phase_id: str | None = None


def attach_requested(work: Work, subscription: Subscription, request: Mapping[str, Any], items: ItemsByPrice) -> None:
    """Give a new subscription the coupons of its create request.

    An unknown code is ``NotFound``, a price without line item ``Invalid``; every other objection is answered with
    one of two statuses at random, naming how many coupons there were (behaviour/invoices-and-wallets#coupons).
    """
    start = subscription.start_date
    wanted = [Wanted(coupon_id, start) for coupon_id in request.get("coupons", ()) if coupon_id]
    for price_id, coupon_ids in request.get("line_item_coupons", {}).items():
        for coupon_id in filter(None, coupon_ids):
            details = {"coupon_id": coupon_id, "price_id": price_id}
            wanted += _on_items(Wanted(coupon_id, start), _items_of(items, price_id, details))
    for entry in request.get("subscription_coupons", ()):
        wanted += _by_code(work, entry, start, items)
    try:
        _attach(work, subscription, wanted)
    except (Invalid, NotFound) as error:
        details = {**error.details, "subscription_id": subscription.id, "coupon_count": len(wanted)}
        raise TossUp(error.message, details, code=error.code, other="internal_error") from None


def _by_code(work: Work, entry: Mapping[str, Any], start: datetime, items: ItemsByPrice) -> list[Wanted]:
    code = entry.get("coupon_code", "")
    _check_entry(entry)
    if not rules.normal_code(code):
        raise TossUp("coupon_code is blank", code="validation_error", other="not_found")
    coupon = rules.get_by_code(work, code)
    one = Wanted(coupon["id"], instant(entry.get("start_date")) or start, instant(entry.get("end_date")))
    if "price_id" not in entry:
        return [one]
    details = {"coupon_code": code, "price_id": entry["price_id"]}
    return _on_items(one, _items_of(items, entry["price_id"], details))


def _check_entry(entry: Mapping[str, Any]) -> None:
    if not entry.get("coupon_code"):
        raise Invalid("coupon_code is required")
    start, end = entry.get("start_date"), entry.get("end_date")
    if start is not None and end is not None and end.instant < start.instant:
        raise Invalid("the end_date of a coupon must not be before its start_date")


def _items_of(items: ItemsByPrice, price_id: str, details: Mapping[str, Any]) -> Sequence[str]:
    if not items.get(price_id):
        raise Invalid("no line item of the subscription has that price", details)
    return items[price_id]


def _on_items(wanted: Wanted, item_ids: Sequence[str]) -> list[Wanted]:
    return [replace(wanted, line_item_id=item_id) for item_id in item_ids]


def attach_of_phase(
    work: Work, subscription: Subscription, phase: Row, request: Mapping[str, Any], items: Mapping[str, str]
) -> None:
    """Give a subscription the coupons of one of its phases; ``items`` are the phase's line items by price id.

    They last as long as the phase. What names no item of the phase is left out, or, if given by code, counts for the
    whole subscription.
    """
    one = Wanted("", phase["start_date"], phase["end_date"], phase_id=phase["id"])
    wanted = [replace(one, coupon_id=coupon_id) for coupon_id in request.get("coupons", ()) if coupon_id]
    for price_id, coupon_ids in request.get("line_item_coupons", {}).items():
        if price_id in items:
            kept = [coupon_id for coupon_id in coupon_ids if coupon_id]
            wanted += [replace(one, coupon_id=each, line_item_id=items[price_id]) for each in kept]
    for entry in request.get("subscription_coupons", ()):
        if not entry.get("coupon_code"):
            continue
        _check_entry(entry)
        coupon = rules.get_by_code(work, entry["coupon_code"])
        wanted.append(
            replace(
                one,
                coupon_id=coupon["id"],
                start=instant(entry.get("start_date")) or one.start,
                end=instant(entry.get("end_date")) or one.end,
                line_item_id=items.get(entry.get("price_id", "")),
            )
        )
    _attach(work, subscription, wanted)


def _attach(work: Work, subscription: Subscription, wanted: Sequence[Wanted]) -> None:
    """Store associations and count redemptions. A repeated coupon without end lasts for its number of periods."""
    for index, each in enumerate(wanted):
        if each.end is not None and each.end < each.start:
            raise Invalid("the end_date of a coupon must not be before its start_date", {"index": index})
        coupon = rules.get(work, each.coupon_id)
        problem = objection(work, coupon, subscription)
        if problem is not None:
            raise Invalid(problem, {"coupon_id": coupon["id"], "subscription_id": subscription.id})
        end = each.end
        if end is None and coupon["cadence"] == rules.REPEATED:
            end = _end_of_periods(subscription, each.start, coupon["duration_in_periods"])
        values = {
            "coupon_id": coupon["id"],
            "subscription_id": subscription.id,
            "subscription_line_item_id": each.line_item_id,
            "subscription_phase_id": each.phase_id,
            "start_date": each.start,
            "end_date": end,
            "metadata": {},
        }
        work.insert(COUPON_ASSOCIATIONS, work.new_row(COUPON_ASSOCIATIONS, values))
        rules.redeem(work, coupon["id"])


def _end_of_periods(subscription: Subscription, start: datetime, periods: int) -> datetime:
    """A second before the period that follows so many periods; ``Invalid`` beyond the year 9999."""
    end = start
    try:
        for _ in range(periods):
            end = next_period_end(
                end,
                subscription.billing_anchor,
                subscription.billing_period,
                subscription.billing_period_count,
                subscription.timezone,
            )
    except OverflowError:
        raise Invalid("the coupon lasts beyond the year 9999") from None
    return end - timedelta(seconds=1)
