"""Which events carry an id.

Ids come in no order, and each would touch a page of its own of an index over all events. So they are taken into a small
table first, and from there, many at once and in order, into the large one; whoever asks looks into both.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence

SHARE = 32768
"""How many sequence numbers pass between two moves to the large table."""

_TABLES = ("event_ids", "event_ids_new")
_CHUNK = 500

CARRIERS = " UNION ALL ".join(f"SELECT seq FROM {table} WHERE id_hash = ?" for table in _TABLES)
"""A query for the sequence numbers of the events of one hash, which is given twice."""


def hashes(number: int, ids: Iterable[str]) -> list[int]:
    """What ids are kept by in the environment of that number. Few others share a hash, but some may."""
    crc32 = zlib.crc32
    return [crc32(event_id.encode(), number) for event_id in ids]


def add(connection: sqlite3.Connection, number: int, ids: Iterable[str], seqs: Sequence[int]) -> None:
    """Take in the ids of events with these sequence numbers, which ascend."""
    if not seqs:
        return
    rows = zip(hashes(number, ids), seqs, strict=True)
    connection.executemany("INSERT INTO event_ids_new (id_hash, seq) VALUES (?, ?)", rows)
    if seqs[-1] // SHARE != (seqs[0] - 1) // SHARE:
        connection.execute("INSERT INTO event_ids SELECT id_hash, seq FROM event_ids_new ORDER BY id_hash, seq")
        connection.execute("DELETE FROM event_ids_new")


def carriers(connection: sqlite3.Connection, number: int, ids: Iterable[str]) -> Iterator[int]:
    """The sequence numbers of all events whose ids are among these, and of the few others that share a hash."""
    wanted = sorted(set(hashes(number, ids)))
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        for table in _TABLES:
            for (seq,) in connection.execute(f"SELECT seq FROM {table} WHERE id_hash IN ({marks})", chunk):
                yield seq


def forget(connection: sqlite3.Connection, events: str, values: Sequence[object]) -> None:
    """Leave out the events of a query that gives sequence numbers."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE seq IN ({events})", values)
