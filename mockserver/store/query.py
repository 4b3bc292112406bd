"""Conditions and orders over entity columns, turned into parameterised SQL.

Values of requests never become part of the SQL text.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.rating.money import plain
from mockserver.store.columns import NEVER_NULL, Column, Kind, Table, encode_time


class Condition(ABC):
    """Something a row must meet."""

    @abstractmethod
    def sql(self, table: Table) -> tuple[str, list[Any]]:
        """The SQL text with its placeholders, and their values in order."""


def _value(column: Column, value: Any) -> Any:
    if column.kind is Kind.TIME and not isinstance(value, str):
        return encode_time(value)
    if column.kind is Kind.DECIMAL and not isinstance(value, str):
        return plain(value)
    return int(value) if column.kind is Kind.BOOL else value


@dataclass(frozen=True, slots=True)
class Compare(Condition):
    """``column <operator> value`` with an operator of ``= != < <= > >=``; rows with a null column do not match."""

    column: str
    operator: str
    value: Any

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        if self.operator not in ("=", "!=", "<", "<=", ">", ">="):
            raise ValueError(self.operator)
        column = table.columns[self.column]
        if self == _IS_PUBLISHED:
            return "status = 'published'", []
        if column.kind is Kind.DECIMAL and self.operator not in ("=", "!="):
            return f'CAST("{column.name}" AS REAL) {self.operator} CAST(? AS REAL)', [_value(column, self.value)]
        return f'"{column.name}" {self.operator} ?', [_value(column, self.value)]


_IS_PUBLISHED = Compare("status", "=", "published")
"""The condition of the partial indexes. SQLite would compile a statement anew at each call to find out whether a bound
value meets it, so this one text is part of the statement."""


_MANY = 500
"""Values from here on are one parameter: SQLite takes a limited number of them."""


@dataclass(frozen=True, slots=True)
class In(Condition):
    """The column's value is one of ``values``; with none, nothing matches."""

    column: str
    values: Sequence[Any]
    negated: bool = False

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        column = table.columns[self.column]
        word = "NOT IN" if self.negated else "IN"
        if len(self.values) > _MANY:
            listed = json.dumps([_value(column, v) for v in self.values])
            return f'"{column.name}" {word} (SELECT value FROM json_each(?))', [listed]
        marks = ", ".join("?" * len(self.values))
        return f'"{column.name}" {word} ({marks})', [_value(column, v) for v in self.values]


@dataclass(frozen=True, slots=True)
class Contains(Condition):
    """Substring, case-insensitive unless ``exact``; ``%`` and ``_`` are literal. Null columns match neither form."""

    column: str
    text: str
    negated: bool = False
    exact: bool = False

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        word = "=" if self.negated else ">"
        if self.exact:
            return f'instr("{table.columns[self.column].name}", ?) {word} 0', [self.text]
        return f'instr(fold("{table.columns[self.column].name}"), ?) {word} 0', [self.text.lower()]


@dataclass(frozen=True, slots=True)
class IsNull(Condition):
    column: str
    negated: bool = False

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        return f'"{table.columns[self.column].name}" IS {"NOT " if self.negated else ""}NULL', []


@dataclass(frozen=True, slots=True)
class HasPairs(Condition):
    """A JSON column that is an object holding all these text pairs."""

    column: str
    pairs: Mapping[str, str]

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        name = table.columns[self.column].name
        parts, values = [], []
        for key, value in self.pairs.items():
            parts.append(f'EXISTS (SELECT 1 FROM json_each("{name}") AS pair WHERE pair.key = ? AND pair.value = ?)')
            values += [key, value]
        return (" AND ".join(parts) or "1"), values


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """At least one of the conditions."""

    conditions: tuple[Condition, ...]

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        compiled = [c.sql(table) for c in self.conditions]
        return "(" + (" OR ".join(sql for sql, _ in compiled) or "0") + ")", [v for _, vs in compiled for v in vs]


@dataclass(frozen=True, slots=True)
class Never(Condition):
    """Matches nothing."""

    def sql(self, table: Table) -> tuple[str, list[Any]]:
        return "0", []


def Eq(column: str, value: Any) -> Condition:
    return Compare(column, "=", value)


@dataclass(frozen=True, slots=True)
class Order:
    column: str
    descending: bool = False

    def term(self, table: Table) -> str:
        """What is sorted by."""
        column = table.columns[self.column]
        return f'CAST("{column.name}" AS REAL)' if column.kind is Kind.DECIMAL else f'"{column.name}"'

    def sql(self, table: Table) -> str:
        term = self.term(table)
        if self.column in NEVER_NULL:
            return f"{term} DESC" if self.descending else term
        if self.descending:
            return f"{term} DESC NULLS FIRST"
        return f"{term} ASC NULLS LAST"


NEWEST_FIRST: tuple[Order, ...] = (Order("created_at", True),)
OLDEST_FIRST: tuple[Order, ...] = (Order("created_at"),)


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of one environment: all ``where`` hold.

    Ties of ``order`` go by insertion, in the direction of its last term.
    """

    where: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = NEWEST_FIRST
    limit: int | None = None
    offset: int = 0

    def where_sql(self, table: Table) -> tuple[str, list[Any]]:
        compiled = [c.sql(table) for c in self.where]
        return "".join(f" AND {sql}" for sql, _ in compiled), [v for _, vs in compiled for v in vs]

    def order_sql(self, table: Table) -> str:
        last = "DESC" if self.order and self.order[-1].descending else "ASC"
        return ", ".join([*(o.sql(table) for o in self.order), f"seq {last}"])
