"""What price units do (behaviour/customers-and-plans#price-units)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.errors import AlreadyExists, ApiError, Invalid, NotFound, Refused
from mockserver.http.filters import as_sent
from mockserver.http.listing import (
    DEFAULT_LIMIT,
    Mismatch,
    Style,
    array_order,
    check_page,
    check_time_range,
    conditions,
    created_between,
    invalid_unknown,
    page,
    status_condition,
)
from mockserver.rating.money import parse_decimal
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In
from mockserver.store.tables.price_units import PRICE_UNITS
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

CODE_LENGTH = 3
_COMMON = ("limit", "offset", "status", "order", "expand")
_OTHERS = ("start_time", "end_time", "filters", "sort", "price_unit_ids")


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new unit. The answer shows the rate as sent, reads show five decimals
    (behaviour/customers-and-plans#creating-a-price-unit)."""
    rate = _rate(body["conversion_rate"])
    row = work.new_row(
        PRICE_UNITS,
        {
            "name": body["name"],
            "code": body["code"],
            "symbol": body["symbol"],
            "base_currency": body["base_currency"].lower(),
            "conversion_rate": rate,
            "metadata": body.get("metadata"),
        },
    )
    details = {"price_unit_id": row["id"], "code": row["code"]}
    if len(row["code"]) > CODE_LENGTH and work.differs("price-unit-code-three-characters"):
        raise ApiError("code is longer than three characters", details, code="database_error")
    if find_by_code(work, row["code"]) is not None:
        raise AlreadyExists("a price unit with this code exists", details)
    return work.insert(PRICE_UNITS, row, details)


def _rate(text: str) -> Decimal:
    try:
        rate = parse_decimal(text)
    except ValueError:
        raise Invalid("conversion_rate is not a decimal number", {"conversion_rate": text}) from None
    if rate <= 0:
        raise Invalid("conversion_rate must be greater than zero", {"conversion_rate": text})
    return rate


def get(work: Work, unit_id: str, *, key: str = "id") -> Row:
    """The unit of that id, archived ones included; ``key`` names the id in the 404's details."""
    row = work.tx.get(PRICE_UNITS, unit_id)
    if row is None:
        raise NotFound(f"no price unit {unit_id!r}", {key: unit_id})
    return row


def find_by_code(work: Work, code: str) -> Row | None:
    """The published unit of exactly that code, or None."""
    return work.tx.first(PRICE_UNITS, Eq("code", code), Eq("status", "published"))


def get_by_code(work: Work, code: str) -> Row:
    """The published unit of exactly that code."""
    row = find_by_code(work, code)
    if row is None:
        raise NotFound(f"no price unit with the code {code!r}", {"code": code})
    return row


def list_units(work: Work, data: dict[str, Any], *, query: bool = False) -> tuple[list[Row], int, int, int]:
    """Rows of the page, their number, limit, offset (behaviour/customers-and-plans#listing-price-units).

    Without a limit the real server forgets the other common fields (divergence price-unit-list-filters-reset).
    ``query`` says that the filter came in a query string, where ``sort`` works only in that forgetful case.
    """
    style = Style(invalid_unknown, mismatch_details=lambda: {"filter": _echo(data)})
    effective = _effective(work, data)
    check_page(effective)
    check_time_range(effective)
    if "" in data.get("price_unit_ids", ()):
        raise Invalid("price_unit_ids must not hold an empty id")
    if query and "sort" in data and data.get("limit"):
        raise Mismatch("sort cannot be used in a query string together with limit", {"filter": _echo(data)})
    where: list[Condition] = [status_condition(effective), *created_between(data)]
    if data.get("price_unit_ids"):
        where.append(In("id", data["price_unit_ids"]))
    where += conditions(PRICE_UNITS, data.get("filters", ()), style)
    rows, _, limit, _ = page(work, PRICE_UNITS, effective, where, array_order(PRICE_UNITS, effective, style))
    return rows, len(rows), limit, int(effective.get("offset", 0))


def _effective(work: Work, data: dict[str, Any]) -> dict[str, Any]:
    if data.get("limit") or not any(name in data for name in ("offset", "status", "order")):
        return data
    if not work.differs("price-unit-list-filters-reset"):
        return data
    return {name: value for name, value in data.items() if name not in _COMMON}


def _echo(data: Mapping[str, Any]) -> dict[str, Any]:
    """The filter as error details repeat it: without a limit the common fields are the defaults."""
    sent = {name: as_sent(data[name]) for name in data if name in _COMMON or name in _OTHERS}
    if not data.get("limit"):
        sent = {name: value for name, value in sent.items() if name not in _COMMON}
        sent |= {"limit": DEFAULT_LIMIT, "offset": 0, "order": "desc"}
    if "filters" in sent:
        blank = {"field": None, "operator": None, "data_type": None}
        sent["filters"] = [{**blank, **item} for item in sent["filters"]]
    return sent


def update(work: Work, unit_id: str, body: Mapping[str, Any]) -> Row:
    """Change name or metadata, of archived units too. The answer still shows the old ``updated_at``."""
    row = get(work, unit_id, key="price_unit_id")
    changed = work.change(PRICE_UNITS, row, body, {"price_unit_id": unit_id})
    return {**changed, "updated_at": row["updated_at"], "updated_by": row["updated_by"]}


def delete(work: Work, unit_id: str) -> None:
    """Archive; repeatable. Documents refuse it while prices refer to the unit, the real server does not check
    (divergence price-unit-in-use-deleted)."""
    row = get(work, unit_id)
    in_use = work.tx.first(PRICES, Eq("price_unit_id", unit_id), Eq("status", "published")) is not None
    if in_use and not work.differs("price-unit-in-use-deleted"):
        raise Refused("prices refer to the price unit", {"id": unit_id})
    work.change(PRICE_UNITS, row, {"status": "archived"})
