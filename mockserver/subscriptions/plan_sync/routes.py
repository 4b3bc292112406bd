"""Which URL calls the plan sync (behaviour/customers-and-plans#price-sync)."""

from __future__ import annotations

from typing import Any

from mockserver.http.routing import Call, Routes
from mockserver.subscriptions.plan_sync import rules
from mockserver.subscriptions.plan_sync.schemas import PlanSyncOut

ROUTES = Routes("Plans")


@ROUTES.post("/v1/plans/<plan_id>/sync/subscriptions", answer=PlanSyncOut())
def sync(call: Call) -> dict[str, Any]:
    """Bring new and ended usage prices of a plan to its existing subscriptions."""
    return rules.sync(call.work, call.params["plan_id"])


@ROUTES.post("/v1/plans/<plan_id>/sync/subscriptions/v2", answer=PlanSyncOut())
def sync_v2(call: Call) -> dict[str, Any]:
    """The same under its newer name."""
    return rules.sync(call.work, call.params["plan_id"])
