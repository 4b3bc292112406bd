"""The register of divergences."""

from __future__ import annotations

from docs.generate.markdown import linked
from mockserver.divergences import markdown_table


def table() -> str:
    """The register, its evidence linked."""
    return linked(markdown_table())
