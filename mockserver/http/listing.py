"""Lists and searches: the common filter fields, the filter language, sorting and the list envelope
(behaviour/http#lists)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mockserver.errors import Crash, DatabaseRefusal, Invalid, TossUp
from mockserver.http.fields import BindError, Bool, Int, Part, Parts, PartsNotNull, Text, Texts, Time
from mockserver.http.schema import In, Out
from mockserver.rating.money import parse_decimal, parse_whole, plain
from mockserver.store.columns import Column, Kind, Row, Table
from mockserver.store.query import Compare, Condition, Contains, Eq, Never, Order, Query
from mockserver.store.query import In as OneOf
from mockserver.times import Timestamp, parse_database_time
from mockserver.work import Work

DEFAULT_LIMIT, MAX_LIMIT = 50, 1000
MAX_TERMS = 100
"""Filters, and terms of a sort, in one request."""


class ConditionValue(In):
    """The value of a filter condition: one member by type."""

    string = Text()
    number = Text()
    boolean = Bool()
    date = Time()
    array = Texts()

    def bind(self, data: Mapping[str, Any]) -> dict[str, Any]:
        plain = {key: value for key, value in data.items() if key.lower() != "number"}
        result = super().bind(plain)
        for key, value in data.items():
            if key.lower() == "number" and value is not None:
                if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
                    raise BindError("number: a number is expected")
                result["number"] = Decimal(value)
        return result


class ConditionIn(In):
    """One condition of ``filters``; all conditions must hold."""

    field = Text()
    operator = Text(enum=("eq", "contains", "not_contains", "gt", "lt", "in", "not_in", "before", "after"))
    data_type = Text(enum=("string", "number", "date", "array"))
    value = Part(ConditionValue)


class SortIn(In):
    """One term of an array ``sort``."""

    field = Text()
    direction = Text(enum=("asc", "desc"))


class ListFilter(In):
    """The fields every list shares, with an array ``sort``."""

    limit = Int(about="1 to 1000, 50 when absent or 0")
    offset = Int()
    status = Text()
    order = Text(enum=("asc", "desc"))
    sort: Parts = PartsNotNull(SortIn, most=MAX_TERMS)
    expand = Text(about="comma-separated names of what to embed")
    start_time = Time()
    end_time = Time()
    filters: Parts = PartsNotNull(ConditionIn, most=MAX_TERMS)


class TextSortFilter(In):
    """The fields every list shares, where ``sort`` is a column name (prices, meters)."""

    limit = Int(about="1 to 1000, 50 when absent or 0")
    offset = Int()
    status = Text()
    order = Text(enum=("asc", "desc"))
    sort = Text(about="a column name")
    expand = Text(about="comma-separated names of what to embed")
    start_time = Time()
    end_time = Time()


class PaginationOut(Out):
    total = Int()
    limit = Int()
    offset = Int(about="where the next page starts, except where noted")


@dataclass(frozen=True, slots=True)
class Style:
    """How one list treats the filter language.

    ``unknown`` makes the error for an unknown column; ``mismatch_code`` is the real server's code for a value the
    column's type cannot take; ``mismatch_details`` are that error's details.
    """

    unknown: Callable[[str], Exception]
    mismatch_code: str = "database_error"
    mismatch_details: Callable[[], Mapping[str, Any]] = dict


def toss_up_unknown(name: str) -> Exception:
    """Customers, plans and subscriptions: 400 or 500 at random (behaviour/http#two-statuses-at-random)."""
    return TossUp(f"unknown column {name!r}", code="validation_error", other="database_error")


def invalid_unknown(name: str) -> Exception:
    """Prices, price units and features: always 400 (behaviour/http#filter-language)."""
    return Invalid(f"unknown column {name!r}")


class Mismatch(DatabaseRefusal):
    """A filter or sort that the database cannot apply; see divergence ``filter-type-mismatch-is-500``."""


def check_page(data: Mapping[str, Any]) -> None:
    """limit, offset, order and the time range (behaviour/http#pages)."""
    limit = data.get("limit", 0)
    if limit < 0 or limit > MAX_LIMIT:
        raise Invalid(f"limit must be between 1 and {MAX_LIMIT}", {"limit": f"must be between 1 and {MAX_LIMIT}"})
    if data.get("offset", 0) < 0:
        raise Invalid("offset must not be negative", {"offset": "must not be negative"})
    if "order" in data and data["order"] not in ("asc", "desc"):
        raise Invalid("order must be asc or desc", {"order": "must be asc or desc"})
    check_time_range(data)


def check_time_range(data: Mapping[str, Any]) -> None:
    start, end = data.get("start_time"), data.get("end_time")
    if start is not None and end is not None and end.instant < start.instant:
        raise Invalid("end_time must not be before start_time", {"end_time": "must not be before start_time"})


def limit_of(data: Mapping[str, Any]) -> int:
    """The page size: 50 when absent or 0."""
    return int(data.get("limit") or DEFAULT_LIMIT)


def status_condition(data: Mapping[str, Any], default: Sequence[str] = ("published",)) -> Condition:
    """``status`` as given, unchecked; the default rows otherwise (behaviour/http#rows-and-filters)."""
    given = data.get("status")
    if given:
        return Eq("status", given)
    return Eq("status", default[0]) if len(default) == 1 else OneOf("status", list(default))


def created_between(data: Mapping[str, Any]) -> list[Condition]:
    """``start_time`` and ``end_time`` on created_at, both inclusive."""
    result: list[Condition] = []
    if (start := data.get("start_time")) is not None:
        result.append(Compare("created_at", ">=", start.instant))
    if (end := data.get("end_time")) is not None:
        result.append(Compare("created_at", "<=", end.instant))
    return result


def conditions(table: Table, filters: Sequence[Mapping[str, Any]], style: Style) -> list[Condition]:
    """The filter language in its lenient form (customers, plans, prices, price units, subscriptions;
    behaviour/http#filter-language)."""
    result: list[Condition] = []
    for item in filters:
        condition = _condition(table, item, style)
        if condition is not None:
            result.append(condition)
    return result


_OPERATORS = ("eq", "contains", "not_contains", "gt", "lt", "in", "not_in", "before", "after")


def _condition(table: Table, item: Mapping[str, Any], style: Style) -> Condition | None:
    operator, name = item.get("operator", ""), item.get("field", "")
    if name not in table.columns:
        raise style.unknown(name)
    if operator not in _OPERATORS:
        return None
    value = item.get("value")
    if value is None:
        raise Crash("a filter condition without a value")
    column = table.columns[name]
    mismatch = _mismatch(column, style)
    if operator == "eq":
        for member in ("string", "number", "boolean", "date", "array"):
            if member in value:
                return _equals(column, member, value[member], mismatch)
        return Never()
    if operator in ("contains", "not_contains"):
        if "string" not in value:
            return None
        if column.kind is not Kind.TEXT:
            raise mismatch
        return Contains(name, value["string"], negated=operator == "not_contains")
    if operator in ("gt", "lt"):
        if "number" not in value:
            return None
        return Compare(name, ">" if operator == "gt" else "<", _typed(column, value["number"], mismatch))
    if operator in ("in", "not_in"):
        if not value.get("array"):
            return None
        return OneOf(name, [_typed(column, v, mismatch) for v in value["array"]], negated=operator == "not_in")
    if "date" not in value:
        return None
    return Compare(name, "<" if operator == "before" else ">", _typed(column, value["date"], mismatch))


def _equals(column: Column, member: str, value: Any, mismatch: Exception) -> Condition:
    if member == "array":
        raise mismatch
    if member == "boolean":
        if column.kind is not Kind.BOOL:
            raise mismatch
        return Eq(column.name, value)
    return Eq(column.name, _typed(column, value, mismatch))


def _typed(column: Column, value: Any, mismatch: Exception) -> Any:
    """The value as the column's type reads it; the database is given texts, so what can be read passes."""
    if isinstance(value, Timestamp):
        if column.kind is Kind.TIME:
            return value.instant
        if column.kind is Kind.TEXT:
            return value.echo
        raise mismatch
    text = str(value) if not isinstance(value, Decimal) else plain(value)
    if column.kind is Kind.TEXT:
        return text
    if column.kind is Kind.INT:
        try:
            number = parse_whole(text.strip())
        except ValueError:
            raise mismatch from None
        if not -(2**63) <= number < 2**63:
            raise mismatch
        return number
    if column.kind is Kind.DECIMAL:
        try:
            return parse_decimal(text.strip())
        except ValueError:
            raise mismatch from None
    if column.kind is Kind.TIME and not isinstance(value, Decimal):
        try:
            return parse_database_time(text)
        except ValueError:
            raise mismatch from None
    if column.kind is Kind.BOOL and text.lower() in ("true", "false", "t", "f"):
        return text.lower() in ("true", "t")
    raise mismatch


def _mismatch(column: Column, style: Style) -> Exception:
    return Mismatch(
        f"the column {column.name} cannot be compared with that value",
        style.mismatch_details(),
        code=style.mismatch_code,
    )


def array_order(table: Table, data: Mapping[str, Any], style: Style) -> tuple[Order, ...]:
    """Array ``sort``, then created_at in the direction of ``order`` (behaviour/http#sorting)."""
    terms = []
    for item in data.get("sort", ()):
        name = item.get("field", "")
        if name not in table.columns:
            raise style.unknown(name)
        terms.append(Order(name, item.get("direction") == "desc"))
    return (*terms, Order("created_at", data.get("order", "desc") != "asc"))


def refuse_query_sort(data: Mapping[str, Any], style: Style) -> None:
    """An array ``sort`` in a query string binds as JSON and is then used as a column name, which always fails
    (behaviour/http#sorting)."""
    if "sort" in data:
        raise Mismatch("sort cannot be used in a query string", style.mismatch_details(), code=style.mismatch_code)


def names_of(expand: str | None) -> list[str]:
    """The names of an ``expand`` list, blanks trimmed; a trailing comma adds an empty name."""
    return [] if not expand else [name.strip() for name in expand.split(",")]


def check_expand(expand: str | None, allowed: Sequence[str]) -> set[str]:
    """The names asked for; ``Invalid`` for one that is not allowed, naming its nested part where that is to blame."""
    wanted = names_of(expand)
    for name in wanted:
        if name not in allowed:
            root, _, nested = name.partition(".")
            field = nested if nested and root in allowed else root
            raise Invalid(f"cannot expand {name!r}", {"field": field})
    return set(wanted)


def envelope(items: list[Any], total: int, limit: int, offset: int) -> dict[str, Any]:
    """A list answer; ``pagination.offset`` is printed as given."""
    return {"items": items, "pagination": {"total": total, "limit": limit, "offset": offset}}


def page(
    work: Work, table: Table, data: Mapping[str, Any], where: Sequence[Condition], order: tuple[Order, ...]
) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit and the offset of the next page (behaviour/http#envelope)."""
    limit, offset = limit_of(data), int(data.get("offset", 0))
    rows, total = work.tx.page(table, Query(tuple(where), order, limit, offset))
    return rows, total, limit, offset + limit
