"""Running Schemathesis as a program of its own, with this project's settings for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from .links import linked

CONFIG = Path(__file__).parent / "schemathesis.toml"
HOOKS = "contracts.properties.known_failures"
SEED = 20260414
_WRITING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried. ``examples`` is per operation; the coverage phase is long and left to long runs."""

    examples: int
    phases: tuple[str, ...]
    seed: int = SEED


SHORT = Budget(3, ("examples", "fuzzing"))
LONG = Budget(50, ("examples", "coverage", "fuzzing"))
_LINKED = ("stateful",)


def command(
    openapi: str,
    *,
    base_url: str = "",
    key: str = "",
    environment: str = "",
    budget: Budget = SHORT,
    read_only: bool = True,
    rate: float = 0,
    junit: Path | None = None,
    more: Sequence[str] = (),
) -> list[str]:
    """The command line. ``openapi`` is a URL or a file; a file needs a ``base_url``. Read-only runs leave out every
    operation that is not a GET."""
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", openapi]
    words += ["--seed", str(budget.seed), "--max-examples", str(budget.examples)]
    words += ["--phases", ",".join(budget.phases), "--generation-database", "none", "--no-color", "--workers", "1"]
    words += ["--suppress-health-check", "all", "--exclude-path-regex", "^/_mock"]
    if base_url:
        words += ["--url", base_url]
    if key:
        words += ["--header", f"x-api-key: {key}"]
    if environment:
        words += ["--header", f"X-Environment-ID: {environment}"]
    if read_only:
        # Excluding is sure; what several including options select adds up.
        for method in _WRITING:
            words += ["--exclude-method", method]
    if rate:
        words += ["--rate-limit", f"{max(int(rate), 1)}/s"]
    if junit:
        words += ["--report-junit-path", str(junit)]
    return [*words, *more]


def run(words: Sequence[str], key: str = "") -> tuple[int, str]:
    """Run it to the end: the exit code (0: no failure) and what it printed, without the key."""
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    text = done.stdout + done.stderr
    return done.returncode, text.replace(key, "<key>") if key else text


def run_own(base: str, key: str, budget: Budget, junit: Path | None = None) -> tuple[int, str]:
    """The emulator at ``base`` against its own document: every operation by itself, then creates followed along links
    to read, update, delete and list."""
    code, text = run(command(f"{base}/openapi.json", key=key, budget=budget, read_only=False, junit=junit), key)
    document, paths = linked(requests.get(f"{base}/openapi.json", timeout=60).json())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "linked.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        along = Budget(budget.examples, _LINKED, budget.seed)
        chosen = [word for path in paths for word in ("--include-path", path)]
        words = command(str(file), base_url=base, key=key, budget=along, read_only=False, more=chosen)
        linked_code, linked_text = run(words, key)
    return code or linked_code, text + linked_text
