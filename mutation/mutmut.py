"""Talking to mutmut, in its folder ``mutants``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path("mutants")
_TOOL = str(Path(sys.executable).with_name("mutmut"))


def run(names: Sequence[str], jobs: int) -> None:
    """Run these mutants, each against the tests that call its function, the fastest first. Raises
    CalledProcessError where the tests fail without any mutant."""
    subprocess.run([_TOOL, "run", "--max-children", str(jobs), *names], check=True, stdout=subprocess.DEVNULL)


def statuses() -> dict[str, str]:
    """What became of every mutant there is: ``killed``, ``timeout``, ``survived``, ``no tests``, ``not checked``..."""
    printed = subprocess.run([_TOOL, "results", "--all", "true"], check=True, capture_output=True, text=True).stdout
    return dict(line.strip().split(": ", 1) for line in printed.splitlines() if ": " in line)


def diff(name: str) -> str:
    """The mutant's unified diff."""
    return subprocess.run([_TOOL, "show", name], check=True, capture_output=True, text=True).stdout


def dies_of(name: str, tests: Sequence[str]) -> bool:
    """Whether a test of the whole suite fails for this mutant."""
    environment = {**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": "."}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "mutation.depth", "--hypothesis-seed=0", *tests]
    ended = subprocess.run(command, cwd=FOLDER, env=environment, stdout=subprocess.DEVNULL)
    if ended.returncode not in (0, 1):
        raise RuntimeError(f"pytest could not run: it ended with {ended.returncode}")
    return ended.returncode == 1
