"""``flexprice-mock serve`` as a process: starting, stopping, keys, state, workers."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .conftest import Process, command

Serve = Callable[..., Process]


def test_the_greeting_says_where_and_how(serve: Serve) -> None:
    process = serve()
    assert "documented profile" in process.greeting
    assert f"curl {process.url}/v1/customers -H 'x-api-key:" in process.greeting


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_stops_cleanly(serve: Serve, how: signal.Signals, workers: str) -> None:
    process = serve("--workers", workers)
    assert process.stop(how) == 0


def test_workers_end_with_a_parent_that_is_killed(serve: Serve) -> None:
    process = serve("--workers", "2")
    process.popen.kill()
    process.popen.wait(timeout=20)
    host, port = process.url.removeprefix("http://").split(":")
    for _ in range(100):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.1)
    raise AssertionError("somebody still listens")


def test_a_taken_port_is_said_plainly(serve: Serve) -> None:
    port = serve().url.rsplit(":", 1)[1]
    second = subprocess.run(command("serve", "--port", port), capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


def test_options_are_environment_variables_too(serve: Serve) -> None:
    process = serve(environment={"FLEXPRICE_MOCK_PROFILE": "upstream", "FLEXPRICE_MOCK_API_KEY": "ci-* dev"})
    assert "upstream profile" in process.greeting
    assert process.send("GET", "/v1/customers", key="ci-7").status_code == 200
    assert process.send("GET", "/v1/customers", key="dev").status_code == 200
    assert process.send("GET", "/v1/customers", key="other").status_code == 401


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--divergence", "nonsense=on"), "unknown divergence"),
        (("--divergence", "price-filter-values-ignored=maybe"), "ID=on or ID=off"),
        (("--profile", "other"), "Invalid value"),
        (("--catalog", "missing.json"), "does not exist"),
    ],
)
def test_bad_options_are_refused(arguments: tuple[str, ...], said: str) -> None:
    run = subprocess.run(command("serve", *arguments), capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 2
    assert said in run.stderr


def test_state_in_a_file_survives_kill_9(serve: Serve, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = serve("--db", state)
    answers = [
        first.send("POST", "/v1/customers", json={"external_id": str(n), "name": "A"}).status_code for n in range(20)
    ]
    assert set(answers) == {201}
    first.stop(signal.SIGKILL)
    second = serve("--db", state)
    assert second.send("GET", "/v1/customers").json()["pagination"]["total"] == 20


def test_throwaway_state_leaves_nothing_behind(serve: Serve, tmp_path: Path) -> None:
    process = serve(environment={"TMPDIR": str(tmp_path)})
    process.send("POST", "/v1/customers", json={"external_id": "a", "name": "A"})
    assert list(tmp_path.iterdir())
    assert process.stop() == 0
    assert not list(tmp_path.iterdir())


def test_several_workers_share_one_state(serve: Serve) -> None:
    """Creates with the same external id race across processes: exactly one wins each
    (behaviour/customers-and-plans#creating-a-customer)."""
    process = serve("--workers", "3")

    def create(n: int) -> int:
        return process.send("POST", "/v1/customers", json={"external_id": str(n % 20), "name": "A"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(100)))
    assert statuses.count(201) == 20
    assert statuses.count(409) == 80
    assert process.send("GET", "/v1/customers").json()["pagination"]["total"] == 20


def test_a_state_file_of_a_newer_version_is_refused(serve: Serve, tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    serve("--db", str(state)).stop()
    with sqlite3.connect(state) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('flexprice-mock', '9999_later', '')"
        )
    run = subprocess.run(command("serve", "--db", str(state)), capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 2
    assert "newer version" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_state_file_opens_again(serve: Serve, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    for number in range(2):
        process = serve("--db", state)
        assert process.send("POST", "/v1/customers", json={"external_id": str(number), "name": "A"}).status_code == 201
        process.stop()


def test_memory_and_descriptors_stay_small(serve: Serve) -> None:
    process = serve()
    process.send("POST", "/v1/customers", json={"external_id": "a", "name": "A", "address_country": "DE"})
    status = Path(f"/proc/{process.popen.pid}/status")
    if not status.exists():
        return
    resident = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    assert int(resident.split()[1]) < 80 * 1024
    assert len(os.listdir(f"/proc/{process.popen.pid}/fd")) < 60
