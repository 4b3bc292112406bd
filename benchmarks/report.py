"""What was measured, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement against its target. ``met`` is None where there is no target."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """One cost at two sizes."""

    what: str
    small: str
    large: str
    factor: float


@dataclass(slots=True)
class Report:
    """Everything of one run."""

    rows: list[Row] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)

    def at_least(self, what: str, ratio: float, target: float, detail: str) -> None:
        """A share of a baseline."""
        self.rows.append(Row(what, f"{ratio:.2f} ({detail})", f"at least {target}", ratio >= target))

    def below(self, what: str, value: float, target: float, unit: str, detail: str = "") -> None:
        """A cost with a ceiling."""
        measured = f"{value:.{1 if value >= 1 else 2}f} {unit}" + (f" ({detail})" if detail else "")
        self.rows.append(Row(what, measured, f"below {target:g} {unit}", value < target))

    def note(self, what: str, measured: str) -> None:
        """Something without a target."""
        self.rows.append(Row(what, measured))

    def grew(self, what: str, sizes: tuple[str, str], values: tuple[float, float], target: float | None = None) -> None:
        """A cost in milliseconds at two sizes; with ``target`` a row of its own says whether it grew too much."""
        factor = values[1] / values[0]
        labels = [f"{value:.1f} ms at {size}" for value, size in zip(values, sizes, strict=True)]
        self.growth.append(Growth(what, labels[0], labels[1], factor))
        if target is not None:
            self.rows.append(
                Row(
                    f"{what}: {sizes[1]} against {sizes[0]}",
                    f"{factor:.2f} times",
                    f"at most {target}",
                    factor <= target,
                )
            )

    def text(self, *, markdown: bool) -> str:
        """Both tables."""
        words = {True: "yes", False: "NO", None: ""}
        main = [(row.what, row.measured, row.target, words[row.met]) for row in self.rows]
        growth = [(row.what, row.small, row.large, f"{row.factor:.2f}") for row in self.growth]
        tables = (
            _table(("what", "measured", "target", "met"), main, markdown=markdown),
            _table(("cost", "small", "large", "factor"), growth, markdown=markdown),
        )
        return "\n\n".join(tables)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in (head, rule, *rows)]
    if markdown:
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in lines)
