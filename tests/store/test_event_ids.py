"""Ids of events: found wherever they lie, however many there are, and whatever shares their hash."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import count

import pytest

from mockserver.store import event_ids, events
from mockserver.store.events import EventQuery, StoredEvent
from mockserver.store.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def _add(store: Store, environment: str, *ids: str) -> None:
    with store.write(environment) as tx:
        first = events.reserve(tx.connection, len(ids))
        made = [StoredEvent(first + n, id, 1000, "call", "c", "", "", "null", 0) for n, id in enumerate(ids)]
        events.add(tx.connection, environment, [event.columns for event in made])


def _known(store: Store, environment: str, *ids: str) -> set[str]:
    return events.repeated_or_known(store.connection, environment, ids)


def _rows(store: Store, table: str) -> int:
    return int(store.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_ids_are_found_before_and_after_they_move_to_the_large_table(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_ids, "SHARE", 4)
    ids = [f"e{n}" for n in range(10)]
    for at in range(0, 10, 2):
        _add(store, "env", *ids[at : at + 2])
    assert (_rows(store, "event_ids"), _rows(store, "event_ids_new")) == (8, 2)
    assert _known(store, "env", *ids, "other") == set(ids)
    for event_id in ids:
        (found,) = events.same_id(store.connection, "env", event_id)
        query = EventQuery(event_id=event_id, from_ms=0, before_ms=2000)
        assert [found] == list(events.page(store.connection, "env", query, ("time_ms", "desc")))
        assert found.id == event_id


def test_an_id_belongs_to_its_environment(store: Store) -> None:
    for environment in ("one", "two"):
        _add(store, environment, "e")
    _add(store, "one", "mine")
    assert _known(store, "two", "e", "mine") == {"e"}
    assert _known(store, "three", "e", "mine") == set()
    assert len(events.same_id(store.connection, "two", "e")) == 1


def _alike(number: int, another: int) -> tuple[str, str]:
    """Two ids that share a hash, the first one in the environment of ``number``, the other one in ``another``."""
    seen: dict[int, str] = {}
    for n in count():
        event_id = f"evt_{n}"
        other = seen.get(zlib.crc32(event_id.encode(), another), event_id)
        if other != event_id:
            return other, event_id
        seen[zlib.crc32(event_id.encode(), number)] = event_id
    raise AssertionError


def test_ids_that_share_a_hash_are_different_ids(store: Store) -> None:
    _add(store, "env", "first")
    number = events.number_of(store.connection, "env")
    one, other = _alike(number, number)
    _add(store, "env", one)
    assert _known(store, "env", one, other) == {one}
    assert events.same_id(store.connection, "env", other) == []
    query = EventQuery(event_id=other, from_ms=0, before_ms=2000)
    assert events.count(store.connection, "env", query) == 0
    _add(store, "env", other)
    assert [event.id for event in events.same_id(store.connection, "env", other)] == [other]


def test_an_id_of_another_environment_is_not_known_though_it_is_asked_for_and_a_hash_is_shared(store: Store) -> None:
    for environment in ("one", "two"):
        _add(store, environment, "first")
    numbers = [events.number_of(store.connection, environment) for environment in ("one", "two")]
    theirs, ours = _alike(*numbers)
    _add(store, "one", theirs)
    assert _known(store, "two", theirs, ours) == set()


@pytest.mark.parametrize("environment", ["one", None])
def test_clearing_forgets_the_ids_too(store: Store, environment: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_ids, "SHARE", 2)
    _add(store, "one", "a", "b", "c")
    _add(store, "two", "a")
    left = 0 if environment is None else 1
    store.clear(environment)
    assert _known(store, "one", "a", "b", "c") == set()
    assert _known(store, "two", "a") == ({"a"} if left else set())
    assert _rows(store, "events") == left
    assert _rows(store, "event_ids") + _rows(store, "event_ids_new") == left
