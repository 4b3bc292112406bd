"""Pages and their blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.generate import cases, catalogue, commands, controls, coverage, fixture, reasons, register

PAGES = Path(__file__).parents[1] / "reference"

BLOCKS: Mapping[str, Callable[[], str]] = {
    "options of serve": commands.serve,
    "other commands": commands.others,
    "environment variables": commands.variables,
    "control routes": controls.routes,
    "divergences": register.table,
    "catalogue entries": catalogue.entries,
    "shipped catalogues": catalogue.shipped,
    "environment": fixture.environment,
    "clock": fixture.clock,
    "explanation": fixture.explanation,
    "settings": fixture.settings,
    "reasons": reasons.table,
    "cases": cases.table,
    "recordings": cases.recorded,
    "coverage": coverage.served,
    "not emulated": coverage.missing,
}
"""What makes the block of each name."""

_BLOCK = re.compile(r"(?<=<!-- from code: )(?P<name>[^>]*)( -->\n).*?(?=<!-- /from code -->)", re.S)


def names(text: str) -> list[str]:
    """The names of a page's blocks, in its order."""
    return [found["name"] for found in _BLOCK.finditer(text)]


def filled(text: str) -> str:
    """A page with its blocks made anew; ``KeyError`` for a block that nothing makes."""
    return _BLOCK.sub(lambda found: f"{found['name']} -->\n{BLOCKS[found['name']]().strip()}\n", text)
