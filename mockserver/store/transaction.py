"""One transaction: reading and writing entity rows of one environment."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mockserver.store.columns import Row, Table
from mockserver.store.query import NEWEST_FIRST, Condition, Eq, In, Order, Query
from mockserver.store.records.base import R
from mockserver.store.upkeep import LARGE, Index, counted_status, index_for
from mockserver.ulids import new_ulid


def new_id(prefix: str) -> str:
    """``<prefix>_<ULID>`` (behaviour/http#ids-and-base-fields)."""
    return f"{prefix}_{new_ulid()}"


@lru_cache(maxsize=256)
def _insert_into(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'


class KeyTaken(Exception):
    """A row with the same key is there already; the transaction can go on."""


_SAME_KEY = frozenset(
    (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID)
)


@contextlib.contextmanager
def _keys_free(table: Table) -> Iterator[None]:
    """``KeyTaken`` for a key that is held; whatever else a row's constraints refuse is a mistake of ours and stays
    what SQLite calls it."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in _SAME_KEY:
            raise KeyTaken(table.name) from error
        raise


class Transaction:
    """Work on one environment's rows; the connection is in a transaction that its opener commits or rolls back."""

    def __init__(self, connection: sqlite3.Connection, environment_id: str) -> None:
        self.connection = connection
        self.environment_id = environment_id
        self.wanted: set[Index] = set()
        """Indexes that would have helped; the store makes them when the transaction is over."""

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """Store a row. ``DatabaseRefusal`` if a value does not fit, ``KeyTaken`` if its key is not free."""
        encoded = table.encode(row)
        with _keys_free(table):
            self.connection.execute(_insert_into(table.name, tuple(encoded)), tuple(encoded.values()))

    def is_empty(self, table: Table) -> bool:
        """Whether the environment has no row in the table: the cheapest question there is."""
        found = self.connection.execute(
            f'SELECT 1 FROM "{table.name}" WHERE environment_id = ? LIMIT 1', (self.environment_id,)
        )
        return found.fetchone() is None

    def get(self, table: Table, entity_id: str) -> Row | None:
        """The row of that id whatever its status, or None."""
        found = self.connection.execute(
            f'SELECT {table.select_list} FROM "{table.name}" WHERE environment_id = ? AND id = ?',
            (self.environment_id, entity_id),
        ).fetchone()
        return None if found is None else table.decode(found)

    def by_ids(self, table: Table, ids: Iterable[str]) -> dict[str, Row]:
        """Rows by id, whatever their status; unknown ids are left out."""
        wanted = sorted(set(ids))
        result: dict[str, Row] = {}
        for start in range(0, len(wanted), 500):
            for row in self.find(table, Query((In("id", wanted[start : start + 500]),))):
                result[row["id"]] = row
        return result

    def find(self, table: Table, query: Query) -> list[Row]:
        where, values = query.where_sql(table)
        sql = f'SELECT {table.select_list} FROM "{table.name}" WHERE environment_id = ?{where}'
        sql += f" ORDER BY {query.order_sql(table)}"
        values = [self.environment_id, *values]
        if query.limit is not None or query.offset:
            sql += " LIMIT ? OFFSET ?"
            values += [-1 if query.limit is None else query.limit, query.offset]
        return [table.decode(found) for found in self.connection.execute(sql, values)]

    def first(self, table: Table, *where: Condition, order: Sequence[Order] = NEWEST_FIRST) -> Row | None:
        found = self.find(table, Query(tuple(where), tuple(order), limit=1))
        return found[0] if found else None

    def published(self, table: Table, *where: Condition, order: Sequence[Order] = NEWEST_FIRST) -> list[Row]:
        """All published rows that meet the conditions."""
        return self.find(table, Query((Eq("status", "published"), *where), tuple(order)))

    def load(self, kind: type[R], entity_id: str) -> R | None:
        """The record of that id whatever its status, or None."""
        row = self.get(kind.table, entity_id)
        return None if row is None else kind.of(row)

    def loaded(self, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
        """Records by id, whatever their status; unknown ids are left out."""
        return {key: kind.of(row) for key, row in self.by_ids(kind.table, ids).items()}

    def one(self, kind: type[R], *where: Condition, order: Sequence[Order] = NEWEST_FIRST) -> R | None:
        """The first record that meets the conditions, whatever its status unless they say."""
        row = self.first(kind.table, *where, order=order)
        return None if row is None else kind.of(row)

    def every(self, kind: type[R], *where: Condition, order: Sequence[Order] = NEWEST_FIRST) -> list[R]:
        """All published records that meet the conditions."""
        return [kind.of(row) for row in self.published(kind.table, *where, order=order)]

    def select(self, kind: type[R], query: Query) -> list[R]:
        """The records of a query, whatever their status unless it says."""
        return [kind.of(row) for row in self.find(kind.table, query)]

    def page(self, table: Table, query: Query) -> tuple[list[Row], int]:
        """The rows of a page, and how many rows there are in all."""
        total = self.count(table, query.where)
        index = index_for(table, query.where, query.order)
        if index is not None and self._is_large(table):
            self.wanted.add(index)
        return (self.find(table, query) if total > query.offset else []), total

    def _is_large(self, table: Table) -> bool:
        found = self.connection.execute(
            "SELECT sum(rows) FROM row_counts WHERE list = ? AND environment = ?", (table.name, self.environment_id)
        ).fetchone()
        return int(found[0] or 0) >= LARGE

    def count(self, table: Table, where: Sequence[Condition] = ()) -> int:
        """How many rows meet the conditions. Those of one status are counted already."""
        status = counted_status(where)
        if status is not None:
            found = self.connection.execute(
                "SELECT rows FROM row_counts WHERE list = ? AND environment = ? AND status = ?",
                (table.name, self.environment_id, status),
            ).fetchone()
            return 0 if found is None else int(found[0])
        sql, values = Query(tuple(where)).where_sql(table)
        found = self.connection.execute(
            f'SELECT count(*) FROM "{table.name}" WHERE environment_id = ?{sql}', [self.environment_id, *values]
        ).fetchone()
        return int(found[0])

    def update(self, table: Table, entity_id: str, changes: Mapping[str, Any]) -> None:
        """Change columns of one row. ``DatabaseRefusal`` if a value does not fit, ``KeyTaken`` if a key is not free."""
        encoded = table.encode(changes)
        assignments = ", ".join(f'"{name}" = ?' for name in encoded)
        with _keys_free(table):
            self.connection.execute(
                f'UPDATE "{table.name}" SET {assignments} WHERE environment_id = ? AND id = ?',
                (*encoded.values(), self.environment_id, entity_id),
            )

    def next_number(self, name: str) -> int:
        """The next value of a named counter; counters span the whole state, as the real server's sequences do."""
        found = self.connection.execute(
            "INSERT INTO counters (name, value) VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        ).fetchone()
        return int(found[0])

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what the block wrote if it raises, and only that."""
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self.connection.execute("RELEASE attempt")
