"""A test per case, a test per payload's mutations and, when asked for, a test per recording of a real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from . import loading, recordings, runner
from .case import Case
from .negative import play as play_mutations
from .negative.mutations import subjects
from .outcomes import Outcome
from .recordings import Recording
from .runner import DRIFT, SKIPPED, Patience
from .targets import Target

CASES = loading.load()
OPEN = recordings.open_steps()

Record = Callable[[str, object], None]


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.kind != "setup"], ids=lambda case: case.name)
def test_case(target: Target, case: Case, patience: Patience, record_property: Record) -> None:
    result = runner.play(target, case, CASES, patience)
    record_property("verdict", result.verdict)
    for name in result.register:
        record_property("divergence", name)
    if result.verdict == SKIPPED:
        pytest.skip(result.skipped)  # the case's own `skip`, with its reason: it cannot be asked of this target
    assert result.verdict != DRIFT, "\n".join(result.problems())


@pytest.mark.parametrize("number", [subject.payload.file[:2] for subject in subjects()])
def test_mutations(target: Target, number: str, record_property: Record) -> None:
    outcomes = list(play_mutations(target, number))
    record_property("mutations", sum(len(outcome.exchanges) for outcome in outcomes))
    assert not _drifts(outcomes)


def test_recording(recorded_target: Target, recording: Recording, record_property: Record) -> None:
    outcome = recordings.outcome(recording, recordings.replay(recorded_target, recording), recorded_target, OPEN)
    record_property("answers", len(outcome.exchanges))
    record_property("open", sum("open" in exchange.register for exchange in outcome.exchanges))
    assert not _drifts([outcome])


def _drifts(outcomes: list[Outcome]) -> list[str]:
    return [
        f"{exchange.name}: {exchange.request}: {field.path}: expected {field.left}, got {field.right}"
        for outcome in outcomes
        for exchange in outcome.exchanges
        if exchange.verdict == DRIFT
        for field in exchange.fields
    ]
