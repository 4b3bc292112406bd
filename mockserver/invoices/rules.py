"""What invoices do: previews, opening invoices, reading and listing (facts/06 §12, §13; facts/04 §6.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.billing import adjusting, ledger, sealing
from mockserver.billing import assembling as computing
from mockserver.billing import lines as charging
from mockserver.billing.bill import Bill, Part
from mockserver.billing.items import INHERITED, attach, items_of
from mockserver.billing.ledger import Invoice
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
from mockserver.invoices import payments
from mockserver.invoices.schemas import BILLING_REASONS, InvoiceOut
from mockserver.rating.charges import USAGE, Line
from mockserver.rating.fixed import ARREAR
from mockserver.rating.money import ZERO, subtract
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Condition, Eq, In, Query
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.invoices import INVOICES
from mockserver.terms.taxes import applying as taxes
from mockserver.work import Work

STYLE = Style(toss_up_unknown, "database_error", lambda: {"cause": "the database cannot apply the filter"})
OUT = InvoiceOut()
_PROPERTY = re.compile(r"properties\.[A-Za-z0-9_.]+")


def preview(
    work: Work, subscription: Row, start: datetime, end: datetime, *, hide_zero_lines: bool = False
) -> tuple[Invoice, dict[str, Any]]:
    """The invoice a period would close with, and its taxes and coupon applications; nothing is stored or redeemed
    (facts/06 §12.1, §13 last row).

    What was invoiced already is not left out, credits are not used. A parent is shown what it is invoiced for its
    children. ``Invalid`` for a period after a subscription's end.
    """
    period = Period(start, end)
    bill = Bill(
        tuple(_closing(work, each, period) for each in (subscription, *computing.grouped(work, subscription))),
        f"Preview invoice for subscription {subscription['id']}",
    )
    if hide_zero_lines:
        bill = bill.without_zero_lines()
    row = ledger.blank(work, subscription, period, ledger.CYCLE)
    row["metadata"] = {"is_preview": "true"}
    used = adjusting.of_subscriptions(work, [part.subscription for part in bill.parts], row)
    found, applied = adjusting.discounted(work, ledger.filled(work, row, bill), used)
    charged = taxes.previewed(
        work, found.row, taxes.of_subscription(work, subscription["id"]), adjusting.taxable(found.row)
    )
    # A preview shows what coupons on the whole invoice take off its total, not off its lines (facts/06 §10.2).
    lines = tuple({**line, "invoice_level_discount": ZERO} for line in found.lines)
    extras = {"taxes": charged, "coupon_applications": applied}
    return Invoice(adjusting.taxed(found.row, charged), lines), extras


def _closing(work: Work, subscription: Row, period: Period) -> Part:
    """What a subscription's period closes with; an inherited one is billed by its parent."""
    computing.check_period(subscription, period)
    items = [] if subscription["subscription_type"] == INHERITED else items_of(work, subscription, period.start)
    lines = charging.closing_lines(work, subscription, items, period)
    return Part(subscription, {item.id: item for item in items}, tuple(lines))


def open_subscription(
    work: Work,
    subscription: Row,
    item_rows: Sequence[Row],
    *,
    credit: Decimal = ZERO,
    reason: str = ledger.CREATE,
) -> Invoice | None:
    """The stored opening invoice of a new subscription's current period; None if nothing is due (facts/04 §6.1).

    Finalized at once. A trial opens with an invoice over 0, paid if the customer is charged automatically. Nothing
    due otherwise leaves a SKIPPED invoice behind, which lists hide (facts/06 §0 row 11). ``credit`` of a subscription
    that this one replaces comes off its lines, one after the other (facts/04 §16.1).
    """
    trial = subscription["subscription_status"] == "trialing"
    period = Period(subscription["current_period_start"], subscription["current_period_end"])
    items = attach(work, item_rows)
    lines = _less(credit, charging.opening_lines(work, subscription, items, period))
    description = f"Invoice for advance charges - subscription {subscription['id']}" if lines else ""
    bill = Bill((Part(subscription, {item.id: item for item in items}, tuple(lines)),), description)
    draft = ledger.draft(work, subscription, period, ledger.TRIAL_START if trial else reason)
    invoice = computing.compute(work, draft, bill)
    if invoice.row["invoice_status"] == ledger.SKIPPED:
        return None
    invoice = sealing.finalize(work, invoice)
    if trial and subscription["collection_method"] == "charge_automatically":
        invoice = payments.mark_paid(work, invoice)
    return invoice


