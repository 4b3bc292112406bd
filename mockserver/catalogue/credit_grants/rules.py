"""What credit grants do (behaviour/invoices-and-wallets#billing-objects); ``credits.grants`` gives their credits to
wallets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from mockserver.catalogue.credit_grants.schemas import CADENCES, DURATION_UNITS, EXPIRATION_TYPES, PERIODS, SCOPES
from mockserver.catalogue.owners import entities
from mockserver.errors import Invalid, NotFound
from mockserver.http.listing import Mismatch, created_between, status_condition
from mockserver.http.open_lists import open_page
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In, Order
from mockserver.store.records.credit_grants import CreditGrant
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.entitlements import CREDIT_GRANTS
from mockserver.work import Work

_OWNER = {"PLAN": "plan_id", "SUBSCRIPTION": "subscription_id", "ADDON": "addon_id"}
_RATES = ("conversion_rate", "topup_conversion_rate")


def create(work: Work, body: Mapping[str, Any]) -> CreditGrant:
    """A new credit grant; the grants of one plan share their conversion rates."""
    check_request(body)
    scope = body["scope"]
    if body.get("plan_id"):
        plan = entities.plan(work, body["plan_id"])
        if plan["status"] != "published":
            raise Invalid("the plan is archived", {"plan_id": plan["id"]})
    if body.get("addon_id"):
        entities.addon(work, body["addon_id"])
    if scope == "PLAN":
        _check_same_rates(work, body)
    row = work.make(CreditGrant, **_values(body))
    details = {name: body.get(name) for name in ("scope", "plan_id", "subscription_id")}
    if scope != "SUBSCRIPTION":
        return work.add(row, details)
    subscription = _open_subscription(work, body["subscription_id"])
    return work.add(replace(row, **_subscription_dates(subscription, body)), details)


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    kept = ["name", "scope", "credits", "cadence", "expiration_type", "priority", "metadata", *_RATES]
    kept += ["plan_id", "subscription_id"] if body["scope"] == "SUBSCRIPTION" else [_OWNER[body["scope"]]]
    if body["cadence"] == "RECURRING":
        kept += ["period", "period_count"]
    if body.get("expiration_type") == "DURATION":
        kept += ["expiration_duration", "expiration_duration_unit"]
    return {name: body[name] for name in kept if name in body}


def check_request(body: Mapping[str, Any]) -> None:
    """What can be told from the request alone, in the real server's order."""
    _check_scope(body)
    credits = body.get("credits", Decimal(0))
    if credits <= 0:
        raise Invalid("credits must be greater than zero", {"credits": credits})
    if body["cadence"] not in CADENCES:
        raise Invalid(f"unknown cadence {body['cadence']!r}")
    expiration = body.get("expiration_type", "")
    if expiration not in EXPIRATION_TYPES:
        raise Invalid(f"unknown expiration_type {expiration!r}")
    if body["cadence"] == "RECURRING":
        _check_period(body)
    if expiration == "DURATION":
        _check_duration(body)
    for name in _RATES:
        if body.get(name, Decimal(1)) <= 0:
            raise Invalid(f"{name} must be greater than zero")


def _check_scope(body: Mapping[str, Any]) -> None:
    scope = body["scope"]
    if scope not in SCOPES:
        raise Invalid(f"unknown scope {scope!r}")
    if not body.get(_OWNER[scope]):
        raise Invalid(f"a grant of scope {scope} needs {_OWNER[scope]}", {"scope": scope})
    if scope != "SUBSCRIPTION":
        if "start_date" in body or "end_date" in body:
            raise Invalid(f"a grant of scope {scope} takes no dates", {"scope": scope})
        return
    if "start_date" not in body:
        raise Invalid("a grant of scope SUBSCRIPTION needs start_date", {"scope": scope})
    start, end = body["start_date"], body.get("end_date")
    if end is not None and end.instant < start.instant:
        details = {"start_date": start.echo, "end_date": end.echo}
        raise Invalid("end_date must not be before start_date", details)


def _check_period(body: Mapping[str, Any]) -> None:
    period, count = body.get("period", ""), body.get("period_count", 0)
    if not period:
        raise Invalid("a RECURRING grant needs a period", {"cadence": body["cadence"]})
    if period not in PERIODS:
        raise Invalid(f"unknown period {period!r}")
    if count <= 0:
        raise Invalid("a RECURRING grant needs a period_count", {"period_count": count})


