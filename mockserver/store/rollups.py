"""Reading metered usage. The work grows with the windows asked for and the kinds of usage told apart, not with the
number of events: whole hours and days are read from rollups, only the edges from rows.

Times are whole seconds since 1970, ``start`` inclusive, ``end`` exclusive; quantities are steps of 10^-15.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from mockserver.store import quantities
from mockserver.store.usage import SPANS

ROWS = 0
"""The span of a piece that is read from rows."""


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
_ROW_SUMS = (
    "count(*), sum(iif(typeof(quantity) = 'integer', quantity, 0)),"
    " max(iif(typeof(quantity) = 'integer', quantity, NULL)),"
    " group_concat(iif(typeof(quantity) = 'text', quantity, NULL))"
)
_ROWS = f"SELECT signature, {_ROW_SUMS} FROM usage_rows WHERE stream = ? AND time >= ? AND time < ? GROUP BY signature"


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
        for signature, *found in connection.execute(_ROWS, (stream, start, end)):
            yield signature, _row_sums(*found)
        return
    for row in connection.execute(_ROLLUPS, (stream, span, start, end)):
        yield row[0], Sums(row[1], quantities.from_parts(*row[2:6]), quantities.from_peak(row[6]))


def _row_sums(events: int, whole: int, top: int | None, texts: str | None) -> Sums:
    """Rows whose whole quantities SQLite added up; the others come as texts."""
    others = [quantities.from_value(text) for text in texts.split(",")] if texts else []
    highest = max([quantities.ONE * top if top is not None else 0, *others])
    return Sums(events, whole * quantities.ONE + sum(others), highest)


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
            rows = connection.execute(
                f"SELECT time - time % ?, signature, {_ROW_SUMS} FROM usage_rows"
                " WHERE stream = ? AND time >= ? AND time < ? GROUP BY 1, 2",
                (grain, stream, first, last),
            )
            for time, signature, *found in rows:
                yield Moment(time, grain, signature, _row_sums(*found))
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
        found = connection.execute(
            "SELECT r.time, r.event_id, r.signature, r.quantity, r.unique_key, r.event_seq,"
            " coalesce(e.source, u.source, ''), coalesce(e.properties, u.properties, 'null') FROM usage_rows AS r"
            " LEFT JOIN events AS e ON e.seq = r.event_seq LEFT JOIN events_unlisted AS u ON u.seq = r.event_seq"
            " WHERE r.stream = ? AND r.time >= ? AND r.time < ?",
            (stream, start, end),
        )
        for time, event_id, signature, value, unique_key, event_seq, source, properties in found:
            steps = quantities.from_value(value)
            yield EventRow(time, event_id, signature, steps, unique_key, event_seq, source, properties)


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
            "SELECT p.time, p.event_id, p.signature, r.unique_key IS NOT NULL"
            " FROM usage_repeats AS p CROSS JOIN usage_rows AS r"
            " ON r.stream = p.stream AND r.time = p.time AND r.event_id = p.event_id"
            " WHERE p.stream = ? AND p.time >= ? AND p.time < ?",
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
            found = connection.execute(
                "SELECT time, 1, signature, unique_key, 1 FROM usage_rows WHERE stream = ? AND time >= ? AND time < ?"
                " AND unique_key IS NOT NULL",
                (stream, first, last),
            )
        else:
            found = connection.execute(
                "SELECT start, span, signature, unique_key, events FROM usage_uniques"
                " WHERE stream = ? AND span = ? AND start >= ? AND start < ?",
                (stream, span, first, last),
            )
        yield from (Unique(*row) for row in found)


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
    best: tuple[int, int, int] | None = None
    rows = connection.execute(
        "SELECT time, event_seq, quantity, signature FROM usage_rows WHERE stream = ? AND time >= ? AND time < ?"
        " ORDER BY time DESC",
        (stream, start, end),
    )
    for time, seq, value, signature in rows:
        if best is not None and time < best[0]:
            break
        if (signatures is None or signature in signatures) and (best is None or seq > best[1]):
            best = (time, seq, quantities.from_value(value))
    return best
