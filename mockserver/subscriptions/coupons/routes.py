"""Which URL calls which rule for the coupons of subscriptions (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.http.listing import envelope, refuse_query_sort
from mockserver.http.routing import Call, Routes
from mockserver.subscriptions.coupons import associations
from mockserver.subscriptions.coupons.schemas import CouponAssociationFilterIn, CouponAssociationOut

ROUTES = Routes("Coupons")
ASSOCIATION_FILTER, ASSOCIATION = CouponAssociationFilterIn(), CouponAssociationOut()


@ROUTES.get("/v1/coupons/associations", query=ASSOCIATION_FILTER, answer=ASSOCIATION, items=True)
def list_associations(call: Call) -> dict[str, Any]:
    """List which subscriptions hold which coupons, newest first."""
    data = call.query()
    refuse_query_sort(data, associations.STYLE)
    rows, total, limit, offset = associations.list_associations(call.work, data)
    return envelope([ASSOCIATION.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/coupons/associations/<association_id>", answer=ASSOCIATION)
def get_association(call: Call) -> dict[str, Any]:
    """Read what ties a coupon to a subscription."""
    return ASSOCIATION.dump(associations.get(call.work, call.params["association_id"]))
