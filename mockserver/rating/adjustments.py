"""What coupons take off, what taxes charge, what credits are worth (behaviour/rating#the-pipeline,
behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .money import ZERO, divide, multiply, round_money, subtract, total

PERCENTAGE = "percentage"
FIXED = "fixed"
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Coupon:
    """``amount_off`` in the invoice's currency counts for type ``fixed``, ``percentage_off`` (0 to 100) for
    ``percentage``.

    Any other type discounts nothing.
    """

    type: str
    amount_off: Decimal = ZERO
    percentage_off: Decimal = ZERO


def coupon_discount(coupon: Coupon, price: Decimal, currency: str) -> Decimal:
    """What a coupon takes off a price, rounded and never more than the price
    (behaviour/invoices-and-wallets#coupons)."""
    if coupon.type == FIXED:
        off = coupon.amount_off
    elif coupon.type == PERCENTAGE:
        off = divide(multiply(price, coupon.percentage_off), _HUNDRED)
    else:
        return ZERO
    return min(round_money(off, currency), price)


def line_discount(coupons: Iterable[Coupon], amount: Decimal, currency: str) -> Decimal:
    """The discount of a line: each coupon on the original amount, so the sum may exceed it
    (behaviour/invoices-and-wallets#coupons)."""
    return total(coupon_discount(coupon, amount, currency) for coupon in coupons)


def invoice_discounts(coupons: Iterable[Coupon], amount: Decimal, currency: str) -> list[Decimal]:
    """The discounts of coupons on a whole invoice, each on what the ones before left
    (behaviour/invoices-and-wallets#coupons).

    ``amount`` is the subtotal less line discounts; what is left never falls below 0.
    """
    running, found = max(amount, ZERO), []
    for coupon in coupons:
        off = coupon_discount(coupon, running, currency)
        running = max(subtract(running, off), ZERO)
        found.append(off)
    return found


def distribute(discount: Decimal, nets: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Spread an invoice-level discount over lines, given by amount less line discount; one share for each
    (behaviour/invoices-and-wallets#coupons).

    Lines with something left take a rounded share each, the largest first and never more than they have; the
    smallest takes the rest. Of equal lines the last one goes first.
    """
    shares = [ZERO] * len(nets)
    whole = total(net for net in nets if net > 0)
    eligible = sorted((index for index, net in enumerate(nets) if net > 0), key=lambda index: (-nets[index], -index))
    if not discount or not eligible:
        return shares
    left = discount
    for index in eligible[:-1]:
        part = round_money(multiply(divide(nets[index], whole), discount), currency)
        shares[index] = min(part, nets[index])
        left = subtract(left, shares[index])
    smallest = eligible[-1]
    shares[smallest] = max(min(left, nets[smallest]), ZERO)
    return shares


@dataclass(frozen=True, slots=True)
class TaxRate:
    """``value`` is a percentage (0 to 100) or, for type ``fixed``, an amount in the invoice's currency."""

    type: str
    value: Decimal


def tax_amount(rate: TaxRate, base: Decimal, currency: str) -> Decimal:
    """One rate's rounded tax; a fixed one is due even on a base of 0 (behaviour/invoices-and-wallets#coupons)."""
    amount = divide(multiply(base, rate.value), _HUNDRED) if rate.type == PERCENTAGE else rate.value
    return round_money(amount, currency)


@dataclass(frozen=True, slots=True)
class AdjustableLine:
    """A line before discounts: its rounded amount and its own coupons."""

    amount: Decimal
    coupons: tuple[Coupon, ...] = ()


@dataclass(frozen=True, slots=True)
class LineDiscounts:
    """What coupons take off a line: its own, and its share of those on the invoice."""

    line_item_discount: Decimal = ZERO
    invoice_level_discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Discounts:
    """What coupons take off an invoice: of each line, by each coupon on the invoice, and in all."""

    lines: tuple[LineDiscounts, ...]
    coupon_discounts: tuple[Decimal, ...]
    total: Decimal


def discounts(lines: Sequence[AdjustableLine], currency: str, coupons: Sequence[Coupon] = ()) -> Discounts:
    """Line coupons, then those on the whole invoice, spread over its lines (behaviour/rating#what-to-know-first,
    behaviour/rating#the-pipeline)."""
    own = [line_discount(line.coupons, line.amount, currency) for line in lines]
    nets = [subtract(line.amount, off) for line, off in zip(lines, own, strict=True)]
    on_invoice = invoice_discounts(coupons, total(nets), currency)
    shares = distribute(total(on_invoice), nets, currency)
    return Discounts(
        tuple(LineDiscounts(off, share) for off, share in zip(own, shares, strict=True)),
        tuple(on_invoice),
        total([*own, *on_invoice]),
    )


def credit_value(credits: Decimal, rate: Decimal) -> Decimal:
    """The money of wallet credits: credits x conversion rate (behaviour/invoices-and-wallets#billing-objects)."""
    return multiply(credits, rate)


def credits_for(amount: Decimal, rate: Decimal) -> Decimal:
    """The credits an amount of money is, to 16 decimals (behaviour/invoices-and-wallets#billing-objects). Raises
    ZeroDivisionError for a rate of 0."""
    return divide(amount, rate)
