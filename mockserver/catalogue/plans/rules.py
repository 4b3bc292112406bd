"""What plans do (behaviour/customers-and-plans#plans)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.owners.entities import plan as plan_of
from mockserver.errors import AlreadyExists, Invalid, Refused
from mockserver.http.listing import (
    Style,
    array_order,
    check_page,
    conditions,
    created_between,
    page,
    status_condition,
    toss_up_unknown,
)
from mockserver.lookups.in_use import has_active_subscription
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, HasPairs, In
from mockserver.store.tables.plans import PLANS
from mockserver.work import Work

STYLE = Style(toss_up_unknown)


def create(work: Work, body: Mapping[str, Any], entity_id: str | None = None) -> Row:
    """A new plan; 409 for a ``lookup_key`` a published plan holds."""
    row = work.new_row(
        PLANS,
        {
            "name": body["name"],
            "lookup_key": body.get("lookup_key", ""),
            "description": body.get("description", ""),
            "display_order": body.get("display_order", 0),
            "metadata": body.get("metadata"),
        },
        entity_id,
    )
    details = {"plan_id": row["id"], "plan_name": row["name"]}
    if key_is_taken(work, row["lookup_key"]):
        raise AlreadyExists("a plan with this lookup_key exists", details)
    return work.insert(PLANS, row, details)


def key_is_taken(work: Work, lookup_key: str, *, by_other_than: str | None = None) -> bool:
    """True if a published plan (another one, if an id is given) holds the key; empty keys never clash."""
    if not lookup_key:
        return False
    holder = work.tx.first(PLANS, Eq("lookup_key", lookup_key), Eq("status", "published"))
    return holder is not None and holder["id"] != by_other_than


def list_plans(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset."""
    check_page(data)
    if "" in data.get("plan_ids", ()):
        raise Invalid("plan_ids must not hold an empty id")
    where: list[Condition] = [status_condition(data), *created_between(data)]
    if data.get("plan_ids"):
        where.append(In("id", data["plan_ids"]))
    if "lookup_key" in data:
        where.append(Eq("lookup_key", data["lookup_key"]))
    if data.get("metadata"):
        where.append(HasPairs("metadata", data["metadata"]))
    where += conditions(PLANS, data.get("filters", ()), STYLE)
    return page(work, PLANS, data, where, array_order(PLANS, data, STYLE))


def update(work: Work, plan_id: str, body: Mapping[str, Any]) -> Row:
    """Change what the body carries; archived plans change too and never clash."""
    row = plan_of(work, plan_id)
    details = {"plan_id": row["id"]}
    key = body.get("lookup_key", "")
    if row["status"] == "published" and key_is_taken(work, key, by_other_than=row["id"]):
        clash = {**details, "plan_name": body.get("name", row["name"])}
        raise AlreadyExists("a plan with this lookup_key exists", clash)
    return work.change(PLANS, row, body, details)


def delete(work: Work, plan_id: str) -> None:
    """Archive; refused while an active subscription to it exists. Its prices stay as they are
    (behaviour/customers-and-plans#deleting-a-plan)."""
    row = plan_of(work, plan_id)
    if has_active_subscription(work, plan_id=plan_id):
        raise Refused("the plan has an active subscription", {"plan_id": plan_id})
    work.change(PLANS, row, {"status": "archived"})
