"""Tax rates (behaviour/invoices-and-wallets#coupons, behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import AlreadyExists, Invalid, NotFound
from mockserver.http.filters import check_conditions
from mockserver.http.listing import Style, array_order, check_page, conditions, status_condition, toss_up_unknown
from mockserver.rating.adjustments import FIXED, PERCENTAGE
from mockserver.rating.money import ZERO
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In
from mockserver.store.tables.taxes import TAX_APPLIED, TAX_ASSOCIATIONS, TAX_RATES
from mockserver.terms.taxes.paging import tax_page
from mockserver.terms.taxes.schemas import RATE_STATUSES, RATE_TYPES, SCOPES
from mockserver.work import Work

STYLE = Style(toss_up_unknown)
ACTIVE = "ACTIVE"


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new rate as a create answer shows it, without the value of the other type; 409 for a code in use."""
    _check_new(body)
    row = work.new_row(TAX_RATES, {name: value for name, value in body.items() if name in TAX_RATES.columns})
    row.update(tax_rate_status=ACTIVE, scope=body.get("scope", "INTERNAL"))
    values = {name: body.get(name) for name in ("percentage_value", "fixed_value")}
    named = {"taxrate_id": row["id"], "taxrate_code": row["code"], "taxrate_name": row["name"]}
    if find_by_code(work, row["code"]) is not None:
        message = "a published tax rate has this code"
        raise AlreadyExists(message, {**named, "error": message})
    row.update({name: ZERO if value is None else value for name, value in values.items()})
    return {**work.insert(TAX_RATES, row, named), **values}


def _check_new(body: Mapping[str, Any]) -> None:
    kind = body.get("tax_rate_type", "")
    if kind not in RATE_TYPES:
        raise Invalid(f"tax_rate_type must be one of {', '.join(RATE_TYPES)}")
    if "scope" in body and body["scope"] not in SCOPES:
        raise Invalid(f"scope must be one of {', '.join(SCOPES)}")
    percentage, fixed = body.get("percentage_value"), body.get("fixed_value")
    if kind == PERCENTAGE and (percentage is None or not 0 <= percentage <= 100):
        raise Invalid("a percentage tax needs a percentage_value from 0 to 100")
    if kind == FIXED and (fixed is None or fixed < 0):
        raise Invalid("a fixed tax needs a fixed_value that is not negative")
    if percentage is not None and fixed is not None:
        raise Invalid("percentage_value and fixed_value exclude each other")


def find_by_code(work: Work, code: str) -> Row | None:
    """The published rate of exactly that code."""
    return work.tx.first(TAX_RATES, Eq("code", code), Eq("status", "published"))


def get_by_code(work: Work, code: str) -> Row:
    """The published rate of exactly that code."""
    row = find_by_code(work, code)
    if row is None:
        raise NotFound(f"no tax rate with the code {code!r}", {"taxrate_code": code})
    return row


def get(work: Work, rate_id: str) -> Row:
    """The rate of that id, archived ones included."""
    row = work.tx.get(TAX_RATES, rate_id)
    if row is None:
        raise NotFound(f"no tax rate {rate_id!r}", {"taxrate_id": rate_id})
    return row


def list_rates(work: Work, data: Mapping[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows, total, limit and offset as this list prints them. ``scope`` and the time range narrow nothing."""
    if data.get("limit") == 0:
        raise Invalid("limit must be between 1 and 1000", {"limit": "must be between 1 and 1000"})
    check_page(data)
    check_conditions(data)
    if "" in data.get("taxrate_ids", ()):
        raise Invalid("taxrate_ids must not hold an empty id")
    if data.get("scope") and data["scope"] not in SCOPES:
        raise Invalid(f"scope must be one of {', '.join(SCOPES)}")
    where: list[Condition] = [status_condition(data)]
    for name, column in (("taxrate_ids", "id"), ("taxrate_codes", "code")):
        if data.get(name):
            where.append(In(column, data[name]))
    where += conditions(TAX_RATES, data.get("filters", ()), STYLE)
    return tax_page(work, TAX_RATES, data, where, array_order(TAX_RATES, data, STYLE))


def update(work: Work, rate_id: str, body: Mapping[str, Any]) -> Row:
    """Change texts and metadata of a rate that nothing uses; empty texts and empty metadata change nothing.

    The answer shows ``tax_rate_status`` as sent, which is not kept, and the old ``updated_at``.
    """
    status = body.get("tax_rate_status")
    if status is not None and status not in RATE_STATUSES:
        raise Invalid(f"tax_rate_status must be one of {', '.join(RATE_STATUSES)}")
    for table in (TAX_ASSOCIATIONS, TAX_APPLIED):
        if work.tx.first(table, Eq("tax_rate_id", rate_id), Eq("status", "published")) is not None:
            raise Invalid("the tax rate is in use and cannot change")
    row = get(work, rate_id)
    changes = {name: body[name] for name in ("name", "code", "description", "metadata") if body.get(name)}
    code: str = changes.get("code") or row["code"]
    holder = find_by_code(work, code)
    if row["status"] == "published" and holder is not None and holder["id"] != rate_id:
        details = {"taxrate_id": rate_id, "taxrate_code": code, "taxrate_name": changes.get("name", row["name"])}
        raise AlreadyExists("a published tax rate has this code", details)
    work.change(TAX_RATES, row, changes, {"taxrate_id": rate_id})
    return {**row, **changes, "tax_rate_status": status or row["tax_rate_status"]}


def delete(work: Work, rate_id: str) -> None:
    """Archive; refused while something is associated with the rate. Its code is free again."""
    row = get(work, rate_id)
    if work.tx.first(TAX_ASSOCIATIONS, Eq("tax_rate_id", rate_id), Eq("status", "published")) is not None:
        raise Invalid("the tax rate still has associations")
    work.change(TAX_RATES, row, {"status": "archived"})