def _check_duration(body: Mapping[str, Any]) -> None:
    details = {"expiration_type": body["expiration_type"]}
    if "expiration_duration_unit" not in body:
        raise Invalid("a DURATION grant needs expiration_duration_unit", details)
    if body["expiration_duration_unit"] not in DURATION_UNITS:
        raise Invalid(f"unknown expiration_duration_unit {body['expiration_duration_unit']!r}")
    if body.get("expiration_duration", 0) <= 0:
        raise Invalid("a DURATION grant needs expiration_duration", details)


def _check_same_rates(work: Work, body: Mapping[str, Any]) -> None:
    for grant in of_plan(work, body["plan_id"]):
        if any(getattr(grant, name) != body.get(name) for name in _RATES):
            raise Invalid("all credit grants of a plan must have the same conversion rates")


def _open_subscription(work: Work, subscription_id: str) -> Subscription:
    subscription = work.tx.load(Subscription, subscription_id)
    if subscription is None:
        raise NotFound(f"no subscription {subscription_id!r}")
    if subscription.subscription_status == "cancelled":
        raise Invalid("the subscription is cancelled", {"subscription_id": subscription_id})
    return subscription


def _subscription_dates(subscription: Subscription, body: Mapping[str, Any]) -> dict[str, Any]:
    """Start, end and anchor of a subscription's grant, which must lie inside the subscription's own dates."""
    start, end = body["start_date"], body.get("end_date")
    if start.instant < subscription.start_date:
        raise Invalid(
            "start_date must not be before the subscription's",
            {"credit_grant_start_date": start.echo, "subscription_start_date": subscription.start_date},
        )
    last = subscription.end_date
    if end is not None and last is not None and end.instant > last:
        raise Invalid(
            "end_date must not be after the subscription's",
            {"credit_grant_end_date": end.echo, "subscription_end_date": last},
        )
    if last is not None and start.instant > last:
        raise Invalid(
            "the grant must start before the subscription ends",
            {"credit_grant_anchor": start.echo, "subscription_end_date": last},
        )
    return {
        "start_date": start.instant,
        "end_date": None if end is None else end.instant,
        "credit_grant_anchor": start.instant,
    }


def get(work: Work, grant_id: str) -> CreditGrant:
    """The credit grant of that id, archived ones included."""
    row = work.tx.load(CreditGrant, grant_id)
    if row is None:
        raise NotFound(f"no credit grant {grant_id!r}", {"id": grant_id})
    return row


def of_plan(work: Work, plan_id: str) -> list[CreditGrant]:
    """The published grants of a plan, newest first; an unknown plan has none."""
    return work.tx.every(CreditGrant, Eq("scope", "PLAN"), Eq("plan_id", plan_id))


def list_grants(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows, total, limit and offset to print; nothing of the filter is validated."""
    where: list[Condition] = [status_condition(data), *created_between(data)]
    for name in ("plan_ids", "subscription_ids", "addon_ids"):
        if data.get(name):
            where.append(In(name.removesuffix("s"), data[name]))
    if data.get("credit_grant_ids"):
        where.append(In("id", data["credit_grant_ids"]))
    if "scope" in data:
        where.append(Eq("scope", data["scope"]))
    sort = data.get("sort", "created_at")
    if sort not in CREDIT_GRANTS.columns:
        raise Mismatch(f"unknown column {sort!r}", {"plan_ids": data.get("plan_ids")})
    order = (Order(sort, data.get("order", "desc") == "desc"),)
    return open_page(work, CREDIT_GRANTS, data, where, order)


def update(work: Work, grant_id: str, body: Mapping[str, Any]) -> CreditGrant:
    """Change name and metadata; a future ``end_date`` ends the grant as deleting does."""
    end = body.get("end_date")
    if end is not None and end.instant < work.now:
        raise Invalid("end_date must not be in the past", {"end_date": end.echo})
    row = get(work, grant_id)
    if body.get("name") == "":
        raise Invalid("name must not be empty")
    changed = work.alter(row, replace(row, **{name: body[name] for name in ("name", "metadata") if name in body}))
    if end is not None:
        end_grant(work, changed, body)
    return changed


def delete(work: Work, grant_id: str, body: Mapping[str, Any]) -> None:
    """End a grant that is still published: archived if a plan's, else with an end date (``effective_date`` or now)."""
    end_grant(work, get(work, grant_id), {"end_date": body.get("effective_date")})


def end_grant(work: Work, row: CreditGrant, body: Mapping[str, Any]) -> None:
    """``Invalid`` for a grant that is archived already."""
    if row.status != "published":
        raise Invalid("the credit grant is archived", {"credit_grant_id": row.id, "status": row.status})
    end = body.get("end_date")
    ended = {"status": "archived"} if row.scope == "PLAN" else {"end_date": end.instant if end else work.now}
    work.alter(row, replace(row, **ended))
