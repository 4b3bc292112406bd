"""Copying a plan with its current prices, entitlements and credit grants
(behaviour/customers-and-plans#cloning-a-plan)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.credit_grants.rules import of_plan as grants_of_plan
from mockserver.catalogue.entitlements.rules import of_plan as entitlements_of_plan
from mockserver.catalogue.entitlements.view import OUT as ENTITLEMENT
from mockserver.catalogue.owners import entities
from mockserver.catalogue.plans import rules
from mockserver.catalogue.plans.embedding import GRANT, prices_of, with_parts
from mockserver.catalogue.prices.present import show_price
from mockserver.catalogue.prices.storing import next_sequence
from mockserver.errors import AlreadyExists, Invalid
from mockserver.store.columns import BASE_COLUMNS, Row, Table
from mockserver.store.tables.entitlements import CREDIT_GRANTS, ENTITLEMENTS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

_OF_THE_ROW = {column.name for column in BASE_COLUMNS}


def clone(work: Work, plan_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The copy as JSON. Its prices lose ``lookup_key`` and parent, and show the ``sequence`` of their sources; its
    entitlements come without ``plan_id``."""
    for name in ("name", "lookup_key"):
        if not body.get(name):
            raise Invalid(f"a cloned plan needs {name}")
    source = entities.plan(work, plan_id)
    if rules.key_is_taken(work, body["lookup_key"]):
        raise AlreadyExists("a plan with this lookup_key exists", {"lookup_key": body["lookup_key"]})
    plan = work.insert(PLANS, work.new_row(PLANS, _values(source, body)))
    prices = []
    for price in prices_of(work, [plan_id], ended=False):
        copied = _copy(work, PRICES, price, entity_id=plan["id"], lookup_key="", parent_price_id=None)
        work.insert(PRICES, {**copied, "sequence": next_sequence(work)})
        prices.append(copied)
    entitlements = [
        work.insert(ENTITLEMENTS, _copy(work, ENTITLEMENTS, row, entity_id=plan["id"]))
        for row in entitlements_of_plan(work, plan_id)
    ]
    grants = [
        work.insert(CREDIT_GRANTS, _copy(work, CREDIT_GRANTS, grant.row, plan_id=plan["id"]))
        for grant in grants_of_plan(work, plan_id)
    ]
    return with_parts(
        plan,
        prices=[show_price(work, row) for row in prices],
        entitlements=[ENTITLEMENT.dump(row) for row in entitlements],
        grants=[GRANT.dump(row) for row in grants],
    )


def _values(source: Row, body: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: body.get(name, source[name]) for name in ("description", "display_order")}
    metadata = {**(source["metadata"] or {}), **body.get("metadata", {}), "source_plan_id": source["id"]}
    return {**kept, "name": body["name"], "lookup_key": body["lookup_key"], "metadata": metadata}


def _copy(work: Work, table: Table, row: Row, **changes: Any) -> Row:
    values = {name: value for name, value in row.items() if name not in _OF_THE_ROW}
    return work.new_row(table, {**values, **changes})
