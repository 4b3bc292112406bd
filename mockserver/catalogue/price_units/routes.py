"""Which URL calls which price-unit rule (behaviour/customers-and-plans#price-units)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.price_units import rules
from mockserver.catalogue.price_units.schemas import (
    CreatePriceUnitIn,
    PriceUnitFilterIn,
    PriceUnitOut,
    UpdatePriceUnitIn,
)
from mockserver.errors import BadBody, Invalid
from mockserver.http.listing import envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Price units")
CREATE, UPDATE, FILTER, OUT = CreatePriceUnitIn(), UpdatePriceUnitIn(), PriceUnitFilterIn(), PriceUnitOut()


def _read(call: Call) -> dict[str, Any]:
    """The body; unlike elsewhere, a body that cannot be read is told in the details
    (behaviour/customers-and-plans#common-rules)."""
    try:
        return call.body()
    except BadBody as error:
        raise Invalid(error.message, {"parsing_error": error.reason}) from None


@ROUTES.post("/v1/prices/units", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a price unit: a custom currency with a fixed rate to a real one."""
    body = _read(call)
    return OUT.dump(rules.create(call.work, body))


@ROUTES.get("/v1/prices/units", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List price units, newest first."""
    rows, total, limit, offset = rules.list_units(call.work, call.query(), query=True)
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.search("/v1/prices/units/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search price units with filters and sorting."""
    rows, total, limit, offset = rules.list_units(call.work, call.body())
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/prices/units/<unit_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a price unit by id, archived ones included."""
    return OUT.dump(rules.get(call.work, call.params["unit_id"]))


@ROUTES.get("/v1/prices/units/code/<code>", answer=OUT)
def get_by_code(call: Call) -> dict[str, Any]:
    """Read a published price unit by its code."""
    return OUT.dump(rules.get_by_code(call.work, call.params["code"]))


@ROUTES.put("/v1/prices/units/<unit_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Rename a price unit or replace its metadata."""
    body = _read(call)
    return OUT.dump(rules.update(call.work, call.params["unit_id"], body))


@ROUTES.delete("/v1/prices/units/<unit_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive a price unit; its code is free again."""
    rules.delete(call.work, call.params["unit_id"])
    return message("Price unit deleted successfully")
