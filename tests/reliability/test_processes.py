"""Workers that die, servers that are killed, and what they leave behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from mockserver.store import store as stores
from mockserver.store.store import Store

from ..cli.conftest import Process

Serve = Callable[..., Process]


def _workers(process: Process) -> set[int]:
    text = Path(f"/proc/{process.popen.pid}/task/{process.popen.pid}/children").read_text()
    return {int(number) for number in text.split()}


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_worker_is_replaced_and_the_log_says_so(serve: Serve, how: signal.Signals) -> None:
    process = serve("--workers", "2")
    assert process.send("PUT", "/_mock/clock", json={"now": "2026-04-14T00:00:00Z", "frozen": True}).ok
    before = _workers(process)
    assert len(before) == 2
    for worker in before:
        os.kill(worker, how)
    _until(lambda: len(_workers(process) - before) == 2 and not _workers(process) & before)
    assert process.send("GET", "/_mock/clock").json()["now"].startswith("2026-04-14")
    assert process.send("POST", "/v1/customers", json={"external_id": "a", "name": "A"}).status_code == 201
    assert process.stop() == 0
    assert process.popen.stdout is not None
    said = process.popen.stdout.read()
    for worker in before:
        assert f"worker {worker} " in said
    assert said.count("another takes its place") == 2


def test_no_event_that_was_accepted_is_lost_when_workers_die(serve: Serve, tmp_path: Path) -> None:
    process = serve("--workers", "2", "--db", str(tmp_path / "state.db"))
    accepted: list[str] = []
    over = threading.Event()

    def send(name: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            event = {"event_name": "e", "external_customer_id": "c", "event_id": f"{name}-{number}"}
            try:
                if process.send("POST", "/v1/events", json=event).status_code == 202:
                    accepted.append(event["event_id"])
            except requests.RequestException:
                continue

    senders = [threading.Thread(target=send, args=(name,)) for name in range(4)]
    for sender in senders:
        sender.start()
    for _ in range(4):
        known, had = _workers(process), len(accepted)
        os.kill(min(known), signal.SIGKILL)
        _until(lambda known=known, had=had: len(_workers(process)) == 2 and len(accepted) > had + 10)  # type: ignore[misc]  # bound now
    over.set()
    for sender in senders:
        sender.join()
    found: set[str] = set()
    more = True
    while more:
        page = {"page_size": "50", "offset": str(len(found)), "sort": "timestamp"}
        listed = process.send("GET", "/v1/events", params=page).json()
        found |= {event["id"] for event in listed["events"]}
        more = listed["has_more"]
    assert set(accepted) <= found


def test_the_next_start_clears_what_a_killed_server_left(serve: Serve, tmp_path: Path) -> None:
    where = {"TMPDIR": str(tmp_path)}
    alive = serve(environment=where)
    killed = serve("--workers", "2", environment=where)
    assert len(list(tmp_path.iterdir())) == 2
    killed.stop(signal.SIGKILL)
    _until(lambda: _unreachable(killed))
    serve(environment=where)
    assert len(list(tmp_path.iterdir())) == 2
    assert alive.send("POST", "/v1/customers", json={"external_id": "a", "name": "A"}).status_code == 201


def _unreachable(process: Process) -> bool:
    try:
        requests.get(f"{process.url}/health", timeout=5)
    except requests.ConnectionError:
        return True
    return False


def test_the_next_start_clears_an_unfinished_snapshot(serve: Serve, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    first = serve("--db", str(state))
    assert first.send("POST", "/_mock/snapshots", json={"name": "kept"}).status_code == 201
    first.stop(signal.SIGKILL)
    snapshots = tmp_path / "state.db.mock" / "snapshots"
    gone, mine = snapshots / f".{first.popen.pid}-00", snapshots / f".{os.getpid()}-00"
    for path in (gone, mine):
        path.write_bytes(b"half")
    second = serve("--db", str(state))
    assert sorted(path.name for path in snapshots.iterdir()) == [mine.name, "kept.db"]
    assert second.send("GET", "/_mock/snapshots").json()["snapshots"][0]["name"] == "kept"


def test_the_write_ahead_log_stays_small_beside_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "LARGE_LOG", 1_000_000)
    store = Store(tmp_path / "state.db")
    log = tmp_path / "state.db-wal"
    with store.write() as tx:
        tx.connection.execute("CREATE TABLE filling (x)")
    over = threading.Event()

    def read() -> None:
        # There is always a reader, so that SQLite never finds the moment to begin the log anew by itself.
        while not over.is_set():
            with store.read() as tx:
                tx.connection.execute("SELECT count(*) FROM filling").fetchone()
                time.sleep(0.01)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    largest = 0
    for _ in range(300):
        with store.write() as tx:
            tx.connection.execute("INSERT INTO filling VALUES (randomblob(40000))")
        largest = max(largest, log.stat().st_size)
    over.set()
    for reader in readers:
        reader.join()
    store.close()
    assert 500_000 < largest < 3_000_000


def test_a_reader_that_stays_holds_up_no_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "LARGE_LOG", 100_000)
    store, other = Store(tmp_path / "state.db"), Store(tmp_path / "state.db")
    with store.write() as tx:
        tx.connection.execute("CREATE TABLE filling (x)")
    with other.read() as view:
        view.connection.execute("SELECT count(*) FROM filling").fetchone()
        for _ in range(20):
            with store.write() as tx:
                tx.connection.execute("INSERT INTO filling VALUES (randomblob(40000))")
        assert view.connection.execute("SELECT count(*) FROM filling").fetchone() == (0,)
        grown = (tmp_path / "state.db-wal").stat().st_size
    for _ in range(8):
        with store.write() as tx:
            tx.connection.execute("INSERT INTO filling VALUES (randomblob(40000))")
    assert (tmp_path / "state.db-wal").stat().st_size < grown
    store.close()
    other.close()
