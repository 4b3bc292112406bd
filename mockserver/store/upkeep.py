"""What keeps long lists fast: row counts, and indexes made when they are first needed.

A list can be sorted and filtered by every column. An index for each would slow down every insert for the sake of
questions that are hardly ever asked, so an index is made when a large table is first asked for that order or value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.store.columns import Table
from mockserver.store.query import Compare, Condition, Order

LARGE = 2000
"""Rows from which on an index pays off: fewer are sorted in a few milliseconds."""

ROW_COUNTS = (
    "CREATE TABLE row_counts (list TEXT NOT NULL, environment TEXT NOT NULL, status TEXT NOT NULL,"
    " rows INTEGER NOT NULL, PRIMARY KEY (list, environment, status)) WITHOUT ROWID"
)
"""How many rows of each status a table has in an environment, kept by triggers. The column is not called
``environment_id``, because what is cleared or copied by environment keeps its count by itself."""


class Index(NamedTuple):
    """An index and the statement that makes it."""

    name: str
    statement: str


_SERVED = frozenset(("created_at", "id", "environment_id", "status"))


def triggers(table: Table) -> list[str]:
    """The statements that keep the row counts of a table."""
    name = table.name
    add = (
        f"INSERT INTO row_counts (list, environment, status, rows) VALUES ('{name}', new.environment_id, new.status, 1)"
        " ON CONFLICT (list, environment, status) DO UPDATE SET rows = rows + 1"
    )
    take = (
        f"UPDATE row_counts SET rows = rows - 1 WHERE list = '{name}' AND environment = old.environment_id"
        " AND status = old.status"
    )
    return [
        f'CREATE TRIGGER "{name}_added" AFTER INSERT ON "{name}" BEGIN {add}; END',
        f'CREATE TRIGGER "{name}_removed" AFTER DELETE ON "{name}" BEGIN {take}; END',
        f'CREATE TRIGGER "{name}_moved" AFTER UPDATE OF environment_id, status ON "{name}"'
        f" WHEN old.status <> new.status OR old.environment_id <> new.environment_id BEGIN {take}; {add}; END",
    ]


def counted_status(where: Sequence[Condition]) -> str | None:
    """The status a count asks for, if it asks for nothing else."""
    equal = _equalities(where)
    if len(where) == len(equal) == 1 and equal[0].column == "status":
        return str(equal[0].value)
    return None


def index_for(table: Table, where: Sequence[Condition], order: Sequence[Order]) -> Index | None:
    """The index that a list of one status would like; None if it is well served already."""
    equal = _equalities(where)
    if not any(condition.column == "status" for condition in equal):
        return None
    chosen = next((condition for condition in equal if condition.column not in _SERVED), None)
    if chosen is not None:
        return _index(table, (Order(chosen.column), *order[-1:]))
    by, *rest = order
    if by.column not in _SERVED and [term.column for term in rest] in ([], ["created_at"]):
        return _index(table, order)
    return None


def _equalities(where: Sequence[Condition]) -> list[Compare]:
    return [condition for condition in where if isinstance(condition, Compare) and condition.operator == "="]


def _index(table: Table, order: Sequence[Order]) -> Index:
    name = f"{table.name}_by_" + "_".join(f"{term.column}_{'desc' if term.descending else 'asc'}" for term in order)
    words = ["DESC" if term.descending else "ASC" for term in order]
    terms = ", ".join(f"{term.term(table)} {word}" for term, word in zip(order, words, strict=True))
    columns = f"environment_id, status, {terms}, seq {words[-1]}"
    return Index(name, f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table.name}" ({columns})')
