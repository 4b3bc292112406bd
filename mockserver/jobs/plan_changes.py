"""A plan change that was put off to the end of the period takes effect (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.errors import ApiError
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.subscriptions import SCHEDULES
from mockserver.subscriptions.changes import replacing, swapping
from mockserver.subscriptions.schedules import rules as schedules
from mockserver.times import format_time
from mockserver.work import Work

_IN_PLACE = "v2"


def due(work: Work, subscription: Subscription, by: datetime, *, in_place: bool) -> Row | None:
    """The pending plan change of a subscription that is due, if it is of the kind that swaps line items in place, or
    of the one that replaces the subscription."""
    found = schedules.pending(work, subscription.id, schedules.PLAN_CHANGE)
    if not found or found[0]["scheduled_at"] > by:
        return None
    return found[0] if (found[0]["configuration"].get("version") == _IN_PLACE) == in_place else None


def carry_out(work: Work, schedule: Row) -> bool:
    """Make the change now and note on its schedule what came of it; False if it was refused."""
    schedule = work.change(SCHEDULES, schedule, {"schedule_status": "executing"})
    try:
        with work.tx.attempt():
            result = _change(work, schedule)
    except ApiError as error:
        changes = {"schedule_status": "failed", "executed_at": work.now, "error_message": error.message}
        work.change(SCHEDULES, schedule, changes)
        return False
    work.change(
        SCHEDULES, schedule, {"schedule_status": "executed", "executed_at": work.now, "execution_result": result}
    )
    return True


def _change(work: Work, schedule: Row) -> dict[str, Any]:
    configuration: Mapping[str, Any] = schedule["configuration"]
    body = {name: value for name, value in configuration.items() if name not in ("version", "change_metadata")}
    if "change_metadata" in configuration:
        body["metadata"] = configuration["change_metadata"]
    effective = {"effective_date": format_time(work.now)}
    if configuration.get("version") == _IN_PLACE:
        done = swapping.execute(work, schedule["subscription_id"], {**body, "proration_behavior": "none"})
        plans = {"from_plan_id": done["from_plan"]["id"], "to_plan_id": done["to_plan"]["id"]}
        kept = {"subscription_id": schedule["subscription_id"]}
        return {**kept, **plans, "change_type": done["change_type"], **effective}
    done = replacing.execute(work, schedule["subscription_id"], body)
    return {
        "old_subscription_id": done["old_subscription"]["id"],
        "new_subscription_id": done["new_subscription"]["id"],
        "change_type": done["change_type"],
        **effective,
    }
