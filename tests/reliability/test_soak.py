"""Mixed traffic for a long time: no error, and memory, files and the write-ahead log stay level."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from ..cli.conftest import Process

SECONDS = int(os.environ.get("SOAK_SECONDS", "600"))
CONNECTIONS = 64


def _processes(process: Process) -> list[int]:
    own = process.popen.pid
    text = Path(f"/proc/{own}/task/{own}/children").read_text()
    return [own, *map(int, text.split())]


def _megabytes(process: Process) -> float:
    pages = sum(int(Path(f"/proc/{number}/statm").read_text().split()[1]) for number in _processes(process))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _files(process: Process) -> int:
    return sum(len(os.listdir(f"/proc/{number}/fd")) for number in _processes(process))


@pytest.mark.long
@pytest.mark.parametrize("workers", ["1", "4"])
def test_nothing_grows_and_nothing_fails(serve: Callable[..., Process], tmp_path: Path, workers: str) -> None:
    process = serve("--workers", workers, "--db", str(tmp_path / "state.db"))
    numbers, found, over = itertools.count(), Counter[int](), threading.Event()

    def talk(name: int) -> None:
        with requests.Session() as session:
            session.headers["x-api-key"] = f"soak-{name % 4}"
            while not over.is_set():
                number = next(numbers)
                customer = {"external_id": f"c{number}", "name": "A"}
                event = {"event_name": "e", "external_customer_id": f"c{number % 50}", "properties": {"n": number}}
                asked = (
                    ("POST", "/v1/customers", customer),
                    ("POST", "/v1/events", event),
                    ("POST", "/v1/events/bulk", {"events": [event] * 20}),
                    ("GET", "/v1/customers?limit=20", None),
                    ("GET", "/v1/nothing", None),
                )[number % 5]
                answer = session.request(asked[0], process.url + asked[1], json=asked[2], timeout=60)
                found[answer.status_code] += 1

    speakers = [threading.Thread(target=talk, args=(name,)) for name in range(CONNECTIONS)]
    for speaker in speakers:
        speaker.start()
    seen: list[tuple[float, int]] = []
    largest_log = 0
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        time.sleep(SECONDS / 60)
        seen.append((_megabytes(process), _files(process)))
        largest_log = max(largest_log, (tmp_path / "state.db-wal").stat().st_size)
    over.set()
    for speaker in speakers:
        speaker.join()
    assert set(found) <= {200, 201, 202, 404}, found
    warm = seen[len(seen) // 3]
    assert seen[-1][0] < 1.3 * warm[0] + 20, seen
    assert seen[-1][1] <= warm[1] + 20, seen
    assert largest_log < 48 * 2**20
    assert process.stop() == 0
