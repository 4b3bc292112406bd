"""Which URL modifies a subscription (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

from mockserver.http.routing import Call, Routes
from mockserver.subscriptions.base import rules as base
from mockserver.subscriptions.core import present
from mockserver.subscriptions.core import rules as subscriptions
from mockserver.subscriptions.modifications import rules
from mockserver.subscriptions.modifications.schemas import ChangedOut, ModifiedOut, ModifyIn

ROUTES = Routes("Subscriptions")
MODIFY, CHANGED, OUT = ModifyIn(), ChangedOut(), ModifiedOut()


def _modified(call: Call, *, preview: bool) -> dict[str, Any]:
    body = call.unchecked_body()
    work, subscription_id = call.work, call.params["subscription_id"]
    changed = CHANGED.dump(rules.modify(work, subscription_id, body, preview=preview))
    shown = None
    if body["type"] in rules.SHOWING:
        row = base.get(work, subscription_id)
        shown = present.show_read(work, row, subscriptions.current_items(work, row))
    elif body["type"] in rules.SHOWING_BASE:
        shown = present.show(base.get(work, subscription_id))
    return {"subscription": shown, "changed_resources": changed}


@ROUTES.search("/v1/subscriptions/<subscription_id>/modify/preview", body=MODIFY, answer=OUT)
def preview(call: Call) -> dict[str, Any]:
    """Tell what a modification would change."""
    return _modified(call, preview=True)


@ROUTES.post("/v1/subscriptions/<subscription_id>/modify/execute", body=MODIFY, answer=OUT)
def execute(call: Call) -> dict[str, Any]:
    """Change quantities, children, the trial, addons, coupons or taxes of a subscription."""
    return _modified(call, preview=False)
