"""Reading and listing invoices (behaviour/invoices-and-wallets#invoice-routes;
behaviour/subscriptions#opening-invoice)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mockserver.billing import ledger
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.opening import open_subscription
from mockserver.customers import rules as customers
from mockserver.errors import Invalid, NotFound
from mockserver.http.listing import (
    Style,
    array_order,
    check_page,
    conditions,
    limit_of,
    status_condition,
    toss_up_unknown,
)
from mockserver.invoices.schemas import BILLING_REASONS, InvoiceOut
from mockserver.rating.money import ZERO
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Condition, Eq, In, Query
from mockserver.store.records.invoices import Invoice
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.invoices import INVOICES
from mockserver.vocabulary import BillingReason, InvoiceStatus, PriceType
from mockserver.work import Work

STYLE = Style(toss_up_unknown, "database_error", lambda: {"cause": "the database cannot apply the filter"})
OUT = InvoiceOut()
_PROPERTY = re.compile(r"properties\.[A-Za-z0-9_.]+")


def opening(
    work: Work,
    subscription: Subscription,
    item_rows: Sequence[LineItem],
    *,
    credit: Decimal = ZERO,
    reason: BillingReason = BillingReason.CREATE,
) -> dict[str, Any] | None:
    """``open_subscription`` as the ``latest_invoice`` of a subscription's answer.

    ``amount_due``, ``amount_paid`` and ``payment_status`` tell whether the payment behaviour leaves the subscription
    incomplete.
    """
    invoice = open_subscription(work, subscription, item_rows, credit=credit, reason=reason)
    return None if invoice is None else OUT.dump(invoice.shown())


def get(work: Work, invoice_id: str) -> LinedInvoice:
    """The invoice of that id with its lines."""
    row = work.tx.load(Invoice, invoice_id)
    if row is None or row.status != "published":
        raise NotFound(f"no invoice {invoice_id!r}", {"id": invoice_id})
    return ledger.lines_of(work, [row])[0]


def check_grouping(group_by: Sequence[str], invoice: LinedInvoice) -> None:
    """``Invalid`` for a ``group_by`` that usage lines cannot be broken down by; without usage lines any will do."""
    if not any(line.price_type is PriceType.USAGE for line in invoice.lines):
        return
    for entry in group_by:
        if entry not in ("meter_id", "source") and not _PROPERTY.fullmatch(entry):
            raise Invalid("usage cannot be grouped by that", {"group_by_entry": entry})


def customer_of(work: Work, invoice: LinedInvoice) -> Row:
    """Who is invoiced; ``NotFound`` if an invoice names a customer that never existed
    (behaviour/invoices-and-wallets#creating-invoices)."""
    return customers.get(work, invoice.head.customer_id)


def list_invoices(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Invoices as the answer schema prints them, total, limit and the offset as asked (behaviour/http#envelope).

    SKIPPED ones are left out unless ``invoice_status`` asks for them; every one carries its customer, unless that
    has been archived.
    """
    check_page(data)
    where = _where(work, data)
    limit, offset = limit_of(data), int(data.get("offset", 0))
    total = work.tx.count(INVOICES, where)
    heads = work.tx.select(Invoice, Query(tuple(where), array_order(INVOICES, data, STYLE), limit, offset))
    skip_lines = data.get("skip_line_items")
    invoices = [LinedInvoice(head, ()) for head in heads] if skip_lines else ledger.lines_of(work, heads)
    found = work.tx.by_ids(CUSTOMERS, (head.customer_id for head in heads))
    kept = {key: row for key, row in found.items() if row["status"] == "published"}
    return [each.shown(customer=kept.get(each.head.customer_id)) for each in invoices], total, limit, offset


def _where(work: Work, data: dict[str, Any]) -> list[Condition]:
    if data.get("billing_reason") and data["billing_reason"] not in BILLING_REASONS:
        raise Invalid("unknown billing_reason", {"allowed": list(BILLING_REASONS)})
    where: list[Condition] = [status_condition(data)]
    if data.get("external_customer_id"):
        where.append(Eq("customer_id", customers.get_by_external_id(work, data["external_customer_id"])["id"]))
    elif data.get("customer_id"):
        where.append(Eq("customer_id", data["customer_id"]))
    for name in ("subscription_id", "invoice_type", "currency", "billing_reason"):
        if data.get(name):
            where.append(Eq(name, data[name]))
    for name, column in (
        ("invoice_ids", "id"),
        ("subscription_customer_id", "subscription_customer_id"),
        ("payment_status", "payment_status"),
    ):
        if data.get(name):
            where.append(In(column, data[name]))
    statuses = data.get("invoice_status")
    where.append(In("invoice_status", statuses) if statuses else Compare("invoice_status", "!=", InvoiceStatus.SKIPPED))
    for name, column in (("amount_due_gt", "amount_due"), ("amount_remaining_gt", "amount_remaining")):
        if name in data:
            where.append(Compare(column, ">", data[name]))
    for name, column, operator in (
        ("start_time", "period_start", ">="),
        ("end_time", "period_end", "<="),
        ("period_start_gte", "period_start", ">="),
        ("period_start_lte", "period_start", "<="),
        ("period_end_gte", "period_end", ">="),
        ("period_end_lte", "period_end", "<="),
    ):
        if name in data:
            where.append(Compare(column, operator, data[name].instant))
    return where + conditions(INVOICES, data.get("filters", ()), STYLE)
