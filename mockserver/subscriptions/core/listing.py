"""Lists and searches of subscriptions (behaviour/subscriptions#lists-and-searches)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.errors import Invalid, NotFound
from mockserver.http.listing import (
    Style,
    array_order,
    check_expand,
    check_page,
    conditions,
    page,
    status_condition,
    toss_up_unknown,
)
from mockserver.lookups.customers import find_by_external_id
from mockserver.store.columns import Row
from mockserver.store.query import AnyOf, Compare, Condition, Eq, In, IsNull
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.subscriptions.base import vocabulary as words
from mockserver.work import Work

STYLE = Style(toss_up_unknown, mismatch_code="internal_error")
EXPANDABLE = (
    "plan",
    "customer",
    "prices",
    "meters",
    "schedule",
    "coupon_associations",
    "coupon",
    "subscription_line_items",
    "entitlements",
    "plan.prices",
    "prices.meters",
    "coupon_associations.coupon",
    "subscription_line_items.prices",
    "subscription_line_items.meters",
)
_EQUAL = ("customer_id", "plan_id")
_ONE_OF = {
    "subscription_ids": "id",
    "customer_ids": "customer_id",
    "parent_subscription_ids": "parent_subscription_id",
    "invoicing_customer_ids": "invoicing_customer_id",
    "billing_cadence": "billing_cadence",
    "billing_period": "billing_period",
    "subscription_type": "subscription_type",
}


def list_subscriptions(work: Work, data: Mapping[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset. Without any word on the status only active ones
    (behaviour/subscriptions#lists-and-searches)."""
    check_page(data)
    check_expand(data.get("expand"), EXPANDABLE)
    _check_words(data)
    where: list[Condition] = [status_condition(data), *_own_conditions(work, data)]
    filters = data.get("filters", ())
    if not any(item.get("field") == "subscription_status" for item in filters):
        if "subscription_status" not in data:
            where.append(Eq("subscription_status", "active"))
        elif data["subscription_status"]:
            where.append(In("subscription_status", data["subscription_status"]))
    elif data.get("subscription_status"):
        where.append(In("subscription_status", data["subscription_status"]))
    where += conditions(SUBSCRIPTIONS, filters, STYLE)
    return page(work, SUBSCRIPTIONS, data, where, array_order(SUBSCRIPTIONS, data, STYLE))


def _check_words(data: Mapping[str, Any]) -> None:
    for status in data.get("subscription_status", ()):
        words.check_status(status)
    _check_each(data.get("billing_cadence", ()), words.BILLING_CADENCES, _cadence_details)
    for period in data.get("billing_period", ()):
        words.check_period(period)
    _check_each(
        data.get("subscription_type", ()),
        words.SUBSCRIPTION_TYPES,
        lambda word: {"allowed_values": list(words.SUBSCRIPTION_TYPES), "subscription_type": word},
    )


def _cadence_details(word: str) -> dict[str, Any]:
    return {"allowed": list(words.BILLING_CADENCES), "billing_cadence": word}


def _check_each(given: Iterable[str], allowed: tuple[str, ...], details: Any) -> None:
    for word in given:
        if word and word not in allowed:
            raise Invalid(f"{word!r} is not one of {', '.join(allowed)}", details(word))


def _own_conditions(work: Work, data: Mapping[str, Any]) -> list[Condition]:
    result: list[Condition] = [Eq(name, data[name]) for name in _EQUAL if data.get(name)]
    result += [In(column, data[name]) for name, column in _ONE_OF.items() if data.get(name)]
    if data.get("external_customer_id"):
        result.append(Eq("customer_id", _customer_id(work, data["external_customer_id"])))
    if (at := data.get("active_at")) is not None:
        result += [
            Compare("start_date", "<=", at.instant),
            AnyOf((IsNull("end_date"), Compare("end_date", ">", at.instant))),
        ]
    if (start := data.get("start_time")) is not None:
        result.append(Compare("current_period_start", ">=", start.instant))
    if (end := data.get("end_time")) is not None:
        result.append(Compare("current_period_end", "<=", end.instant))
    if (date := data.get("effective_date_for_update")) is not None:
        result.append(
            AnyOf((Compare("current_period_end", "<=", date.instant), Compare("cancel_at", "<=", date.instant)))
        )
    if (due := data.get("trial_end_due_lte")) is not None:
        result.append(Compare("trial_end", "<=", due.instant))
    return result


def _customer_id(work: Work, external_id: str) -> str:
    row = find_by_external_id(work, external_id)
    if row is None:
        raise NotFound(
            f"no customer with the external id {external_id!r}",
            {"external_customer_id": external_id, "lookup_key": external_id},
        )
    return str(row["id"])
