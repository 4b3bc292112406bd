"""Which URL calls which meter rule (behaviour/prices-and-meters#operations-on-meters)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.meters import rules
from mockserver.catalogue.meters.schemas import CreateMeterIn, MeterFilterQuery, MeterOut, UpdateMeterIn
from mockserver.http.listing import envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Meters")
CREATE, UPDATE, FILTER, OUT = CreateMeterIn(), UpdateMeterIn(), MeterFilterQuery(), MeterOut()


@ROUTES.post("/v1/meters", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a meter: which events count, and how they become a quantity."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


@ROUTES.get("/v1/meters", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List meters, newest first, archived ones included."""
    rows, total, limit, offset = rules.list_meters(call.work, call.query())
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/meters/<meter_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a meter by id, archived ones included."""
    return OUT.dump(rules.get(call.work, call.params["meter_id"]))


@ROUTES.put("/v1/meters/<meter_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Add filters to a meter; nothing else of it can change."""
    filters = call.body().get("filters", [])
    return OUT.dump(rules.add_filters(call.work, call.params["meter_id"], filters))


@ROUTES.post("/v1/meters/<meter_id>/disable", answer=MessageOut())
def disable(call: Call) -> dict[str, Any]:
    """Archive a meter; it measures no further events."""
    rules.archive(call.work, call.params["meter_id"])
    return message("Meter disabled successfully")


@ROUTES.delete("/v1/meters/<meter_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive a meter, as disabling does."""
    rules.archive(call.work, call.params["meter_id"])
    return message("Meter deleted successfully")
