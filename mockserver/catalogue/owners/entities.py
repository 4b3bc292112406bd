"""What prices, entitlements and credit grants belong to: plans, addons, subscriptions, cost sheets
(behaviour/prices-and-meters#who-owns-the-price)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.errors import Invalid, NotFound
from mockserver.store.columns import Row, Table
from mockserver.store.query import AnyOf, Compare, Condition, Eq, IsNull
from mockserver.store.tables.addons import ADDONS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.prices import PRICES
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.work import Work

MAX_PRICES = 5000
"""Published prices without a past end that one entity may have."""

_ID_KEYS = {
    "PLAN": "plan_id",
    "ADDON": "addon_id",
    "SUBSCRIPTION": "subscription_id",
    "COSTSHEET": "costsheet_id",
}
_TABLES: Mapping[str, Table] = {"PLAN": PLANS, "ADDON": ADDONS, "SUBSCRIPTION": SUBSCRIPTIONS}
"""Cost sheets are not emulated: none exists."""


def plan(work: Work, plan_id: str) -> Row:
    """The plan of that id, archived ones included."""
    row = work.tx.get(PLANS, plan_id)
    if row is None:
        raise NotFound(f"no plan {plan_id!r}", {"plan_id": plan_id})
    return row


def addon(work: Work, addon_id: str) -> Row:
    """The addon of that id, archived ones included."""
    row = work.tx.get(ADDONS, addon_id)
    if row is None:
        raise NotFound(f"no addon {addon_id!r}", {"addon_id": addon_id})
    return row


def find(work: Work, entity_type: str, entity_id: str) -> Row:
    """The entity whatever its status; 404 if there is none, 400 for entity_type PRICE."""
    key = _ID_KEYS.get(entity_type)
    if key is None:
        raise Invalid(f"a price cannot belong to a {entity_type}", {"entity_type": entity_type})
    table = _TABLES.get(entity_type)
    row = work.tx.get(table, entity_id) if table is not None else None
    if row is None:
        raise NotFound(f"no {entity_type.lower()} {entity_id!r}", {key: entity_id})
    return row


def unended(work: Work) -> Condition:
    """Prices that have not ended by now."""
    return AnyOf((IsNull("end_date"), Compare("end_date", ">", work.now)))


def _count(work: Work, entity_type: str, entity_id: str) -> int:
    where = (Eq("status", "published"), Eq("entity_id", entity_id), Eq("entity_type", entity_type), unended(work))
    return work.tx.count(PRICES, where)


def check_room(work: Work, entity_type: str, entity_id: str) -> None:
    """400 if the entity has as many prices as it may have."""
    count = _count(work, entity_type, entity_id)
    if count >= MAX_PRICES:
        details = {"entity_id": entity_id, "entity_type": entity_type, "count": count}
        raise Invalid(f"an entity has at most {MAX_PRICES} prices", details)


def check_bulk(work: Work, requests: Sequence[Mapping[str, Any]]) -> dict[str, Row]:
    """The entities of a batch by id; each exists and has room for its new prices. The last item decides its type."""
    types = {request["entity_id"]: request["entity_type"] for request in requests}
    found: dict[str, Row] = {}
    for entity_id, entity_type in types.items():
        found[entity_id] = find(work, entity_type, entity_id)
        existing = _count(work, entity_type, entity_id)
        new = sum(request["entity_id"] == entity_id for request in requests)
        if existing + new > MAX_PRICES:
            details = {
                "entity_id": entity_id,
                "entity_type": entity_type,
                "existing_count": existing,
                "new_prices_count": new,
                "total_count": existing + new,
                "max_allowed": MAX_PRICES,
            }
            raise Invalid(f"an entity has at most {MAX_PRICES} prices", details)
    return found
