"""Which URL calls which subscription rule (behaviour/subscriptions#subscription-routes)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.entitlements import effective
from mockserver.credits.grants.applying import upcoming
from mockserver.credits.grants.schemas import GrantApplicationOut
from mockserver.errors import Invalid
from mockserver.http.listing import check_expand, envelope
from mockserver.http.routing import Call, Routes
from mockserver.store.records.subscriptions import Subscription
from mockserver.subscriptions.base import rules as base
from mockserver.subscriptions.core import activation, cancellation, creation, listing, present, rules
from mockserver.subscriptions.core.schemas import (
    ActivateSubscriptionIn,
    CancelledOut,
    CancelSubscriptionIn,
    CreateSubscriptionIn,
    EntitledOut,
    SubscriptionFilterIn,
    SubscriptionOut,
    UpdateSubscriptionIn,
)

ROUTES = Routes("Subscriptions")
CREATE, UPDATE, FILTER, OUT = CreateSubscriptionIn(), UpdateSubscriptionIn(), SubscriptionFilterIn(), SubscriptionOut()
ENTITLED, GRANT_APPLICATION = EntitledOut(), GrantApplicationOut()
ACTIVATE, CANCEL, CANCELLED = ActivateSubscriptionIn(), CancelSubscriptionIn(), CancelledOut()


@ROUTES.post("/v1/subscriptions", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Subscribe a customer to a plan; its prices become line items."""
    body = call.body()
    return present.show_created(creation.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = listing.list_subscriptions(call.work, data)
    return envelope(present.show_listed(call.work, [Subscription.of(row) for row in rows], data), total, limit, offset)


@ROUTES.get("/v1/subscriptions", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List subscriptions, newest first; only active ones unless a status is given."""
    data = call.query()
    if "sort" in data:
        raise Invalid("sort cannot be used in a query string")
    return _listed(call, data)


@ROUTES.search("/v1/subscriptions/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search subscriptions with filters and sorting; only active ones unless a status is given."""
    data = call.body()
    if data.get("limit") == 0:
        raise Invalid("limit must be between 1 and 1000", {"limit": "must be between 1 and 1000"})
    return _listed(call, data)


@ROUTES.get("/v1/subscriptions/<subscription_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a subscription with its plan, customer and line items."""
    return _read(call, base.get(call.work, call.params["subscription_id"]))


def _read(call: Call, row: Subscription) -> dict[str, Any]:
    return present.show_read(call.work, row, rules.current_items(call.work, row))


@ROUTES.get("/v1/subscriptions/<subscription_id>/v2", answer=OUT)
def get_v2(call: Call) -> dict[str, Any]:
    """Read a subscription with only what ``expand`` names."""
    expand = check_expand(call.arg("expand"), listing.EXPANDABLE)
    row = base.get(call.work, call.params["subscription_id"])
    return present.show_expanded(call.work, row, rules.current_items(call.work, row), expand)


@ROUTES.put("/v1/subscriptions/<subscription_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Set the status label, the cancel date or the parent of a subscription."""
    return _read(call, rules.update(call.work, call.params["subscription_id"], call.body()))


@ROUTES.post("/v1/subscriptions/<subscription_id>/activate", body=ACTIVATE, answer=OUT)
def activate(call: Call) -> dict[str, Any]:
    """Start a draft subscription."""
    body = call.body()
    started = activation.activate(call.work, call.params["subscription_id"], body["start_date"].instant)
    return present.show_created(started)


@ROUTES.post("/v1/subscriptions/<subscription_id>/cancel", body=CANCEL, answer=CANCELLED)
def cancel(call: Call) -> dict[str, Any]:
    """Cancel a subscription now, with its period, or on a date."""
    return CANCELLED.dump(cancellation.cancel(call.work, call.params["subscription_id"], call.body()))


@ROUTES.get("/v1/subscriptions/<subscription_id>/entitlements", answer=ENTITLED)
def entitlements(call: Call) -> dict[str, Any]:
    """List what the subscription entitles to: the plan's entitlements and its own, feature by feature."""
    row = base.get(call.work, call.params["subscription_id"])
    wanted = call.texts("feature_ids")
    granted = [
        entitlement
        for entitlement in effective.of_subscription(call.work, row)
        if not wanted or entitlement["feature_id"] in wanted
    ]
    features = effective.show_aggregated(effective.aggregate(call.work, granted, row.id))
    return {"subscription_id": row.id, "plan_id": row.plan_id, "features": features}


@ROUTES.get("/v1/subscriptions/<subscription_id>/grants/upcoming", answer=GRANT_APPLICATION, items=True)
def upcoming_grants(call: Call) -> dict[str, Any]:
    """List credit grants still to be applied to a running subscription."""
    subscription_id = call.params["subscription_id"]
    base.check_running(call.work, subscription_id)
    rows = upcoming(call.work, [subscription_id])
    return envelope([GRANT_APPLICATION.dump(row) for row in rows], len(rows), 0, 0)
