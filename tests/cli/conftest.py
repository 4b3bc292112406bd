"""Real server processes on free loopback ports."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests


@dataclass
class Process:
    """A running ``flexprice-mock serve``."""

    popen: subprocess.Popen[str]
    url: str
    greeting: str

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.popen.send_signal(how)
        return self.popen.wait(timeout=20)

    def send(self, method: str, path: str, key: str = "test", **kw: object) -> requests.Response:
        return requests.request(method, self.url + path, headers={"x-api-key": key}, timeout=20, **kw)  # type: ignore[arg-type]  # keywords pass through


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mockserver.cli", *arguments]


@pytest.fixture
def serve() -> Iterator[Callable[..., Process]]:
    """``serve("--db", path, ...)`` starts a server and waits for its first answer."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, environment: dict[str, str] | None = None) -> Process:
        popen = subprocess.Popen(
            command("serve", "--port", "0", *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        started.append(popen)
        assert popen.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Try:"):
            line = popen.stdout.readline()
            assert line, "".join(lines)
            lines.append(line)
        found = re.search(r"http://\S+:\d+", lines[0])
        assert found, lines
        process = Process(popen, found.group(), "".join(lines))
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{process.url}/health", timeout=5).ok:
                    return process
            assert time.monotonic() < deadline
            time.sleep(0.02)

    yield start
    for popen in started:
        if popen.poll() is None:
            popen.kill()
            popen.wait(timeout=20)
        if popen.stdout is not None:
            popen.stdout.close()
