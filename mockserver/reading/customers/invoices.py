"""What a customer owes, by currency (behaviour/customers-and-plans#sub-resources-of-a-customer)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mockserver.rating.money import ZERO, total
from mockserver.store.columns import Row
from mockserver.store.query import AnyOf, Eq, In
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICES
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.work import Work

COUNTED = ("DRAFT", "FINALIZED")
PAID = "SUCCEEDED"


def summaries(work: Work, customer_id: str) -> list[dict[str, Any]]:
    """One row per currency of the customer's active subscriptions; none for an unknown customer."""
    subscriptions = work.tx.published(
        SUBSCRIPTIONS, Eq("customer_id", customer_id), Eq("subscription_status", "active")
    )
    currencies = list(dict.fromkeys(row["currency"] for row in subscriptions))
    if not currencies:
        return []
    owner = AnyOf((Eq("customer_id", customer_id), Eq("subscription_customer_id", customer_id)))
    invoices = work.tx.published(INVOICES, owner, In("invoice_status", COUNTED))
    return [
        _summary(work, customer_id, currency, [row for row in invoices if row["currency"].lower() == currency.lower()])
        for currency in currencies
    ]


def _summary(work: Work, customer_id: str, currency: str, invoices: list[Row]) -> dict[str, Any]:
    unpaid = [row for row in invoices if row["payment_status"] != PAID]
    overdue = [row for row in unpaid if row["due_date"] is not None and row["due_date"] < work.now]
    lines = _lines(work, unpaid)
    return {
        "customer_id": customer_id,
        "currency": currency,
        "total_revenue_amount": _sum(invoices, "amount_due"),
        "total_unpaid_amount": _sum(unpaid, "amount_remaining"),
        "total_overdue_amount": _sum(overdue, "amount_remaining"),
        "total_invoice_count": len(invoices),
        "unpaid_invoice_count": len(unpaid),
        "overdue_invoice_count": len(overdue),
        "unpaid_usage_charges": _sum((row for row in lines if row["price_type"] == "USAGE"), "amount"),
        "unpaid_fixed_charges": _sum((row for row in lines if row["price_type"] != "USAGE"), "amount"),
    }


def _lines(work: Work, invoices: list[Row]) -> list[Row]:
    if not invoices:
        return []
    return work.tx.published(INVOICE_LINE_ITEMS, In("invoice_id", [row["id"] for row in invoices]))


def _sum(rows: Iterable[Row], column: str) -> Decimal:
    return total(row[column] or ZERO for row in rows)
