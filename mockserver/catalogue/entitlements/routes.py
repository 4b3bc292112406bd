"""Which URL calls which entitlement rule (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.entitlements import rules
from mockserver.catalogue.entitlements.schemas import (
    BulkEntitlementsIn,
    BulkEntitlementsOut,
    CreateEntitlementIn,
    EntitlementFilterIn,
    EntitlementOut,
    UpdateEntitlementIn,
)
from mockserver.catalogue.entitlements.view import show_entitlements
from mockserver.catalogue.features.view import show_feature
from mockserver.http.listing import envelope, names_of, refuse_query_sort
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes
from mockserver.store.tables.meters import FEATURES

ROUTES = Routes("Entitlements")
CREATE, BULK, UPDATE = CreateEntitlementIn(), BulkEntitlementsIn(), UpdateEntitlementIn()
FILTER, OUT = EntitlementFilterIn(), EntitlementOut()


@ROUTES.post("/v1/entitlements", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Grant a feature to a plan or to one subscription."""
    body = call.body()
    row = rules.create(call.work, body)
    return show_entitlements(call.work, [row], features=True, plans=True)[0]


@ROUTES.post("/v1/entitlements/bulk", status=201, body=BULK, answer=BulkEntitlementsOut())
def create_bulk(call: Call) -> dict[str, Any]:
    """Grant several features at once, all or none."""
    items = call.body().get("items", [])
    rules.read_bulk_items(items)
    rows = rules.create_bulk(call.work, items)
    return {"items": show_entitlements(call.work, rows, features=True, plans=True)}


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_entitlements(call.work, data)
    wanted = names_of(data.get("expand"))
    items = show_entitlements(
        call.work, rows, features="features" in wanted, meters="meters" in wanted, plans="plans" in wanted
    )
    return envelope(items, total, limit, offset)


@ROUTES.get("/v1/entitlements", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List entitlements, newest first."""
    data = call.query()
    refuse_query_sort(data, rules.STYLE)
    return _listed(call, data)


@ROUTES.search("/v1/entitlements/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search entitlements with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/entitlements/<entitlement_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read an entitlement by id with its feature and plan, archived ones included."""
    row = rules.get(call.work, call.params["entitlement_id"])
    shown = show_entitlements(call.work, [row], plans=True)[0]
    feature = call.work.tx.get(FEATURES, row["feature_id"])
    return shown if feature is None else {**shown, "feature": show_feature(call.work, feature, meter=True)}


@ROUTES.put("/v1/entitlements/<entitlement_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Change limit, reset period or switch of an entitlement."""
    body = call.body()
    row = rules.update(call.work, call.params["entitlement_id"], body)
    return show_entitlements(call.work, [row])[0]


@ROUTES.delete("/v1/entitlements/<entitlement_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive an entitlement; its feature may be granted again."""
    rules.delete(call.work, call.params["entitlement_id"])
    return message("entitlement deleted successfully")