def _less(credit: Decimal, lines: Sequence[Line]) -> list[Line]:
    """The lines after taking off what they can bear of a credit."""
    result = []
    for line in lines:
        taken = min(credit, line.amount)
        credit = subtract(credit, taken)
        result.append(replace(line, amount=subtract(line.amount, taken)))
    return result


def close_subscription(work: Work, subscription: Row, item_rows: Sequence[Row], end: datetime) -> Invoice | None:
    """The stored final invoice of a subscription that ends before its period does: what is paid in arrear, up to
    ``end``; None if that is nothing (facts/04 §11)."""
    if end <= subscription["current_period_start"]:
        return None
    period = Period(subscription["current_period_start"], end)
    items = [item for item in attach(work, item_rows) if item.row["invoice_cadence"] == ARREAR]
    lines = charging.closing_lines(work, subscription, items, period)
    part = Part(subscription, {item.id: item for item in items}, tuple(lines))
    draft = ledger.draft(work, subscription, period, ledger.PRORATION)
    invoice = computing.compute(work, draft, Bill((part,), f"Invoice for subscription {subscription['id']}"))
    return None if invoice.row["invoice_status"] == ledger.SKIPPED else sealing.finalize(work, invoice)


def opening(
    work: Work,
    subscription: Row,
    item_rows: Sequence[Row],
    *,
    credit: Decimal = ZERO,
    reason: str = ledger.CREATE,
) -> dict[str, Any] | None:
    """``open_subscription`` as the ``latest_invoice`` of a subscription's answer.

    ``amount_due``, ``amount_paid`` and ``payment_status`` tell whether the payment behaviour leaves the subscription
    incomplete.
    """
    invoice = open_subscription(work, subscription, item_rows, credit=credit, reason=reason)
    return None if invoice is None else OUT.show(invoice.shown())


def get(work: Work, invoice_id: str) -> Invoice:
    """The invoice of that id with its lines."""
    row = work.tx.get(INVOICES, invoice_id)
    if row is None or row["status"] != "published":
        raise NotFound(f"no invoice {invoice_id!r}", {"id": invoice_id})
    return ledger.lines_of(work, [row])[0]


def check_grouping(group_by: Sequence[str], invoice: Invoice) -> None:
    """``Invalid`` for a ``group_by`` that usage lines cannot be broken down by; without usage lines any will do."""
    if not any(line["price_type"] == USAGE for line in invoice.lines):
        return
    for entry in group_by:
        if entry not in ("meter_id", "source") and not _PROPERTY.fullmatch(entry):
            raise Invalid("usage cannot be grouped by that", {"group_by_entry": entry})


def customer_of(work: Work, invoice: Invoice) -> Row:
    """Who is invoiced; ``NotFound`` if an invoice names a customer that never existed (facts/06 §12.4)."""
    return customers.get(work, invoice.row["customer_id"])


def list_invoices(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Invoices as the answer schema prints them, total, limit and the offset as asked (facts/01 §7.2).

    SKIPPED ones are left out unless ``invoice_status`` asks for them; every one carries its customer, unless that
    has been archived.
    """
    check_page(data)
    where = _where(work, data)
    limit, offset = limit_of(data), int(data.get("offset", 0))
    total = work.tx.count(INVOICES, where)
    rows = work.tx.find(INVOICES, Query(tuple(where), array_order(INVOICES, data, STYLE), limit, offset))
    invoices = [Invoice(row, ()) for row in rows] if data.get("skip_line_items") else ledger.lines_of(work, rows)
    found = work.tx.by_ids(CUSTOMERS, (row["customer_id"] for row in rows))
    kept = {key: row for key, row in found.items() if row["status"] == "published"}
    return [each.shown(customer=kept.get(each.row["customer_id"])) for each in invoices], total, limit, offset


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
    where.append(In("invoice_status", statuses) if statuses else Compare("invoice_status", "!=", ledger.SKIPPED))
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
