"""Listing features, whose filter language is checked before it is used (behaviour/http#filter-language)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.http.filters import as_sent, check_conditions
from mockserver.http.listing import (
    Style,
    array_order,
    check_expand,
    check_page,
    conditions,
    created_between,
    invalid_unknown,
    limit_of,
    page,
    status_condition,
)
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Contains, Eq, In
from mockserver.store.tables.meters import FEATURES
from mockserver.work import Work

LISTED_STATUSES = ("published", "archived")


def style(data: Mapping[str, Any]) -> Style:
    """Unknown columns are a plain 400; a value of the wrong type names the whole filter."""
    return Style(invalid_unknown, mismatch_details=lambda: {"filter": _echo(data)})


def list_features(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset; archived features are listed too, ``order`` has no effect."""
    data = {**data, "order": "desc"}
    check_page(data)
    check_expand(data.get("expand"), ("meters",))
    check_conditions(data)
    where: list[Condition] = [status_condition(data, LISTED_STATUSES), *created_between(data)]
    for name, column in (("feature_ids", "id"), ("meter_ids", "meter_id"), ("lookup_keys", "lookup_key")):
        if data.get(name):
            where.append(In(column, data[name]))
    if data.get("lookup_key"):
        where.append(Eq("lookup_key", data["lookup_key"]))
    if data.get("name_contains"):
        where.append(Contains("name", data["name_contains"]))
    how = style(data)
    where += conditions(FEATURES, data.get("filters", ()), how)
    return page(work, FEATURES, data, where, array_order(FEATURES, data, how))


def _echo(data: Mapping[str, Any]) -> dict[str, Any]:
    """The filter as error details repeat it: what was sent, with defaults and empty own filters."""
    own: dict[str, Any] = {
        "limit": limit_of(data),
        "feature_ids": None,
        "meter_ids": None,
        "lookup_key": "",
        "lookup_keys": None,
        "name_contains": "",
    }
    return {**own, **{name: as_sent(value) for name, value in data.items()}}
