"""What time brings next: the earliest trial end, period end, credit grant or finalization that is due."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mockserver.credits.grants.applying import PENDING
from mockserver.store.query import Compare, Condition, Eq, In, IsNull, Order
from mockserver.store.records.credit_grants import GrantApplication
from mockserver.store.records.invoices import Invoice
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.transaction import Transaction
from mockserver.vocabulary import BillingReason, InvoiceStatus, SubscriptionStatus, SubscriptionType


class Kind(StrEnum):
    """What may become due."""

    TRIAL = "trial"
    PERIOD = "period"
    GRANT = "grant"
    FINALIZE = "finalize"


FINALIZATION_DELAY = timedelta(seconds=7200)
"""From when an invoice was last computed; the real server's default
(behaviour/invoices-and-wallets#when-invoices-come)."""
_BILLED = (SubscriptionType.STANDALONE, SubscriptionType.PARENT)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due at a moment; ``subject`` is a subscription, a grant's application or an invoice."""

    kind: Kind
    moment: datetime
    subject: Subscription | GrantApplication | Invoice

    @property
    def key(self) -> tuple[Kind, str]:
        return self.kind, self.subject.id


def next_due(tx: Transaction, until: datetime, given_up: Collection[tuple[Kind, str]]) -> Due | None:
    """The earliest thing due at or before ``until``; of several at one moment a trial or a period ends first, then
    credits are given, then invoices finalized. ``given_up`` are the keys of things that failed."""

    def others(kind: Kind) -> list[Condition]:
        ids = [entity_id for known, entity_id in given_up if known == kind]
        return [Eq("status", "published"), *([In("id", ids, negated=True)] if ids else [])]

    # What the API shows as the current period of a subscription in trial is the trial.
    by_end = (Order("current_period_end"), Order("created_at"))
    trial = tx.one(
        Subscription,
        *others(Kind.TRIAL),
        Eq("subscription_status", SubscriptionStatus.TRIALING),
        Compare("subscription_type", "!=", SubscriptionType.INHERITED),
        IsNull("trial_start", negated=True),
        IsNull("trial_end", negated=True),
        Compare("current_period_end", "<=", until),
        order=by_end,
    )
    period = tx.one(
        Subscription,
        *others(Kind.PERIOD),
        Eq("subscription_status", SubscriptionStatus.ACTIVE),
        In("subscription_type", _BILLED),
        Compare("current_period_end", "<=", until),
        order=by_end,
    )
    grant = tx.one(
        GrantApplication,
        *others(Kind.GRANT),
        Eq("application_status", PENDING),
        Compare("scheduled_for", "<=", until),
        order=(Order("scheduled_for"), Order("created_at")),
    )
    found: list[Due] = []
    if trial is not None:
        found.append(Due(Kind.TRIAL, trial.current_period_end, trial))
    if period is not None:
        found.append(Due(Kind.PERIOD, period.current_period_end, period))
    if grant is not None:
        found.append(Due(Kind.GRANT, grant.scheduled_for, grant))
    draft = _draft(tx, until - FINALIZATION_DELAY, others(Kind.FINALIZE))
    if draft is not None and draft.last_computed_at is not None:
        found.append(Due(Kind.FINALIZE, draft.last_computed_at + FINALIZATION_DELAY, draft))
    return min(found, key=lambda due: due.moment, default=None)


def _draft(tx: Transaction, computed_until: datetime, others: list[Condition]) -> Invoice | None:
    """The draft computed first, but for those of a cycle whose period had not ended then."""
    where = (
        *others,
        Eq("invoice_status", InvoiceStatus.DRAFT),
        IsNull("last_computed_at", negated=True),
        Compare("last_computed_at", "<=", computed_until),
    )
    order = (Order("last_computed_at"), Order("created_at"))
    early: list[str] = []
    while True:
        draft = tx.one(Invoice, *where, *([In("id", early, negated=True)] if early else []), order=order)
        if draft is None or not _is_early(draft):
            return draft
        early.append(draft.id)


def _is_early(draft: Invoice) -> bool:
    """Whether a cycle's draft was computed before its period had ended."""
    computed, end = draft.last_computed_at, draft.period_end
    is_cycle = draft.billing_reason is BillingReason.CYCLE
    return is_cycle and computed is not None and end is not None and computed < end
