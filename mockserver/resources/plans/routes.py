"""Which URL calls which plan rule (facts/02 §2)."""

from __future__ import annotations

from typing import Any

from mockserver.http.listing import envelope, refuse_query_sort
from mockserver.http.routing import Call, Routes
from mockserver.resources.plans import rules
from mockserver.resources.plans.schemas import CreatePlanIn, PlanFilterIn, PlanOut, UpdatePlanIn
from mockserver.resources.shared.messages import MessageOut, message

ROUTES = Routes("Plans")
CREATE, UPDATE, FILTER, OUT = CreatePlanIn(), UpdatePlanIn(), PlanFilterIn(), PlanOut()


@ROUTES.post("/v1/plans", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a plan; prices are added to it afterwards."""
    body = call.body()
    CREATE.check(body)
    return OUT.show(rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_plans(call.work, data)
    return envelope([OUT.show(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/plans", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List plans, newest first."""
    data = call.query()
    refuse_query_sort(data, rules.STYLE)
    return _listed(call, data)


@ROUTES.search("/v1/plans/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search plans with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/plans/<plan_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a plan by id, archived ones included."""
    return OUT.show(rules.get(call.work, call.params["plan_id"]))


@ROUTES.put("/v1/plans/<plan_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Update a plan; metadata is replaced as a whole."""
    return OUT.show(rules.update(call.work, call.params["plan_id"], call.body()))


@ROUTES.delete("/v1/plans/<plan_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive a plan; its lookup_key is free again."""
    rules.delete(call.work, call.params["plan_id"])
    return message("price deleted successfully")  # the real server's word, facts/02 §2.5
