"""Which URL calls which schedule rule (behaviour/subscriptions#schedules). Errors here are ``{"error": text}``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from mockserver.errors import BadBody
from mockserver.http.routing import Answer, Call, Routes
from mockserver.store.columns import Row
from mockserver.subscriptions.schedules import rules
from mockserver.subscriptions.schedules.schemas import (
    CancelScheduleIn,
    ScheduleCancelledOut,
    ScheduleFilterIn,
    ScheduleOut,
    SchedulesOut,
)
from mockserver.work import Work

ROUTES = Routes("Subscription schedules")
FILTER, CANCEL, OUT = ScheduleFilterIn(), CancelScheduleIn(), ScheduleOut()
LIST, CANCELLED = SchedulesOut(), ScheduleCancelledOut()


def _own_errors(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
    @functools.wraps(handler)
    def answer(call: Call) -> Any:
        try:
            return handler(call)
        except rules.ScheduleRefused as refused:
            return Answer(refused.status, {"error": str(refused)})
        except BadBody as error:
            return Answer(400, {"error": error.message})

    return answer


def _listed(work: Work, rows: Iterable[Row]) -> dict[str, Any]:
    shown = [OUT.dump(rules.seen(row, work.now)) for row in rows]
    return {"schedules": shown, "count": len(shown)}


@ROUTES.get("/v1/subscriptions/schedules", query=FILTER, answer=LIST)
@_own_errors
def list_(call: Call) -> Any:
    """List pending and past changes of all subscriptions, newest first."""
    return _listed(call.work, rules.list_schedules(call.work, call.query()))


@ROUTES.get("/v1/subscriptions/schedules/<schedule_id>", answer=OUT)
@_own_errors
def get(call: Call) -> Any:
    """Read one schedule."""
    return OUT.dump(rules.seen(rules.get(call.work, call.params["schedule_id"]), call.work.now))


@ROUTES.get("/v1/subscriptions/<subscription_id>/schedules", answer=LIST)
@_own_errors
def of_subscription(call: Call) -> Any:
    """List the schedules of one subscription, newest first."""
    return _listed(call.work, rules.of_subscription(call.work, call.params["subscription_id"]))


@ROUTES.post("/v1/subscriptions/schedules/cancel", body=CANCEL, answer=CANCELLED)
@_own_errors
def cancel(call: Call) -> Any:
    """Call off a pending change, named by its id or by subscription and type."""
    try:
        request = call.body()
    except BadBody:
        raise rules.ScheduleRefused("either schedule_id, or subscription_id and schedule_type, is required") from None
    return _called_off(call, request)


@ROUTES.post("/v1/subscriptions/schedules/<schedule_id>/cancel", body=CANCEL, answer=CANCELLED)
@_own_errors
def cancel_by_path(call: Call) -> Any:
    """Call off a pending change. The id in the path counts only when there is no readable body."""
    try:
        request = call.body()
    except BadBody:
        request = {"schedule_id": call.params["schedule_id"]}
    return _called_off(call, request)


def _called_off(call: Call, request: dict[str, Any]) -> dict[str, Any]:
    rules.call_off(call.work, request)
    return CANCELLED.dump({"status": "cancelled", "message": "the schedule is cancelled"})
