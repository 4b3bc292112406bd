"""Playing a case on a target: its needs first, then its steps, each judged against the side the target is on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import provisioning
from .case import Case, Expectation, Step
from .compare import Difference, against
from .connection import Answer
from .loading import with_needs
from .paths import ABSENT, find
from .placeholders import fill
from .targets import Target, World, normaliser

PASS, KNOWN, DRIFT, SKIPPED = "pass", "known divergence", "drift", "skipped"

_ACCEPTED = 202
_SERVER_ERROR, _FAILURES = 500, 2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for usage to appear (seconds), and who hears about it."""

    limit: float = 60.0
    progress: Callable[[str], None] = lambda text: None
    sleep: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class StepResult:
    """One request, its answer and the verdict on it."""

    case: str
    step: Step
    path: str
    body: Any
    answer: Answer
    normal: Any
    """The answer's body, normalised."""
    expected: Expectation | None
    register: tuple[str, ...]
    differences: list[Difference]
    waited: float = 0.0
    diagnosis: str = ""

    @property
    def name(self) -> str:
        return f"{self.case}/{self.step.id}"

    @property
    def verdict(self) -> str:
        return DRIFT if self.differences else KNOWN if self.register else PASS


@dataclass(slots=True)
class CaseResult:
    """A case as one target played it."""

    case: Case
    steps: list[StepResult] = field(default_factory=list)
    skipped: str = ""
    began: str = ""
    """The target's time at the start, in the case's dates."""

    @property
    def verdict(self) -> str:
        if self.skipped:
            return SKIPPED
        verdicts = {step.verdict for step in self.steps}
        return next((one for one in (DRIFT, KNOWN) if one in verdicts), PASS)

    @property
    def register(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for step in self.steps for name in step.register))

    def problems(self) -> list[str]:
        """Every difference in words."""
        texts = []
        for step in self.steps:
            for difference in step.differences:
                texts.append(f"{step.name}: {step.step.method} {step.path}: {difference}")
            if step.differences and step.diagnosis:
                texts.append(f"{step.name}: {step.diagnosis}")
        return texts


def side(target: Target, step: Step) -> tuple[Expectation | None, tuple[str, ...]]:
    """What a target of this kind answers to a step, and the register's entries that make it differ from what the
    documents promise."""
    expected, register = step.documents, []
    for difference in step.server:
        if expected is not None and target.on(difference.because):
            expected = expected.changed(difference.change)
            register.append(difference.because)
    return expected, tuple(register)


def play(target: Target, case: Case, cases: dict[str, Case], patience: Patience | None = None) -> CaseResult:
    """A case in a fresh world. Ends early at a step whose failure leaves nothing to go on with."""
    result = CaseResult(case)
    if case.only and case.only != target.kind:
        result.skipped = f"this case can only be played on {case.only}"
        return result
    world = target.world(case.name, case.clock)
    result.began = world.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    sent: list[tuple[str, str]] = []
    for part in with_needs(case, cases):
        for meter in part.meters:
            provisioning.provide(world, meter)
        for step in part.steps:
            played = _play(target, world, part, step, patience or Patience(), sent)
            result.steps.append(played)
            if played.differences and any(name not in world.names for name in step.capture):
                return result
    return result


def _play(
    target: Target, world: World, case: Case, step: Step, patience: Patience, sent: list[tuple[str, str]]
) -> StepResult:
    expected, register = side(target, step)
    path, body = fill(step.path, world.names), fill(step.body, world.names)
    raw = None if step.raw is None else str(fill(step.raw, world.names))
    filled = None if expected is None else _filled(expected, world.names)
    started = time.monotonic()
    pause, failures = _FIRST_PAUSE, 0
    while True:
        answer = world.send(
            step.method, path, body=body, raw=raw, headers=fill(step.headers, world.names) or None,
            expected=step.statuses(),
        )  # fmt: skip
        differences = [] if filled is None else against(filled, answer.status, answer.body)
        waited = time.monotonic() - started
        if differences and world.eventual and answer.status >= _SERVER_ERROR and failures < _FAILURES:
            # A 500 is what the case expects here, and yet not this one: the server may just have stumbled.
            failures += 1
            patience.sleep(pause)
            continue
        if not (step.eventually and world.eventual and differences) or waited >= patience.limit:
            break
        patience.progress(f"{case.name}/{step.id}: waiting for usage, {waited:.0f} s of {patience.limit:.0f}")
        patience.sleep(min(pause, max(patience.limit - waited, 0)))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    for name, place in step.capture.items():
        value = find(answer.body, place)
        if value is not ABSENT and value is not None:
            world.names[name] = value
    if answer.status == _ACCEPTED and isinstance(body, dict):
        sent.extend(_events(body, answer.body))
    normal = normaliser(world)(answer.body)
    played = StepResult(case.name, step, path, body, answer, normal, filled, register, differences)
    played.waited = waited if world.eventual and step.eventually else 0.0
    if differences and step.eventually and world.eventual:
        played.diagnosis = _diagnose(world, sent, played.waited)
    return played


def _filled(expected: Expectation, names: dict[str, Any]) -> Expectation:
    return Expectation(
        expected.statuses,
        expected.code,
        fill(expected.exact, names),
        {fill(path, names): name for path, name in expected.types.items()},
        tuple(fill(path, names) for path in expected.absent),
        expected.details,
    )


def _events(body: dict[str, Any], answer: Any) -> list[tuple[str, str]]:
    rows = body.get("events", [body])
    found = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            event_id = row.get("event_id") or (find(answer, "event_id") if row is body else None)
            if isinstance(event_id, str):
                found.append((str(row.get("external_customer_id", "")), event_id))
    return found


def _diagnose(world: World, sent: list[tuple[str, str]], waited: float) -> str:
    """What is known about usage that never came: which accepted events the target does not even list."""
    missing = []
    for customer, event_id in sent:
        question = {
            "external_customer_id": customer,
            "event_id": event_id,
            "start_time": "2000-01-01T00:00:00Z",
            "end_time": "2099-01-01T00:00:00Z",
        }
        answer = world.send("POST", "/v1/events/query", body=question)
        if answer.status == 200 and find(answer.body, "events.0.id") is ABSENT:
            missing.append(event_id)
    if missing:
        return f"waited {waited:.0f} s; accepted with 202 and never listed: {', '.join(missing)}"
    return f"waited {waited:.0f} s; every event is listed, its usage did not become the expected one"
