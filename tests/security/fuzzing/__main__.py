"""``python -m tests.security.fuzzing --requests 200000``: the long run, spread over both profiles and the seeds."""

from __future__ import annotations

import sys
import time
from collections import Counter

import click

from mockserver.divergences import PROFILES
from tests.security.fuzzing.running import run
from tests.security.fuzzing.world import world


@click.command()
@click.option("--requests", default=200_000, show_default=True, type=click.IntRange(10), help="In total.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1), help="Seeds 1 to N.")
@click.option("--first-seed", default=1, show_default=True)
@click.option("--show", default=3, show_default=True, help="Findings printed of each kind and route.")
def main(requests: int, seeds: int, first_seed: int, show: int) -> None:
    """Fuzz both profiles; exit 1 if an answer may not be or took too long."""
    bad = 0
    each = -(-requests // (seeds * len(PROFILES)))
    printed: Counter[str] = Counter()
    for profile in PROFILES:
        for seed in range(first_seed, first_seed + seeds):
            began = time.monotonic()
            with world(profile) as emulator:
                result = run(emulator, seed, each)
            took = time.monotonic() - began
            click.echo(
                f"{profile}, seed {seed}: {result.requests:,} requests in {took:.0f} s, {len(result.findings)} wrong, "
                f"{len(result.slow)} slower than 2 s, {result.registered} registered failures, "
                f"slowest {result.slowest[0]:.2f} s ({result.slowest[1]}), "
                f"statuses {dict(sorted(result.statuses.items()))}"
            )
            bad += len(result.findings) + len(result.slow)
            for finding in (*result.findings, *result.slow):
                place = f"{finding.kind} {finding.answer[:60]}"
                printed[place] += 1
                if printed[place] <= show:
                    click.echo(f"  {finding}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
