"""Ending a subscription now, with its period, or on a date (behaviour/subscriptions#cancelling)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver.billing.crediting import credit, credits_of
from mockserver.billing.ending import close_subscription
from mockserver.billing.items import inheriting
from mockserver.errors import Invalid, TossUp
from mockserver.rating.money import ZERO, total
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.addons.detaching import end_with_subscription
from mockserver.subscriptions.line_items.present import items_of
from mockserver.subscriptions.schedules.rules import note_cancellation
from mockserver.times import format_time
from mockserver.vocabulary import SubscriptionStatus
from mockserver.work import Work

IMMEDIATE, END_OF_PERIOD, SCHEDULED_DATE = "immediate", "end_of_period", "scheduled_date"
TYPES = (IMMEDIATE, END_OF_PERIOD, SCHEDULED_DATE)
INVOICE_POLICIES = ("generate_invoice", "skip")


def check_request(body: Mapping[str, Any], now: datetime) -> None:
    """What the request must satisfy by itself; ``proration_behavior`` is not checked
    (behaviour/subscriptions#cancelling)."""
    kind = body.get("cancellation_type", "")
    if kind not in TYPES:
        raise Invalid(
            "cancellation_type must be immediate, end_of_period or scheduled_date",
            {"allowed_values": list(TYPES), "provided_value": kind},
        )
    policy = body.get("cancel_immediately_inovice_policy", "")
    if policy and policy not in INVOICE_POLICIES:
        raise Invalid(
            f"{policy!r} is not an invoice policy",
            {"allowed_values": list(INVOICE_POLICIES), "provided_value": policy},
        )
    at = body.get("cancel_at")
    if kind == SCHEDULED_DATE and at is None:
        raise Invalid("cancel_at is required for a scheduled_date")
    if kind == IMMEDIATE and at is not None and at.instant > now:
        raise Invalid(
            "cancel_at of an immediate cancellation must not be in the future",
            {"cancel_at": format_time(at.instant.replace(microsecond=0))},
        )


def cancel(work: Work, subscription_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Cancel; returns what the answer says. An unknown subscription is 404 or 500 at random."""
    check_request(body, work.now)
    row = work.tx.load(Subscription, subscription_id)
    if row is None or row.status != "published":
        raise TossUp(f"no subscription {subscription_id!r}", code="not_found", other="database_error")
    items = items_of(work, row.id)
    kind, at = body["cancellation_type"], body.get("cancel_at")
    given = None if at is None else at.instant
    prorated = body.get("proration_behavior") == "create_prorations"
    _check_state(row, kind, given, items, prorated=prorated)
    effective = row.current_period_end if kind == END_OF_PERIOD else given or work.now
    paid = row.subscription_status != "trialing"
    details = _credits(work, row, items, kind, effective) if prorated and paid else None
    if kind == IMMEDIATE and body.get("cancel_immediately_inovice_policy") == "generate_invoice":
        close_subscription(work, row, items, effective)
    changed = _end(work, row, kind, effective, body.get("reason", ""))
    end_with_subscription(work, row, items, effective, body.get("reason", ""))
    if kind == IMMEDIATE:
        end_items(work, items, effective)
    else:
        note_cancellation(work, row, effective)
    back = total(item["credit_amount"] for item in details or ())
    if back > ZERO:
        credit(work, row, back, f"cancellation_{row.id}_{whole_seconds(effective)}")
    return {
        "subscription_id": row.id,
        "cancellation_type": kind,
        "effective_date": effective,
        "status": changed.subscription_status,
        "reason": body.get("reason", ""),
        "proration_details": details,
        "total_credit_amount": back,
        "message": _message(kind, effective),
        "processed_at": work.now,
    }


def _check_state(
    row: Subscription, kind: str, at: datetime | None, items: Sequence[LineItem], *, prorated: bool
) -> None:
    identified = {"subscription_id": row.id}
    if row.subscription_status == "draft":
        details = {**identified, "operation": "cancellation", "subscription_status": "draft"}
        raise Invalid("a draft cannot be cancelled", details)
    if row.subscription_status == "cancelled":
        raise Invalid("the subscription is cancelled already", identified)
    if row.subscription_type == "inherited":
        raise Invalid("an inherited subscription ends with its parent", identified)
    if kind == IMMEDIATE and at is not None and at <= row.current_period_start:
        raise Invalid(
            "cancel_at must be after the start of the current period",
            {"cancel_at": whole_seconds(at), "current_period_start": whole_seconds(row.current_period_start)},
        )
    if prorated and len({item.billing_period for item in items}) > 1:
        raise Invalid(
            "prorations need line items of one billing period",
            {**identified, "proration_behavior": "create_prorations"},
        )
    if kind != IMMEDIATE and row.cancel_at is not None:
        raise Invalid(
            "a cancellation is scheduled already",
            {**identified, "existing_cancel_at": whole_seconds(row.cancel_at)},
        )


def whole_seconds(moment: datetime) -> str:
    """RFC3339 without fraction, as error details and metadata print times."""
    return format_time(moment.replace(microsecond=0))


def _end(work: Work, row: Subscription, kind: str, effective: datetime, reason: str) -> Subscription:
    """The table of behaviour/subscriptions#cancelling; inherited subscriptions follow their parent."""
    changes: dict[str, Any] = {
        "cancelled_at": work.now,
        "cancel_at": effective,
        "cancel_at_period_end": kind != IMMEDIATE,
        "metadata": {
            **(row.metadata or {}),
            "cancellation_type": kind,
            "cancellation_reason": reason,
            "effective_date": whole_seconds(effective),
        },
    }
    if kind == IMMEDIATE:
        changes.update(subscription_status=SubscriptionStatus.CANCELLED, end_date=effective)
    elif kind == SCHEDULED_DATE:
        changes.update(end_date=effective, current_period_end=min(effective, row.current_period_end))
    changed = work.alter(row, replace(row, **changes))
    if row.subscription_type == "parent":
        for child in inheriting(work, row.id):
            followed = replace(
                child,
                subscription_status=changed.subscription_status,
                cancelled_at=changed.cancelled_at,
                cancel_at=changed.cancel_at,
                cancel_at_period_end=changed.cancel_at_period_end,
                end_date=changed.end_date,
            )
            work.alter(child, followed)
    return changed


def end_items(work: Work, items: Sequence[LineItem], effective: datetime) -> None:
    """Items that go on end now; those ended earlier stay."""
    for item in items:
        if item.end_date is None or item.end_date > effective:
            work.alter(item, replace(item, end_date=effective))


def _credits(
    work: Work, row: Subscription, items: Sequence[LineItem], kind: str, effective: datetime
) -> list[dict[str, Any]] | None:
    """None for the end of the period, where nothing is computed (behaviour/subscriptions#cancelling)."""
    return (
        None
        if kind == END_OF_PERIOD or not items
        else credits_of(work, row, items, effective, immediate=kind == IMMEDIATE)
    )


def _message(kind: str, effective: datetime) -> str:
    if kind == IMMEDIATE:
        return "Subscription cancelled immediately"
    return f"the subscription ends on {effective:%Y-%m-%d}"
