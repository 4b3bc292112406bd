"""The state file's versions, as small named migrations. Applying them twice changes nothing."""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from mockserver.store import older
from mockserver.store.tables import ALL, STATEMENTS
from mockserver.store.tables.control import CONTROL_STATEMENTS
from mockserver.store.upkeep import ROW_COUNTS, triggers

migrations = Migrations("flexprice-mock")


class NewerStateError(Exception):
    """The state file was written by a newer version of this project."""


@migrations(name="0001_first_release")
def first_release(db: Database) -> None:
    for statement in (*STATEMENTS, *CONTROL_STATEMENTS, ROW_COUNTS):
        db.execute(statement)
    for table in ALL:
        for statement in (*table.statements(), *triggers(table)):
            db.execute(statement)


@migrations(name="0002_usage_in_blocks")
def usage_in_blocks(db: Database) -> None:
    older.usage_in_blocks(db.conn)


@migrations(name="0003_who_let_keys_in")
def who_let_keys_in(db: Database) -> None:
    older.who_let_keys_in(db.conn)


def is_state(connection: sqlite3.Connection) -> bool:
    """Whether a database was made by some version of this project."""
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('environments', 'keys', 'events')")
    return int(found.fetchone()[0]) == 3


def refuse_newer(db: Database) -> None:
    """``NewerStateError`` if the file is ahead of this version; nothing is written."""
    table, ours = migrations.migrations_table, {migration.name for migration in migrations._migrations}
    if not db[table].exists():
        return
    applied = db.execute(f"SELECT name FROM {table} WHERE migration_set = ?", (migrations.name,)).fetchall()
    ahead = {name for (name,) in applied} - ours
    if ahead:
        raise NewerStateError(
            f"the state file was written by a newer version (it knows {', '.join(sorted(ahead))}); "
            "use that version or start with another file"
        )


def migrate(db: Database) -> None:
    """Bring the file to this version; ``NewerStateError`` if it is already ahead of it."""
    refuse_newer(db)
    migrations.apply(db)
