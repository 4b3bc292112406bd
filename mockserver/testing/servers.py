"""The servers of a test run: one per profile and set of switches, started when a test first asks for it.

Under pytest-xdist every worker is a process with servers of its own; a server that already runs (``flexprice_url``)
is shared by all of them. Tests are kept apart by their keys in either case.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import requests

from mockserver.divergences import Divergences
from mockserver.testing.environment import Environment
from mockserver.testing.wishes import Catalog, Wishes

START_SECONDS = 20
_NUMBERS = itertools.count(1)
_RUN = uuid.uuid4().hex[:8]


@dataclass(frozen=True, slots=True)
class Server:
    """A running emulator. ``url`` is its root, ``base_url`` what clients are configured with, ``keys`` the pattern of
    the keys that it takes."""

    url: str
    profile: str
    shared: bool = False
    keys: str = "pytest-*"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    @contextlib.contextmanager
    def environment(
        self, key: str | None = None, *, catalog: Catalog = "", now: str | datetime = ""
    ) -> Iterator[Environment]:
        """An environment, by default a fresh one, filled with the catalogue and at that time."""
        made = Environment(self.url, key or self.keys.replace("*", f"{_RUN}-{next(_NUMBERS)}"), self.profile)
        try:
            if now:
                made.clock.set(now)
            if catalog:
                made.seed(catalog)
            yield made
        finally:
            if self.shared and key is None:
                made.reset()
            made.close()


@dataclass
class Servers:
    """Starts servers as they are asked for. ``start`` runs one for a profile and switches."""

    wishes: Wishes
    start: Callable[[str, Mapping[str, bool]], AbstractContextManager[Server]]
    _running: dict[tuple[str, frozenset[tuple[str, bool]]], Server] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def configured(cls, config: pytest.Config) -> Servers:
        """As the project's options and ini file say."""
        url = config.getoption("--flexprice-url") or config.getini("flexprice_url")
        mode = config.getoption("--flexprice-mode") or config.getini("flexprice_mode")
        if url:
            keys = config.getoption("--flexprice-key") or config.getini("flexprice_key")
            if "*" not in keys:
                raise pytest.UsageError(f"flexprice_key needs a * where tests differ, such as ci-*, not {keys!r}")
            return cls(Wishes.of_project(config), lambda profile, switches: attached(url, profile, switches, keys))
        if mode not in ("inprocess", "subprocess"):
            raise pytest.UsageError(f"flexprice_mode must be inprocess or subprocess, not {mode!r}")
        return cls(Wishes.of_project(config), in_process if mode == "inprocess" else in_subprocess)

    def default(self) -> Server:
        """The server of tests that ask for nothing special."""
        return self.get(self.wishes.profile, self.wishes.divergences)

    def get(self, profile: str, switches: Mapping[str, bool]) -> Server:
        """The server of that profile (empty: the default) with those switches flipped."""
        wanted = (profile, frozenset(switches.items()))
        if wanted not in self._running:
            self._running[wanted] = self._stack.enter_context(self.start(profile, switches))
        return self._running[wanted]

    def close(self) -> None:
        self._stack.close()


def _switched(profile: str, switches: Mapping[str, bool]) -> Divergences:
    try:
        return Divergences(profile or "documented", switches)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


@contextlib.contextmanager
def in_process(profile: str, switches: Mapping[str, bool]) -> Iterator[Server]:
    """A server in a thread of this process; its state is gone when it ends."""
    from mockserver.demo import running
    from mockserver.settings import Settings

    divergences = _switched(profile, switches)
    with running(Settings(divergences)) as url:
        yield Server(url, divergences.profile)


@contextlib.contextmanager
def in_subprocess(profile: str, switches: Mapping[str, bool]) -> Iterator[Server]:
    """A server in a process of its own, as ``flexprice-mock serve`` runs it."""
    divergences = _switched(profile, switches)
    command = [sys.executable, "-m", "mockserver.cli", "serve", "--port", "0", "--profile", divergences.profile]
    command += ["--log-level", "warning"]
    for name, on in sorted(switches.items()):
        command += ["--divergence", f"{name}={'on' if on else 'off'}"]
    # Variables meant for a server that somebody runs by hand must not reach this one.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLEXPRICE_MOCK_")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=clean)
    assert process.stdout is not None
    try:
        # The greeting is printed once the socket listens; its first line ends with the URL.
        greeting = process.stdout.readline()
        if "http" not in greeting:
            raise RuntimeError(f"the emulator did not start (exit code {process.wait(START_SECONDS)}); see its output")
        yield Server("http" + greeting.rsplit("http", 1)[1].strip(), divergences.profile)
    finally:
        process.terminate()
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def attached(url: str, profile: str, switches: Mapping[str, bool], keys: str = "pytest-*") -> Iterator[Server]:
    """A server somebody else runs. ``pytest.UsageError`` if it is not there, or not as asked for."""
    root = url.rstrip("/").removesuffix("/v1")
    try:
        headers = {"x-api-key": keys.replace("*", _RUN)}
        answer = requests.get(f"{root}/_mock/divergences", headers=headers, timeout=START_SECONDS)
        if answer.status_code == 401:
            raise pytest.UsageError(f"the emulator at {root} does not take keys like {keys}: set flexprice_key")
        if answer.status_code == 403:
            raise pytest.UsageError(f"the emulator at {root} refuses: {answer.json()['error']}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise pytest.UsageError(f"no emulator answers at {root}: {error}") from None
    if profile and profile != found["profile"]:
        raise pytest.UsageError(f"the emulator at {root} has the {found['profile']} profile, not {profile}")
    states = {entry["id"]: entry["on"] for entry in found["divergences"]}
    for name, on in switches.items():
        if states.get(name) is not on:
            raise pytest.UsageError(f"the emulator at {root} does not have {name} {'on' if on else 'off'}")
    yield Server(root, found["profile"], shared=True, keys=keys)
