"""What the run comes to, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mutation.judged import Change, Judgement, Verdict


class Outcome(StrEnum):
    """How a mutant ended: seen by the fast tests, only by the whole suite, or by none."""

    FAST = "fast"
    WHOLE = "whole"
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant that was run. ``change`` is known of survivors of the fast tests."""

    name: str
    area: str
    outcome: Outcome
    change: Change | None = None


def _judgement(result: Result, judged: Mapping[Change, Judgement]) -> Judgement | None:
    return judged.get(result.change) if result.change and result.outcome is Outcome.SURVIVED else None


def _row(name: str, results: Sequence[Result], judged: Mapping[Change, Judgement]) -> str:
    ended = Counter(result.outcome for result in results)
    verdicts = Counter(found.verdict for result in results if (found := _judgement(result, judged)))
    killed = ended[Outcome.FAST] + ended[Outcome.WHOLE]
    counted = len(results) - verdicts[Verdict.EQUIVALENT]
    score = f"{100 * killed / counted:.1f} %" if counted else "-"
    numbers = (len(results), ended[Outcome.FAST], ended[Outcome.WHOLE], ended[Outcome.SURVIVED], *verdicts_of(verdicts))
    return f"{name:<18}" + "".join(f"{number:>12}" for number in numbers) + f"{score:>10}"


def verdicts_of(verdicts: Counter[Verdict]) -> tuple[int, int]:
    """How many are equivalent, and how many may stay."""
    return verdicts[Verdict.EQUIVALENT], verdicts[Verdict.STAYS]


def table(results: Sequence[Result], judged: Mapping[Change, Judgement]) -> str:
    """One row for each area and one for all. The score is killed / (run - equivalent)."""
    heads = ("run", "fast tests", "whole suite", "survived", "equivalent", "may stay")
    lines = [f"{'area':<18}" + "".join(f"{head:>12}" for head in heads) + f"{'score':>10}"]
    for area in dict.fromkeys(result.area for result in results):
        lines.append(_row(area, [result for result in results if result.area == area], judged))
    return "\n".join([*lines, _row("all", results, judged)])


def unjudged(results: Sequence[Result], judged: Mapping[Change, Judgement]) -> list[Change]:
    """The survivors nobody has decided about."""
    return [r.change for r in results if r.outcome is Outcome.SURVIVED and r.change and r.change not in judged]


def outdated(results: Sequence[Result], judged: Mapping[Change, Judgement]) -> list[Change]:
    """Judged mutants that were run and died: their judgement was wrong, or is no longer needed."""
    return [r.change for r in results if r.change in judged and r.outcome is not Outcome.SURVIVED if r.change]
