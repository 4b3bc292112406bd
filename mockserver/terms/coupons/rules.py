"""What coupons do by themselves (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.prices.storing import instant
from mockserver.errors import AlreadyExists, Invalid, NotFound
from mockserver.http.filters import check_conditions
from mockserver.http.listing import (
    Style,
    array_order,
    check_page,
    conditions,
    limit_of,
    page,
    status_condition,
    toss_up_unknown,
)
from mockserver.rating.adjustments import FIXED, PERCENTAGE
from mockserver.rating.money import ZERO
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In
from mockserver.store.tables.coupons import COUPONS
from mockserver.work import Work

STYLE = Style(toss_up_unknown)
MAX_REDEMPTIONS = 1_000_000
ONCE, REPEATED, FOREVER = "once", "repeated", "forever"


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new coupon as a create answer shows it; 409 for a code that a published coupon has.

    Type and cadence are not compared with anything: any text makes a coupon.
    """
    check_new(body)
    code = normal_code(body.get("coupon_code"))
    row = work.new_row(COUPONS, {name: value for name, value in body.items() if name in COUPONS.columns})
    dates = {name: body.get(name) for name in ("redeem_after", "redeem_before")}
    row.update({name: instant(value) for name, value in dates.items()})
    row.update(
        coupon_code=code or None,
        cadence=body.get("cadence", ""),
        total_redemptions=0,
        amount_off=body.get("amount_off", ZERO),
        percentage_off=body.get("percentage_off", ZERO),
        currency="" if row["type"] == PERCENTAGE else body.get("currency", ""),
    )
    if code and find_by_code(work, code) is not None:
        details = {"coupon_code": body["coupon_code"], "name": row["name"]}
        raise AlreadyExists("a published coupon has this coupon_code", details)
    work.insert(COUPONS, row)
    return {**row, **dates}


def check_new(body: Mapping[str, Any]) -> None:
    """What a create request must satisfy by itself (behaviour/invoices-and-wallets#billing-objects)."""
    for name in ("name", "type"):
        if not body.get(name):
            raise Invalid(f"{name} is required")
    amount, percentage = body.get("amount_off"), body.get("percentage_off")
    if body["type"] == FIXED and (amount is None or amount <= 0):
        raise Invalid("a fixed coupon needs an amount_off above 0")
    if body["type"] == PERCENTAGE and (percentage is None or not 0 < percentage <= 100):
        raise Invalid("a percentage coupon needs a percentage_off above 0 and at most 100")
    after, before = body.get("redeem_after"), body.get("redeem_before")
    if after is not None and before is not None and after.instant > before.instant:
        raise Invalid("redeem_after must not be after redeem_before")
    limit = body.get("max_redemptions")
    if limit is not None and not 0 < limit <= MAX_REDEMPTIONS:
        raise Invalid(
            f"max_redemptions must be between 1 and {MAX_REDEMPTIONS}",
            {"max_redemptions": limit, "limit": MAX_REDEMPTIONS},
        )
    periods = body.get("duration_in_periods")
    if body.get("cadence") == REPEATED:
        if periods is None or periods <= 0:
            raise Invalid("a repeated coupon needs duration_in_periods above 0")
    elif periods is not None:
        raise Invalid("duration_in_periods is for repeated coupons only")


def normal_code(code: str | None) -> str:
    """A code as it is kept and looked up: trimmed, lower case."""
    return (code or "").strip().lower()


def find_by_code(work: Work, code: str) -> Row | None:
    """The published coupon of that code, whatever its case."""
    return work.tx.first(COUPONS, Eq("coupon_code", normal_code(code)), Eq("status", "published"))


def get_by_code(work: Work, code: str) -> Row:
    """The published coupon of that code; ``Invalid`` for a blank code."""
    if not normal_code(code):
        raise Invalid("coupon_code is required")
    row = find_by_code(work, code)
    if row is None:
        raise NotFound(f"no coupon with the code {code!r}", {"coupon_code": code})
    return row


def get(work: Work, coupon_id: str) -> Row:
    """The coupon of that id, archived ones included."""
    row = work.tx.get(COUPONS, coupon_id)
    if row is None:
        raise NotFound(f"no coupon {coupon_id!r}", {"coupon_id": coupon_id})
    return row


def list_coupons(work: Work, data: Mapping[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit and the offset as asked (behaviour/http#envelope). start_time and end_time do
    nothing."""
    check_page({name: value for name, value in data.items() if name not in ("start_time", "end_time")})
    check_conditions(data)
    where: list[Condition] = [status_condition(data)]
    for name, column in (("coupon_ids", "id"), ("coupon_codes", "coupon_code")):
        if data.get(name):
            where.append(In(column, data[name]))
    where += conditions(COUPONS, data.get("filters", ()), STYLE)
    rows, total, limit, following = page(work, COUPONS, data, where, array_order(COUPONS, data, STYLE))
    return rows, total, limit, following - limit_of(data)


def update(work: Work, coupon_id: str, body: Mapping[str, Any]) -> Row:
    """Rename, replace metadata. The answer still shows the old ``updated_at``."""
    row = get(work, coupon_id)
    changes = {name: body[name] for name in ("name", "metadata") if name in body}
    work.change(COUPONS, row, changes)
    return {**row, **changes}


def delete(work: Work, coupon_id: str) -> None:
    """Archive; an unknown id is fine too (behaviour/http#deletion). Subscriptions that hold the coupon lose its
    discount."""
    row = work.tx.get(COUPONS, coupon_id)
    if row is not None:
        work.change(COUPONS, row, {"status": "archived"})


def redeem(work: Work, coupon_id: str) -> None:
    """Count one more redemption; ``Invalid`` at the limit."""
    row = get(work, coupon_id)
    if row["max_redemptions"] is not None and row["total_redemptions"] >= row["max_redemptions"]:
        raise Invalid("the coupon has been redeemed as often as it may be", {"coupon_id": coupon_id})
    work.change(COUPONS, row, {"total_redemptions": row["total_redemptions"] + 1})
