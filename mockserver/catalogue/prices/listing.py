"""Listing prices; nothing about the page is checked here (behaviour/prices-and-meters#listing-prices,
behaviour/http#lists)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.owners.entities import unended
from mockserver.http.listing import (
    Mismatch,
    Style,
    check_expand,
    conditions,
    created_between,
    invalid_unknown,
    limit_of,
    status_condition,
)
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Condition, Eq, In, Order, Query
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

EXPANSIONS = ("meters", "priceunit", "plan", "addons", "groups")
STYLE = Style(invalid_unknown)
_ALIASES = {"value": "amount"}
_HALF = 2**63


def list_prices(work: Work, data: dict[str, Any]) -> tuple[list[Row], set[str], int, int, int]:
    """Rows of the page, what to expand, total, limit, next offset.

    A negative limit lists everything; a negative offset is only used in the arithmetic of the answer, which wraps
    around as 64-bit integers do.
    """
    expand = check_expand(data.get("expand"), EXPANSIONS)
    where = _where(work, data)
    order = _order(data)
    limit, offset = limit_of(data), int(data.get("offset", 0))
    total = work.tx.count(PRICES, where)
    query = Query(tuple(where), order, limit, max(offset, 0)) if limit > 0 else Query(tuple(where), order)
    return work.tx.find(PRICES, query), expand, total, limit, (limit + offset + _HALF) % (2 * _HALF) - _HALF


def _where(work: Work, data: Mapping[str, Any]) -> list[Condition]:
    where: list[Condition] = [status_condition(data), *created_between(data)]
    for key, column in (
        ("price_ids", "id"),
        ("entity_ids", "entity_id"),
        ("meter_ids", "meter_id"),
        ("billing_periods", "billing_period"),
    ):
        if data.get(key):
            where.append(In(column, data[key]))
    if "entity_type" in data:
        where.append(Eq("entity_type", data["entity_type"]))
    if not data.get("allow_expired_prices"):
        where.append(unended(work))
    if "start_date_lt" in data:
        where.append(Compare("start_date", "<", data["start_date_lt"].instant))
    where += _documented(work, data)
    return where + conditions(PRICES, [_aliased(item) for item in data.get("filters", ())], STYLE)


def _aliased(item: Mapping[str, Any]) -> dict[str, Any]:
    name = item.get("field", "")
    return {**item, "field": _ALIASES.get(name, name)}


def _documented(work: Work, data: Mapping[str, Any]) -> list[Condition]:
    """The filters the real server accepts and ignores (divergence price-list-filters-ignored)."""
    where: list[Condition] = []
    if data.get("plan_ids"):
        where += [Eq("entity_type", "PLAN"), In("entity_id", data["plan_ids"])]
    if data.get("subscription_id"):
        where += [Eq("entity_type", "SUBSCRIPTION"), Eq("entity_id", data["subscription_id"])]
    if data.get("parent_price_id"):
        where.append(Eq("parent_price_id", data["parent_price_id"]))
    return [] if where and work.differs("price-list-filters-ignored") else where


def _order(data: Mapping[str, Any]) -> tuple[Order, ...]:
    sort = data.get("sort", "created_at")
    column = _ALIASES.get(sort, sort)
    if column not in PRICES.columns:
        raise Mismatch(f"unknown column {sort!r}")
    return (Order(column, data.get("order") != "asc"),)
