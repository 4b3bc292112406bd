"""Which URL calls which addon rule (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.addons import embedding, rules
from mockserver.catalogue.addons.embedding import AddonWithPartsOut, show_listed, show_read
from mockserver.catalogue.addons.schemas import AddonFilterIn, CreateAddonIn, UpdateAddonIn
from mockserver.catalogue.credit_grants.schemas import CreditGrantOut
from mockserver.catalogue.entitlements.schemas import EntitlementOut
from mockserver.catalogue.owners import entities
from mockserver.catalogue.owners.schemas import AddonOut
from mockserver.http.listing import envelope, refuse_query_sort
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Addons")
CREATE, UPDATE, FILTER = CreateAddonIn(), UpdateAddonIn(), AddonFilterIn()
OUT, WHOLE = AddonOut(), AddonWithPartsOut()


@ROUTES.post("/v1/addons", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create an addon; prices are added to it afterwards."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_addons(call.work, data)
    return envelope(show_listed(call.work, rows, data), total, limit, offset)


@ROUTES.get("/v1/addons", query=FILTER, answer=WHOLE, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List addons, newest first."""
    data = call.query()
    refuse_query_sort(data, rules.STYLE)
    return _listed(call, data)


@ROUTES.search("/v1/addons/search", body=FILTER, answer=WHOLE, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search addons with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/addons/<addon_id>", answer=WHOLE)
def get(call: Call) -> dict[str, Any]:
    """Read an addon by id with its prices, entitlements and credit grants, archived ones included."""
    return show_read(call.work, entities.addon(call.work, call.params["addon_id"]))


@ROUTES.get("/v1/addons/lookup/<lookup_key>", answer=WHOLE)
def lookup(call: Call) -> dict[str, Any]:
    """Read the published addon that has your own key."""
    return show_read(call.work, rules.get_by_lookup_key(call.work, call.params["lookup_key"]))


@ROUTES.put("/v1/addons/<addon_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Update an addon; metadata is replaced as a whole."""
    return OUT.dump(rules.update(call.work, call.params["addon_id"], call.body()))


@ROUTES.delete("/v1/addons/<addon_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive an addon that no subscription has."""
    rules.delete(call.work, call.params["addon_id"])
    return message("addon deleted successfully")  # the real server's word


@ROUTES.get("/v1/addons/<addon_id>/entitlements", answer=EntitlementOut(), items=True)
def entitlements(call: Call) -> dict[str, Any]:
    """List all entitlements of an addon; an unknown addon has none."""
    items = embedding.entitlements_of(call.work, call.params["addon_id"])
    return envelope(items, len(items), 0, 0)


@ROUTES.get("/v1/addons/<addon_id>/creditgrants", answer=CreditGrantOut(), items=True)
def credit_grants(call: Call) -> dict[str, Any]:
    """List all credit grants of an addon."""
    items = embedding.grants_of(call.work, entities.addon(call.work, call.params["addon_id"])["id"])
    return envelope(items, len(items), 0, 0)
