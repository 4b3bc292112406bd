"""Usage rows, packed: those of one stream, hour and signature that came together lie in one block. The layout is
described in ``store.tables.events``.

Times are whole seconds since 1970, quantities steps of 10^-15 (``store.quantities``).
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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
    blocks = ((place, block[0][1], _columns(block)) for place, found in rows.items() for block in _within_reach(found))
    _write(connection, environment_id, blocks)


_Columns = Sequence[Sequence[Any]]
"""A block's seconds, numbers counted from its first, quantities and, if it has any, texts."""


def _columns(block: Sequence[Packed]) -> _Columns:
    seconds, seqs, values, texts = zip(*block, strict=True)
    columns = [seconds, [seq - seqs[0] for seq in seqs], values]
    if any(text is not None for text in texts):
        columns.append(texts)
    return columns


def _packed(first_seq: int, columns: _Columns) -> list[Packed]:
    seconds, numbers, values, *texts = columns
    unique = texts[0] if texts else [None] * len(values)
    return list(zip(seconds, [first_seq + number for number in numbers], values, unique, strict=True))


def _write(connection: sqlite3.Connection, environment_id: str, blocks: Iterable[tuple[Place, int, _Columns]]) -> None:
    connection.executemany(
        "INSERT INTO usage_blocks (stream, hour, first_seq, signature, rows, environment_id) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (stream, hour, first_seq, signature, orjson.dumps(columns).decode(), environment_id)
            for (stream, hour, signature), first_seq, columns in blocks
        ],
    )


def _within_reach(rows: Sequence[Packed]) -> Iterator[Sequence[Packed]]:
    while rows:
        last = rows[0][1] + REACH
        size = len(rows) if rows[-1][1] < last else next(at for at, row in enumerate(rows) if row[1] >= last)
        yield rows[:size]
        rows = rows[size:]


def held(connection: sqlite3.Connection, stream: int, start: int, end: int) -> Iterator[tuple[Place, list[Packed]]]:
    """What blocks hold of a stream from ``start`` (inclusive) to ``end`` (exclusive), by hour, within one not in
    order."""
    found = connection.execute(
        "SELECT hour, first_seq, signature, rows FROM usage_blocks WHERE stream = ? AND hour >= ? AND hour < ?",
        (stream, start - start % HOUR, end),
    )
    for hour, first_seq, signature, text in found:
        rows = _packed(first_seq, orjson.loads(text))
        if hour < start or hour + HOUR > end:
            rows = [row for row in rows if start <= hour + row[0] < end]
        yield Place(stream, hour, signature), rows


def rows(connection: sqlite3.Connection, stream: int, start: int, end: int) -> Iterator[UsageRow]:
    """The same row by row."""
    for (_, hour, signature), found in held(connection, stream, start, end):
        for seconds, seq, value, text in found:
            yield UsageRow(stream, hour + seconds, signature, quantities.from_value(value), text, seq)


def hours(connection: sqlite3.Connection, stream: int, start: int, end: int) -> Iterator[int]:
    """The hours with rows that touch [start, end), the last one first."""
    found = connection.execute(
        "SELECT DISTINCT hour FROM usage_blocks WHERE stream = ? AND hour >= ? AND hour < ? ORDER BY hour DESC",
        (stream, start - start % HOUR, end),
    )
    return (hour for (hour,) in found)


class _Found(NamedTuple):
    place: Place
    first_seq: int
    columns: list[list[Any]]
    at: int


def find(connection: sqlite3.Connection, stream: int, time: int, event_seq: int) -> UsageRow | None:
    """The row an event left at a time."""
    found = _find(connection, stream, time, event_seq)
    if found is None:
        return None
    seconds, _, value, *text = (column[found.at] for column in found.columns)
    return row_at(found.place, (seconds, event_seq, value, text[0] if text else None))


def remove(connection: sqlite3.Connection, environment_id: str, row: UsageRow) -> None:
    """Take out a row that is there."""
    found = _find(connection, row.stream, row.time, row.event_seq)
    assert found is not None
    place, first_seq, columns, at = found
    connection.execute(
        "DELETE FROM usage_blocks WHERE stream = ? AND hour = ? AND first_seq = ?",
        (place.stream, place.hour, first_seq),
    )
    for column in columns:
        del column[at]
    if numbers := columns[1]:
        gone = numbers[0]
        columns[1] = [number - gone for number in numbers]
        _write(connection, environment_id, [(place, first_seq + gone, columns)])


def replace(connection: sqlite3.Connection, environment_id: str, stream: int, held: Iterable[UsageRow]) -> None:
    """Store all of a stream's rows anew."""
    connection.execute("DELETE FROM usage_blocks WHERE stream = ?", (stream,))
    add(connection, environment_id, packed(sorted(held, key=lambda row: row.event_seq)))


def _find(connection: sqlite3.Connection, stream: int, time: int, event_seq: int) -> _Found | None:
    hour = time - time % HOUR
    blocks = connection.execute(
        "SELECT first_seq, signature, rows FROM usage_blocks WHERE stream = ? AND hour = ? AND first_seq > ?"
        " AND first_seq <= ? ORDER BY first_seq DESC",
        (stream, hour, event_seq - REACH, event_seq),
    )
    for first_seq, signature, text in blocks:
        columns = orjson.loads(text)
        numbers, wanted = columns[1], event_seq - first_seq
        at = bisect_left(numbers, wanted)
        if at < len(numbers) and numbers[at] == wanted and hour + columns[0][at] == time:
            return _Found(Place(stream, hour, signature), first_seq, columns, at)
    return None
