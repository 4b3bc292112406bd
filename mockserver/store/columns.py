"""How a table of entities is described, and how its values travel to SQLite and back.

Texts, integers and booleans are themselves; times are UTC texts of fixed width (``2026-04-14T15:00:00.000000Z``,
so that they sort as text); decimals are exact plain texts; the rest is JSON. A person can read every column with
``sqlite-utils rows state.db customers`` or Datasette.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import orjson

from mockserver.errors import DatabaseRefusal
from mockserver.rating.money import plain, quantize_column

Row = dict[str, Any]


class Kind(enum.Enum):
    """What a column holds; it decides how filters treat it (behaviour/http#filter-language)."""

    TEXT = "text"
    INT = "integer"
    BOOL = "boolean"
    DECIMAL = "decimal"
    TIME = "time"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    ``limit`` is the real server's width in characters, ``scale`` and ``digits`` its ``numeric(digits, scale)``;
    values beyond them raise ``DatabaseRefusal`` or are rounded half away from zero, as there.
    """

    name: str
    kind: Kind = Kind.TEXT
    limit: int | None = None
    not_empty: bool = False
    digits: int | None = None
    scale: int | None = None


def text(name: str, limit: int | None = None, *, not_empty: bool = False) -> Column:
    return Column(name, Kind.TEXT, limit, not_empty)


def integer(name: str) -> Column:
    return Column(name, Kind.INT)


def boolean(name: str) -> Column:
    return Column(name, Kind.BOOL)


def numeric(name: str, digits: int, scale: int) -> Column:
    return Column(name, Kind.DECIMAL, digits=digits, scale=scale)


def time(name: str) -> Column:
    return Column(name, Kind.TIME)


def json(name: str) -> Column:
    return Column(name, Kind.JSON)


BASE_COLUMNS: tuple[Column, ...] = (
    text("id"),
    text("tenant_id"),
    text("environment_id"),
    text("status"),
    time("created_at"),
    time("updated_at"),
    text("created_by"),
    text("updated_by"),
)


NEVER_NULL = frozenset(("id", "tenant_id", "environment_id", "status", "created_at", "updated_at"))


@dataclass(frozen=True)
class Table:
    """A table of entities of one kind. ``prefix`` starts its ids (behaviour/http#ids-and-base-fields).

    ``unique`` lists column groups that may not repeat among published rows of one environment, each with an extra
    SQL condition (empty for none); ``indexes`` lists column groups read by. Every index starts with the environment.
    """

    name: str
    prefix: str
    own: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[tuple[str, ...], str], ...] = field(default=())

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        return {c.name: c for c in (*BASE_COLUMNS, *self.own)}

    @cached_property
    def encoders(self) -> Mapping[str, Callable[[Any], Any]]:
        return {name: _encoder(column) for name, column in self.columns.items()}

    @cached_property
    def decoders(self) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
        return tuple((name, _DECODERS.get(column.kind)) for name, column in self.columns.items())

    @cached_property
    def select_list(self) -> str:
        return ", ".join(f'"{name}"' for name in self.columns)

    def statements(self) -> list[str]:
        """The DDL of this table."""
        types = {Kind.INT: "INTEGER", Kind.BOOL: "INTEGER"}
        columns = ", ".join(
            f'"{c.name}" {types.get(c.kind, "TEXT")}{" NOT NULL" if c.name in NEVER_NULL else ""}'
            for c in self.columns.values()
        )
        result = [
            f'CREATE TABLE "{self.name}" (seq INTEGER PRIMARY KEY, {columns})',
            f'CREATE UNIQUE INDEX "{self.name}_id" ON "{self.name}" (environment_id, id)',
            f'CREATE INDEX "{self.name}_created" ON "{self.name}" (environment_id, status, created_at, seq)',
        ]
        for group in self.indexes:
            listed = ", ".join(f'"{name}"' for name in ("environment_id", *group))
            result.append(f'CREATE INDEX "{self.name}_{"_".join(group)}" ON "{self.name}" ({listed})')
        for group, condition in self.unique:
            listed = ", ".join(f'"{name}"' for name in ("environment_id", *group))
            where = " AND ".join(filter(None, ("status = 'published'", condition)))
            result.append(
                f'CREATE UNIQUE INDEX "{self.name}_unique_{"_".join(group)}" ON "{self.name}" ({listed}) WHERE {where}'
            )
        return result

    def encode(self, row: Mapping[str, Any]) -> Row:
        """The row as SQLite takes it; ``DatabaseRefusal`` for a value the real server's columns cannot hold."""
        encoders = self.encoders
        return {name: None if value is None else encoders[name](value) for name, value in row.items()}

    def decode(self, values: tuple[Any, ...]) -> Row:
        """The row as rules see it, from values in the order of ``select_list``."""
        return {
            name: value if value is None or decoder is None else decoder(value)
            for (name, decoder), value in zip(self.decoders, values, strict=True)
        }


@lru_cache(maxsize=256)
def encode_time(value: datetime) -> str:
    """UTC text of fixed width. The times of one request are mostly the same one."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def decode_time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _encode_text(column: Column) -> Callable[[Any], Any]:
    limit, not_empty = column.limit, column.not_empty

    def encode(value: str) -> str:
        if "\x00" in value:
            raise DatabaseRefusal(f"{column.name} may not contain a NUL character")
        if limit is not None and len(value) > limit:
            raise DatabaseRefusal(f"{column.name} is longer than {limit} characters")
        if not_empty and not value:
            raise DatabaseRefusal(f"{column.name} may not be empty")
        return value

    return encode


def _encode_numeric(column: Column) -> Callable[[Any], Any]:
    if column.scale is None or column.digits is None:
        return plain
    scale, ceiling = column.scale, Decimal(10) ** (column.digits - column.scale)

    def encode(value: Decimal) -> str:
        rounded = quantize_column(value, scale)
        if abs(rounded) >= ceiling:
            raise DatabaseRefusal(f"{column.name} has too many digits before the point")
        return plain(rounded)

    return encode


def _encode_json(value: Any) -> str:
    return orjson.dumps(value, default=_json_default).decode()


def _json_default(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"cannot store {type(value).__name__}")


def _encoder(column: Column) -> Callable[[Any], Any]:
    if column.kind is Kind.TEXT:
        return _encode_text(column)
    if column.kind is Kind.DECIMAL:
        return _encode_numeric(column)
    if column.kind is Kind.TIME:
        return encode_time
    if column.kind is Kind.JSON:
        return _encode_json
    return int


_DECODERS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TIME: decode_time,
    Kind.DECIMAL: Decimal,
    Kind.JSON: orjson.loads,
    Kind.BOOL: bool,
}
