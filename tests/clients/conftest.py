"""Clients in environments of their own, installed by the tests from the package registries.

Without a registry, Node or Go a test is skipped and says so; the variable ``REQUIRED_CLIENTS`` names those (``python``,
``typescript``, ``go``, separated by blanks) whose absence is a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from mockserver.divergences import PROFILES
from mockserver.testing.environment import Environment
from mockserver.testing.servers import Server, in_process

HERE = Path(__file__).parent
INSTALL_SECONDS, RUN_SECONDS = 600, 300
Installed = Callable[..., Path]


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    with in_process("documented", {}) as documented, in_process("upstream", {}) as upstream:
        yield {"documented": documented, "upstream": upstream}


@pytest.fixture(params=PROFILES)
def environment(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Iterator[Environment]:
    with servers[request.param].environment() as made:
        yield made


def missing(client: str, reason: str) -> NoReturn:
    """Skip, or fail where this client is required."""
    if client in os.environ.get("REQUIRED_CLIENTS", "").split():
        pytest.fail(f"the {client} client is required here: {reason}")
    pytest.skip(reason)


def command(client: str, *arguments: str, cwd: Path, **variables: str) -> str:
    """Run part of an installation; its output. Missing if it does not succeed."""
    if shutil.which(arguments[0]) is None:
        missing(client, f"{arguments[0]} is not installed")
    environment = {**os.environ, **variables}
    done = subprocess.run(
        arguments, cwd=cwd, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        missing(client, f"{' '.join(arguments[:3])} did not succeed, is the registry reachable? {' '.join(last)}")
    return done.stdout


def told(*arguments: str | Path, cwd: Path) -> dict[str, Any]:
    """Run a program that prints one JSON object."""
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="session")
def python_with(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """``python_with("flexprice==2.1.43")``: the interpreter of a virtual environment with these packages."""
    made: dict[tuple[str, ...], Path] = {}

    def install(*packages: str) -> Path:
        if packages not in made:
            folder = tmp_path_factory.mktemp("python")
            command("python", sys.executable, "-m", "venv", ".", cwd=folder)
            interpreter = folder / "bin" / "python"
            command("python", str(interpreter), "-m", "pip", "install", "--quiet", *packages, cwd=folder)
            made[packages] = interpreter
        return made[packages]

    return install


@pytest.fixture(scope="session")
def node_with(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """``node_with(package)``: a folder with the TypeScript program and what its ``package.json`` asks for."""
    made: dict[str, Path] = {}

    def install(package: dict[str, Any]) -> Path:
        text = json.dumps(package)
        if text not in made:
            folder = tmp_path_factory.mktemp("typescript")
            (folder / "package.json").write_text(text)
            shutil.copy(HERE / "typescript" / "program.mjs", folder)
            command("typescript", "npm", "install", "--no-audit", "--no-fund", "--silent", cwd=folder)
            made[text] = folder
        return made[text]

    return install


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built."""
    folder = tmp_path_factory.mktemp("go")
    for file in ("main.go", "go.mod"):
        shutil.copy(HERE / "go" / file, folder)
    command("go", "go", "mod", "tidy", cwd=folder, GOFLAGS="-mod=mod")
    command("go", "go", "build", "-o", "program", ".", cwd=folder)
    return folder / "program"
