"""Attaching and detaching addons as modifications (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.store.records.subscriptions import LineItem
from mockserver.subscriptions.addons import rules as addons
from mockserver.subscriptions.addons.detaching import detach
from mockserver.work import Work

PREVIEW_ID = "(preview-created)"


def change_addon(
    work: Work, subscription_id: str, params: Mapping[str, Any], checkout: Mapping[str, Any] | None, *, preview: bool
) -> dict[str, Any]:
    """The items that come or end, and the invoice for what comes or the credit for what ends."""
    if params["action"] == "remove":
        detached = detach(work, params["remove"], subscription_id=subscription_id, preview=preview)
        ended = [_shown(item, item.id, detached.effective, "ended") for item in detached.items]
        return {"line_items": ended, "invoices": detached.credits}
    request = {**params["add"], "checkout": None if preview else checkout}
    attached, invoices = addons.add(work, subscription_id, request, preview=preview)
    created = [_shown(item, PREVIEW_ID if preview else item.id, item.end_date, "created") for item in attached.items]
    return {"line_items": created, "invoices": invoices}


def _shown(item: LineItem, item_id: str, end: datetime | None, action: str) -> dict[str, Any]:
    return {
        "id": item_id,
        "price_id": item.price_id,
        "quantity": item.quantity,
        "start_date": item.start_date,
        "end_date": end,
        "change_action": action,
    }
