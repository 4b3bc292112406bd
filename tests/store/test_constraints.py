"""What the database refuses: a key that is held is told from a row that is wrong in itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.store.columns import Table, text
from mockserver.store.store import Store
from mockserver.store.transaction import KeyTaken, Transaction

NOTES = Table("notes", "note", (text("title"), text("parent")), unique=((("title",), ""),))
NOW = datetime(2026, 4, 14, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    """Notes whose parent, if any, must exist and whose title may not be a shout."""
    made = Store()
    create, *indexes = NOTES.statements()
    extra = ", UNIQUE (id), CHECK (title <> upper(title)), FOREIGN KEY (parent) REFERENCES notes (id))"
    with made.write("env") as tx:
        for statement in (create[:-1] + extra, *indexes):
            tx.connection.execute(statement)
        tx.insert(NOTES, _note("note_1", "first"))
        tx.insert(NOTES, _note("note_2", "second"))
    yield made
    made.close()


def _note(note_id: str, title: str, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(NOTES.columns)
    row.update(id=note_id, tenant_id="tenant", environment_id="env", status="published", created_at=NOW, updated_at=NOW)
    row.update(title=title, **more)
    return row


@pytest.mark.parametrize("row", [_note("note_1", "third"), _note("note_3", "first")], ids=["id", "unique column"])
def test_a_held_key_is_a_taken_one(store: Store, row: dict[str, Any]) -> None:
    with store.write("env") as tx:
        with pytest.raises(KeyTaken, match="notes"):
            tx.insert(NOTES, row)
        tx.insert(NOTES, _note("note_4", "the transaction goes on"))
    with store.read("env") as tx:
        assert tx.count(NOTES) == 3


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"created_at": None}, "NOT NULL"),
        ({"title": "SHOUT"}, "CHECK"),
        ({"parent": "note_0"}, "FOREIGN KEY"),
    ],
)
@pytest.mark.parametrize("write", ["insert", "update"])
def test_a_wrong_row_is_no_taken_key(store: Store, wrong: dict[str, Any], constraint: str, write: str) -> None:
    writes: dict[str, Callable[[Transaction], None]] = {
        "insert": lambda tx: tx.insert(NOTES, {**_note("note_3", "third"), **wrong}),
        "update": lambda tx: tx.update(NOTES, "note_1", wrong),
    }
    with store.write("env") as tx:
        tx.connection.commit()
        tx.connection.execute("PRAGMA foreign_keys = ON")
        tx.connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.IntegrityError, match=constraint):
            writes[write](tx)
        tx.connection.rollback()
        tx.connection.execute("BEGIN IMMEDIATE")


def test_a_change_to_a_held_key_is_a_taken_one(store: Store) -> None:
    with store.write("env") as tx, pytest.raises(KeyTaken, match="notes"):
        tx.update(NOTES, "note_1", {"title": "second"})
