"""The checked-in judgements: survivors that are no different program, and those that may stay, each with its reason.

A mutant is addressed by its function and by the changed text, before and after, so that edits elsewhere leave the
judgement standing and an edit of the line itself asks for a new one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """``equivalent``: no test can tell it from the original. ``stays``: one could, and is not worth having."""

    EQUIVALENT = "equivalent"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Change:
    """One mutant by what it changes: lines without their indentation."""

    function: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided about a mutant, and why."""

    verdict: Verdict
    reason: str


def load(path: Path) -> dict[Change, Judgement]:
    """Read the list. Raises ValueError for a mutant that is judged twice or without a reason."""
    result: dict[Change, Judgement] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", []):
        change = Change(entry["function"], entry["before"], entry["after"])
        if change in result or not entry["reason"].strip():
            raise ValueError(f"judged twice or without a reason: {change}")
        result[change] = Judgement(Verdict(entry["verdict"]), entry["reason"])
    return result


def change_of(function: str, diff: str) -> Change:
    """A mutant's change, from its unified diff."""
    lines = diff.splitlines()
    return Change(function, _lines(lines, "-"), _lines(lines, "+"))


def _lines(diff: list[str], sign: str) -> str:
    return "\n".join(line[1:].strip() for line in diff if line.startswith(sign) and not line.startswith(sign * 3))
