"""Usage rows in blocks: what comes out is what went in, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.store import blocks
from mockserver.store.blocks import REACH, UsageRow
from mockserver.store.quantities import LIMIT, ONE
from mockserver.store.store import Store

_STEPS = st.one_of(st.integers(0, LIMIT), st.integers(0, 100).map(lambda n: n * ONE))
_ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3 * 3600), st.integers(0, 2), _STEPS, st.one_of(st.none(), st.text())),
    max_size=30,
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def _write(store: Store, rows: Sequence[UsageRow]) -> None:
    with store.write("env") as tx:
        tx.connection.execute("DELETE FROM usage_blocks")
        blocks.add(tx.connection, "env", blocks.packed(rows))


def _by_number(rows: Iterable[UsageRow]) -> list[UsageRow]:
    return sorted(rows, key=lambda row: row.event_seq)


@settings(max_examples=60, deadline=None)
@given(
    told=_ROWS, step=st.sampled_from([1, 7, REACH // 3, REACH]), start=st.integers(0, 9000), length=st.integers(0, 9000)
)
def test_rows_are_read_found_and_removed_one_by_one(
    store: Store, told: Sequence[tuple[int, int, int, int, str | None]], step: int, start: int, length: int
) -> None:
    """Whatever their numbers are apart: a block's reach only decides how they are cut up."""
    rows = [UsageRow(*each, step * (n + 1)) for n, each in enumerate(told)]
    _write(store, rows)
    connection = store.connection
    for stream in range(3):
        wanted = [row for row in rows if row.stream == stream and start <= row.time < start + length]
        assert _by_number(blocks.rows(connection, stream, start, start + length)) == wanted
    for row in rows:
        assert blocks.find(connection, row.stream, row.time, row.event_seq) == row
        assert blocks.find(connection, row.stream, row.time + 1, row.event_seq) is None
    for n, row in enumerate(rows):
        with store.write("env") as tx:
            blocks.remove(tx.connection, "env", row)
        assert blocks.find(connection, row.stream, row.time, row.event_seq) is None
        left = [each for each in rows[n + 1 :] if each.stream == row.stream]
        assert _by_number(blocks.rows(connection, row.stream, 0, 20_000)) == left
    assert connection.execute("SELECT count(*) FROM usage_blocks").fetchone()[0] == 0


def test_a_row_that_comes_back_under_its_number_does_not_clash_with_the_rest_of_its_block(store: Store) -> None:
    rows = [UsageRow(1, 10, 0, ONE, None, seq) for seq in (5, 6, 7)]
    _write(store, rows)
    with store.write("env") as tx:
        blocks.remove(tx.connection, "env", rows[0])
        blocks.add(tx.connection, "env", blocks.packed([rows[0]._replace(steps=2 * ONE)]))
    found = _by_number(blocks.rows(store.connection, 1, 0, 3600))
    assert [(row.event_seq, row.steps // ONE) for row in found] == [(5, 2), (6, 1), (7, 1)]
