"""Reading metered usage. The work grows with the windows asked for and the kinds of usage told apart, not with the
number of events: whole hours and days are read from rollups, only the edges from rows.

Times are whole seconds since 1970, ``start`` inclusive, ``end`` exclusive; quantities are steps of 10^-15.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from mockserver.store import blocks, quantities
from mockserver.store.blocks import HOUR
from mockserver.store.events import contents_of
from mockserver.store.usage import SPANS

ROWS = 0
"""The span of a piece that is read from rows."""

_AT_ONCE = 1000


class Sums(NamedTuple):
    """How many rows, their sum, the largest of them."""

    events: int
    steps: int
    top: int

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(self.events + other.events, self.steps + other.steps, max(self.top, other.top))


NOTHING = Sums(0, 0, 0)


class Piece(NamedTuple):
    """A part of a window, read from rollups of ``span`` seconds or, with ``ROWS``, from rows."""

    span: int
    start: int
    end: int


def pieces(start: int, end: int, spans: Sequence[int] = SPANS) -> list[Piece]:
    """The window in as few rollups as possible, in the order of time."""
    if start >= end:
        return []
    if not spans:
        return [Piece(ROWS, start, end)]
    span, finer = spans[-1], spans[:-1]
    first, last = -(-start // span) * span, end // span * span
    if first >= last:
        return pieces(start, end, finer)
    return [*pieces(start, first, finer), Piece(span, first, last), *pieces(last, end, finer)]


_ROLLUPS = (
    "SELECT signature, sum(events), sum(billions), sum(units), sum(sevenths), sum(fifteenths), max(peak)"
    " FROM usage_rollups WHERE stream = ? AND span = ? AND start >= ? AND start < ? GROUP BY signature"
)


def sums(connection: sqlite3.Connection, streams: Iterable[int], start: int, end: int) -> dict[int, Sums]:
    """The sums of a window per signature."""
    result: dict[int, Sums] = {}
    parts = pieces(start, end)
    for stream in streams:
        for span, first, last in parts:
            for signature, found in _piece(connection, stream, span, first, last):
                known = result.get(signature)
                result[signature] = found if known is None else known.plus(found)
    return result


def _piece(connection: sqlite3.Connection, stream: int, span: int, start: int, end: int) -> Iterator[tuple[int, Sums]]:
    if span == ROWS:
        values: dict[int, list[int | str]] = {}
        for place, rows in blocks.held(connection, stream, start, end):
            values.setdefault(place.signature, []).extend(value for _, _, value, _ in rows)
        yield from _sums(values)
        return
    for row in connection.execute(_ROLLUPS, (stream, span, start, end)):
        yield row[0], Sums(row[1], quantities.from_parts(*row[2:6]), quantities.from_peak(row[6]))


_Key = TypeVar("_Key")


def _sums(values: Mapping[_Key, Sequence[int | str]]) -> Iterator[tuple[_Key, Sums]]:
    """The sums of some rows' values, without those that have none."""
    return ((key, Sums(len(found), *quantities.added_up(found))) for key, found in values.items() if found)


class Moment(NamedTuple):
    """What happened from ``time`` on for ``length`` seconds."""

    time: int
    length: int
    signature: int
    sums: Sums


def timeline(
    connection: sqlite3.Connection, stream: int, start: int, end: int, spans: Sequence[int], grain: int
) -> Iterator[Moment]:
    """The sums of a stream's window by time, not in order: in steps of the given spans, and of ``grain`` seconds where
    rows are read."""
    for span, first, last in pieces(start, end, spans):
        if span == ROWS:
            values: dict[tuple[int, int], list[int | str]] = {}
            for (_, hour, signature), rows in blocks.held(connection, stream, first, last):
                for seconds, _, value, _ in rows:
                    time = hour + seconds
                    values.setdefault((time - time % grain, signature), []).append(value)
            for (time, signature), found in _sums(values):
                yield Moment(time, grain, signature, found)
            continue
        rollups = connection.execute(
            "SELECT start, signature, events, billions, units, sevenths, fifteenths, peak FROM usage_rollups"
            " WHERE stream = ? AND span = ? AND start >= ? AND start < ?",
            (stream, span, first, last),
        )
        for row in rollups:
            sums = Sums(row[2], quantities.from_parts(*row[3:7]), quantities.from_peak(row[7]))
            yield Moment(row[0], span, row[1], sums)


class EventRow(NamedTuple):
    """A row with its event's source and properties (JSON text)."""

    time: int
    event_id: str
    signature: int
    steps: int
    unique_key: str | None
    event_seq: int
    source: str
    properties: str


