"""Which URL calls which subscription rule (facts/04 §2)."""

from __future__ import annotations

from typing import Any

from mockserver.errors import Invalid
from mockserver.http.listing import envelope, names_of
from mockserver.http.routing import Call, Routes
from mockserver.resources.subscriptions import creation, listing, present, rules
from mockserver.resources.subscriptions.schemas import CreateSubscriptionIn, SubscriptionFilterIn, SubscriptionOut

ROUTES = Routes("Subscriptions")
CREATE, FILTER, OUT = CreateSubscriptionIn(), SubscriptionFilterIn(), SubscriptionOut()


@ROUTES.post("/v1/subscriptions", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Subscribe a customer to a plan; its prices become line items."""
    body = call.body()
    CREATE.check(body)
    return present.show_created(creation.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = listing.list_subscriptions(call.work, data)
    expand = names_of(data.get("expand"))
    with_items = bool(data.get("with_line_items")) or "subscription_line_items" in {
        name.partition(".")[0] for name in expand
    }
    return envelope(present.show_listed(call.work, rows, expand, with_items=with_items), total, limit, offset)


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
    row = rules.get(call.work, call.params["subscription_id"])
    return present.show_read(call.work, row, rules.current_items(call.work, row))
