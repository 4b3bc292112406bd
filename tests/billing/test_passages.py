"""The table of kinds and steps in the billing package's README is the one the code follows."""

from __future__ import annotations

from pathlib import Path

import mockserver.billing
from mockserver.billing.passages import PASSAGES, Kind, Step

NONE = "\N{EN DASH}"
README = Path(mockserver.billing.__file__).with_name("README.md")


def rows() -> dict[str, tuple[str, str]]:
    """Kind, and the steps when computed and when sealed, as the README's first table prints them."""
    lines = [line.strip("| ").split(" | ") for line in README.read_text().splitlines() if line.startswith("|")]
    first = next(index for index, cells in enumerate(lines) if cells[0] == "module")
    return {cells[0]: (cells[2], cells[3]) for cells in lines[2:first]}


def printed(steps: tuple[Step, ...]) -> str:
    return ", ".join(step.value for step in steps) or NONE


def test_the_readme_shows_what_each_kind_passes() -> None:
    assert rows() == {kind.value: (printed(p.computed), printed(p.sealed)) for kind, p in PASSAGES.items()}


def test_every_kind_has_a_passage_in_the_order_of_the_steps() -> None:
    assert set(PASSAGES) == set(Kind)
    order = list(Step)
    for passage in PASSAGES.values():
        for steps in (passage.computed, passage.sealed):
            assert list(steps) == sorted(steps, key=order.index)