def rows(connection: sqlite3.Connection, streams: Iterable[int], start: int, end: int) -> Iterator[EventRow]:
    """The rows of a window with their events, not in order."""
    for stream in streams:
        held = blocks.rows(connection, stream, start, end)
        while found := list(islice(held, _AT_ONCE)):
            told = contents_of(connection, [row.event_seq for row in found])
            for _, time, signature, steps, unique_key, seq in found:
                event_id, source, properties = told[seq]
                yield EventRow(time, event_id, signature, steps, unique_key, seq, source, properties)


class Repeat(NamedTuple):
    """A row whose event id has other rows in the same meter; ``unique`` says that it has a distinct text."""

    time: int
    event_id: str
    signature: int
    unique: bool


def repeats(connection: sqlite3.Connection, streams: Iterable[int], start: int, end: int) -> Iterator[Repeat]:
    """The rows of a window whose event ids occur more than once."""
    for stream in streams:
        found = connection.execute(
            "SELECT time, event_id, signature, has_text FROM usage_repeats WHERE stream = ? AND time >= ? AND time < ?",
            (stream, start, end),
        )
        for time, event_id, signature, unique in found:
            yield Repeat(time, event_id, signature, bool(unique))


class Unique(NamedTuple):
    """A distinct text from ``time`` on for ``length`` seconds, and how many rows have it."""

    time: int
    length: int
    signature: int
    text: str
    events: int


def uniques(
    connection: sqlite3.Connection, stream: int, start: int, end: int, spans: Sequence[int] = SPANS
) -> Iterator[Unique]:
    """The distinct texts of a stream's window per signature, in steps of the given spans and, where rows are read, of
    seconds; the same text may come several times."""
    for span, first, last in pieces(start, end, spans):
        if span == ROWS:
            for row in blocks.rows(connection, stream, first, last):
                if row.unique_key is not None:
                    yield Unique(row.time, 1, row.signature, row.unique_key, 1)
            continue
        found = connection.execute(
            "SELECT start, span, signature, unique_key, events FROM usage_uniques"
            " WHERE stream = ? AND span = ? AND start >= ? AND start < ?",
            (stream, span, first, last),
        )
        yield from (Unique(*each) for each in found)


def latest(
    connection: sqlite3.Connection,
    streams: Sequence[int],
    start: int,
    end: int,
    signatures: Collection[int] | None,
) -> tuple[int, int, int] | None:
    """Time, order of arrival and quantity of the window's last row; None for an empty window. Of several rows of that
    second the one that arrived last counts."""
    found = [row for stream in streams if (row := _latest(connection, stream, start, end, signatures)) is not None]
    return max(found, default=None)


def _latest(
    connection: sqlite3.Connection, stream: int, start: int, end: int, signatures: Collection[int] | None
) -> tuple[int, int, int] | None:
    for span, first, last in reversed(pieces(start, end)):
        if span == ROWS:
            row = _last_row(connection, stream, first, last, signatures)
        else:
            spans = connection.execute(
                "SELECT start, signature FROM usage_rollups WHERE stream = ? AND span = ? AND start >= ? AND start < ?"
                " ORDER BY start DESC",
                (stream, span, first, last),
            )
            at = next((s for s, signature in spans if signatures is None or signature in signatures), None)
            if at is None:
                continue
            if span != SPANS[0]:
                return _latest_within(connection, stream, at, at + span, signatures, span)
            row = _last_row(connection, stream, at, at + span, signatures)
        if row is not None:
            return row
    return None


def _latest_within(
    connection: sqlite3.Connection, stream: int, start: int, end: int, signatures: Collection[int] | None, span: int
) -> tuple[int, int, int] | None:
    """The last row of one rolled-up span that is known to have one, by way of the finer spans."""
    for finer in reversed([s for s in SPANS if s < span]):
        spans = connection.execute(
            "SELECT start, signature FROM usage_rollups WHERE stream = ? AND span = ? AND start >= ? AND start < ?"
            " ORDER BY start DESC",
            (stream, finer, start, end),
        )
        start = next((s for s, signature in spans if signatures is None or signature in signatures), start)
        end = start + finer
    return _last_row(connection, stream, start, end, signatures)


def _last_row(
    connection: sqlite3.Connection, stream: int, start: int, end: int, signatures: Collection[int] | None
) -> tuple[int, int, int] | None:
    for hour in blocks.hours(connection, stream, start, end):
        found = [
            (row.time, row.event_seq, row.steps)
            for row in blocks.rows(connection, stream, max(hour, start), min(hour + HOUR, end))
            if signatures is None or row.signature in signatures
        ]
        if found:
            return max(found)
    return None
