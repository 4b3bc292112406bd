"""Which URL calls which rule for the addons of subscriptions (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

from mockserver.http.listing import envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes
from mockserver.subscriptions.addons import rules
from mockserver.subscriptions.addons.detaching import detach
from mockserver.subscriptions.addons.schemas import (
    AddAddonIn,
    AssociationOut,
    AssociationWithAddonOut,
    RemoveAddonIn,
)

ROUTES = Routes("Subscription addons")
ADD, REMOVE, OUT, WHOLE = AddAddonIn(), RemoveAddonIn(), AssociationOut(), AssociationWithAddonOut()


@ROUTES.post("/v1/subscriptions/addon", body=ADD, answer=OUT)
def add(call: Call) -> dict[str, Any]:
    """Attach an addon to an active subscription or a draft."""
    body = call.body()
    attached, _ = rules.add(call.work, body["subscription_id"], body)
    return OUT.dump(attached.association)


@ROUTES.delete("/v1/subscriptions/addon", body=REMOVE, answer=MessageOut())
def remove(call: Call) -> dict[str, Any]:
    """Detach an addon, with the current period or on a date within it."""
    body = call.body()
    detach(call.work, body)
    return message("addon removed from the subscription")


@ROUTES.get("/v1/subscriptions/<subscription_id>/addons/associations", answer=WHOLE, items=True)
def associations(call: Call) -> dict[str, Any]:
    """List the addons a subscription has in its current period, with their prices."""
    rows = rules.list_associations(call.work, call.params["subscription_id"])
    items = [{**WHOLE.dump({**row, "addon": None}), **_embedded(row)} for row in rows]
    return envelope(items, len(items), 0, 0)


def _embedded(row: dict[str, Any]) -> dict[str, Any]:
    return {} if row["addon"] is None else {"addon": row["addon"]}
