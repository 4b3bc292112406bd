"""Lists of wallets and of their transactions (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from typing import Any

from mockserver.credits.wallets.operations import COMPLETED, CREDIT
from mockserver.credits.wallets.schemas import TRANSACTION_STATUSES, TRANSACTION_TYPES
from mockserver.errors import Invalid
from mockserver.http.listing import (
    DEFAULT_LIMIT,
    Style,
    array_order,
    check_page,
    conditions,
    created_between,
    invalid_unknown,
    page,
    status_condition,
)
from mockserver.rating.money import ZERO, total
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Compare, Condition, Eq, In, Query
from mockserver.store.records.wallets import WalletTransaction
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.wallets import WALLET_TRANSACTIONS, WALLETS
from mockserver.work import Work

BREAKDOWN = "credits_available_breakdown"
STYLE = Style(invalid_unknown)
_PURCHASED = ("PURCHASED_CREDIT_INVOICED", "PURCHASED_CREDIT_DIRECT")
_FREE = ("FREE_CREDIT_GRANT", "SUBSCRIPTION_CREDIT_GRANT")


def list_wallets(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """All wallets that match, total, limit and offset as the answer prints them: there are no pages."""
    check_page(data)
    where: list[Condition] = [Eq("status", "published")]
    if "status" in data:
        where.append(Eq("wallet_status", data["status"]))
    if data.get("wallet_ids"):
        where.append(In("id", data["wallet_ids"]))
    rows = work.tx.find(WALLETS, Query(tuple(where), OLDEST_FIRST))
    return rows, len(rows), DEFAULT_LIMIT, 0


def list_transactions(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Transactions, newest first, with total, limit and the offset of the next page."""
    check_page(data)
    for name, known in (("type", TRANSACTION_TYPES), ("transaction_status", TRANSACTION_STATUSES)):
        if data.get(name, known[0]) not in known:
            raise Invalid(f"unknown {name} {data[name]!r}", {"allowed": list(known), "type": data[name]})
    if ("reference_type" in data and "reference_id" not in data) or data.get("reference_id") == "":
        raise Invalid("reference_type and reference_id go together")
    before, after = data.get("expiry_date_before"), data.get("expiry_date_after")
    if before is not None and after is not None and before.instant < after.instant:
        raise Invalid("expiry_date_before must not be before expiry_date_after")
    where = [status_condition(data), *created_between(data), *_where(data)]
    where += conditions(WALLET_TRANSACTIONS, data.get("filters", ()), STYLE)
    return page(work, WALLET_TRANSACTIONS, data, where, array_order(WALLET_TRANSACTIONS, data, STYLE))


def _where(data: dict[str, Any]) -> list[Condition]:
    where: list[Condition] = [
        Eq(column, data[name])
        for name, column in (
            ("id", "wallet_id"),
            ("type", "type"),
            ("transaction_status", "transaction_status"),
            ("transaction_reason", "transaction_reason"),
            ("priority", "priority"),
        )
        if name in data
    ]
    if "reference_type" in data and "reference_id" in data:
        where += [Eq("reference_type", data["reference_type"]), Eq("reference_id", data["reference_id"])]
    if "credits_available_gt" in data:
        where.append(Compare("credits_available", ">", data["credits_available_gt"]))
    for name, operator in (("expiry_date_before", "<="), ("expiry_date_after", ">=")):
        if name in data:
            where.append(Compare("expiry_date", operator, data[name].instant))
    return where


def embedded(work: Work, rows: list[Row], wanted: set[str]) -> list[Row]:
    """The transactions with the customer and wallet that ``expand`` asks for."""
    result = rows
    for name, column, table in (("customer", "customer_id", CUSTOMERS), ("wallet", "wallet_id", WALLETS)):
        if name in wanted:
            found = work.tx.by_ids(table, (row[column] for row in rows if row[column]))
            result = [{**row, name: found.get(row[column])} for row in result]
    return result


def breakdown(work: Work, wallet_id: str) -> Row:
    """The credits of a wallet that are left, bought and given; what refunds and bonuses gave is in neither."""
    rows = work.tx.every(
        WalletTransaction, Eq("wallet_id", wallet_id), Eq("type", CREDIT), Eq("transaction_status", COMPLETED)
    )
    return {
        name: total(row.credits_available or ZERO for row in rows if row.transaction_reason in reasons)
        for name, reasons in (("purchased", _PURCHASED), ("free", _FREE))
    }


def with_breakdown(work: Work, rows: list[Row], wanted: bool) -> list[Row]:
    """The wallets, with the breakdown of their credits if wanted."""
    return [{**row, BREAKDOWN: breakdown(work, row["id"])} for row in rows] if wanted else rows
