"""Which URL calls which credit grant rule (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.credit_grants import rules as grants
from mockserver.catalogue.credit_grants.schemas import (
    CreateCreditGrantIn,
    CreditGrantFilterIn,
    CreditGrantOut,
    DeleteCreditGrantIn,
    UpdateCreditGrantIn,
)
from mockserver.credits.grants import rules
from mockserver.http.listing import envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Credit Grants")
CREATE, UPDATE, DELETE = CreateCreditGrantIn(), UpdateCreditGrantIn(), DeleteCreditGrantIn()
FILTER, OUT = CreditGrantFilterIn(), CreditGrantOut()


@ROUTES.post("/v1/creditgrants", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a credit grant of a plan or of one subscription."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


@ROUTES.get("/v1/creditgrants", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List credit grants, newest first."""
    rows, total, limit, offset = grants.list_grants(call.work, call.query())
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/creditgrants/<grant_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a credit grant by id, archived ones included."""
    return OUT.dump(grants.get(call.work, call.params["grant_id"]))


@ROUTES.put("/v1/creditgrants/<grant_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Rename a credit grant, replace its metadata or set its end."""
    body = call.body()
    return OUT.dump(grants.update(call.work, call.params["grant_id"], body))


@ROUTES.delete("/v1/creditgrants/<grant_id>", body=DELETE, answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """End a credit grant; the body is optional."""
    body = call.body() if call.raw else {}
    grants.delete(call.work, call.params["grant_id"], body)
    return message("credit grant deleted successfully")
