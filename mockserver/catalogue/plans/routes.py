"""Which URL calls which plan rule (behaviour/customers-and-plans#plans)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.credit_grants.rules import of_plan as grants_of_plan
from mockserver.catalogue.credit_grants.schemas import CreditGrantOut
from mockserver.catalogue.entitlements.schemas import EntitlementOut
from mockserver.catalogue.owners import entities
from mockserver.catalogue.owners.schemas import PlanOut
from mockserver.catalogue.plans import cloning, rules
from mockserver.catalogue.plans.embedding import PlanWithPartsOut, show_listed, show_plan_entitlements, show_read
from mockserver.catalogue.plans.schemas import ClonePlanIn, CreatePlanIn, PlanFilterIn, UpdatePlanIn
from mockserver.http.listing import envelope, refuse_query_sort
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Plans")
CREATE, UPDATE, CLONE, FILTER = CreatePlanIn(), UpdatePlanIn(), ClonePlanIn(), PlanFilterIn()
OUT, WHOLE, ENTITLEMENT, GRANT = PlanOut(), PlanWithPartsOut(), EntitlementOut(), CreditGrantOut()


@ROUTES.post("/v1/plans", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a plan; prices are added to it afterwards."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_plans(call.work, data)
    return envelope(show_listed(call.work, rows, data), total, limit, offset)


@ROUTES.get("/v1/plans", query=FILTER, answer=WHOLE, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List plans, newest first."""
    data = call.query()
    refuse_query_sort(data, rules.STYLE)
    return _listed(call, data)


@ROUTES.search("/v1/plans/search", body=FILTER, answer=WHOLE, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search plans with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/plans/<plan_id>", answer=WHOLE)
def get(call: Call) -> dict[str, Any]:
    """Read a plan by id with its prices, entitlements and credit grants, archived ones included."""
    return show_read(call.work, entities.plan(call.work, call.params["plan_id"]))


@ROUTES.put("/v1/plans/<plan_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Update a plan; metadata is replaced as a whole."""
    return OUT.dump(rules.update(call.work, call.params["plan_id"], call.body()))


@ROUTES.delete("/v1/plans/<plan_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive a plan; its lookup_key is free again."""
    rules.delete(call.work, call.params["plan_id"])
    return message("price deleted successfully")  # sic, behaviour/customers-and-plans#deleting-a-plan


@ROUTES.post("/v1/plans/<plan_id>/clone", status=201, body=CLONE, answer=WHOLE)
def clone(call: Call) -> dict[str, Any]:
    """Copy a plan with its current prices, entitlements and credit grants."""
    body = call.body()
    return cloning.clone(call.work, call.params["plan_id"], body)


@ROUTES.get("/v1/plans/<plan_id>/entitlements", answer=ENTITLEMENT, items=True)
def entitlements(call: Call) -> dict[str, Any]:
    """List all entitlements of a plan; an unknown plan has none."""
    items = show_plan_entitlements(call.work, call.params["plan_id"])
    return envelope(items, len(items), 0, 0)


@ROUTES.get("/v1/plans/<plan_id>/creditgrants", answer=GRANT, items=True)
def credit_grants(call: Call) -> dict[str, Any]:
    """List all credit grants of a plan; an unknown plan has none."""
    items = [GRANT.dump(row) for row in grants_of_plan(call.work, call.params["plan_id"])]
    return envelope(items, len(items), 0, 0)
