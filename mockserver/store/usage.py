"""Metered usage row by row, and the rollups that always agree with the rows (facts/05 §4).

Times are whole seconds since 1970, quantities steps of 10^-15 (``store.quantities``). The layout is described in
``store.tables.events``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mockserver.store import quantities

SPANS = (3600, 86400)
"""Seconds a rollup covers: an hour, and a day for long windows."""


class UsageRow(NamedTuple):
    """What one event added to one meter of one customer."""

    stream: int
    time: int
    event_id: str
    signature: int
    steps: int
    unique_key: str | None
    event_seq: int


def add_rows(connection: sqlite3.Connection, environment_id: str, rows: Sequence[UsageRow]) -> None:
    """Store rows whose keys are not taken, and roll them up."""
    connection.executemany(
        "INSERT INTO usage_rows (stream, time, event_id, signature, quantity, unique_key, event_seq, environment_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (stream, time, event_id, signature, quantities.value(steps), unique_key, event_seq, environment_id)
            for stream, time, event_id, signature, steps, unique_key, event_seq in rows
        ],
    )
    _roll_up(connection, environment_id, rows)


def _roll_up(connection: sqlite3.Connection, environment_id: str, rows: Iterable[UsageRow]) -> None:
    sums: dict[tuple[int, int, int], list[int]] = {}
    uniques: dict[tuple[int, int, int, str], int] = {}
    finest = SPANS[0]
    for stream, time, _, signature, steps, unique_key, _ in rows:
        key = (stream, time - time % finest, signature)
        known = sums.get(key)
        if known is None:
            sums[key] = [1, steps, steps]
        else:
            known[0] += 1
            known[1] += steps
            if steps > known[2]:
                known[2] = steps
        if unique_key is not None:
            unique = (stream, time - time % finest, signature, unique_key)
            uniques[unique] = uniques.get(unique, 0) + 1
    parameters: list[tuple[object, ...]] = []
    for span in SPANS:
        if span != finest:
            sums = _coarser(sums, span)
        for (stream, start, signature), (events, steps, top) in sums.items():
            parameters.append(
                (stream, span, start, signature, events, *quantities.parts(steps), quantities.peak(top), environment_id)
            )
    connection.executemany(_UPSERT_ROLLUP, parameters)
    for span in SPANS if uniques else ():
        if span != finest:
            coarser: dict[tuple[int, int, int, str], int] = {}
            for (stream, start, signature, text), events in uniques.items():
                unique = (stream, start - start % span, signature, text)
                coarser[unique] = coarser.get(unique, 0) + events
            uniques = coarser
        connection.executemany(
            _UPSERT_UNIQUE,
            [
                (stream, span, start, signature, text, events, environment_id)
                for (stream, start, signature, text), events in uniques.items()
            ],
        )


def _coarser(sums: Mapping[tuple[int, int, int], list[int]], span: int) -> dict[tuple[int, int, int], list[int]]:
    result: dict[tuple[int, int, int], list[int]] = {}
    for (stream, start, signature), (events, steps, top) in sums.items():
        key = (stream, start - start % span, signature)
        known = result.get(key)
        if known is None:
            result[key] = [events, steps, top]
        else:
            known[0] += events
            known[1] += steps
            known[2] = max(known[2], top)
    return result


_UPSERT_ROLLUP = (
    "INSERT INTO usage_rollups (stream, span, start, signature, events, billions, units, sevenths, fifteenths, peak,"
    " environment_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (stream, span, start, signature) DO UPDATE SET events = events + excluded.events,"
    " billions = billions + excluded.billions, units = units + excluded.units,"
    " sevenths = sevenths + excluded.sevenths, fifteenths = fifteenths + excluded.fifteenths,"
    " peak = max(peak, excluded.peak)"
)
_UPSERT_UNIQUE = (
    "INSERT INTO usage_uniques (stream, span, start, signature, unique_key, events, environment_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stream, span, start, signature, unique_key)"
    " DO UPDATE SET events = events + excluded.events"
)


def put_row(
    connection: sqlite3.Connection, environment_id: str, row: UsageRow, others: Iterable[tuple[int, int]] = ()
) -> None:
    """Store a row of an event id that was seen before; a row of the same key is replaced and its rollups corrected.

    ``others`` are the stream and time of the events of that id that came earlier, as far as this meter's streams go.
    """
    old = _get_row(connection, row.stream, row.time, row.event_id)
    if old is not None:
        _take_back(connection, old)
    add_rows(connection, environment_id, [row])
    if old is not None:
        _restore_peaks(connection, old)
    repeats = [(row.stream, row.time, row.signature)]
    for stream, time in set(others):
        if (stream, time) != (row.stream, row.time):
            other = _get_row(connection, stream, time, row.event_id)
            if other is not None:
                repeats.append((stream, time, other.signature))
    if len(repeats) > 1:
        connection.executemany(
            "INSERT OR REPLACE INTO usage_repeats (stream, time, event_id, signature, environment_id)"
            " VALUES (?, ?, ?, ?, ?)",
            [(stream, time, row.event_id, signature, environment_id) for stream, time, signature in repeats],
        )


def _get_row(connection: sqlite3.Connection, stream: int, time: int, event_id: str) -> UsageRow | None:
    found = connection.execute(
        "SELECT stream, time, event_id, signature, quantity, unique_key, event_seq FROM usage_rows"
        " WHERE stream = ? AND time = ? AND event_id = ?",
        (stream, time, event_id),
    ).fetchone()
    return None if found is None else _row(found)


def _row(found: tuple[Any, ...]) -> UsageRow:
    stream, time, event_id, signature, value, unique_key, event_seq = found
    return UsageRow(stream, time, event_id, signature, quantities.from_value(value), unique_key, event_seq)


def _take_back(connection: sqlite3.Connection, row: UsageRow) -> None:
    connection.execute(
        "DELETE FROM usage_rows WHERE stream = ? AND time = ? AND event_id = ?", (row.stream, row.time, row.event_id)
    )
    for span in SPANS:
        connection.execute(
            "UPDATE usage_rollups SET events = events - 1, billions = billions - ?, units = units - ?,"
            " sevenths = sevenths - ?, fifteenths = fifteenths - ?"
            " WHERE stream = ? AND span = ? AND start = ? AND signature = ?",
            (*quantities.parts(row.steps), row.stream, span, row.time - row.time % span, row.signature),
        )
    if row.unique_key is not None:
        for span in SPANS:
            key = (row.stream, span, row.time - row.time % span, row.signature, row.unique_key)
            where = "stream = ? AND span = ? AND start = ? AND signature = ? AND unique_key = ?"
            connection.execute(f"UPDATE usage_uniques SET events = events - 1 WHERE {where}", key)
            connection.execute(f"DELETE FROM usage_uniques WHERE {where} AND events = 0", key)


def _restore_peaks(connection: sqlite3.Connection, gone: UsageRow) -> None:
    """Drop the rollups a row left empty, and find anew the peaks that were its quantity. Each span's peak comes
    from the next finer one, the finest from the rows."""
    gone_peak = quantities.peak(gone.steps)
    finer = 0
    for span in SPANS:
        start = gone.time - gone.time % span
        key = (gone.stream, span, start, gone.signature)
        where = "stream = ? AND span = ? AND start = ? AND signature = ?"
        connection.execute(f"DELETE FROM usage_rollups WHERE {where} AND events = 0", key)
        found = connection.execute(f"SELECT peak FROM usage_rollups WHERE {where}", key).fetchone()
        if found is not None and found[0] == gone_peak:
            peak = _peak_below(connection, gone.stream, start, span, finer, gone.signature)
            connection.execute(f"UPDATE usage_rollups SET peak = ? WHERE {where}", (peak, *key))
        finer = span


def _peak_below(connection: sqlite3.Connection, stream: int, start: int, span: int, finer: int, signature: int) -> str:
    if finer:
        found = connection.execute(
            "SELECT max(peak) FROM usage_rollups WHERE stream = ? AND span = ? AND start >= ? AND start < ?"
            " AND signature = ?",
            (stream, finer, start, start + span, signature),
        ).fetchone()
        return str(found[0])
    rows = connection.execute(
        "SELECT quantity FROM usage_rows WHERE stream = ? AND time >= ? AND time < ? AND signature = ?",
        (stream, start, start + span, signature),
    )
    return quantities.peak(max(quantities.from_value(value) for (value,) in rows))


def rows_of_stream(connection: sqlite3.Connection, stream: int) -> list[UsageRow]:
    """Every row of a stream in the order of time."""
    found = connection.execute(
        "SELECT stream, time, event_id, signature, quantity, unique_key, event_seq FROM usage_rows WHERE stream = ?"
        " ORDER BY time, event_id",
        (stream,),
    )
    return [_row(row) for row in found]


def sign_again(connection: sqlite3.Connection, environment_id: str, stream: int, rows: Sequence[UsageRow]) -> None:
    """Replace the signatures of all of a stream's rows, and roll it up anew. ``rows`` are all its rows."""
    connection.executemany(
        "UPDATE usage_rows SET signature = ? WHERE stream = ? AND time = ? AND event_id = ?",
        [(row.signature, stream, row.time, row.event_id) for row in rows],
    )
    connection.execute(
        "UPDATE usage_repeats SET signature = (SELECT r.signature FROM usage_rows AS r WHERE r.stream ="
        " usage_repeats.stream AND r.time = usage_repeats.time AND r.event_id = usage_repeats.event_id)"
        " WHERE stream = ?",
        (stream,),
    )
    connection.execute("DELETE FROM usage_rollups WHERE stream = ?", (stream,))
    connection.execute("DELETE FROM usage_uniques WHERE stream = ?", (stream,))
    _roll_up(connection, environment_id, rows)


