"""Listing features, whose filter language is checked before it is used (facts/01 §7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.errors import Crash, Invalid
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
from mockserver.times import Timestamp
from mockserver.work import Work

LISTED_STATUSES = ("published", "archived")
_MEMBERS = ("string", "number", "date", "array")


def style(data: Mapping[str, Any]) -> Style:
    """Unknown columns are a plain 400; a value of the wrong type names the whole filter."""
    return Style(invalid_unknown, mismatch_details=lambda: {"filter": _echo(data)})


def list_features(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset; archived features are listed too, ``order`` has no effect."""
    data = {**data, "order": "desc"}
    check_page(data)
    check_expand(data.get("expand"), ("meters",))
    _check_conditions(data)
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


def _check_conditions(data: Mapping[str, Any]) -> None:
    for item in data.get("filters", ()):
        if item is None:
            raise Crash("a null filter condition")
        for name in ("field", "operator", "data_type", "value"):
            if name not in item:
                raise Invalid(f"a filter condition needs {name}")
        value = item["value"]
        if not any(member in value for member in _MEMBERS):
            raise Invalid(f"the value of a filter condition needs one of {', '.join(_MEMBERS)}")
        if item["data_type"] in _MEMBERS and item["data_type"] not in value:
            raise Invalid(f"the value of a {item['data_type']} condition needs its {item['data_type']} member")
    for term in data.get("sort", ()):
        if term is None:
            raise Crash("a null sort term")
        if not term.get("field") or not term.get("direction"):
            raise Invalid("a sort term needs field and direction")


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
    return {**own, **{name: _plain(value) for name, value in data.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, Timestamp):
        return value.echo
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
