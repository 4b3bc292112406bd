"""Coupons held by subscriptions: reading and listing (behaviour/invoices-and-wallets#coupons,
behaviour/http#envelope)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.prices.present import show_price
from mockserver.errors import Invalid, NotFound
from mockserver.http.filters import check_conditions
from mockserver.http.listing import (
    Style,
    array_order,
    check_expand,
    check_page,
    conditions,
    invalid_unknown,
    names_of,
    status_condition,
)
from mockserver.http.open_lists import open_page
from mockserver.store.columns import Row
from mockserver.store.query import NEWEST_FIRST, Condition, Eq, In, Query
from mockserver.store.tables.coupons import COUPON_ASSOCIATIONS, COUPONS
from mockserver.store.tables.prices import PRICES
from mockserver.store.tables.subscriptions import LINE_ITEMS
from mockserver.terms.coupons.validity import in_effect
from mockserver.work import Work

STYLE = Style(invalid_unknown)
MAX_IDS = 100
SHOWN_OF_SUBSCRIPTION = 50
EXPANDABLE = ("coupon", "subscription_line_items", "subscription_line_items.prices")


def get(work: Work, association_id: str) -> Row:
    """The association of that id with its coupon."""
    row = work.tx.get(COUPON_ASSOCIATIONS, association_id)
    if row is None:
        raise NotFound(f"no coupon association {association_id!r}", {"id": association_id})
    return with_coupons(work, [row])[0]


def list_associations(work: Work, data: Mapping[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows with their coupons, total, limit and offset as this list prints them (behaviour/http#envelope)."""
    check_expand(data.get("expand"), EXPANDABLE)
    if data.get("limit") == 0:
        raise Invalid("limit must be between 1 and 1000", {"limit": "must be between 1 and 1000"})
    check_page({name: value for name, value in data.items() if name not in ("start_time", "end_time")})
    check_conditions(data)
    for name in ("subscription_ids", "coupon_ids"):
        if len(data.get(name, ())) > MAX_IDS:
            raise Invalid(f"at most {MAX_IDS} {name}")
    where: list[Condition] = [status_condition(data)]
    for name in ("subscription_ids", "coupon_ids", "subscription_line_item_ids", "subscription_phase_ids"):
        if data.get(name):
            where.append(In(name.removesuffix("s"), data[name]))
    if data.get("active_only"):
        given = [data[name].instant for name in ("period_start", "period_end") if name in data] or [work.now]
        where += in_effect(given[0], given[-1])
    where += conditions(COUPON_ASSOCIATIONS, data.get("filters", ()), STYLE)
    order = array_order(COUPON_ASSOCIATIONS, data, STYLE)
    rows, total, limit, offset = open_page(work, COUPON_ASSOCIATIONS, data, where, order)
    rows = with_coupons(work, rows)
    wanted = set(names_of(data.get("expand")))
    if wanted & {"subscription_line_items", "subscription_line_items.prices"}:
        rows = _with_items(work, rows, priced="subscription_line_items.prices" in wanted)
    return rows, total, limit, offset


def of_subscription(work: Work, subscription_id: str) -> list[Row]:
    """The newest associations of a subscription with their coupons, as reading it shows them
    (behaviour/subscriptions#plain-read)."""
    where = (Eq("status", "published"), Eq("subscription_id", subscription_id))
    found = work.tx.find(COUPON_ASSOCIATIONS, Query(where, NEWEST_FIRST, SHOWN_OF_SUBSCRIPTION))
    return with_coupons(work, found)


def with_coupons(work: Work, rows: Sequence[Row]) -> list[Row]:
    """Associations with their coupon, archived ones included."""
    coupons = work.tx.by_ids(COUPONS, (row["coupon_id"] for row in rows)) if rows else {}
    return [{**row, "coupon": coupons.get(row["coupon_id"])} for row in rows]


def _with_items(work: Work, rows: Sequence[Row], *, priced: bool) -> list[Row]:
    """Associations with the published line item they are about, if any, and that one's price if asked for."""
    wanted = (row["subscription_line_item_id"] for row in rows if row["subscription_line_item_id"])
    found = work.tx.by_ids(LINE_ITEMS, wanted)
    items = {key: item for key, item in found.items() if item["status"] == "published"}
    if priced:
        prices = work.tx.by_ids(PRICES, (item["price_id"] for item in items.values()))
        shown = {key: show_price(work, price) for key, price in prices.items()}
        items = {key: {**item, "price": shown.get(item["price_id"])} for key, item in items.items()}
    return [{**row, "subscription_line_item": items.get(row["subscription_line_item_id"])} for row in rows]
