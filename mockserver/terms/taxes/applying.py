"""The taxes of an invoice (behaviour/invoices-and-wallets#coupons,
behaviour/invoices-and-wallets#how-an-invoice-looks).

``of_subscription``, ``of_codes`` and ``of_ids`` find the rates, ``rating.adjustments`` computes, ``applied`` says
what each rate charges, ``keep`` stores that for a real invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mockserver.idempotency import key_of
from mockserver.rating.adjustments import PERCENTAGE, TaxRate, tax_amount
from mockserver.rating.money import ZERO
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.records.invoices import Invoice
from mockserver.store.tables.taxes import TAX_APPLIED, TAX_RATES
from mockserver.terms.taxes import associations, rates
from mockserver.times import ZERO as UNSET
from mockserver.work import Work

INVOICE = "invoice"


def of_subscription(work: Work, subscription_id: str) -> list[Row]:
    """The published rates that apply to a subscription's invoices, newest first, whatever the period."""
    found = associations.applying_to(work, associations.SUBSCRIPTION, subscription_id)
    ids = sorted({row["tax_rate_id"] for row in found})
    return work.tx.published(TAX_RATES, In("id", ids)) if ids else []


def of_codes(work: Work, overrides: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The rates of a one-off invoice's ``tax_rate_overrides``, newest first; unknown codes are passed over."""
    codes = [override.get("tax_rate_code", "") for override in overrides]
    return work.tx.published(TAX_RATES, In("code", codes))


def of_ids(work: Work, rate_ids: Iterable[str]) -> list[Row]:
    """The rates of a one-off invoice's ``tax_rates``, archived ones included; an unknown id is ``NotFound``."""
    return [rates.get(work, rate_id) for rate_id in rate_ids]


def terms(rate: Row) -> TaxRate:
    """What a rate charges, for ``rating.adjustments``."""
    kind = rate["tax_rate_type"]
    value = rate["percentage_value" if kind == PERCENTAGE else "fixed_value"]
    return TaxRate(kind, value or ZERO)


def applied(work: Work, invoice: Invoice, found: Sequence[Row], base: Decimal) -> list[Row]:
    """The tax of each rate on ``base``, which is the subtotal less discounts and never below 0; not stored."""
    return [_applied(work, invoice, rate, base) for rate in found]


def _applied(work: Work, invoice: Invoice, rate: Row, base: Decimal) -> Row:
    values = {
        "tax_rate_id": rate["id"],
        "entity_type": INVOICE,
        "entity_id": invoice.id,
        "taxable_amount": base,
        "tax_amount": tax_amount(terms(rate), base, invoice.currency),
        "currency": invoice.currency,
        "applied_at": work.now,
        "idempotency_key": key_of("tax_application", INVOICE, invoice.id, rate["id"]),
    }
    return work.new_row(TAX_APPLIED, values)


def as_previewed(taxes: Sequence[Row], found: Sequence[Row]) -> list[Row]:
    """Taxes and their rates as a preview shows them: nothing has an id or a time, every tax has its rate."""
    unset = {"id": None, "idempotency_key": None, "created_by": None, "updated_by": None}
    dates = {"created_at": UNSET, "updated_at": UNSET}
    return [{**tax, **unset, **dates, "tax_rate": rate} for tax, rate in zip(taxes, found, strict=True)]


def keep(work: Work, taxes: Iterable[Row]) -> None:
    """Store the taxes of a real invoice in place of those stored before."""
    for tax in taxes:
        same = (Eq("entity_id", tax["entity_id"]), Eq("tax_rate_id", tax["tax_rate_id"]))
        known = work.tx.first(TAX_APPLIED, Eq("entity_type", INVOICE), *same)
        if known is None:
            work.insert(TAX_APPLIED, tax)
        else:
            changes = {name: tax[name] for name in ("taxable_amount", "tax_amount", "applied_at")}
            work.change(TAX_APPLIED, known, changes)


def of_invoice(work: Work, invoice_id: str, *, with_rates: bool = False) -> list[Row]:
    """The stored taxes of an invoice, newest first; with their published rates if asked for."""
    found = work.tx.published(TAX_APPLIED, Eq("entity_type", INVOICE), Eq("entity_id", invoice_id))
    return associations.with_rates(work, found, archived=False) if with_rates else found
