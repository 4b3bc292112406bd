"""Tables, and the links that citations become."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CITATION = re.compile(r"\bbehaviour/([a-z][a-z0-9-]*)(#[\w-]+)?")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell may hold ``|`` and line breaks."""
    lines = [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(line.replace("|  |", "| |") for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def linked(text: str) -> str:
    """A text whose citations (``behaviour/http#lists``) are links, seen from docs/reference."""
    return _CITATION.sub(lambda found: f"[{found[0]}](../behaviour/{found[1]}.md{found[2] or ''})", text)


def said(docstring: str | None, where: str) -> str:
    """A docstring in one line, double backticks being single ones here; ``ValueError`` if there is none."""
    if not docstring or not docstring.strip():
        raise ValueError(f"{where} has no docstring, and the reference is made from it")
    return " ".join(docstring.split()).replace("``", "`")
