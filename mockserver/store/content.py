"""What an uploaded state holds: our tables, and rows that read back. It brings no code of its own into ours.

SQLite runs triggers, views and expressions of a schema with the rights of whoever opens the file.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Mapping

import orjson
from sqlite_utils import Database

from mockserver.store import access
from mockserver.store.columns import decode_time
from mockserver.store.migrations import migrate
from mockserver.store.tables import ALL

_OURS_BESIDES = ("_sqlite_migrations", "sqlite_sequence")
_MOVED_VIEW = "event_log"
"""A view that a migration makes anew: states of earlier layouts have another one."""


class ForeignContent(Exception):
    """The file holds something that no state of ours does, or not what it must hold."""


@functools.cache
def _fresh() -> tuple[Mapping[tuple[str, str], str], Mapping[str, tuple[object, ...]]]:
    """The schema of a new state: the text of each object, and the columns of each table."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(Database(connection))
    objects = {(kind, name): text for kind, name, text in _objects(connection)}
    columns = {name: _columns(connection, name) for kind, name in objects if kind == "table"}
    connection.close()
    return objects, columns


def _objects(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    found = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return [(kind, name, text or "") for kind, name, text in found]


def _columns(connection: sqlite3.Connection, table: str) -> tuple[object, ...]:
    found = connection.execute(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', (table,)
    )
    return tuple(sorted(found, key=repr))


def refuse_code(connection: sqlite3.Connection) -> None:
    """``ForeignContent`` for triggers, views and virtual tables that are not ours. To be asked before anything is
    written, migrated included: only reading the schema runs none of it."""
    ours, _ = _fresh()
    for kind, name, text in _objects(connection):
        if kind == "trigger" and ours.get((kind, name)) != text:
            raise ForeignContent(f"the trigger {name!r} is none of this emulator's")
        if kind == "view" and name != _MOVED_VIEW:
            raise ForeignContent(f"the view {name!r} is none of this emulator's")
        if kind == "table" and text.lstrip().upper().startswith("CREATE VIRTUAL"):
            raise ForeignContent(f"the virtual table {name!r} is none of this emulator's")


def refuse_foreign(connection: sqlite3.Connection) -> None:
    """``ForeignContent`` unless a migrated state has our tables and columns and no others, and its rows read back.
    Indexes that were made for single questions are dropped; they are made again when they are asked for."""
    ours, columns = _fresh()
    found = {(kind, name): text for kind, name, text in _objects(connection)}
    for kind, name in ours.keys() - found.keys():
        raise ForeignContent(f"the {kind} {name!r} is missing")
    for kind, name in found.keys() - ours.keys():
        if kind == "index":
            connection.execute('DROP INDEX "{}"'.format(name.replace('"', '""')))
        elif name not in _OURS_BESIDES:
            raise ForeignContent(f"the {kind} {name!r} is none of this emulator's")
    for (kind, name), text in ours.items():
        theirs = found[kind, name]
        same = _columns(connection, name) == columns[name] if kind == "table" else theirs == text
        if not same or (kind == "table" and "CHECK" in theirs.upper() and "CHECK" not in text.upper()):
            raise ForeignContent(f"the {kind} {name!r} is not as this emulator makes it")
    _read_back(connection)


def _read_back(connection: sqlite3.Connection) -> None:
    place = ""
    try:
        for table in ALL:
            place = table.name
            for values in connection.execute(f'SELECT {table.select_list} FROM "{table.name}"'):
                table.decode(values)
        place = "environments"
        for (environment_id,) in connection.execute("SELECT id FROM environments").fetchall():
            found = access.find_environment(connection, environment_id)
            assert found is not None
            found.now()
        place = "keys"
        for roles, *times in connection.execute("SELECT roles, created_at, coalesce(expires_at, created_at) FROM keys"):
            if not isinstance(json.loads(roles), list):
                raise ValueError("roles are a list")
            for time in times:
                decode_time(time)
        place = "events"
        for (properties,) in connection.execute("SELECT properties FROM events"):
            orjson.loads(properties)
    except (ValueError, TypeError, ArithmeticError, OverflowError) as error:
        raise ForeignContent(f"a row of {place} does not read back: {error}") from None
