"""What usage rows refer to: streams (a meter and a customer), and signatures, the property texts by which a meter's
usage is told apart. The layout is described in ``store.tables.events``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

NO_SIGNATURE = 0
"""The signature of usage that is not told apart."""


class MeterText(NamedTuple):
    """A meter as stored: JSON texts of its aggregation, its filters and the properties its prices tell apart."""

    id: str
    event_name: str
    aggregation: str
    filters: str
    dimensions: str


def published_meters(connection: sqlite3.Connection, environment_id: str, event_name: str | None) -> list[MeterText]:
    """The published meters of an event name, or with None all of them, oldest first."""
    condition = "" if event_name is None else " AND m.event_name = ?"
    found = connection.execute(
        f"{_SELECT_METER} WHERE m.environment_id = ? AND m.status = 'published'{condition} ORDER BY m.seq",
        (environment_id,) if event_name is None else (environment_id, event_name),
    )
    return [MeterText(*row) for row in found]


def meter_text(connection: sqlite3.Connection, environment_id: str, meter_id: str) -> MeterText | None:
    """One meter, whatever its status."""
    found = connection.execute(
        f"{_SELECT_METER} WHERE m.environment_id = ? AND m.id = ?", (environment_id, meter_id)
    ).fetchone()
    return None if found is None else MeterText(*found)


_SELECT_METER = (
    "SELECT m.id, m.event_name, m.aggregation, m.filters, (SELECT json_group_array(d.property)"
    " FROM usage_dimensions AS d WHERE d.environment_id = m.environment_id AND d.meter_id = m.id) FROM meters AS m"
)


def add_stream(connection: sqlite3.Connection, environment_id: str, meter_id: str, external_customer_id: str) -> int:
    """A new stream of a meter and a customer."""
    made = connection.execute(
        "INSERT INTO usage_streams (environment_id, meter_id, external_customer_id) VALUES (?, ?, ?) RETURNING id",
        (environment_id, meter_id, external_customer_id),
    ).fetchone()
    return int(made[0])


def find_stream(
    connection: sqlite3.Connection, environment_id: str, meter_id: str, external_customer_id: str
) -> int | None:
    """The stream of a meter and a customer, None when it never had usage."""
    found = connection.execute(
        "SELECT id FROM usage_streams WHERE environment_id = ? AND meter_id = ? AND external_customer_id = ?",
        (environment_id, meter_id, external_customer_id),
    ).fetchone()
    return None if found is None else int(found[0])


def streams_of_customer(
    connection: sqlite3.Connection, environment_id: str, external_customer_id: str
) -> dict[str, int]:
    """All streams of a customer by meter."""
    found = connection.execute(
        "SELECT meter_id, id FROM usage_streams WHERE environment_id = ? AND external_customer_id = ?",
        (environment_id, external_customer_id),
    )
    return dict(found.fetchall())


def streams_of(
    connection: sqlite3.Connection, environment_id: str, meter_id: str, external_customer_ids: Sequence[str] | None
) -> list[int]:
    """The streams of a meter for these customers; None means every customer."""
    if external_customer_ids is None:
        found = connection.execute(
            "SELECT id FROM usage_streams WHERE environment_id = ? AND meter_id = ? ORDER BY id",
            (environment_id, meter_id),
        )
        return [stream for (stream,) in found]
    each = (find_stream(connection, environment_id, meter_id, c) for c in dict.fromkeys(external_customer_ids))
    return [stream for stream in each if stream is not None]


def signature_id(connection: sqlite3.Connection, environment_id: str, meter_id: str, texts: Mapping[str, str]) -> int:
    """The number of these property texts on a meter, made when they are new."""
    if not texts:
        return NO_SIGNATURE
    key = (environment_id, meter_id, orjson.dumps(texts, option=orjson.OPT_SORT_KEYS).decode())
    found = connection.execute(
        "SELECT id FROM usage_signatures WHERE environment_id = ? AND meter_id = ? AND texts = ?", key
    ).fetchone()
    if found is None:
        found = connection.execute(
            "INSERT INTO usage_signatures (environment_id, meter_id, texts) VALUES (?, ?, ?) RETURNING id", key
        ).fetchone()
    return int(found[0])


def signature_texts(connection: sqlite3.Connection, signatures: Iterable[int]) -> dict[int, dict[str, str]]:
    """The property texts behind signatures."""
    wanted = [s for s in signatures if s != NO_SIGNATURE]
    result: dict[int, dict[str, str]] = {NO_SIGNATURE: {}}
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        marks = ", ".join("?" * len(chunk))
        for number, texts in connection.execute(f"SELECT id, texts FROM usage_signatures WHERE id IN ({marks})", chunk):
            result[number] = orjson.loads(texts)
    return result


def add_dimensions(
    connection: sqlite3.Connection, environment_id: str, meter_id: str, properties: Iterable[str]
) -> bool:
    """Tell a meter's usage apart by these properties from now on; True if one of them is new."""
    before = connection.total_changes
    connection.executemany(
        "INSERT OR IGNORE INTO usage_dimensions (environment_id, meter_id, property) VALUES (?, ?, ?)",
        [(environment_id, meter_id, name) for name in properties],
    )
    return connection.total_changes > before
