"""A billing period ends: its invoice is drafted and computed, and the next one begins, or the subscription ends
(behaviour/invoices-and-wallets#when-invoices-come, behaviour/subscriptions#cancelling)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mockserver.billing import ledger, lines, pipeline
from mockserver.billing.assembling import Scope, bill_of, grouped
from mockserver.billing.items import inheriting
from mockserver.billing.ledger import LinedInvoice
from mockserver.jobs import plan_changes
from mockserver.rating.periods import Period
from mockserver.store.query import Compare, Eq
from mockserver.store.records.invoices import Invoice
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.subscriptions import SCHEDULES
from mockserver.subscriptions.base import rules
from mockserver.subscriptions.core.cancellation import end_items
from mockserver.subscriptions.line_items.present import items_of
from mockserver.subscriptions.schedules import rules as schedules
from mockserver.vocabulary import BillingReason, InvoiceStatus, SubscriptionStatus
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class Closed:
    """What the end of a period brought; ``plan_change`` is None where none was due."""

    invoice: LinedInvoice | None
    cancelled: bool
    plan_change: bool | None


def close_period(work: Work, row: Subscription) -> Closed:
    """End the current period of an active subscription that is billed by itself.

    A plan change in place comes first, so that what is paid in advance is the new plan's. What ends with the period,
    because the subscription ends or is replaced, is not charged for the next one. As on the real server the current
    period moves on even where the subscription ends with it.
    """
    end = row.current_period_end
    period = Period(row.current_period_start, end)
    swap = plan_changes.due(work, row, end, in_place=True)
    changed = None if swap is None else plan_changes.carry_out(work, swap)
    if changed:
        row = rules.get(work, row.id)
    called_off = row.cancel_at if row.cancel_at_period_end and row.cancel_at and row.cancel_at <= end else None
    ends = called_off is not None or (row.end_date is not None and row.end_date <= end)
    replacement = None if ends else plan_changes.due(work, row, end, in_place=False)
    if called_off is not None:
        end_items(work, items_of(work, row.id), called_off)
    elif replacement is not None:
        end_items(work, items_of(work, row.id), end)
    invoice = _invoice(work, row, period)
    moved = _move_on(work, row, lines.following(row, period), ends=ends, called_off=called_off)
    if replacement is not None:
        changed = plan_changes.carry_out(work, replacement)
    return Closed(invoice, moved.subscription_status == "cancelled", changed)


def _invoice(work: Work, row: Subscription, period: Period) -> LinedInvoice | None:
    """The period's cycle invoice, computed; None if one was sealed before."""
    draft = ledger.blank(work, row, period, BillingReason.CYCLE)
    known = work.tx.one(
        Invoice,
        Eq("status", "published"),
        Eq("idempotency_key", ledger.subscription_key(draft)),
        Compare("invoice_status", "!=", InvoiceStatus.VOIDED),
    )
    if known is not None and known.invoice_status is InvoiceStatus.FINALIZED:
        return None
    draft = known or ledger.draft(work, row, period, BillingReason.CYCLE)
    # Only the first period of a subscription can be a short one; later ones are charged in full.
    scope = Scope(period, BillingReason.CYCLE, without=draft.id, only_first_prorated=True)
    return pipeline.compute(work, draft, bill_of(work, row, scope))


def _move_on(work: Work, row: Subscription, later: Period, *, ends: bool, called_off: datetime | None) -> Subscription:
    changes: dict[str, Any] = {"current_period_start": later.start, "current_period_end": max(later.start, later.end)}
    for child in grouped(work, row):
        work.alter(child, replace(child, **changes))
    children = inheriting(work, row.id) if row.subscription_type == "parent" else []
    if ends:
        at = called_off or row.end_date
        changes |= {"subscription_status": SubscriptionStatus.CANCELLED, "cancelled_at": at, "end_date": at}
        for schedule in schedules.pending(work, row.id, schedules.CANCELLATION):
            done = {"schedule_status": "executed", "executed_at": work.now}
            work.change(SCHEDULES, schedule, done)
        changes_below = {**changes, "cancel_at": row.cancel_at, "cancel_at_period_end": row.cancel_at_period_end}
        for child in children:
            work.alter(child, replace(child, **changes_below))
        return work.alter(row, replace(row, **changes))
    for child in children:
        work.alter(child, replace(child, **_removed(child, later) or changes))
    return work.alter(row, replace(row, **changes))


def _removed(child: Subscription, later: Period) -> dict[str, Any] | None:
    """An inherited subscription that was taken out of its parent's ends with the period."""
    if not (child.cancel_at_period_end and child.cancel_at is not None and child.cancel_at <= later.start):
        return None
    at = child.cancel_at
    return {"subscription_status": SubscriptionStatus.CANCELLED, "cancelled_at": at, "end_date": at}
