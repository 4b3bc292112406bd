"""Invoices made on request: one-off ones and drafts of a subscription's period (facts/06 §12.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.billing import ledger, pipeline
from mockserver.billing.adjusting import Coupons, Terms
from mockserver.billing.assembling import subscription_of
from mockserver.billing.ledger import Invoice
from mockserver.billing.passages import PASSAGES, Kind
from mockserver.errors import AlreadyExists, ApiError, Crash, Invalid
from mockserver.idempotency import key_of
from mockserver.invoices.schemas import INVOICE_TYPES, CreateInvoiceIn
from mockserver.rating.money import ZERO, round_money
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Condition, Eq
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICES
from mockserver.store.transaction import new_id
from mockserver.terms.coupons import applying as coupons
from mockserver.terms.taxes import applying as taxes
from mockserver.work import Work

_CHECKS = CreateInvoiceIn()
_REOPENED = (ledger.DRAFT, ledger.SKIPPED)
_LINE_FIELDS = (
    "entity_id",
    "price_id",
    "plan_display_name",
    "meter_id",
    "meter_display_name",
    "price_unit",
    "display_name",
    "metadata",
    "commitment_info",
    "subscription_line_item_id",
    "adjusted_entitlement_quantity",
)


def create(work: Work, body: Mapping[str, Any]) -> Invoice | ApiError:
    """A one-off or credit invoice, sealed at once, or a subscription's draft, sealed only if asked for.

    A subscription's invoice over nothing is SKIPPED; its lines and version are shown as before it was stored. On the
    real server a draft stays behind where computing it fails: the error is returned then, not raised, so that the
    draft is kept.
    """
    terms = _one_off_terms(work, body)
    draft = _draft(work, body)
    try:
        with work.tx.attempt():
            return _computed(work, draft, body, terms)
    except ApiError as error:
        if not work.differs("failed-invoice-leaves-draft"):
            raise
        return error


def create_one_off(work: Work, body: Mapping[str, Any]) -> Invoice:
    """The same for other rules, which want all or nothing."""
    return _computed(work, _draft(work, body), body, _one_off_terms(work, body))


def _computed(work: Work, draft: Row, body: Mapping[str, Any], terms: Terms) -> Invoice:
    if draft["invoice_type"] != ledger.SUBSCRIPTION:
        return pipeline.seal(work, _one_off(work, draft, body, terms))
    invoice = pipeline.recompute(work, draft)
    if invoice.row["invoice_status"] == ledger.SKIPPED:
        lines = tuple({**line, "price_unit_amount": line["price_unit_amount"] or ZERO} for line in invoice.lines)
        return Invoice({**invoice.row, "version": draft["version"]}, lines)
    if body.get("invoice_status") == ledger.FINALIZED:
        return pipeline.seal(work, invoice)
    return invoice


def _one_off_terms(work: Work, body: Mapping[str, Any]) -> Terms:
    """The coupons and rates sent. Rates named by code win over those named by id (facts/06 §10.3)."""
    on_lines = coupons.of_lines(work, body.get("line_item_coupons", ()))
    on_invoice = coupons.of_ids(work, body.get("coupons", ()))
    overrides = body.get("tax_rate_overrides")
    rates = taxes.of_codes(work, overrides) if overrides else taxes.of_ids(work, body.get("tax_rates", ()))
    return Terms(Coupons(on_invoice, on_lines, "price_id"), rates)


def _draft(work: Work, body: Mapping[str, Any]) -> Row:
    """The stored draft: a new one, or the one that the same request or period has left open.

    ``AlreadyExists`` if that one has been sealed.
    """
    _check(body)
    row = _row(work, body)
    given = body.get("idempotency_key")
    if row["subscription_id"] is not None and given is None and not (row["period_start"] and row["period_end"]):
        raise Crash("an invoice that names a subscription needs a period")
    row["idempotency_key"] = given if given is not None else _key(row)
    found = _known(work, Eq("idempotency_key", row["idempotency_key"]))
    if found is None and row["subscription_id"] is not None and given is None:
        found = _known(work, *_of_period(row))
    if found is not None:
        return found
    if len(row["currency"]) != 3:
        raise Invalid("currency must have three letters")
    start, end = row["period_start"], row["period_end"]
    if start is not None and end is not None and end < start:
        raise Invalid("period_end must not be before period_start")
    return ledger.store_draft(work, row)


def _check(body: Mapping[str, Any]) -> None:
    _CHECKS.check(body)
    kind = body["invoice_type"]
    if kind not in INVOICE_TYPES:
        raise Invalid(f"unknown invoice_type {kind!r}", {"allowed": list(INVOICE_TYPES)})
    if kind != ledger.SUBSCRIPTION:
        return
    for name in ("subscription_id", "billing_period", "period_start", "period_end"):
        if name not in body:
            raise Invalid(f"a subscription's invoice needs {name}")
    if body["period_end"].instant < body["period_start"].instant:
        raise Invalid("period_end must not be before period_start")


def _row(work: Work, body: Mapping[str, Any]) -> Row:
    plain = ("customer_id", "subscription_id", "invoice_type", "metadata", "invoice_pdf_url")
    times = ("period_start", "period_end", "due_date", "issue_date")
    values: Row = {name: body[name] for name in plain if name in body}
    values |= {name: body[name].instant for name in times if name in body}
    values |= {name: body.get(name, "") for name in ("billing_period", "billing_reason", "description")}
    values |= {"currency": body["currency"].lower(), "billing_sequence": 0}
    return ledger.empty(work, values)


def _key(row: Row) -> str:
    """A one-off invoice never collides with another."""
    if row["subscription_id"] is None:
        return key_of("one_off_invoice", row["id"], new_id("key"))
    return ledger.subscription_key(row)


def _known(work: Work, *where: Condition) -> Row | None:
    row = work.tx.first(INVOICES, Eq("status", "published"), Compare("invoice_status", "!=", ledger.VOIDED), *where)
    if row is not None and row["invoice_status"] not in _REOPENED:
        raise AlreadyExists("an invoice of that key or period exists")
    return row


def _of_period(row: Row) -> list[Condition]:
    """Without a reason the period alone counts."""
    named = ["subscription_id", "period_start", "period_end"]
    return [Eq(name, row[name]) for name in (*named, *(["billing_reason"] if row["billing_reason"] else []))]


def _one_off(work: Work, draft: Row, body: Mapping[str, Any], terms: Terms) -> Invoice:
    """A one-off draft with the lines, coupons, credits and taxes of the request; the subtotal is taken as sent."""
    if draft["subscription_id"] is not None:
        subscription_of(work, draft)
    due = body.get("due_date")
    started = {
        **draft,
        "subtotal": body.get("subtotal", ZERO),
        "description": body.get("description", ""),
        "due_date": None if due is None else due.instant,
    }
    sent = tuple(_line(work, draft, line) for line in body.get("line_items", ()))
    invoice = pipeline.fill(work, Invoice(started, sent), PASSAGES[Kind.ONE_OFF].computed, terms)
    # Drawing credits makes the real server compute an open draft once more in between.
    steps = 2 if invoice.row["total_prepaid_credits_applied"] else 1
    changed = {**invoice.row, "last_computed_at": work.now}
    return Invoice(ledger.save(work, draft, changed, steps=steps), invoice.lines)


def _line(work: Work, invoice: Row, sent: Mapping[str, Any]) -> Row:
    values = {name: sent[name] for name in _LINE_FIELDS if name in sent}
    values |= {name: sent[name].instant for name in ("period_start", "period_end") if name in sent}
    values |= dict.fromkeys(ledger.LINE_ADJUSTMENTS, ZERO)
    values |= {
        "invoice_id": invoice["id"],
        "customer_id": invoice["customer_id"],
        "subscription_id": sent.get("subscription_id", invoice["subscription_id"]),
        "entity_type": sent.get("entity_type", ""),
        "price_type": sent.get("price_type", ""),
        "amount": round_money(sent.get("amount", ZERO), invoice["currency"]),
        "quantity": sent.get("quantity", ZERO),
        "currency": invoice["currency"],
    }
    return work.new_row(INVOICE_LINE_ITEMS, values)
