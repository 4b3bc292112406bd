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

Packed = tuple[int, int, int | str, str | None]
"""A row within its block: seconds since the hour began, sequence number, quantity (``quantities.value``), and the text
that COUNT_UNIQUE counts once."""


class UsageRow(NamedTuple):
    """What one event added to one meter of one customer."""

    stream: int
    time: int
    signature: int
    steps: int
    unique_key: str | None
    event_seq: int


class Place(NamedTuple):
    """What the rows of a block have in common; ``hour`` is the second it begins at."""

    stream: int
    hour: int
    signature: int


def row_at(place: Place, packed: Packed) -> UsageRow:
    """The row of a place."""
    seconds, seq, value, text = packed
    return UsageRow(place.stream, place.hour + seconds, place.signature, quantities.from_value(value), text, seq)


def packed(rows: Iterable[UsageRow]) -> dict[Place, list[Packed]]:
    """The rows by place, in their order."""
    result: dict[Place, list[Packed]] = {}
    for stream, time, signature, steps, text, seq in rows:
        seconds = time % HOUR
        row = (seconds, seq, quantities.value(steps), text)
        result.setdefault(Place(stream, time - seconds, signature), []).append(row)
    return result


def add(connection: sqlite3.Connection, environment_id: str, rows: Mapping[Place, Sequence[Packed]]) -> None:
    """Store rows whose keys are not taken; those of a place in the order of their numbers. Of one event a stream holds
    one row at most, so that its number names the block it begins."""
    connection.executemany(
        "INSERT INTO usage_blocks (stream, hour, first_seq, signature, rows, environment_id) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (stream, hour, block[0][1], signature, _text(block), environment_id)
            for (stream, hour, signature), found in rows.items()
            for block in _within_reach(found)
        ],
    )


def _text(block: Sequence[Packed]) -> str:
    seconds, seqs, values, texts = zip(*block, strict=True)
    first = seqs[0]
    columns = [seconds, [seq - first for seq in seqs], values]
    if any(text is not None for text in texts):
        columns.append(texts)
    return orjson.dumps(columns).decode()


def _rows(first_seq: int, text: str) -> Iterator[Packed]:
    seconds, numbers, values, *texts = orjson.loads(text)
    unique = texts[0] if texts else [None] * len(values)
    return zip(seconds, [first_seq + number for number in numbers], values, unique, strict=True)


def _within_reach(rows: Sequence[Packed]) -> Iterator[Sequence[Packed]]:
    while rows:
        last = rows[0][1] + REACH
        size = len(rows) if rows[-1][1] < last else next(at for at, row in enumerate(rows) if row[1] >= last)
        yield rows[:size]
        rows = rows[size:]


def rows(connection: sqlite3.Connection, stream: int, start: int, end: int) -> Iterator[UsageRow]:
    """The rows of a stream from ``start`` (inclusive) to ``end`` (exclusive), by hour, within one not in order."""
    found = connection.execute(
        "SELECT hour, first_seq, signature, rows FROM usage_blocks WHERE stream = ? AND hour >= ? AND hour < ?",
        (stream, start - start % HOUR, end),
    )
    for hour, first_seq, signature, text in found:
        place = Place(stream, hour, signature)
        for packed in _rows(first_seq, text):
            if start <= hour + packed[0] < end:
                yield row_at(place, packed)


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
    return row_at(place, held[at])


def remove(connection: sqlite3.Connection, environment_id: str, row: UsageRow) -> None:
    """Take out a row that is there."""
    found = _block_with(connection, row.stream, row.time, row.event_seq)
    assert found is not None
    place, held, at = found
    connection.execute(
        "DELETE FROM usage_blocks WHERE stream = ? AND hour = ? AND first_seq = ?",
        (place.stream, place.hour, held[0][1]),
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
        "SELECT first_seq, signature, rows FROM usage_blocks WHERE stream = ? AND hour = ? AND first_seq > ?"
        " AND first_seq <= ? ORDER BY first_seq DESC",
        (stream, hour, event_seq - REACH, event_seq),
    ).fetchall()
    for first_seq, signature, text in blocks:
        held = list(_rows(first_seq, text))
        for at, (seconds, seq, _, _) in enumerate(held):
            if seq == event_seq and hour + seconds == time:
                return Place(stream, hour, signature), held, at
    return None
