"""The reasons why nobody pays for an event."""

from __future__ import annotations

from docs.generate import markdown
from mockserver.rating.explanation import REASONS


def table() -> str:
    """Word and sentence, the farthest from a bill first."""
    return markdown.table(("reason", "meaning"), [(f"`{reason}`", reason.sentence) for reason in REASONS])
