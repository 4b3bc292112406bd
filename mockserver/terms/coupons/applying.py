"""What coupons take off an invoice, and the record of it (behaviour/invoices-and-wallets#coupons,
behaviour/invoices-and-wallets#how-an-invoice-looks).

``of_subscription`` and ``of_ids`` find the coupons, ``rating.adjustments`` computes, ``applications`` says what was
taken off by which coupon, ``keep`` stores that for a real invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.errors import NotFound
from mockserver.rating.adjustments import Coupon, coupon_discount
from mockserver.rating.money import ZERO, plain, subtract, total
from mockserver.store.columns import Row
from mockserver.store.query import Eq, Order
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.coupons import COUPON_APPLICATIONS, COUPON_ASSOCIATIONS, COUPONS
from mockserver.terms.coupons import rules
from mockserver.terms.coupons.validity import in_effect, objection
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class UsedCoupon:
    """A coupon as an invoice uses it; ``association_id`` is that of the subscription holding it, None on a one-off
    invoice."""

    row: Row
    association_id: str | None = None

    @property
    def terms(self) -> Coupon:
        """What it takes off, for ``rating.adjustments``."""
        return Coupon(self.row["type"], self.row["amount_off"] or ZERO, self.row["percentage_off"] or ZERO)


@dataclass(frozen=True, slots=True)
class Used:
    """The coupons of an invoice: on the whole, and on line items by their id."""

    on_invoice: tuple[UsedCoupon, ...] = ()
    on_items: Mapping[str, tuple[UsedCoupon, ...]] = field(default_factory=dict)


def of_subscription(work: Work, subscription: Subscription, start: datetime, end: datetime) -> Used:
    """The usable coupons a subscription holds at some time in [start, end], by start of their window.

    Those that have expired, been archived or redeemed as often as they may are passed over.
    """
    where = (Eq("subscription_id", subscription.id), *in_effect(start, end))
    found = work.tx.published(COUPON_ASSOCIATIONS, *where, order=(Order("start_date"),))
    coupons = work.tx.by_ids(COUPONS, (row["coupon_id"] for row in found)) if found else {}
    on_invoice: list[UsedCoupon] = []
    on_items: dict[str, tuple[UsedCoupon, ...]] = {}
    for row in found:
        coupon = coupons[row["coupon_id"]]
        if row["start_date"] == row["end_date"] or objection(work, coupon, subscription) is not None:
            continue
        used, item = UsedCoupon(coupon, row["id"]), row["subscription_line_item_id"]
        if item is None:
            on_invoice.append(used)
        else:
            on_items[item] = (*on_items.get(item, ()), used)
    return Used(tuple(on_invoice), on_items)


def of_ids(work: Work, coupon_ids: Iterable[str]) -> tuple[UsedCoupon, ...]:
    """The coupons of a one-off invoice; unknown and unusable ones are passed over
    (behaviour/invoices-and-wallets#creating-invoices)."""
    ids = list(coupon_ids)
    known = work.tx.by_ids(COUPONS, ids)
    return tuple(UsedCoupon(known[each]) for each in ids if each in known and objection(work, known[each]) is None)


def of_lines(work: Work, entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[UsedCoupon, ...]]:
    """``line_item_coupons`` of a one-off invoice by the ``line_item_id`` sent, which is a line's ``price_id``.

    Unusable coupons are passed over; an unknown or archived one is ``NotFound``.
    """
    result: dict[str, tuple[UsedCoupon, ...]] = {}
    for entry in entries:
        coupon_id, line = entry.get("coupon_id", ""), entry.get("line_item_id", "")
        row = work.tx.get(COUPONS, coupon_id)
        if row is None or row["status"] != "published":
            raise NotFound("one of the coupons does not exist", {"missing_coupon_id": coupon_id})
        if objection(work, row) is None:
            result[line] = (*result.get(line, ()), UsedCoupon(row))
    return result


def applications(
    work: Work,
    invoice: Invoice,
    lines: Sequence[tuple[InvoiceLine, Sequence[UsedCoupon]]],
    coupons: Sequence[UsedCoupon],
) -> list[Row]:
    """What each coupon took off, lines first, then the invoice; not stored.

    ``lines`` are the invoice's lines with their own coupons. Coupons on the invoice start from the sum of its lines
    less their discounts, also where a one-off invoice states another subtotal. Nothing is taken off, and nothing
    recorded, where nothing is left.
    """
    result, discounts = [], []
    for line, own in lines:
        for used in own if line.amount > 0 else ():
            off = coupon_discount(used.terms, line.amount, invoice.currency)
            discounts.append(off)
            result.append(_application(work, invoice, used, line.amount, off, line))
    left = subtract(total(line.amount for line, _ in lines), total(discounts))
    for used in coupons:
        if left <= 0:
            break
        off = coupon_discount(used.terms, left, invoice.currency)
        result.append(_application(work, invoice, used, left, off))
        left = subtract(left, off)
    return result


def _application(
    work: Work, invoice: Invoice, used: UsedCoupon, price: Decimal, off: Decimal, line: InvoiceLine | None = None
) -> Row:
    coupon = used.row
    snapshot = {
        "type": coupon["type"],
        "amount_off": plain(coupon["amount_off"] or ZERO),
        "percentage_off": plain(coupon["percentage_off"] or ZERO),
        "applied_to": "invoice",
    }
    if line is not None:
        snapshot |= {"applied_to": "line_item", "line_item_id": line.id, "price_id": line.price_id}
    values = {
        "coupon_id": coupon["id"],
        "coupon_association_id": used.association_id or "",
        "invoice_id": invoice.id,
        "invoice_line_item_id": None if line is None else line.id,
        "subscription_id": invoice.subscription_id if line is None else line.subscription_id,
        "applied_at": work.now,
        "original_price": price,
        "final_price": subtract(price, off),
        "discounted_amount": off,
        "discount_type": coupon["type"],
        "discount_percentage": coupon["percentage_off"] or ZERO,
        "currency": invoice.currency,
        "coupon_snapshot": snapshot,
    }
    return work.new_row(COUPON_APPLICATIONS, values)


def keep(work: Work, applied: Sequence[Row]) -> None:
    """Store the applications of a real invoice; those of a coupon recorded for it already stay as they are.

    A coupon that no subscription holds is redeemed by it, once.
    """
    if not applied:
        return
    recorded = work.tx.published(COUPON_APPLICATIONS, Eq("invoice_id", applied[0]["invoice_id"]))
    seen = {row["coupon_id"] for row in recorded}
    fresh = [row for row in applied if row["coupon_id"] not in seen]
    for coupon_id in dict.fromkeys(row["coupon_id"] for row in fresh if not row["coupon_association_id"]):
        rules.redeem(work, coupon_id)
    for row in fresh:
        work.insert(COUPON_APPLICATIONS, row)
