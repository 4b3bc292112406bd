"""Invoices made on request: one-off ones and drafts of a subscription's period
(behaviour/invoices-and-wallets#creating-invoices)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from mockserver.billing import ledger, pipeline
from mockserver.billing.adjusting import Coupons, Terms
from mockserver.billing.assembling import subscription_of
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import PASSAGES, Kind
from mockserver.errors import AlreadyExists, ApiError, Crash, Invalid
from mockserver.idempotency import key_of
from mockserver.invoices.schemas import INVOICE_TYPES, CreateInvoiceIn
from mockserver.rating.money import ZERO, round_money
from mockserver.store.query import Compare, Condition, Eq
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.transaction import new_id
from mockserver.terms.coupons import applying as coupons
from mockserver.terms.taxes import applying as taxes
from mockserver.vocabulary import InvoiceStatus, InvoiceType, Status
from mockserver.work import Work

_CHECKS = CreateInvoiceIn()
_REOPENED = (InvoiceStatus.DRAFT, InvoiceStatus.SKIPPED)
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


def create(work: Work, body: Mapping[str, Any]) -> LinedInvoice | ApiError:
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


def create_one_off(work: Work, body: Mapping[str, Any]) -> LinedInvoice:
    """The same for other rules, which want all or nothing."""
    return _computed(work, _draft(work, body), body, _one_off_terms(work, body))


def _computed(work: Work, draft: Invoice, body: Mapping[str, Any], terms: Terms) -> LinedInvoice:
    if draft.invoice_type is not InvoiceType.SUBSCRIPTION:
        return pipeline.seal(work, _one_off(work, draft, body, terms))
    invoice = pipeline.recompute(work, draft)
    if invoice.is_skipped:
        lines = tuple(replace(line, price_unit_amount=line.price_unit_amount or ZERO) for line in invoice.lines)
        return LinedInvoice(replace(invoice.head, version=draft.version), lines)
    if body.get("invoice_status") == InvoiceStatus.FINALIZED:
        return pipeline.seal(work, invoice)
    return invoice


def _one_off_terms(work: Work, body: Mapping[str, Any]) -> Terms:
    """The coupons and rates sent. Rates named by code win over those named by id
    (behaviour/invoices-and-wallets#coupons)."""
    on_lines = coupons.of_lines(work, body.get("line_item_coupons", ()))
    on_invoice = coupons.of_ids(work, body.get("coupons", ()))
    overrides = body.get("tax_rate_overrides")
    rates = taxes.of_codes(work, overrides) if overrides else taxes.of_ids(work, body.get("tax_rates", ()))
    return Terms(Coupons(on_invoice, on_lines, attrgetter("price_id")), rates)


def _draft(work: Work, body: Mapping[str, Any]) -> Invoice:
    """The stored draft: a new one, or the one that the same request or period has left open.

    ``AlreadyExists`` if that one has been sealed.
    """
    _check(body)
    asked = _asked(work, body)
    given = body.get("idempotency_key")
    start, end = asked.period_start, asked.period_end
    if asked.subscription_id is not None and given is None and not (start and end):
        raise Crash("an invoice that names a subscription needs a period")
    draft = replace(asked, idempotency_key=given if given is not None else _key(asked))
    found = _known(work, Eq("idempotency_key", draft.idempotency_key))
    if found is None and draft.subscription_id is not None and given is None:
        found = _known(work, *_of_period(draft))
    if found is not None:
        return found
    if len(draft.currency) != 3:
        raise Invalid("currency must have three letters")
    if start is not None and end is not None and end < start:
        raise Invalid("period_end must not be before period_start")
    return ledger.store_draft(work, draft)


def _check(body: Mapping[str, Any]) -> None:
    _CHECKS.check(body)
    kind = body["invoice_type"]
    if kind not in INVOICE_TYPES:
        raise Invalid(f"unknown invoice_type {kind!r}", {"allowed": list(INVOICE_TYPES)})
    if kind != InvoiceType.SUBSCRIPTION:
        return
    for name in ("subscription_id", "billing_period", "period_start", "period_end"):
        if name not in body:
            raise Invalid(f"a subscription's invoice needs {name}")
    if body["period_end"].instant < body["period_start"].instant:
        raise Invalid("period_end must not be before period_start")


def _asked(work: Work, body: Mapping[str, Any]) -> Invoice:
    """The empty draft that a request describes; not stored."""
    plain = ("customer_id", "subscription_id", "invoice_type", "metadata", "invoice_pdf_url")
    times = ("period_start", "period_end", "due_date", "issue_date")
    values: dict[str, Any] = {name: body[name] for name in plain if name in body}
    values |= {name: body[name].instant for name in times if name in body}
    values |= {name: body.get(name, "") for name in ("billing_period", "billing_reason", "description")}
    values |= {"currency": body["currency"].lower(), "billing_sequence": 0}
    return ledger.empty(work, **values)


def _key(draft: Invoice) -> str:
    """A one-off invoice never collides with another."""
    if draft.subscription_id is None:
        return key_of("one_off_invoice", draft.id, new_id("key"))
    return ledger.subscription_key(draft)


def _known(work: Work, *where: Condition) -> Invoice | None:
    standing = Compare("invoice_status", "!=", InvoiceStatus.VOIDED)
    found = work.tx.one(Invoice, Eq("status", Status.PUBLISHED), standing, *where)
    if found is not None and found.invoice_status not in _REOPENED:
        raise AlreadyExists("an invoice of that key or period exists")
    return found


def _of_period(draft: Invoice) -> list[Condition]:
    """Without a reason the period alone counts."""
    where = [
        Eq("subscription_id", draft.subscription_id),
        Eq("period_start", draft.period_start),
        Eq("period_end", draft.period_end),
    ]
    return [*where, Eq("billing_reason", draft.billing_reason)] if draft.billing_reason else list(where)


def _one_off(work: Work, draft: Invoice, body: Mapping[str, Any], terms: Terms) -> LinedInvoice:
    """A one-off draft with the lines, coupons, credits and taxes of the request; the subtotal is taken as sent."""
    if draft.subscription_id is not None:
        subscription_of(work, draft)
    due = body.get("due_date")
    started = replace(
        draft,
        subtotal=body.get("subtotal", ZERO),
        description=body.get("description", ""),
        due_date=None if due is None else due.instant,
    )
    sent = tuple(_line(work, draft, line) for line in body.get("line_items", ()))
    invoice = pipeline.fill(work, LinedInvoice(started, sent), PASSAGES[Kind.ONE_OFF].computed, terms)
    # Drawing credits makes the real server compute an open draft once more in between.
    steps = 2 if invoice.head.total_prepaid_credits_applied else 1
    changed = replace(invoice.head, last_computed_at=work.now)
    return LinedInvoice(ledger.save(work, draft, changed, steps=steps), invoice.lines)


def _line(work: Work, invoice: Invoice, sent: Mapping[str, Any]) -> InvoiceLine:
    values: dict[str, Any] = {name: sent[name] for name in _LINE_FIELDS if name in sent}
    values |= {name: sent[name].instant for name in ("period_start", "period_end") if name in sent}
    values |= dict.fromkeys(ledger.LINE_ADJUSTMENTS, ZERO)
    values |= {
        "invoice_id": invoice.id,
        "customer_id": invoice.customer_id,
        "subscription_id": sent.get("subscription_id", invoice.subscription_id),
        "entity_type": sent.get("entity_type", ""),
        "price_type": sent.get("price_type", ""),
        "amount": round_money(sent.get("amount", ZERO), invoice.currency),
        "quantity": sent.get("quantity", ZERO),
        "currency": invoice.currency,
    }
    return work.make(InvoiceLine, **values)
