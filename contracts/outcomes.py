"""What runs and diffs end with, in one shape: the report is made from it, and it is kept as JSON beside the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .case import Expectation
from .compare import Difference, Kind
from .paths import Absent
from .redaction import redacted
from .runner import DRIFT, KNOWN, PASS, SKIPPED, CaseResult, StepResult

RESULTS = "results.json"

VERDICTS = (PASS, KNOWN, DRIFT, SKIPPED)


@dataclass(slots=True)
class Field:
    """One differing field; values are JSON, or a type's name in angle brackets."""

    path: str
    left: Any
    right: Any


@dataclass(slots=True)
class Exchange:
    """One request with the two answers that are compared."""

    name: str
    request: str
    sent: Any
    left: Any
    right: Any
    fields: list[Field] = field(default_factory=list)
    register: list[str] = field(default_factory=list)
    fact: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.fields and not self.register:
            return DRIFT
        return KNOWN if self.register else PASS


@dataclass(slots=True)
class Outcome:
    """One case, scenario or mutation. ``verdict`` is one of ``VERDICTS``."""

    name: str
    title: str
    kind: str
    facts: str
    verdict: str
    register: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    reason: str = ""


@dataclass(slots=True)
class Report:
    """Everything a run found. ``left`` and ``right`` say whose answers are compared."""

    command: str
    left: str
    right: str
    started: str
    outcomes: list[Outcome] = field(default_factory=list)

    def count(self) -> dict[str, int]:
        """How many outcomes of each verdict."""
        counted = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: counted[verdict] for verdict in VERDICTS}

    def register(self) -> list[str]:
        """The register's entries that were seen."""
        return list(dict.fromkeys(name for outcome in self.outcomes for name in outcome.register))

    @property
    def drifted(self) -> bool:
        return any(outcome.verdict == DRIFT for outcome in self.outcomes)

    def write(self, folder: Path, redact: Callable[[str], str] = lambda text: text) -> Path:
        """Keep it as JSON in a folder; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / RESULTS
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        file.write_text(redact(text) + "\n", encoding="utf-8")
        return file


def read_report(file: Path) -> Report:
    """A report as ``write`` left it."""
    data = json.loads(file.read_text(encoding="utf-8"))
    outcomes = [
        Outcome(
            **{
                **row,
                "exchanges": [
                    Exchange(**{**one, "fields": [Field(**part) for part in one["fields"]]}) for one in row["exchanges"]
                ],
            }
        )
        for row in data.pop("outcomes")
    ]
    return Report(**data, outcomes=outcomes)


def plain(value: Any) -> Any:
    """A value of a difference as JSON can hold it."""
    return repr(value) if isinstance(value, (Absent, Kind)) else value


def fields(differences: Iterable[Difference]) -> list[Field]:
    """Differences as the report keeps them."""
    return [Field(one.path or "(body)", plain(one.expected), plain(one.got)) for one in differences]


def of_case(result: CaseResult) -> Outcome:
    """A played case: what it should have answered on the left, what was answered on the right."""
    case = result.case
    return Outcome(
        case.name,
        case.title,
        case.kind,
        case.facts,
        result.verdict,
        list(result.register),
        [of_step(step) for step in result.steps],
        result.skipped,
    )


def of_step(step: StepResult) -> Exchange:
    """One step of a played case."""
    notes = []
    if step.answer.retries:
        notes.append(f"sent {step.answer.retries + 1} times, the target failed or asked to wait")
    if step.waited:
        notes.append(f"waited {step.waited:.1f} s for usage")
    if step.diagnosis:
        notes.append(step.diagnosis)
    facts = [difference.fact for difference in step.step.server if difference.because in step.register]
    return Exchange(
        step.name,
        f"{step.step.method} {step.path}",
        step.body,
        asserted(step.expected),
        {"status": step.answer.status, "body": redacted(step.answer.body)},
        fields(step.differences),
        # What drifts is not excused by the entry that should have explained it.
        [] if step.differences else list(step.register),
        ", ".join(facts) or step.step.fact,
        "; ".join(notes),
    )


def asserted(expected: Expectation | None) -> Any:
    """An expectation as an answer might look: asserted paths with their values or types."""
    if expected is None:
        return None
    body: dict[str, Any] = {**expected.exact}
    body |= {path: f"<{name}>" for path, name in expected.types.items()}
    body |= dict.fromkeys(expected.absent, "<absent>")
    if expected.code is not None:
        body["code"] = expected.code
    if expected.details is not None:
        body["details (keys)"] = sorted(expected.details)
    statuses = expected.statuses
    return {"status": statuses[0] if len(statuses) == 1 else list(statuses), "asserted": body}
