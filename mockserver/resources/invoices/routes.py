"""Which URL calls which invoice rule (facts/06 §12.1)."""

from __future__ import annotations

from typing import Any

from mockserver.errors import Invalid
from mockserver.http.listing import check_expand, envelope
from mockserver.http.routing import Call, Routes
from mockserver.resources.billing.items import subscription
from mockserver.resources.invoices import rules
from mockserver.resources.invoices.schemas import InvoiceFilterIn, InvoiceOut, PreviewIn
from mockserver.resources.subscriptions import present
from mockserver.resources.subscriptions import rules as subscriptions

ROUTES = Routes("Invoices")
PREVIEW, FILTER, OUT = PreviewIn(), InvoiceFilterIn(), InvoiceOut()
EXPANDABLE = (
    "subscription",
    "subscription.plan",
    "customer",
    "coupon_applications",
    "coupon_applications.coupon",
    "tax_applied",
    "tax_applied.tax_rate",
)
"""What reading an invoice accepts in ``expand``; customer and subscription are there without being asked for."""


@ROUTES.search("/v1/invoices/preview", body=PREVIEW, answer=OUT)
def preview(call: Call) -> dict[str, Any]:
    """What a subscription's invoice for a period would look like; nothing is stored."""
    return _preview(call)


def _preview(call: Call) -> dict[str, Any]:
    body = call.body()
    PREVIEW.demand(body)
    row = subscription(call.work, body["subscription_id"])
    start, end = body.get("period_start"), body.get("period_end")
    found = rules.preview(
        call.work,
        row,
        row["current_period_start"] if start is None else start.instant,
        row["current_period_end"] if end is None else end.instant,
        hide_zero_lines=body.get("hide_zero_charges_line_items", False),
    )
    sent = {name: body[name] for name in ("period_start", "period_end") if name in body}
    return OUT.show(found.shown(customer=rules.customer_of(call.work, found), **sent))


@ROUTES.search("/v1/invoices/internal/preview", body=PREVIEW, answer=OUT)
def internal_preview(call: Call) -> dict[str, Any]:
    """The same preview under the name the real server's own screens use."""
    return _preview(call)


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_invoices(call.work, data)
    return envelope([OUT.show(row) for row in rows], total, limit, offset)


@ROUTES.get("/v1/invoices", query=FILTER, answer=OUT, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List invoices, newest first; those skipped because nothing was due only when asked for."""
    return _listed(call, call.query())


@ROUTES.search("/v1/invoices/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search invoices with filters and sorting."""
    data = call.body()
    if data.get("limit") == 0:
        raise Invalid("limit must be between 1 and 1000", {"limit": "must be between 1 and 1000"})
    return _listed(call, data)


@ROUTES.get("/v1/invoices/<invoice_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read an invoice with its customer and subscription."""
    check_expand(call.arg("expand"), EXPANDABLE)
    work = call.work
    found = rules.get(work, call.params["invoice_id"])
    rules.check_grouping(call.texts("group_by"), found)
    embedded: dict[str, Any] = {"customer": rules.customer_of(work, found)}
    if found.row["invoice_type"] == "SUBSCRIPTION":
        row = subscriptions.get(work, found.row["subscription_id"])
        shown = present.show_read(work, row, subscriptions.current_items(work, row))
        embedded["subscription"] = shown
    return OUT.show(found.shown(**embedded))
