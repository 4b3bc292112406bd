"""Bringing state files of earlier layouts to this one."""

from __future__ import annotations

import sqlite3

from mockserver.store import blocks, event_ids, quantities
from mockserver.store.access import SIGN_UP_MARK, STOCK_MARK, ZERO_ID
from mockserver.store.blocks import UsageRow
from mockserver.store.tables import STATEMENTS

_MOVED = ("events", "events_unlisted", "usage_repeats")


def usage_in_blocks(connection: sqlite3.Connection) -> None:
    """From one table row per usage row, and indexes of ids by environment and text, to what ``store.tables.events``
    describes. Nothing is left to do in a state that was made so."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'usage_rows'").fetchone()
    if found is None:
        return
    connection.execute("DROP VIEW event_log")
    for index in ("events_id", "events_customer", "events_time", "events_unlisted_id"):
        connection.execute(f"DROP INDEX {index}")
    for table in _MOVED:
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in STATEMENTS:
        for kind in ("TABLE", "INDEX", "UNIQUE INDEX", "VIEW"):
            statement = statement.replace(f"CREATE {kind} ", f"CREATE {kind} IF NOT EXISTS ", 1)
        connection.execute(statement)
    _move_events(connection)
    _move_usage(connection)
    for table in (*(f"old_{name}" for name in _MOVED), "usage_rows"):
        connection.execute(f"DROP TABLE {table}")


def _move_events(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO event_environments (environment_id)"
        " SELECT environment_id FROM old_events UNION SELECT environment_id FROM old_events_unlisted"
    )
    for table in ("events", "events_unlisted"):
        connection.execute(
            f"INSERT INTO {table} SELECT seq, number, id, time_ms, event_name, external_customer_id, customer_id,"
            f" source, properties, ingested_ms FROM old_{table} JOIN event_environments USING (environment_id)"
        )
        for (number,) in connection.execute("SELECT number FROM event_environments").fetchall():
            found = connection.execute(f"SELECT seq, id FROM {table} WHERE environment = ? ORDER BY seq", (number,))
            if rows := found.fetchall():
                seqs, ids = zip(*rows, strict=True)
                event_ids.add(connection, number, ids, seqs)


def _move_usage(connection: sqlite3.Connection) -> None:
    streams = connection.execute("SELECT DISTINCT stream, environment_id FROM usage_rows").fetchall()
    for stream, environment_id in streams:
        rows = connection.execute(
            "SELECT time, signature, quantity, unique_key, event_seq FROM usage_rows WHERE stream = ?"
            " ORDER BY event_seq",
            (stream,),
        )
        held = (
            UsageRow(stream, time, s, quantities.from_value(value), text, seq) for time, s, value, text, seq in rows
        )
        blocks.add(connection, environment_id, blocks.packed(held))
    connection.execute(
        "INSERT INTO usage_repeats (stream, time, event_id, signature, has_text, event_seq, environment_id)"
        " SELECT stream, time, event_id, p.signature, r.unique_key IS NOT NULL, r.event_seq, p.environment_id"
        " FROM old_usage_repeats AS p JOIN usage_rows AS r USING (stream, time, event_id)"
    )


def who_let_keys_in(connection: sqlite3.Connection) -> None:
    """Mark credentials with what they came by: the stock key, a sign-up, or (empty) a key of the caller's choice."""
    if any(name == "admitted_by" for _, name, *_ in connection.execute("PRAGMA table_info(keys)")):
        return
    connection.execute("ALTER TABLE keys ADD COLUMN admitted_by TEXT NOT NULL DEFAULT ''")
    signed_up = "SELECT tenant_id FROM users WHERE email IS NOT NULL"
    connection.execute(f"UPDATE keys SET admitted_by = ? WHERE tenant_id IN ({signed_up})", (SIGN_UP_MARK,))
    connection.execute("UPDATE keys SET admitted_by = ? WHERE tenant_id = ?", (STOCK_MARK, ZERO_ID))
