"""What an answer promised outlives the process when the state is a file; a throwaway state never waits for the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.store.store import Store

_HEADERS = {"x-api-key": "key"}
_ACCEPT_AND_DIE = """
import os, signal, sys
from pathlib import Path
from mockserver.app import create_app
from mockserver.settings import Settings

event = {"event_name": "song", "external_customer_id": "cust", "event_id": "evt_1", "timestamp": "2026-04-14T15:00:00Z"}
client = create_app(Settings(db=Path(sys.argv[1]))).test_client()
assert client.post("/v1/events", json=event, headers={"x-api-key": "key"}).status_code == 202
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_accepted_event_survives_a_killed_process(tmp_path: Path) -> None:
    db = tmp_path / "state.db"
    died = subprocess.run([sys.executable, "-c", _ACCEPT_AND_DIE, str(db)], cwd=Path(__file__).parents[2], check=False)
    assert died.returncode == -signal.SIGKILL

    client = create_app(Settings(db=db)).test_client()
    question = {"start_time": "2026-04-14T00:00:00Z", "end_time": "2026-04-15T00:00:00Z"}
    listed = client.post("/v1/events/query", json=question, headers=_HEADERS)
    assert [event["id"] for event in listed.get_json()["events"]] == ["evt_1"]


@pytest.mark.parametrize(("in_a_file", "synchronous"), [(False, 0), (True, 1)])
def test_only_a_file_is_synced(in_a_file: bool, synchronous: int, tmp_path: Path) -> None:
    """1 syncs when the log is written back, 0 never."""
    store = Store(tmp_path / "state.db" if in_a_file else None)
    with store.write() as tx:
        writing = tx.connection
    for connection in (writing, store.connection):
        assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()