def event_meters(connection: sqlite3.Connection, environment_id: str, seqs: Sequence[int]) -> dict[int, frozenset[str]]:
    """The meters that took each of these events, by order of arrival."""
    wanted = set(seqs)
    if not wanted:
        return {}
    found: dict[int, set[str]] = {}
    rows = connection.execute(
        "SELECT r.event_seq, s.meter_id FROM usage_streams AS s JOIN usage_rows AS r ON r.stream = s.id"
        " WHERE s.environment_id = ? AND s.external_customer_id IN"
        " (SELECT external_customer_id FROM events WHERE seq BETWEEN ? AND ?"
        "  UNION SELECT external_customer_id FROM events_unlisted WHERE seq BETWEEN ? AND ?)",
        (environment_id, *(min(wanted), max(wanted)) * 2),
    )
    for seq, meter_id in rows:
        if seq in wanted:
            found.setdefault(seq, set()).add(meter_id)
    return {seq: frozenset(meters) for seq, meters in found.items()}


def rows_between(connection: sqlite3.Connection, streams: Sequence[int], start: int, end: int) -> list[UsageRow]:
    """The rows of some streams from ``start`` (inclusive) to ``end`` (exclusive) seconds, by time and then arrival."""
    rows: list[UsageRow] = []
    for stream in streams:
        found = connection.execute(
            "SELECT stream, time, event_id, signature, quantity, unique_key, event_seq FROM usage_rows"
            " WHERE stream = ? AND time >= ? AND time < ?",
            (stream, start, end),
        )
        rows += [_row(row) for row in found]
    return sorted(rows, key=lambda row: (row.time, row.event_seq))


class MeteredEvent(NamedTuple):
    """What an event added to a meter; ``time`` is in whole seconds."""

    meter_id: str
    external_customer_id: str
    time: int
    steps: int
    event_seq: int


def first_row_of_event(
    connection: sqlite3.Connection, environment_id: str, event_id: str, occurred: Iterable[tuple[str, int]]
) -> MeteredEvent | None:
    """The first row of an event id by customer, meter and time; None if no meter took it. ``occurred`` are customer and
    second of the events of that id."""
    for customer, time in sorted(set(occurred)):
        found = connection.execute(
            "SELECT s.meter_id, s.external_customer_id, r.time, r.quantity, r.event_seq FROM usage_streams AS s"
            " JOIN usage_rows AS r ON r.stream = s.id AND r.time = ? AND r.event_id = ?"
            " WHERE s.environment_id = ? AND s.external_customer_id = ? ORDER BY s.meter_id LIMIT 1",
            (time, event_id, environment_id, customer),
        ).fetchone()
        if found is not None:
            meter_id, external_customer_id, second, value, event_seq = found
            return MeteredEvent(meter_id, external_customer_id, second, quantities.from_value(value), event_seq)
    return None
