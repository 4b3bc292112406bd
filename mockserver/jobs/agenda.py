"""What time brings next: the earliest trial end, period end, credit grant or finalization that is due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from mockserver.billing.ledger import CYCLE, DRAFT
from mockserver.credits.grants.applying import PENDING
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Condition, Eq, In, IsNull, Order
from mockserver.store.tables.invoices import INVOICES
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.store.tables.wallets import CREDIT_GRANT_APPLICATIONS
from mockserver.store.transaction import Transaction

TRIAL, PERIOD, GRANT, FINALIZE = "trial", "period", "grant", "finalize"
FINALIZATION_DELAY = timedelta(seconds=7200)
"""From when an invoice was last computed; the real server's default (facts/06 §13)."""
_BILLED = ("standalone", "parent")


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due at a moment; ``row`` is a subscription, a grant's application or an invoice."""

    kind: str
    moment: datetime
    row: Row

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.row["id"]


def next_due(tx: Transaction, until: datetime, given_up: Collection[tuple[str, str]]) -> Due | None:
    """The earliest thing due at or before ``until``; of several at one moment a trial or a period ends first, then
    credits are given, then invoices finalized. ``given_up`` are the keys of things that failed."""

    def others(kind: str) -> list[Condition]:
        ids = [entity_id for known, entity_id in given_up if known == kind]
        return [Eq("status", "published"), *([In("id", ids, negated=True)] if ids else [])]

    # What the API shows as the current period of a subscription in trial is the trial.
    by_end = (Order("current_period_end"), Order("created_at"))
    trial = tx.first(
        SUBSCRIPTIONS,
        *others(TRIAL),
        Eq("subscription_status", "trialing"),
        Compare("subscription_type", "!=", "inherited"),
        IsNull("trial_start", negated=True),
        IsNull("trial_end", negated=True),
        Compare("current_period_end", "<=", until),
        order=by_end,
    )
    period = tx.first(
        SUBSCRIPTIONS,
        *others(PERIOD),
        Eq("subscription_status", "active"),
        In("subscription_type", _BILLED),
        Compare("current_period_end", "<=", until),
        order=by_end,
    )
    grant = tx.first(
        CREDIT_GRANT_APPLICATIONS,
        *others(GRANT),
        Eq("application_status", PENDING),
        Compare("scheduled_for", "<=", until),
        order=(Order("scheduled_for"), Order("created_at")),
    )
    found = [
        Due(kind, row[column], row)
        for kind, row, column in (
            (TRIAL, trial, "current_period_end"),
            (PERIOD, period, "current_period_end"),
            (GRANT, grant, "scheduled_for"),
        )
        if row is not None
    ]
    draft = _draft(tx, until - FINALIZATION_DELAY, others(FINALIZE))
    if draft is not None:
        found.append(Due(FINALIZE, draft["last_computed_at"] + FINALIZATION_DELAY, draft))
    return min(found, key=lambda due: due.moment, default=None)


def _draft(tx: Transaction, computed_until: datetime, others: list[Condition]) -> Row | None:
    """The draft computed first, but for those of a cycle whose period had not ended then."""
    where = (
        *others,
        Eq("invoice_status", DRAFT),
        IsNull("last_computed_at", negated=True),
        Compare("last_computed_at", "<=", computed_until),
    )
    order = (Order("last_computed_at"), Order("created_at"))
    early: list[str] = []
    while True:
        row = tx.first(INVOICES, *where, *([In("id", early, negated=True)] if early else []), order=order)
        if row is None or row["billing_reason"] != CYCLE or row["last_computed_at"] >= row["period_end"]:
            return row
        early.append(row["id"])
