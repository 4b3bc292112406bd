"""A plan with what belongs to it: prices, entitlements, credit grants
(behaviour/customers-and-plans#the-plan-object)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mockserver.catalogue.credit_grants.rules import of_plan as grants_of_plan
from mockserver.catalogue.credit_grants.schemas import CreditGrantOut
from mockserver.catalogue.entitlements.rules import STYLE as ENTITLEMENT_STYLE
from mockserver.catalogue.entitlements.rules import of_plan as entitlements_of_plan
from mockserver.catalogue.entitlements.schemas import EntitlementOut
from mockserver.catalogue.entitlements.view import show_entitlements
from mockserver.catalogue.owners.schemas import PlanOut
from mockserver.catalogue.prices.present import show_prices
from mockserver.catalogue.prices.schemas import PriceWithPartsOut
from mockserver.http.fields import Parts, Show
from mockserver.http.listing import array_order, names_of
from mockserver.store.columns import Row
from mockserver.store.query import AnyOf, Compare, Condition, Eq, In, IsNull
from mockserver.store.tables.entitlements import CREDIT_GRANTS, ENTITLEMENTS
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

OUT, GRANT = PlanOut(), CreditGrantOut()
Shown = list[dict[str, Any]]


class PlanWithPartsOut(PlanOut):
    prices = Parts(PriceWithPartsOut, when=Show.IF_FULL)
    entitlements = Parts(EntitlementOut, when=Show.IF_FULL)
    credit_grants = Parts(CreditGrantOut, when=Show.IF_FULL)


def with_parts(
    plan: Row, *, prices: Shown | None = None, entitlements: Shown | None = None, grants: Shown | None = None
) -> dict[str, Any]:
    """A plan as JSON with the parts given, each already as JSON; an empty part is left out."""
    parts = {"prices": prices, "entitlements": entitlements, "credit_grants": grants}
    return {**OUT.dump(plan), **{name: shown for name, shown in parts.items() if shown}}


def prices_of(work: Work, plan_ids: Sequence[str], *, ended: bool) -> list[Row]:
    """The published prices of plans, newest first; those that ended already only if asked for."""
    where: list[Condition] = [Eq("entity_type", "PLAN"), In("entity_id", plan_ids)]
    if not ended:
        where.append(AnyOf((IsNull("end_date"), Compare("end_date", ">", work.now))))
    return work.tx.published(PRICES, *where)


def show_read(work: Work, plan: Row) -> dict[str, Any]:
    """What reading one plan answers: everything, ended and future prices included."""
    prices = prices_of(work, [plan["id"]], ended=True)
    return with_parts(
        plan,
        prices=show_prices(work, prices, {"meters", "groups", "priceunit"}),
        entitlements=show_plan_entitlements(work, plan["id"]),
        grants=[GRANT.dump(grant) for grant in grants_of_plan(work, plan["id"])],
    )


def show_plan_entitlements(work: Work, plan_id: str) -> Shown:
    """A plan's entitlements with their features, meters and the plan."""
    return show_entitlements(work, entitlements_of_plan(work, plan_id), features=True, meters=True, plans=True)


def show_listed(work: Work, plans: Sequence[Row], data: Mapping[str, Any]) -> Shown:
    """What lists and searches answer: the parts that ``expand`` names; unknown names are no error."""
    wanted = set(names_of(data.get("expand")))
    ids = [plan["id"] for plan in plans]
    if not ids:
        return []
    prices: Mapping[str, Shown] = {}
    entitlements: Mapping[str, Shown] = {}
    grants: Mapping[str, Shown] = {}
    if any(name.split(".")[0] == "prices" for name in wanted):
        rows = prices_of(work, ids, ended=False)
        parts = wanted & {"meters"} | ({"priceunit"} if wanted & {"priceunit", "prices.priceunit"} else set())
        prices = _grouped(rows, show_prices(work, rows, parts), lambda row: row["entity_id"])
    if "entitlements" in wanted:
        rows = _entitlements_listed(work, ids, data)
        shown = show_entitlements(work, rows, features="features" in wanted)
        entitlements = _grouped(rows, shown, lambda row: row["entity_id"])
    if "credit_grant" in wanted:
        rows = work.tx.published(CREDIT_GRANTS, Eq("scope", "PLAN"), In("plan_id", ids))
        grants = _grouped(rows, [GRANT.dump(row) for row in rows], lambda row: row["plan_id"])
    return [
        with_parts(
            plan,
            prices=prices.get(plan["id"]),
            entitlements=entitlements.get(plan["id"]),
            grants=grants.get(plan["id"]),
        )
        for plan in plans
    ]


def _entitlements_listed(work: Work, plan_ids: Sequence[str], data: Mapping[str, Any]) -> list[Row]:
    """The list's own ``sort`` is applied to the entitlements too, and fails on columns they do not have
    (behaviour/customers-and-plans#listing-plans)."""
    order = array_order(ENTITLEMENTS, {"sort": data.get("sort", ())}, ENTITLEMENT_STYLE)
    return work.tx.published(ENTITLEMENTS, In("entity_id", plan_ids), order=order)


def _grouped(rows: Iterable[Row], shown: Shown, owner: Callable[[Row], str]) -> dict[str, Shown]:
    result: dict[str, Shown] = {}
    for row, each in zip(rows, shown, strict=True):
        result.setdefault(owner(row), []).append(each)
    return result
