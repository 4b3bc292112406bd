"""Replay recordings of a real Flexprice against a server and print how many answers are equal, per topic.

    replay_report.py --recordings DIR --tool replay.py --base URL [--floor TOPIC=PERCENT ...] [--out FILE]

"served" counts the steps on the routes this emulator has; a step on a route it does not have is an answer of plain
404 where the real server answered something else. Exits with 1 if a topic's served share is below its floor.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def steps(files: list[Path]) -> int:
    return sum(len(json.loads(file.read_text(encoding="utf-8"))["steps"]) for file in files)


def missing_route(entry: dict[str, object]) -> bool:
    diffs = entry["diffs"]
    assert isinstance(diffs, list)
    return any(name == "status" and real != 404 and here == 404 for name, real, here in diffs) and bool(
        re.search(
            r"/(wallets|coupons|taxes|addons|addon|creditnotes|payments|costs|costsheets|alert|settings)\b",
            str(entry["request"]),
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--tool", type=Path, required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--key-prefix", default="K")
    parser.add_argument("--floor", action="append", default=[])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    floors = {name: float(value) for name, value in (text.split("=") for text in given.floor)}
    failed = False
    everything = []
    print(f"{'topic':<24} {'steps':>6} {'equal':>6} {'share':>7}   {'served':>6} {'share':>7}")
    for topic in sorted(path for path in given.recordings.iterdir() if path.is_dir()):
        files = sorted(topic.glob("*.json"))
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            command = [sys.executable, str(given.tool), "compare", "--clock", "--base", given.base]
            command += ["--key-prefix", given.key_prefix, "--json", report.name, *map(str, files)]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
            differing = json.loads(Path(report.name).read_text(encoding="utf-8"))
        everything += [{"topic": topic.name, **entry} for entry in differing]
        total, unserved = steps(files), sum(missing_route(entry) for entry in differing)
        equal = total - len(differing)
        share, served_share = 100 * equal / total, 100 * equal / max(total - unserved, 1)
        floor = floors.get(topic.name, 0.0)
        below = served_share < floor
        failed = failed or below
        print(
            f"{topic.name:<24} {total:>6} {equal:>6} {share:>6.1f}%   {total - unserved:>6} {served_share:>6.1f}%"
            + (f"   below its floor of {floor}%" if below else "")
        )
    if given.out:
        given.out.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
