"""Running Schemathesis as a program of its own, with this project's settings for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path(__file__).parent / "schemathesis.toml"
SEED = 20260414
_WRITING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried. ``examples`` is per operation; the coverage phase is long and left to long runs."""

    examples: int
    phases: tuple[str, ...]
    seed: int = SEED


SHORT = Budget(3, ("examples", "fuzzing", "stateful"))
LONG = Budget(50, ("examples", "coverage", "fuzzing", "stateful"))


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
    operation that is not a GET, and with them the stateful links."""
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", openapi]
    words += ["--seed", str(budget.seed), "--max-examples", str(budget.examples)]
    phases = [phase for phase in budget.phases if not (read_only and phase == "stateful")]
    words += ["--phases", ",".join(phases), "--generation-database", "none", "--no-color", "--workers", "1"]
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
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    return done.returncode, text.replace(key, "<key>") if key else text
