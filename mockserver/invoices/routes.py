"""Which URL calls which invoice rule (behaviour/invoices-and-wallets#invoice-routes)."""

from __future__ import annotations

import contextlib
from typing import Any

from flask import Response

from mockserver.billing import paying, pipeline
from mockserver.billing.items import subscription_named
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.preview import preview as previewed
from mockserver.errors import ApiError, Invalid
from mockserver.http.listing import envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.rendering import empty_response, error_response, settle
from mockserver.http.routing import Answer, Call, Routes
from mockserver.invoices import creating, lifecycle, rules
from mockserver.invoices.schemas import (
    CreateInvoiceIn,
    InvoiceFilterIn,
    InvoiceOut,
    PreviewIn,
    UpdateInvoiceIn,
    VoidInvoiceIn,
    WorkflowOut,
)
from mockserver.invoices.workflows import started
from mockserver.rating.periods import Period

ROUTES = Routes("Invoices")
PREVIEW, FILTER, OUT = PreviewIn(), InvoiceFilterIn(), InvoiceOut()
CREATE, UPDATE, VOID = CreateInvoiceIn(), UpdateInvoiceIn(), VoidInvoiceIn()
JOB, MESSAGE = WorkflowOut(), MessageOut()


@ROUTES.search("/v1/invoices/preview", body=PREVIEW, answer=OUT)
def preview(call: Call) -> dict[str, Any]:
    """What a subscription's invoice for a period would look like; nothing is stored."""
    return _preview(call)


def _preview(call: Call) -> dict[str, Any]:
    body = call.body()
    row = subscription_named(call.work, body["subscription_id"])
    start, end = body.get("period_start"), body.get("period_end")
    period = Period(
        row.current_period_start if start is None else start.instant,
        row.current_period_end if end is None else end.instant,
    )
    found = previewed(call.work, row, period, hide_zero_lines=body.get("hide_zero_charges_line_items", False))
    extras = {"taxes": found.taxes, "coupon_applications": found.coupon_applications}
    sent = {name: body[name] for name in ("period_start", "period_end") if name in body}
    return OUT.dump(found.invoice.shown(customer=rules.customer_of(call.work, found.invoice), **extras, **sent))


@ROUTES.search("/v1/invoices/internal/preview", body=PREVIEW, answer=OUT)
def internal_preview(call: Call) -> dict[str, Any]:
    """The same preview under the name the real server's own screens use."""
    return _preview(call)


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, total, limit, offset = rules.list_invoices(call.work, data)
    return envelope([OUT.dump(row) for row in rows], total, limit, offset)


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


@ROUTES.post("/v1/invoices", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any] | Response:
    """Make a one-off invoice, sealed at once, or a draft for a subscription's period."""
    found = creating.create(call.work, call.unchecked_body())
    if isinstance(found, ApiError):
        # Answered, not raised: what was stored before the failure stays (divergence failed-invoice-leaves-draft).
        settled = settle(found, call.settings.divergences, call.touched)
        return empty_response(500) if settled is None else error_response(settled)
    return OUT.dump(found.shown())


@ROUTES.put("/v1/invoices/<invoice_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Change an invoice's due date, link and metadata."""
    body = call.body()
    lifecycle.check_update(call.work, body)
    found = rules.get(call.work, call.params["invoice_id"])
    return OUT.dump(LinedInvoice(lifecycle.update(call.work, found.head, body), found.lines).shown())


@ROUTES.post("/v1/invoices/<invoice_id>/finalize", answer=MESSAGE)
def finalize(call: Call) -> dict[str, Any]:
    """Seal a draft: credits and taxes are applied, it gets its number."""
    pipeline.seal(call.work, rules.get(call.work, call.params["invoice_id"]))
    return message("invoice finalized successfully")


@ROUTES.post("/v1/invoices/<invoice_id>/void", body=VOID, answer=MESSAGE)
def void(call: Call) -> dict[str, Any]:
    """Void an invoice and give back what was paid on it."""
    body = call.body() if call.raw.strip() else {}
    found = rules.get(call.work, call.params["invoice_id"])
    lifecycle.void(call.work, found.head, body.get("metadata"))
    return message("invoice voided successfully")


@ROUTES.post("/v1/invoices/<invoice_id>/recalculate", status=202, answer=JOB)
def recalculate(call: Call) -> Answer:
    """Replace a subscription's invoice; accepted whatever the invoice, nothing happens where it cannot be replaced."""
    invoice_id = call.params["invoice_id"]
    with contextlib.suppress(ApiError), call.work.tx.attempt():
        lifecycle.recalculate(call.work, rules.get(call.work, invoice_id))
    return started("recalculate invoice workflow started", "RecalculateInvoiceWorkflow", invoice_id)


@ROUTES.post("/v1/invoices/<invoice_id>/payment/attempt", answer=MESSAGE)
def attempt_payment(call: Call) -> dict[str, Any]:
    """Pay an invoice from the customer's postpaid wallets."""
    paying.attempt(call.work, rules.get(call.work, call.params["invoice_id"]))
    return message("payment processed successfully")


@ROUTES.post("/v1/invoices/<invoice_id>/comms/trigger", answer=MESSAGE)
def trigger_communication(call: Call) -> dict[str, Any]:
    """Tell the customer about an invoice; the emulator sends nothing."""
    rules.get(call.work, call.params["invoice_id"])
    return message("communication triggered successfully")


@ROUTES.post("/v1/invoices/<invoice_id>/webhook/trigger", answer=MESSAGE)
def trigger_webhook(call: Call) -> dict[str, Any]:
    """Send the webhook named by ``event_name`` again; the emulator sends none."""
    event_name = call.arg("event_name")
    lifecycle.check_webhook(event_name)
    rules.get(call.work, call.params["invoice_id"])
    return {**message("webhook triggered successfully"), "event_name": event_name}
