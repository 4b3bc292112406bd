"""What schedule requests carry and how a schedule looks (behaviour/subscriptions#schedules)."""

from __future__ import annotations

from mockserver.http.fields import AnyObject, Bool, Int, Parts, Show, Text, TextMap, Texts, Time
from mockserver.http.schema import In, Out

TYPES = ("plan_change", "cancellation")
STATUSES = ("pending", "executing", "executed", "cancelled", "failed")


class ScheduleFilterIn(In):
    limit = Int(about="50 when absent or 0")
    offset = Int()
    schedule_ids = Texts()
    subscription_ids = Texts()
    schedule_type = Text(enum=TYPES)
    schedule_status = Text(enum=STATUSES)
    scheduled_at_start = Time(about="inclusive")
    scheduled_at_end = Time(about="inclusive")
    pending_only = Bool()


class CancelScheduleIn(In):
    schedule_id = Text()
    subscription_id = Text(about="together with schedule_type, when there is no schedule_id")
    schedule_type = Text(enum=TYPES)


class ScheduleOut(Out):
    id = Text()
    subscription_id = Text()
    schedule_type = Text(enum=TYPES)
    scheduled_at = Time()
    status = Text(enum=STATUSES)
    configuration = AnyObject(when=Show.IF_SET)
    executed_at = Time(when=Show.IF_SET)
    cancelled_at = Time(when=Show.IF_SET)
    execution_result = AnyObject(when=Show.IF_SET)
    error_message = Text(when=Show.IF_SET)
    days_until_execution = Int(about="whole days, negative once past")
    can_be_cancelled = Bool()
    metadata = TextMap(when=Show.IF_FULL)
    created_at = Time()
    updated_at = Time()


class SchedulesOut(Out):
    schedules = Parts(ScheduleOut)
    count = Int(about="how many are listed here")


class ScheduleCancelledOut(Out):
    status = Text()
    message = Text()
