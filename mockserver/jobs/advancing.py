"""Letting time pass in an environment, one thing after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mockserver.billing import ledger, pipeline
from mockserver.credits.grants.applying import apply_due
from mockserver.divergences import Divergences
from mockserver.errors import ApiError
from mockserver.jobs import agenda
from mockserver.jobs.agenda import Due, Kind
from mockserver.jobs.closing import close_period
from mockserver.metering import waiting
from mockserver.store.records.credit_grants import GrantApplication
from mockserver.store.records.invoices import Invoice
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.transaction import Transaction
from mockserver.subscriptions.modifications import trials
from mockserver.times import format_time
from mockserver.work import Caller, Work

MAX_PERIODS = 1000


class TooManyPeriods(Exception):
    """More periods would end than are closed at once."""

    def __init__(self, at: datetime) -> None:
        super().__init__(
            f"more than {MAX_PERIODS} billing periods would end on the way; advance in smaller steps, the first one at"
            f" most to {format_time(at)}"
        )


@dataclass(slots=True)
class Passed:
    """What happened while time passed, in numbers; ``failed`` tells what a job on the real server would have logged."""

    periods: int = 0
    invoices: int = 0
    skipped: int = 0
    finalized: int = 0
    trials_ended: int = 0
    cancelled: int = 0
    plan_changes: int = 0
    failed: list[dict[str, Any]] = field(default_factory=list)


def advance(tx: Transaction, caller: Caller, divergences: Divergences, now: datetime, until: datetime) -> Passed:
    """Do all that becomes due up to and including ``until``, each thing at its own time, or at ``now`` if that is
    later: the clock may have been set past it.

    What fails is undone, told, and left for the next time. ``TooManyPeriods`` beyond ``MAX_PERIODS``.
    """
    passed, given_up = Passed(), set[tuple[Kind, str]]()
    while (due := agenda.next_due(tx, until, given_up)) is not None:
        at = max(due.moment, now)
        waiting.release(tx, at)
        work = Work(tx, caller, at, divergences)
        try:
            with tx.attempt():
                _do(work, due, passed)
        except ApiError as error:
            given_up.add(due.key)
            passed.failed.append(
                {"what": due.kind, "id": due.subject.id, "at": format_time(at), "error": error.message}
            )
        if passed.periods > MAX_PERIODS:
            raise TooManyPeriods(due.moment)
        if due.kind is Kind.GRANT:
            # Given, or waiting for a subscription that is not running.
            given_up.add(due.key)
    waiting.release(tx, until)
    return passed


def _do(work: Work, due: Due, passed: Passed) -> None:
    subject = due.subject
    if isinstance(subject, GrantApplication):
        subscription = work.tx.load(Subscription, subject.subscription_id)
        if subscription is not None:
            apply_due(work, subscription)
    elif isinstance(subject, Invoice):
        pipeline.seal(work, ledger.lines_of(work, [subject])[0])
        passed.finalized += 1
    elif due.kind is Kind.TRIAL:
        trials.end_trial(work, subject)
        passed.trials_ended += 1
    else:
        closed = close_period(work, subject)
        passed.periods += 1
        passed.cancelled += closed.cancelled
        passed.plan_changes += bool(closed.plan_change)
        if closed.invoice is not None:
            passed.skipped += closed.invoice.is_skipped
            passed.invoices += not closed.invoice.is_skipped
