"""Keys are remembered, and never longer than they are true (behaviour/http#authentication)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mockserver.store import access, faults, waiting
from mockserver.store.access import Environment
from mockserver.store.snapshots import Snapshots
from mockserver.store.store import Store

NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(params=["throwaway", "durable"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state.db" if request.param == "durable" else None)
    with made.write() as tx:
        access.seed(tx.connection, NOW)
        access.adopt_key(tx.connection, "key", NOW)
    yield made
    made.close()


def _environment(store: Store) -> Environment:
    key = store.find_key("key")
    assert key is not None
    assert key.environment is not None
    return key.environment


def _freeze(store: Store, moment: datetime) -> None:
    environment_id = _environment(store).id
    with store.write() as tx:
        access.set_clock(tx.connection, environment_id, timedelta(), moment)


def test_a_key_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from mockserver.store import known_keys

    store = Store()
    with store.write() as tx:
        access.adopt_key(tx.connection, "key", NOW)
    found = store.find_key("key")
    monkeypatch.setattr(known_keys, "find_key", lambda connection, raw: None)
    assert store.find_key("key") == found is not None
    with store.write() as tx:
        tx.connection.execute("DELETE FROM keys")
    assert store.find_key("key") is None
    store.close()


def test_a_new_key_is_found_though_it_was_unknown_before(store: Store) -> None:
    assert store.find_key("new") is None
    with store.write() as tx:
        access.adopt_key(tx.connection, "new", NOW)
    assert store.find_key("new") is not None


def test_changes_of_its_environment_are_seen_at_once(store: Store) -> None:
    assert _environment(store).clock_frozen_at is None
    _freeze(store, NOW)
    assert _environment(store).now() == NOW
    environment_id = _environment(store).id
    with store.write(environment_id) as tx:
        waiting.add(tx.connection, environment_id, [])
        access.set_ingestion_delay(tx.connection, environment_id, 5)
        faults.add(tx.connection, environment_id, {"status": 500})
    found = _environment(store)
    assert (found.waiting, found.ingestion_delay_ms, found.faults) == (1, 5, 1)
    store.clear(environment_id)
    found = _environment(store)
    assert (found.waiting, found.ingestion_delay_ms, found.faults, found.clock_frozen_at) == (0, 0, 0, None)


def test_what_is_rolled_back_did_not_happen(store: Store) -> None:
    environment_id = _environment(store).id
    with contextlib.suppress(RuntimeError), store.write() as tx:
        access.set_clock(tx.connection, environment_id, timedelta(), NOW)
        raise RuntimeError
    assert _environment(store).clock_frozen_at is None


def test_a_restored_state_brings_its_own(store: Store) -> None:
    snapshots = Snapshots(store)
    snapshots.take("before")
    _freeze(store, NOW)
    snapshots.restore("before")
    assert _environment(store).clock_frozen_at is None


def test_workers_see_what_another_worker_changed(store: Store) -> None:
    _environment(store)
    store.disconnect()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _freeze(store, NOW)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert _environment(store).now() == NOW
