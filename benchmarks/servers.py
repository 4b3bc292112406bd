"""Server processes to measure."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.client import Address, Client
from mockserver import fixtures

_ROOT = Path(__file__).resolve().parent.parent
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed server has its modules compiled, so that here they may be too."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running process and where it listens."""

    address: Address
    process: subprocess.Popen[str]

    def client(self, key: str) -> Client:
        return Client(self.address, key)

    def megabytes(self) -> float:
        """Resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no resident size in /proc")


@contextlib.contextmanager
def _running(module: str, arguments: Sequence[str]) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=_ROOT,
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        # A log is written as it is by default, but nobody wants to see a million lines.
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            where = next((word for word in line.split() if word.startswith("http://")), None)
            if where is not None:
                parts = urlsplit(where)
                yield Server((parts.hostname or "", parts.port or 80), process)
                return
        raise RuntimeError(f"{module} did not start")
    finally:
        process.terminate()
        process.wait()


def mock(*arguments: str) -> contextlib.AbstractContextManager[Server]:
    """``flexprice-mock serve`` with the documented meters, on a free port."""
    catalog = str(fixtures.catalog_path("documented"))
    return _running("mockserver.cli", ["serve", "--port", "0", "--catalog", catalog, *arguments])


def bare(folder: Path) -> contextlib.AbstractContextManager[Server]:
    """The bare Flask application of ``benchmarks.bare``."""
    return _running("benchmarks.bare", [str(folder / "bare.db")])


def start_once() -> tuple[float, float]:
    """Seconds from starting a fresh server to its first answer, and its megabytes then."""
    started = time.perf_counter()
    with _running("mockserver.cli", ["serve", "--port", "0"]) as server:
        server.client("start").get("/v1/customers")
        return time.perf_counter() - started, server.megabytes()
