"""Which URL calls which customer rule (behaviour/customers-and-plans#customers)."""

from __future__ import annotations

from typing import Any

from mockserver.customers import rules
from mockserver.customers.schemas import (
    CreateCustomerIn,
    CustomerFilterIn,
    CustomerOut,
    UpdateCustomerIn,
)
from mockserver.http.listing import check_expand, envelope, refuse_query_sort
from mockserver.http.routing import Answer, Call, Routes

ROUTES = Routes("Customers")
CREATE, UPDATE, FILTER, OUT = CreateCustomerIn(), UpdateCustomerIn(), CustomerFilterIn(), CustomerOut()


@ROUTES.post("/v1/customers", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a customer."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_customers(call.work, data)
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/customers", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List customers, newest first."""
    data = call.query()
    refuse_query_sort(data, rules.STYLE)
    return _listed(call, data)


@ROUTES.search("/v1/customers/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search customers with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/customers/<customer_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a customer by id, archived ones included."""
    check_expand(call.arg("expand"), ("integrations",))
    return OUT.dump(rules.get(call.work, call.params["customer_id"]))


@ROUTES.get("/v1/customers/external/<external_id>", answer=OUT)
def get_external(call: Call) -> dict[str, Any]:
    """Read a published customer by your own id of it."""
    check_expand(call.arg("expand"), ("integrations",))
    return OUT.dump(rules.get_by_external_id(call.work, call.params["external_id"]))


@ROUTES.get("/v1/customers/lookup/<external_id>", answer=OUT)
def lookup(call: Call) -> dict[str, Any]:
    """Read a published customer by your own id of it (older name of the route)."""
    check_expand(call.arg("expand"), ("integrations",))
    return OUT.dump(rules.get_by_external_id(call.work, call.params["external_id"]))


def _updated(call: Call, customer_id: str, external_customer_id: str) -> dict[str, Any]:
    body = call.body()
    row = rules.resolve(call.work, customer_id, external_customer_id)
    return OUT.dump(rules.update(call.work, row, body))


@ROUTES.put("/v1/customers/<customer_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Update a customer; metadata is replaced as a whole."""
    return _updated(call, call.params["customer_id"], call.arg("external_customer_id"))


@ROUTES.put("/v1/customers", body=UPDATE, answer=OUT)
def update_by_query(call: Call) -> dict[str, Any]:
    """Update the customer named by ``id`` or ``external_customer_id`` in the query string."""
    return _updated(call, call.arg("id"), call.arg("external_customer_id"))


@ROUTES.delete("/v1/customers/<customer_id>", status=204)
def delete(call: Call) -> Answer:
    """Archive a customer; its external_id is free again."""
    rules.delete(call.work, call.params["customer_id"])
    return Answer(204)
