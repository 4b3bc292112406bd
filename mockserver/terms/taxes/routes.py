"""Which URL calls which tax rule (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.errors import NotFound
from mockserver.http.listing import envelope, refuse_query_sort
from mockserver.http.routing import Answer, Call, Routes
from mockserver.terms.taxes import associations, rates
from mockserver.terms.taxes.schemas import (
    CreateTaxAssociationIn,
    CreateTaxRateIn,
    TaxAssociationFilterIn,
    TaxAssociationOut,
    TaxRateFilterIn,
    TaxRateOut,
    UpdateTaxAssociationIn,
    UpdateTaxRateIn,
)

ROUTES = Routes("Taxes")
CREATE_RATE, UPDATE_RATE, RATE_FILTER, RATE = CreateTaxRateIn(), UpdateTaxRateIn(), TaxRateFilterIn(), TaxRateOut()
CREATE, UPDATE, FILTER = CreateTaxAssociationIn(), UpdateTaxAssociationIn(), TaxAssociationFilterIn()
OUT = TaxAssociationOut()


@ROUTES.post("/v1/taxes/rates", status=201, body=CREATE_RATE, answer=RATE)
def create_rate(call: Call) -> dict[str, Any]:
    """Create a tax rate."""
    body = call.body()
    return RATE.dump(rates.create(call.work, body))


@ROUTES.get("/v1/taxes/rates", query=RATE_FILTER, answer=RATE, items=True)
def list_rates(call: Call) -> dict[str, Any]:
    """List tax rates, newest first."""
    data = call.query()
    refuse_query_sort(data, rates.STYLE)
    rows, total, limit, offset = rates.list_rates(call.work, data)
    return envelope([RATE.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/taxes/rates/<rate_id>", answer=RATE)
def get_rate(call: Call) -> Any:
    """Read a tax rate by id, archived ones included."""
    try:
        return RATE.dump(rates.get(call.work, call.params["rate_id"]))
    except NotFound as error:
        if call.work.differs("unknown-tax-rate-is-500"):
            return Answer(500, {"error": error.message})
        raise


@ROUTES.put("/v1/taxes/rates/<rate_id>", body=UPDATE_RATE, answer=RATE)
def update_rate(call: Call) -> dict[str, Any]:
    """Change the texts of a tax rate that nothing uses."""
    body = call.body()
    return RATE.dump(rates.update(call.work, call.params["rate_id"], body))


@ROUTES.delete("/v1/taxes/rates/<rate_id>", status=204)
def delete_rate(call: Call) -> Answer:
    """Archive a tax rate that has no associations."""
    rates.delete(call.work, call.params["rate_id"])
    return Answer(204)


@ROUTES.post("/v1/taxes/associations", status=200, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Associate a tax rate with the tenant, a customer or a subscription."""
    body = call.body()
    return OUT.dump(associations.create(call.work, body))


@ROUTES.get("/v1/taxes/associations", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List tax associations, newest first."""
    rows, total, limit, offset = associations.list_associations(call.work, call.query())
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/taxes/associations/<association_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a tax association with its rate."""
    row = associations.get(call.work, call.params["association_id"])
    return OUT.dump(associations.with_rates(call.work, [row], archived=True)[0])


@ROUTES.put("/v1/taxes/associations/<association_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Change priority, auto_apply or metadata of a tax association."""
    body = call.body()
    return OUT.dump(associations.update(call.work, call.params["association_id"], body))


@ROUTES.delete("/v1/taxes/associations/<association_id>", status=200)
def delete(call: Call) -> Answer:
    """Archive a tax association; the answer has no body."""
    associations.delete(call.work, call.params["association_id"])
    return Answer(200)
