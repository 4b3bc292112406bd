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
"""A query for the sequence numbers of the events of one hash, which it takes twice."""


def id_hash(number: int, event_id: str) -> int:
    """What an id is kept by, in the environment of that number. Few others share it, but some may."""
    return zlib.crc32(event_id.encode(), number)


def add(connection: sqlite3.Connection, hashes: Iterable[int], seqs: Sequence[int]) -> None:
    """Take in the ids of events with these sequence numbers, which ascend."""
    if not seqs:
        return
    connection.executemany("INSERT INTO event_ids_new (id_hash, seq) VALUES (?, ?)", zip(hashes, seqs, strict=True))
    if seqs[-1] // SHARE != (seqs[0] - 1) // SHARE:
        connection.execute("INSERT INTO event_ids SELECT id_hash, seq FROM event_ids_new ORDER BY id_hash, seq")
        connection.execute("DELETE FROM event_ids_new")


def carriers(connection: sqlite3.Connection, hashes: Iterable[int]) -> Iterator[int]:
    """The sequence numbers of all events whose ids have one of these hashes."""
    wanted = sorted(set(hashes))
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
