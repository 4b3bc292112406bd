"""Two targets, the same requests, answer by answer."""

from __future__ import annotations

from datetime import timedelta

from .compare import Difference, answers
from .normalise import parse_time
from .outcomes import Exchange, Outcome, fields
from .redaction import redacted
from .runner import DRIFT, KNOWN, PASS, SKIPPED, CaseResult, StepResult
from .targets import Target

_LONGEST_SLIP = timedelta(days=3)


def compare(left: CaseResult, right: CaseResult, sides: tuple[Target, Target]) -> Outcome:
    """One case played on two targets. A difference is known where the step declares the register's entry for it and
    the two targets stand on different sides of that entry."""
    case = left.case
    outcome = Outcome(case.name, case.title, case.kind, case.facts, PASS)
    if left.skipped or right.skipped:
        outcome.verdict, outcome.reason = SKIPPED, left.skipped or right.skipped
        return outcome
    for one, other in zip(left.steps, right.steps, strict=False):
        outcome.exchanges.append(_exchange(one, other, sides))
    if len(left.steps) != len(right.steps):
        shorter, longer = sorted((left, right), key=lambda result: len(result.steps))
        step = longer.steps[len(shorter.steps)]
        sent = f"{step.step.method} {step.path}"
        exchange = Exchange(step.name, sent, step.body, None, None)
        exchange.fields = fields([Difference("(request)", "played", "not reached")])
        if longer is left:
            exchange.left = _side(step)
        else:
            exchange.right = _side(step)
        outcome.exchanges.append(exchange)
    verdicts = {exchange.verdict for exchange in outcome.exchanges}
    outcome.verdict = DRIFT if DRIFT in verdicts else KNOWN if KNOWN in verdicts else PASS
    outcome.register = list(dict.fromkeys(name for one in outcome.exchanges for name in one.register))
    return outcome


def _exchange(one: StepResult, other: StepResult, sides: tuple[Target, Target]) -> Exchange:
    step = one.step
    apart = [entry for entry in step.server if sides[0].on(entry.because) != sides[1].on(entry.because)]
    differences = answers(
        (one.answer.status, one.normal), (other.answer.status, other.normal), step.loose, step.unordered
    )
    if sides[0].kind != sides[1].kind:
        differences = [one for one in differences if not _month_s_length(one)]
    note = ""
    if apart and not differences:
        random = [entry for entry in apart if len(entry.change.statuses) > 1]
        apart = random
        if random:
            note = f"one of {', '.join(map(str, random[0].change.statuses))}, at random: equal this time"
    return Exchange(
        one.name,
        f"{step.method} {one.path}",
        one.body,
        _side(one),
        _side(other),
        fields(differences),
        [entry.because for entry in apart],
        ", ".join(entry.fact for entry in apart) or step.fact,
        note,
    )


def _month_s_length(difference: Difference) -> bool:
    """Dates are moved on real targets, by days, and a month there is not as long: its end may be off by three days."""
    try:
        left, right = (parse_time(value) for value in (difference.expected, difference.got))
    except (TypeError, ValueError):
        return False
    return abs(left - right) <= _LONGEST_SLIP


def _side(step: StepResult) -> dict[str, object]:
    return {"status": step.answer.status, "body": redacted(step.normal)}
