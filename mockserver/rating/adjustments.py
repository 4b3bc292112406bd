"""Coupons, discounts, prepaid credits and taxes: from a subtotal to what is due (facts/06 §2 steps 11 to 16, §10.2
to §10.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    """What a coupon takes off a price, rounded and never more than the price (facts/06 §10.2)."""
    if coupon.type == FIXED:
        off = coupon.amount_off
    elif coupon.type == PERCENTAGE:
        off = divide(multiply(price, coupon.percentage_off), _HUNDRED)
    else:
        return ZERO
    return min(round_money(off, currency), price)


def line_discount(coupons: Iterable[Coupon], amount: Decimal, currency: str) -> Decimal:
    """The discount of a line: each coupon on the original amount, so the sum may exceed it (facts/06 §10.2)."""
    return total(coupon_discount(coupon, amount, currency) for coupon in coupons)


def invoice_discounts(coupons: Iterable[Coupon], amount: Decimal, currency: str) -> list[Decimal]:
    """The discounts of coupons on a whole invoice, each on what the ones before left (facts/06 §10.2).

    ``amount`` is the subtotal less line discounts; what is left never falls below 0.
    """
    running, found = max(amount, ZERO), []
    for coupon in coupons:
        off = coupon_discount(coupon, running, currency)
        running = max(subtract(running, off), ZERO)
        found.append(off)
    return found


def distribute(discount: Decimal, nets: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Spread an invoice-level discount over lines, given by amount less line discount; one share for each (facts/06
    §10.4).

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


def prepaid_credits(pool: Decimal, usage_nets: Iterable[Decimal], currency: str) -> list[Decimal]:
    """The credits each USAGE line takes from a pool, in order of lines (facts/06 §10.5).

    ``usage_nets`` are amounts less both discounts. A share is rounded but never above what the pool or the line has.
    """
    left, found = pool, []
    for net in usage_nets:
        part = max(min(left, net), ZERO)
        taken = min(round_money(part, currency), part)
        left = subtract(left, taken)
        found.append(taken)
    return found


@dataclass(frozen=True, slots=True)
class TaxRate:
    """``value`` is a percentage (0 to 100) or, for type ``fixed``, an amount in the invoice's currency."""

    type: str
    value: Decimal


def tax_amount(rate: TaxRate, base: Decimal, currency: str) -> Decimal:
    """One rate's rounded tax; a fixed one is due even on a base of 0 (facts/06 §10.3)."""
    amount = divide(multiply(base, rate.value), _HUNDRED) if rate.type == PERCENTAGE else rate.value
    return round_money(amount, currency)


@dataclass(frozen=True, slots=True)
class AdjustableLine:
    """A line before adjustments: its rounded amount, whether it is USAGE, and its own coupons."""

    amount: Decimal
    is_usage: bool = False
    coupons: tuple[Coupon, ...] = ()


@dataclass(frozen=True, slots=True)
class AdjustedLine:
    """What adjustments did to a line."""

    amount: Decimal
    is_usage: bool
    line_item_discount: Decimal = ZERO
    invoice_level_discount: Decimal = ZERO
    prepaid_credits_applied: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """The amount less both discounts."""
        return subtract(subtract(self.amount, self.line_item_discount), self.invoice_level_discount)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of an invoice (facts/06 §2 steps 10 to 16). ``coupon_discounts`` and ``taxes`` are one for each
    given.
    """

    lines: tuple[AdjustedLine, ...]
    subtotal: Decimal
    coupon_discounts: tuple[Decimal, ...]
    total_discount: Decimal
    total_prepaid_credits: Decimal
    taxable_amount: Decimal
    taxes: tuple[Decimal, ...]
    total_tax: Decimal
    total: Decimal


def adjust(
    lines: Sequence[AdjustableLine],
    currency: str,
    coupons: Sequence[Coupon] = (),
    taxes: Sequence[TaxRate] = (),
    credit_pool: Decimal = ZERO,
) -> Totals:
    """Apply line coupons, invoice coupons, prepaid credits and taxes, in this order (facts/06 §0 row 10, §2).

    Credits lower what is due but not the tax base. A preview passes no credit pool.
    """
    adjusted = [
        AdjustedLine(line.amount, line.is_usage, line_discount(line.coupons, line.amount, currency)) for line in lines
    ]
    subtotal = total(line.amount for line in adjusted)
    on_lines = total(line.line_item_discount for line in adjusted)
    on_invoice = invoice_discounts(coupons, subtract(subtotal, on_lines), currency)
    shares = distribute(total(on_invoice), [line.net for line in adjusted], currency)
    adjusted = [replace(line, invoice_level_discount=part) for line, part in zip(adjusted, shares, strict=True)]
    credits = iter(prepaid_credits(credit_pool, [line.net for line in adjusted if line.is_usage], currency))
    adjusted = [replace(line, prepaid_credits_applied=next(credits)) if line.is_usage else line for line in adjusted]
    discount = total([on_lines, *on_invoice])
    used = total(line.prepaid_credits_applied for line in adjusted)
    base = max(subtract(subtotal, discount), ZERO)
    charged = [tax_amount(rate, base, currency) for rate in taxes]
    tax = total(charged)
    due = max(total([subtract(subtract(subtotal, discount), used), tax]), ZERO)
    return Totals(tuple(adjusted), subtotal, tuple(on_invoice), discount, used, base, tuple(charged), tax, due)


def credit_value(credits: Decimal, rate: Decimal) -> Decimal:
    """The money of wallet credits: credits x conversion rate (facts/06 §14)."""
    return multiply(credits, rate)


def credits_for(amount: Decimal, rate: Decimal) -> Decimal:
    """The credits an amount of money is, to 16 decimals (facts/06 §14). Raises ZeroDivisionError for a rate of 0."""
    return divide(amount, rate)
