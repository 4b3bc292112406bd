"""The first way to change a plan: end the subscription and start another
(behaviour/subscriptions#by-a-new-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.billing.crediting import credits_of
from mockserver.billing.items import inheriting
from mockserver.catalogue.owners import entities
from mockserver.catalogue.plans.embedding import prices_of
from mockserver.customers import rules as customers
from mockserver.errors import BadBody, Invalid, NotFound, TossUp
from mockserver.rating.money import ONE, ZERO, subtract, total
from mockserver.rating.periods import MONTHS
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.base import rules
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.changes.schemas import CHANGE_AT
from mockserver.subscriptions.core import cancellation, creation
from mockserver.subscriptions.line_items.present import items_of
from mockserver.subscriptions.schedules import rules as schedules
from mockserver.times import Timestamp, format_time
from mockserver.work import Work

REQUIRED = ("target_plan_id", "proration_behavior", "billing_cadence", "billing_period", "billing_cycle")
PRORATIONS = "create_prorations"
_DAY = timedelta(days=1)


def check_request(body: dict[str, Any]) -> None:
    """Required fields without details, then count, proration and date."""
    missing = [name for name in REQUIRED if not body.get(name)]
    if missing:
        raise BadBody(f"required: {', '.join(missing)}")
    count = body.get("billing_period_count", 0)
    if count < 0:
        raise Invalid("billing_period_count must not be negative", {"billing_period_count": count})
    body["billing_period_count"] = count or 1
    words.check_proration_behavior(body["proration_behavior"])
    check_change_at(body)


def check_change_at(body: Mapping[str, Any]) -> None:
    """``immediate`` or ``end_of_period``; the documents' ``period_end`` is refused
    (behaviour/subscriptions#by-a-new-subscription)."""
    at = body.get("change_at")
    if at is not None and at not in CHANGE_AT:
        raise Invalid(
            "change_at must be immediate or end_of_period",
            {"allowed_values": list(CHANGE_AT), "provided_value": at},
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A subscription on its way to another plan."""

    row: Subscription
    items: Sequence[LineItem]
    current: Row
    target: Row
    type: str


def find(work: Work, subscription_id: str, body: Mapping[str, Any], *, to_other: bool) -> Change:
    """What a change is about. An unknown subscription or plan is random; ``to_other`` refuses the same plan, which
    only a preview does."""
    try:
        row = rules.get(work, subscription_id)
        current, target = entities.plan(work, row.plan_id or ""), entities.plan(work, body["target_plan_id"])
    except NotFound as error:
        raise TossUp(error.message, error.details, code="not_found", other="database_error") from None
    if to_other and current["id"] == target["id"]:
        raise Invalid("the subscription is on that plan already")
    _check_status(row)
    items = items_of(work, row.id)
    if body["proration_behavior"] == PRORATIONS and len({item.billing_period for item in items}) > 1:
        raise Invalid(
            "prorations need line items of one billing period",
            {"subscription_id": row.id, "proration_behavior": PRORATIONS},
        )
    return Change(row, items, current, target, change_type(_worth(work, current), _worth(work, target)))


def _check_status(row: Subscription) -> None:
    status = row.subscription_status
    if status in ("paused", "cancelled"):
        raise Invalid(f"a {status} subscription cannot change its plan")
    if status not in ("active", "trialing"):
        raise Invalid("the subscription must be active or trialing", {"current_status": status})


def _worth(work: Work, plan: Row) -> Decimal:
    """The sum of the amounts of all current prices, whatever they charge for."""
    return total(price["amount"] or ZERO for price in prices_of(work, [plan["id"]], ended=False))


def change_type(before: Decimal, after: Decimal) -> str:
    """By which of two worths is higher."""
    return "upgrade" if after > before else "downgrade" if after < before else "lateral"


def preview(work: Work, subscription_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """What changing now would mean; ``change_at`` makes no difference to it."""
    check_request(body)
    change = find(work, subscription_id, body, to_other=True)
    proration = _proration(work, change, body)
    row = change.row
    credit = proration["credit_amount"] if proration and body.get("change_at") != "end_of_period" else ZERO
    return {
        "subscription_id": row.id,
        "current_plan": change.current,
        "target_plan": change.target,
        "change_type": change.type,
        "proration_details": proration,
        "next_invoice_preview": _next_invoice(work, change, credit),
        "effective_date": work.now,
        "new_billing_cycle": {
            "period_start": work.now,
            "period_end": _later(work.now, row.billing_period, row.billing_period_count),
            "billing_anchor": row.billing_anchor,
            "billing_cadence": row.billing_cadence,
            "billing_period": row.billing_period,
            "billing_period_count": row.billing_period_count,
        },
        "warnings": list(_warnings(work, change, body)),
        "metadata": body.get("metadata"),
    }


def _proration(work: Work, change: Change, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The credit for the unused time of the old plan; none in trial."""
    row = change.row
    if body["proration_behavior"] != PRORATIONS or row.subscription_status == "trialing":
        return None
    credits = credits_of(work, row, change.items, work.now)
    credit = total(item["credit_amount"] for item in credits)
    start, end = row.current_period_start, row.current_period_end
    return {
        "credit_amount": credit,
        "credit_description": f"unused time of plan {row.plan_id}",
        "charge_amount": ZERO,
        "charge_description": f"plan change on {work.now:%Y-%m-%d}",
        "net_amount": subtract(ZERO, credit),
        "proration_date": work.now,
        "current_period_start": start,
        "current_period_end": end,
        "days_used": (work.now - start) // _DAY,
        "days_remaining": max((end - work.now) // _DAY, 0),
        "currency": row.currency,
    }


def _next_invoice(work: Work, change: Change, credit: Decimal) -> dict[str, Any]:
    """Every price of the target plan once, unrounded; the credit comes off one after the other."""
    lines: list[dict[str, Any]] = []
    for price in prices_of(work, [change.target["id"]], ended=False):
        if not price["amount"] or price["amount"] < 0:
            continue
        taken = min(credit, price["amount"])
        credit, amount = subtract(credit, taken), subtract(price["amount"], taken)
        lines.append(
            {
                "description": f"{change.target['name']} - {price['description'] or 'Price'}",
                "amount": amount,
                "quantity": ONE,
                "unit_price": amount,
                "is_proration": False,
            }
        )
    sum_ = total(line["amount"] for line in lines)
    return {
        "subtotal": sum_,
        "tax_amount": ZERO,
        "total": sum_,
        "currency": change.row.currency,
        "line_items": lines,
    }


def _later(start: datetime, period: str, count: int) -> datetime:
    """So many periods later by plain calendar arithmetic: a day that does not exist runs over into the next month."""
    try:
        if period in ("DAILY", "WEEKLY"):
            return start + timedelta(days=count * (7 if period == "WEEKLY" else 1))
        months = start.month - 1 + count * MONTHS.get(period, 1)
        first = start.replace(year=start.year + months // 12, month=months % 12 + 1, day=1)
    except (OverflowError, ValueError):
        raise Invalid("the period ends beyond the year 9999") from None
    return first + timedelta(days=start.day - 1)


def _warnings(work: Work, change: Change, body: Mapping[str, Any]) -> list[str]:
    result = []
    if change.type == "downgrade":
        result.append("The new plan is worth less than the current one; features may be lost.")
    if change.row.trial_end is not None and change.row.trial_end > work.now:
        result.append("The change may end the trial at once.")
    if body["proration_behavior"] == PRORATIONS:
        result.append("Prorations go into the next invoice.")
    return result


def execute(work: Work, subscription_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change now, or note the change for the end of the period."""
    check_request(body)
    if body.get("change_at") == "end_of_period":
        return _schedule(work, subscription_id, body)
    change = find(work, subscription_id, body, to_other=False)
    proration = _proration(work, change, body)
    trialing = change.row.subscription_status == "trialing"
    heirs = inheriting(work, change.row.id) if change.row.subscription_type == "parent" else []
    cancellation.cancel(
        work,
        change.row.id,
        {
            "cancellation_type": "immediate",
            "reason": "subscription_change",
            "cancel_immediately_inovice_policy": "skip" if trialing else "generate_invoice",
        },
    )
    credit = proration["credit_amount"] if proration else ZERO
    created = creation.create(work, _successor(work, change, body, heirs), credit=credit).row
    return {
        "is_scheduled": False,
        "old_subscription": {"id": change.row.id, "status": "cancelled"},
        "new_subscription": {**created.row, "status": created.subscription_status},
        "change_type": change.type,
        "proration_applied": proration,
        "effective_date": work.now,
        "metadata": body.get("metadata"),
    }


def _successor(work: Work, change: Change, body: Mapping[str, Any], heirs: Sequence[Subscription]) -> dict[str, Any]:
    """The request that creates the new subscription: it starts now and has no trial."""
    row, now = change.row, Timestamp(work.now, format_time(work.now))
    request: dict[str, Any] = {
        "customer_id": row.customer_id,
        "plan_id": change.target["id"],
        "currency": row.currency,
        "start_date": now,
        "trial_period_days": 0,
        "metadata": {**(row.metadata or {}), **body.get("metadata", {})} or None,
        "customer_timezone": row.timezone,
    }
    for name in ("lookup_key", "payment_terms", "commitment_amount", "overage_factor"):
        if getattr(row, name) is not None:
            request[name] = getattr(row, name)
    for name in ("proration_behavior", "billing_period", "billing_period_count", "billing_cycle"):
        request[name] = body[name]
    if body["billing_cycle"] == "anniversary":
        request["billing_anchor"] = now
    if row.invoicing_customer_id is not None:
        payer = customers.get(work, row.invoicing_customer_id)
        request["inheritance"] = {"invoicing_customer_external_id": payer["external_id"]}
    elif heirs:
        names = [customers.get(work, heir.customer_id)["external_id"] for heir in heirs]
        request["inheritance"] = {"external_customer_ids_to_inherit_subscription": names}
    return request


_PENDING = (
    (schedules.CANCELLATION, "cancellation_schedule_id"),
    (schedules.PLAN_CHANGE, "existing_schedule_id"),
)


def _schedule(work: Work, subscription_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Note the change; its type is said to be an upgrade until it happens
    (behaviour/subscriptions#by-a-new-subscription)."""
    try:
        row = rules.get(work, subscription_id)
    except NotFound as error:
        raise TossUp(error.message, error.details, code="not_found", other="database_error") from None
    if row.subscription_status != "active":
        raise Invalid("a change can be scheduled for an active subscription only")
    for kind, key in _PENDING:
        found = schedules.pending(work, row.id, kind)
        if found:
            raise Invalid(
                f"a {kind.replace('_', ' ')} is scheduled already",
                {key: found[0]["id"], "scheduled_at": found[0]["scheduled_at"]},
            )
    configuration = {name: body[name] for name in (*REQUIRED, "billing_period_count")}
    if body.get("metadata"):
        configuration["change_metadata"] = body["metadata"]
    schedule = schedules.add(work, row.id, schedules.PLAN_CHANGE, row.current_period_end, configuration)
    return {
        "is_scheduled": True,
        "schedule_id": schedule["id"],
        "scheduled_at": schedule["scheduled_at"],
        "old_subscription": {},
        "new_subscription": {},
        "change_type": "upgrade",
        "effective_date": schedule["scheduled_at"],
    }
