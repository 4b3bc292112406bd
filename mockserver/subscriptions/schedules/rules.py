"""Pending changes of subscriptions: noting them, listing them, calling them off (behaviour/subscriptions#cancelling,
behaviour/subscriptions#schedules)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mockserver.store.columns import Row, decode_time, encode_time
from mockserver.store.query import NEWEST_FIRST, Compare, Condition, Eq, In, Query
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.subscriptions import SCHEDULES
from mockserver.subscriptions.schedules.schemas import TYPES
from mockserver.work import Work

CANCELLATION, PLAN_CHANGE = "cancellation", "plan_change"
DEFAULT_LIMIT = 50
_DAY = timedelta(days=1)


class ScheduleRefused(Exception):
    """A schedule that does not exist or cannot be called off; these routes have an error body of their own."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def note_cancellation(work: Work, before: Subscription, at: datetime) -> Row:
    """Note that a subscription will end, with what to restore if that is called off. Other pending schedules of it
    are called off (behaviour/subscriptions#cancelling)."""
    for row in pending(work, before.id):
        work.change(SCHEDULES, row, {"schedule_status": "cancelled", "cancelled_at": work.now})
    original = {
        "cancel_at_period_end": before.cancel_at_period_end,
        "cancel_at": None if before.cancel_at is None else encode_time(before.cancel_at),
        "end_date": None if before.end_date is None else encode_time(before.end_date),
        "current_period_end": encode_time(before.current_period_end),
    }
    return add(work, before.id, CANCELLATION, at, original)


def add(work: Work, subscription_id: str, kind: str, at: datetime, configuration: Mapping[str, Any]) -> Row:
    """A pending schedule."""
    values = {
        "subscription_id": subscription_id,
        "schedule_type": kind,
        "scheduled_at": at,
        "schedule_status": "pending",
        "configuration": dict(configuration),
    }
    return work.insert(SCHEDULES, work.new_row(SCHEDULES, values))


def pending(work: Work, subscription_id: str, kind: str | None = None) -> list[Row]:
    """The pending schedules of a subscription, of one kind if given, newest first."""
    where: list[Condition] = [Eq("subscription_id", subscription_id), Eq("schedule_status", "pending")]
    if kind is not None:
        where.append(Eq("schedule_type", kind))
    return work.tx.published(SCHEDULES, *where)


def get(work: Work, schedule_id: str) -> Row:
    """The schedule of that id."""
    row = work.tx.get(SCHEDULES, schedule_id)
    if row is None:
        raise ScheduleRefused("no such schedule", 404)
    return row


def of_subscription(work: Work, subscription_id: str) -> list[Row]:
    """All schedules of a subscription, newest first; none for an unknown one."""
    return work.tx.published(SCHEDULES, Eq("subscription_id", subscription_id))


def list_schedules(work: Work, data: Mapping[str, Any]) -> list[Row]:
    """One page, newest first. Unknown types and statuses select nothing."""
    where: list[Condition] = [Eq("status", "published")]
    for name, column in (("schedule_ids", "id"), ("subscription_ids", "subscription_id")):
        if data.get(name):
            where.append(In(column, data[name]))
    for name in ("schedule_type", "schedule_status"):
        if data.get(name):
            where.append(Eq(name, data[name]))
    if data.get("pending_only"):
        where.append(Eq("schedule_status", "pending"))
    for name, operator in (("scheduled_at_start", ">="), ("scheduled_at_end", "<=")):
        if name in data:
            where.append(Compare("scheduled_at", operator, data[name].instant))
    limit, offset = data.get("limit") or DEFAULT_LIMIT, data.get("offset", 0)
    if limit < 0 or offset < 0:
        raise ScheduleRefused("limit and offset must not be negative")
    return work.tx.find(SCHEDULES, Query(tuple(where), NEWEST_FIRST, limit, offset))


def can_be_cancelled(row: Row, now: datetime) -> bool:
    """Pending and still to come."""
    return bool(row["schedule_status"] == "pending" and row["scheduled_at"] > now)


def seen(row: Row, now: datetime) -> dict[str, Any]:
    """The row as its answer schema takes it. Only plan changes show their configuration."""
    days = abs(row["scheduled_at"] - now) // _DAY
    return {
        **row,
        "status": row["schedule_status"],
        "configuration": row["configuration"] if row["schedule_type"] == PLAN_CHANGE else None,
        "days_until_execution": days if row["scheduled_at"] >= now else -days,
        "can_be_cancelled": can_be_cancelled(row, now),
    }


def call_off(work: Work, request: Mapping[str, Any]) -> None:
    """Cancel a pending schedule by id, or by subscription and type; a cancellation is undone on its subscription."""
    if "schedule_id" in request:
        row = work.tx.get(SCHEDULES, request["schedule_id"])
        if row is None:
            raise ScheduleRefused("no such schedule")
    else:
        if "subscription_id" not in request or "schedule_type" not in request:
            raise ScheduleRefused("either schedule_id, or subscription_id and schedule_type, is required")
        if request["schedule_type"] not in TYPES:
            raise ScheduleRefused(f"{request['schedule_type']!r} is not a schedule type")
        found = pending(work, request["subscription_id"], request["schedule_type"])
        if not found:
            raise ScheduleRefused("the subscription has no pending schedule of that type")
        row = found[0]
    if not can_be_cancelled(row, work.now):
        raise ScheduleRefused("only a pending schedule in the future can be cancelled")
    work.change(SCHEDULES, row, {"schedule_status": "cancelled", "cancelled_at": work.now})
    if row["schedule_type"] == CANCELLATION:
        _undo(work, row)


def _undo(work: Work, schedule: Row) -> None:
    """Restore what the cancellation changed; the metadata keys it left stay (behaviour/subscriptions#cancelling)."""
    subscription = work.tx.load(Subscription, schedule["subscription_id"])
    if subscription is None:
        return
    original = schedule["configuration"]
    restored = replace(
        subscription,
        cancel_at_period_end=original["cancel_at_period_end"],
        cancel_at=None if original["cancel_at"] is None else decode_time(original["cancel_at"]),
        end_date=None if original["end_date"] is None else decode_time(original["end_date"]),
        current_period_end=decode_time(original["current_period_end"]),
        cancelled_at=None,
    )
    work.alter(subscription, restored)
