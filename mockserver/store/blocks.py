"""Usage rows, packed: those of one stream, hour and signature that came together lie in one block. The layout is
described in ``store.tables.events``.

Times are whole seconds since 1970, quantities steps of 10^-15 (``store.quantities``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from mockserver.store import quantities

HOUR = 3600
"""Seconds a block covers."""

REACH = 1000
"""The sequence numbers of a block are less than this apart, so that a row is found from its number."""

Packed = tuple[int, str, int, int | str] | tuple[int, str, int, int | str, str]
"""A row as a block holds it: time, event id, sequence number, quantity (``quantities.value``) and, if there is one, the
text that COUNT_UNIQUE counts once."""


class UsageRow(NamedTuple):
    """What one event added to one meter of one customer."""

    stream: int
    time: int
    event_id: str
    signature: int
    steps: int
    unique_key: str | None
    event_seq: int


class Place(NamedTuple):
    """What the rows of a block have in common; ``hour`` is the second it begins at."""

    stream: int
    hour: int
    signature: int


def place_of(row: UsageRow) -> Place:
    """Where a row belongs."""
    return Place(row.stream, row.time - row.time % HOUR, row.signature)


def pack(row: UsageRow) -> Packed:
    """The row without its place."""
    packed = (row.time, row.event_id, row.event_seq, quantities.value(row.steps))
    return packed if row.unique_key is None else (*packed, row.unique_key)


def unpack(stream: int, signature: int, row: Packed) -> UsageRow:
    """The row of a stream and signature."""
    text = row[4] if len(row) > 4 else None
    return UsageRow(stream, row[0], row[1], signature, quantities.from_value(row[3]), text, row[2])


def packed(rows: Iterable[UsageRow]) -> dict[Place, list[Packed]]:
    """The rows by place, in their order."""
    result: dict[Place, list[Packed]] = {}
    for row in rows:
        result.setdefault(place_of(row), []).append(pack(row))
    return result


def add(connection: sqlite3.Connection, environment_id: str, rows: Mapping[Place, Sequence[Packed]]) -> None:
    """Store rows whose keys are not taken; those of a place in the order of their numbers. Of one event a stream holds
    one row at most, so that its number names the block it begins."""
    connection.executemany(
        "INSERT INTO usage_blocks (stream, hour, first_seq, signature, rows, environment_id) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (stream, hour, block[0][2], signature, orjson.dumps(block).decode(), environment_id)
            for (stream, hour, signature), found in rows.items()
            for block in _within_reach(found)
        ],
    )


def _within_reach(rows: Sequence[Packed]) -> Iterator[Sequence[Packed]]:
    while rows:
        last = rows[0][2] + REACH
        size = len(rows) if rows[-1][2] < last else next(at for at, row in enumerate(rows) if row[2] >= last)
        yield rows[:size]
        rows = rows[size:]


def rows(connection: sqlite3.Connection, stream: int, start: int, end: int) -> Iterator[UsageRow]:
    """The rows of a stream from ``start`` (inclusive) to ``end`` (exclusive), by hour, within one not in order."""
    found = connection.execute(
        "SELECT signature, rows FROM usage_blocks WHERE stream = ? AND hour >= ? AND hour < ?",
        (stream, start - start % HOUR, end),
    )
    for signature, text in found:
        for row in orjson.loads(text):
            if start <= row[0] < end:
                yield unpack(stream, signature, row)


def hours(connection: sqlite3.Connection, stream: int, start: int, end: int) -> Iterator[int]:
    """The hours with rows that touch [start, end), the last one first."""
    found = connection.execute(
        "SELECT DISTINCT hour FROM usage_blocks WHERE stream = ? AND hour >= ? AND hour < ? ORDER BY hour DESC",
        (stream, start - start % HOUR, end),
    )
    return (hour for (hour,) in found)


def find(connection: sqlite3.Connection, stream: int, time: int, event_seq: int) -> UsageRow | None:
    """The row an event left at a time."""
    found = _block_with(connection, stream, time, event_seq)
    if found is None:
        return None
    place, held, at = found
    return unpack(stream, place.signature, held[at])


def remove(connection: sqlite3.Connection, environment_id: str, row: UsageRow) -> None:
    """Take out a row that is there."""
    found = _block_with(connection, row.stream, row.time, row.event_seq)
    assert found is not None
    place, held, at = found
    connection.execute(
        "DELETE FROM usage_blocks WHERE stream = ? AND hour = ? AND first_seq = ?",
        (place.stream, place.hour, held[0][2]),
    )
    del held[at]
    add(connection, environment_id, {place: held})


def replace(connection: sqlite3.Connection, environment_id: str, stream: int, held: Iterable[UsageRow]) -> None:
    """Store all of a stream's rows anew."""
    connection.execute("DELETE FROM usage_blocks WHERE stream = ?", (stream,))
    add(connection, environment_id, packed(sorted(held, key=lambda row: row.event_seq)))


def _block_with(
    connection: sqlite3.Connection, stream: int, time: int, event_seq: int
) -> tuple[Place, list[Packed], int] | None:
    """A block's place and rows, and which of them the event left at that time."""
    hour = time - time % HOUR
    blocks = connection.execute(
        "SELECT signature, rows FROM usage_blocks WHERE stream = ? AND hour = ? AND first_seq > ? AND first_seq <= ?"
        " ORDER BY first_seq DESC",
        (stream, hour, event_seq - REACH, event_seq),
    ).fetchall()
    for signature, text in blocks:
        held = orjson.loads(text)
        for at, row in enumerate(held):
            if row[2] == event_seq and row[0] == time:
                return Place(stream, hour, signature), held, at
    return None
