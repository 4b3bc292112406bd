"""Storing metered usage, and the rollups that always agree with the rows (behaviour/events-and-usage#what-is-stored).

Times are whole seconds since 1970, quantities steps of 10^-15 (``store.quantities``). The layout is described in
``store.tables.events``.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mockserver.store import blocks, quantities
from mockserver.store.blocks import HOUR, Packed, Place, UsageRow
from mockserver.store.streams import streams_of_customer

SPANS = (HOUR, 86400)
"""Seconds a rollup covers: an hour, and a day for long windows."""


def add(connection: sqlite3.Connection, environment_id: str, rows: Mapping[Place, Sequence[Packed]]) -> None:
    """Store rows whose keys are not taken, those of a place in the order of their numbers, and roll them up."""
    blocks.add(connection, environment_id, rows)
    _roll_up(connection, environment_id, rows)


def _roll_up(connection: sqlite3.Connection, environment_id: str, rows: Mapping[Place, Sequence[Packed]]) -> None:
    sums = {
        place: (len(found), *quantities.added_up([value for _, _, value, _ in found])) for place, found in rows.items()
    }
    parameters: list[tuple[object, ...]] = []
    for span in SPANS:
        if span != HOUR:
            sums = _coarser(sums, span)
        for (stream, start, signature), (events, steps, top) in sums.items():
            parameters.append(
                (stream, span, start, signature, events, *quantities.parts(steps), quantities.peak(top), environment_id)
            )
    connection.executemany(_UPSERT_ROLLUP, parameters)
    uniques = Counter((place, text) for place, found in rows.items() for _, _, _, text in found if text is not None)
    for span in SPANS if uniques else ():
        if span != HOUR:
            coarser: Counter[tuple[Place, str]] = Counter()
            for ((stream, start, signature), text), events in uniques.items():
                coarser[Place(stream, start - start % span, signature), text] += events
            uniques = coarser
        connection.executemany(
            _UPSERT_UNIQUE,
            [
                (stream, span, start, signature, text, events, environment_id)
                for ((stream, start, signature), text), events in uniques.items()
            ],
        )


_Summed = tuple[int, int, int]
"""How many rows, their sum, the largest of them."""


def _coarser(sums: Mapping[Place, _Summed], span: int) -> dict[Place, _Summed]:
    result: dict[Place, _Summed] = {}
    for (stream, start, signature), (events, steps, top) in sums.items():
        place = Place(stream, start - start % span, signature)
        known = result.get(place, (0, 0, 0))
        result[place] = (known[0] + events, known[1] + steps, max(known[2], top))
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
    connection: sqlite3.Connection,
    environment_id: str,
    event_id: str,
    row: UsageRow,
    earlier: Sequence[tuple[int, int, int]],
) -> None:
    """Store a row of an event id that was seen before; a row of the same key is replaced and its rollups corrected.

    ``earlier`` are the stream, time and sequence number of the events of that id that came before, as far as this
    meter's streams go, the latest first.
    """
    key = row.stream, row.time
    same = (blocks.find(connection, *each) for each in earlier if each[:2] == key)
    old = next((found for found in same if found is not None), None)
    if old != row:
        if old is not None:
            _take_back(connection, environment_id, old)
        add(connection, environment_id, blocks.packed([row]))
        if old is not None and (old.signature != row.signature or old.steps > row.steps):
            _restore_peaks(connection, old)
    # Of an id's rows all are noted once there are two, so that one other row is enough to look for.
    others = (blocks.find(connection, *each) for each in earlier if each[:2] != key)
    other = next((found for found in others if found is not None), None)
    if other is not None:
        connection.executemany(
            "INSERT OR REPLACE INTO usage_repeats"
            " (stream, time, event_id, signature, has_text, event_seq, environment_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (stream, time, event_id, signature, text is not None, seq, environment_id)
                for stream, time, signature, _, text, seq in (row, other)
            ],
        )


def _take_back(connection: sqlite3.Connection, environment_id: str, row: UsageRow) -> None:
    blocks.remove(connection, environment_id, row)
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
    rows = blocks.rows(connection, stream, start, start + span)
    return quantities.peak(max(row.steps for row in rows if row.signature == signature))


def rows_of_stream(connection: sqlite3.Connection, stream: int) -> list[UsageRow]:
    """Every row of a stream by hour."""
    return list(blocks.rows(connection, stream, 0, _END))


_END = 2**32


def sign_again(connection: sqlite3.Connection, environment_id: str, stream: int, rows: Sequence[UsageRow]) -> None:
    """Replace the signatures of all of a stream's rows, and roll it up anew. ``rows`` are all its rows."""
    blocks.replace(connection, environment_id, stream, rows)
    connection.executemany(
        "UPDATE usage_repeats SET signature = ? WHERE stream = ? AND time = ? AND event_seq = ?",
        [(row.signature, stream, row.time, row.event_seq) for row in rows],
    )
    connection.execute("DELETE FROM usage_rollups WHERE stream = ?", (stream,))
    connection.execute("DELETE FROM usage_uniques WHERE stream = ?", (stream,))
    _roll_up(connection, environment_id, blocks.packed(rows))


def event_meters(
    connection: sqlite3.Connection, environment_id: str, events: Iterable[tuple[str, int, int]]
) -> dict[int, frozenset[str]]:
    """The meters that took each of these events, by sequence number. Of an event its customer, the second its usage was
    recorded at and its sequence number are given."""
    wanted: dict[str, dict[int, int]] = {}
    for external_customer_id, second, seq in events:
        wanted.setdefault(external_customer_id, {})[seq] = second
    found: dict[int, set[str]] = {}
    for external_customer_id, seconds in wanted.items():
        first, last = min(seconds.values()), max(seconds.values())
        for meter_id, stream in streams_of_customer(connection, environment_id, external_customer_id).items():
            for row in blocks.rows(connection, stream, first, last + 1):
                if row.event_seq in seconds:
                    found.setdefault(row.event_seq, set()).add(meter_id)
    return {seq: frozenset(meters) for seq, meters in found.items()}


def rows_between(connection: sqlite3.Connection, streams: Sequence[int], start: int, end: int) -> list[UsageRow]:
    """The rows of some streams from ``start`` (inclusive) to ``end`` (exclusive) seconds, by time and then arrival."""
    rows = [row for stream in streams for row in blocks.rows(connection, stream, start, end)]
    return sorted(rows, key=lambda row: (row.time, row.event_seq))


class MeteredEvent(NamedTuple):
    """What an event added to a meter; ``time`` is in whole seconds."""

    meter_id: str
    external_customer_id: str
    time: int
    steps: int
    event_seq: int


def first_row_of_event(
    connection: sqlite3.Connection, environment_id: str, occurred: Iterable[tuple[str, int, int]]
) -> MeteredEvent | None:
    """The first row of an event id by customer, time and meter; None if no meter took it. ``occurred`` are customer,
    second and sequence number of the events of that id."""
    for customer, time, seq in sorted(set(occurred)):
        for meter_id, stream in sorted(streams_of_customer(connection, environment_id, customer).items()):
            row = blocks.find(connection, stream, time, seq)
            if row is not None:
                return MeteredEvent(meter_id, customer, time, row.steps, seq)
    return None
