"""Memory that a burst of large requests took is given back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..cli.conftest import Process

MEGABYTES = 10
AT_ONCE = 8


def _resident(process: Process) -> float:
    lines = Path(f"/proc/{process.popen.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@pytest.mark.parametrize("server", ["waitress", "granian"])
def test_a_burst_of_large_batches(serve: Callable[..., Process], server: str) -> None:
    process = serve("--server", server)
    event = {"event_name": "e", "external_customer_id": "c", "properties": {"x": "y" * (MEGABYTES * 1000)}}
    assert process.send("GET", "/v1/events").status_code == 200
    before = _resident(process)
    for _ in range(3):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent = pool.map(
                lambda _: process.send("POST", "/v1/events/bulk", json={"events": [event] * 1000}).status_code,
                range(AT_ONCE),
            )
            assert set(sent) == {202}
    # What was sent at once is 80 MB; as much again for the caches of the state, but not what all of it took.
    assert _resident(process) - before < 1.6 * AT_ONCE * MEGABYTES
