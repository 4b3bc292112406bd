"""Which URL calls which coupon rule (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.http.listing import envelope, refuse_query_sort
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes
from mockserver.terms.coupons import rules
from mockserver.terms.coupons.schemas import CouponFilterIn, CouponOut, CreateCouponIn, UpdateCouponIn

ROUTES = Routes("Coupons")
CREATE, UPDATE, FILTER, OUT = CreateCouponIn(), UpdateCouponIn(), CouponFilterIn(), CouponOut()


@ROUTES.post("/v1/coupons", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a coupon."""
    body = call.body()
    return OUT.dump(rules.create(call.work, body))


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_coupons(call.work, data)
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/coupons", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List coupons, newest first."""
    data = call.query()
    refuse_query_sort(data, rules.STYLE)
    return _listed(call, data)


@ROUTES.search("/v1/coupons/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search coupons with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/coupons/code/<code>", answer=OUT)
def get_by_code(call: Call) -> dict[str, Any]:
    """Read a published coupon by its code, whatever the case of its letters."""
    return OUT.dump(rules.get_by_code(call.work, call.params["code"]))


@ROUTES.get("/v1/coupons/<coupon_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read a coupon by id, archived ones included."""
    return OUT.dump(rules.get(call.work, call.params["coupon_id"]))


@ROUTES.put("/v1/coupons/<coupon_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Rename a coupon or replace its metadata."""
    body = call.body()
    return OUT.dump(rules.update(call.work, call.params["coupon_id"], body))


@ROUTES.delete("/v1/coupons/<coupon_id>", answer=MessageOut())
def delete(call: Call) -> dict[str, Any]:
    """Archive a coupon; its code is free again."""
    rules.delete(call.work, call.params["coupon_id"])
    return message("Coupon deleted successfully")
