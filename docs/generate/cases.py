"""The contract suite: its cases and its recordings."""

from __future__ import annotations

from collections import Counter

from contracts import loading
from contracts import recordings as recorded_answers
from docs.generate import markdown

_TITLES = {
    "payload": "The documented payloads",
    "scenario": "Scenarios",
    "divergence": "Divergences",
    "error": "Errors",
    "setup": "Steps that others need",
}


def table() -> str:
    """Every case by kind: its file, what it shows, what it rests on."""
    parts = []
    cases = list(loading.load().values())
    for kind, title in _TITLES.items():
        rows = [
            (
                f"[{case.name}](../../contracts/cases/{case.file.name})",
                case.title,
                str(len(case.steps)),
                markdown.linked(case.facts),
            )
            for case in cases
            if case.kind == kind
        ]
        parts.append(
            f"### {title} ({len(rows)})\n\n" + markdown.table(("case", "what it shows", "steps", "rests on"), rows)
        )
    return "\n\n".join(parts)


def recorded() -> str:
    """How many scenarios and exchanges of a real server ship with the suite, by topic."""
    scenarios, exchanges = Counter[str](), Counter[str]()
    for recording in recorded_answers.load():
        scenarios[recording.topic] += 1
        exchanges[recording.topic] += len(recording.steps)
    rows = [(f"`{topic}`", str(scenarios[topic]), str(exchanges[topic])) for topic in sorted(scenarios)]
    rows.append(("all", str(scenarios.total()), str(exchanges.total())))
    return markdown.table(("topic", "scenarios", "exchanges"), rows)
