"""Which URL shows an invoice whole, after doing something to it or not
(behaviour/invoices-and-wallets#invoice-routes)."""

from __future__ import annotations

from typing import Any

from mockserver.billing import paying
from mockserver.billing.ledger import LinedInvoice
from mockserver.http.listing import check_expand
from mockserver.http.routing import Answer, Call, Routes
from mockserver.invoices import lifecycle, rules
from mockserver.invoices.schemas import ComputedInvoiceOut, InvoiceOut, PaymentStatusIn
from mockserver.invoices.workflows import started
from mockserver.subscriptions.base import rules as base
from mockserver.subscriptions.core import present
from mockserver.subscriptions.core import rules as subscriptions
from mockserver.terms.taxes import applying as taxes
from mockserver.vocabulary import InvoiceType

ROUTES = Routes("Invoices")
OUT, COMPUTED, PAYMENT = InvoiceOut(), ComputedInvoiceOut(), PaymentStatusIn()
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


@ROUTES.get("/v1/invoices/<invoice_id>", answer=OUT)
def get(call: Call) -> dict[str, Any]:
    """Read an invoice with its customer, subscription and taxes."""
    wanted = check_expand(call.arg("expand"), EXPANDABLE)
    found = rules.get(call.work, call.params["invoice_id"])
    rules.check_grouping(call.texts("group_by"), found)
    return _full(call, found, with_rates="tax_applied.tax_rate" in wanted)


def _full(call: Call, found: LinedInvoice, *, with_rates: bool = False) -> dict[str, Any]:
    work, head = call.work, found.head
    embedded: dict[str, Any] = {"taxes": taxes.of_invoice(work, head.id, with_rates=with_rates)}
    if head.invoice_type is InvoiceType.SUBSCRIPTION:
        subscribed = base.get(work, head.subscription_id or "")
        shown = present.show_read(work, subscribed, subscriptions.current_items(work, subscribed))
        embedded["subscription"] = shown
    embedded["customer"] = rules.customer_of(work, found)
    return OUT.dump(found.shown(**embedded))


def _again(call: Call) -> dict[str, Any]:
    return _full(call, rules.get(call.work, call.params["invoice_id"]))


@ROUTES.post("/v1/invoices/<invoice_id>/compute", answer=COMPUTED)
def compute(call: Call) -> dict[str, Any] | Answer:
    """Compute a draft anew; with ``sync=true`` the result is shown."""
    found = rules.get(call.work, call.params["invoice_id"])
    _full(call, found)
    lifecycle.check_computable(found.head)
    computed = lifecycle.compute(call.work, found)
    if call.arg("sync") != "true":
        return started("compute invoice workflow started", "ComputeInvoiceWorkflow", found.head.id)
    return {"invoice": _again(call), "skipped": computed.is_skipped}


@ROUTES.post("/v1/invoices/<invoice_id>/recalculate-v2", answer=OUT)
def recalculate_draft(call: Call) -> dict[str, Any]:
    """Recalculate a subscription's draft and seal it, unless ``finalize`` says otherwise."""
    found = rules.get(call.work, call.params["invoice_id"])
    lifecycle.recalculate_draft(call.work, found, finalize=call.arg("finalize") in ("", "true"))
    return _again(call)


@ROUTES.put("/v1/invoices/<invoice_id>/payment", body=PAYMENT, answer=OUT)
def set_payment_status(call: Call) -> dict[str, Any]:
    """Record by hand how far an invoice is paid."""
    body = call.body()
    found = rules.get(call.work, call.params["invoice_id"])
    paying.set_status(call.work, found.head, body["payment_status"], body.get("amount"))
    return _again(call)
