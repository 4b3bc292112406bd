"""Which URL calls which feature rule (behaviour/prices-and-meters#features)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.features import listing, rules
from mockserver.catalogue.features.schemas import (
    CloneFeatureIn,
    CreateFeatureIn,
    FeatureFilterIn,
    FeatureOut,
    UpdateFeatureIn,
)
from mockserver.catalogue.features.view import show_changed, show_feature, show_features
from mockserver.http.listing import envelope, names_of, refuse_query_sort
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Features")
CREATE, UPDATE, CLONE = CreateFeatureIn(), UpdateFeatureIn(), CloneFeatureIn()
FILTER, OUT = FeatureFilterIn(), FeatureOut()


@ROUTES.post("/v1/features", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a feature, and its meter along with it if one is given."""
    body = call.body()
    return show_feature(call.work, rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = listing.list_features(call.work, data)
    meters = "meters" in names_of(data.get("expand"))
    return envelope(show_features(call.work, rows, meters=meters), total, limit, offset)


@ROUTES.get("/v1/features", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List features, newest first, archived ones included."""
    data = call.query()
    refuse_query_sort(data, listing.style(data))
    return _listed(call, data)


@ROUTES.search("/v1/features/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search features with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/features/<feature_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a feature by id with its meter, archived ones included."""
    return show_feature(call.work, rules.get(call.work, call.params["feature_id"]), meter=True)


@ROUTES.put("/v1/features/<feature_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Update a feature; its key, type and meter cannot change."""
    body = call.body()
    row = rules.update(call.work, call.params["feature_id"], body)
    return show_changed(call.work, row, alerts="alert_settings" in body)


@ROUTES.delete("/v1/features/<feature_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive a feature and its meter."""
    rules.delete(call.work, call.params["feature_id"])
    return message("feature deleted successfully")


@ROUTES.post("/v1/features/<feature_id>/clone", status=201, body=CLONE, answer=OUT)
def clone(call: Call) -> dict[str, Any]:
    """Copy a feature together with its meter."""
    body = call.body()
    return show_feature(call.work, rules.clone(call.work, call.params["feature_id"], body), meter=True)
