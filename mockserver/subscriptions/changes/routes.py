"""Which URL changes the plan of a subscription (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

from mockserver.http.routing import Call, Routes
from mockserver.subscriptions.changes import replacing, swapping
from mockserver.subscriptions.changes.schemas import (
    ChangeExecutedOut,
    ChangeIn,
    ChangePreviewOut,
    ChangeV2In,
    ChangeV2Out,
)
from mockserver.subscriptions.core import present

ROUTES = Routes("Subscriptions")
CHANGE, CHANGE_V2 = ChangeIn(), ChangeV2In()
PREVIEW, EXECUTED, OUT_V2 = ChangePreviewOut(), ChangeExecutedOut(), ChangeV2Out()


@ROUTES.search("/v1/subscriptions/<subscription_id>/change/preview", body=CHANGE, answer=PREVIEW)
def preview(call: Call) -> dict[str, Any]:
    """Tell what moving to another plan by a new subscription would mean."""
    return PREVIEW.dump(replacing.preview(call.work, call.params["subscription_id"], call.body()))


@ROUTES.post("/v1/subscriptions/<subscription_id>/change/execute", body=CHANGE, answer=EXECUTED)
def execute(call: Call) -> dict[str, Any]:
    """Move to another plan: the subscription ends and a new one starts."""
    return EXECUTED.dump(replacing.execute(call.work, call.params["subscription_id"], call.body()))


def _swapped(found: dict[str, Any]) -> dict[str, Any]:
    shown = OUT_V2.dump({**found, "subscription": None})
    return {**shown, "subscription": present.show(found["row"], found["items"])}


@ROUTES.search("/v1/subscriptions/<subscription_id>/change/v2/preview", body=CHANGE_V2, answer=OUT_V2)
def preview_v2(call: Call) -> dict[str, Any]:
    """Tell what moving to another plan in place would change."""
    body = call.body()
    return _swapped(swapping.preview(call.work, call.params["subscription_id"], body))


@ROUTES.post("/v1/subscriptions/<subscription_id>/change/v2/execute", body=CHANGE_V2, answer=OUT_V2)
def execute_v2(call: Call) -> dict[str, Any]:
    """Move to another plan in place: line items are swapped, the subscription stays."""
    body = call.body()
    return _swapped(swapping.execute(call.work, call.params["subscription_id"], body))
