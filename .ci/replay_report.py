"""Replay recordings of a real Flexprice against a server and print how many answers are equal, per topic.

    replay_report.py --recordings DIR --tool replay.py --base URL [--floor PERCENT] [--out FILE]

Exits with 1 if a topic's share is below the floor.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def steps(files: list[Path]) -> int:
    """How many exchanges the recordings hold."""
    return sum(len(json.loads(file.read_text(encoding="utf-8"))["steps"]) for file in files)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--tool", type=Path, required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--key-prefix", default="K")
    parser.add_argument("--floor", type=float, default=0.0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    below: list[str] = []
    everything = []
    print(f"{'topic':<24} {'exchanges':>9} {'equal':>6} {'share':>7}")
    for topic in sorted({file.parent for file in given.recordings.glob("*/*.json")}):
        files = sorted(topic.glob("*.json"))
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            command = [sys.executable, str(given.tool), "compare", "--clock", "--base", given.base]
            command += ["--key-prefix", given.key_prefix, "--json", report.name, *map(str, files)]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
            differing = json.loads(Path(report.name).read_text(encoding="utf-8"))
        everything += [{"topic": topic.name, **entry} for entry in differing]
        total = steps(files)
        share = 100 * (total - len(differing)) / total
        print(f"{topic.name:<24} {total:>9} {total - len(differing):>6} {share:>6.1f}%")
        if share < given.floor:
            below.append(topic.name)
    for entry in everything:
        print(f"  differs: {entry['topic']}/{entry['scenario']}/{entry['step']} {entry['request'][:90]}")
    if given.out:
        given.out.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    if below:
        print(f"below {given.floor} %: {', '.join(below)}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
