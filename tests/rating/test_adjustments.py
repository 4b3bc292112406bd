"""Coupons, discounts, taxes and the worth of credits (behaviour/invoices-and-wallets#coupons,
behaviour/rating#worked-buckets)."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.adjustments import (
    FIXED,
    PERCENTAGE,
    AdjustableLine,
    Coupon,
    TaxRate,
    coupon_discount,
    credit_value,
    credits_for,
    discounts,
    distribute,
    invoice_discounts,
    line_discount,
    tax_amount,
)
from mockserver.rating.money import plain, quantize_column, total


def percent(value: str) -> Coupon:
    return Coupon(PERCENTAGE, percentage_off=D(value))


def off(value: str) -> Coupon:
    return Coupon(FIXED, amount_off=D(value))


def texts(values) -> list[str]:
    return [plain(value) for value in values]


@pytest.mark.parametrize(
    ("coupon", "price", "discount"),
    [
        pytest.param(percent("33.333"), "10.00", "3.33", id="row90-1"),
        pytest.param(percent("50"), "0.01", "0.01", id="row90-2"),
        pytest.param(percent("10"), "29.99", "3", id="row90-3"),
        pytest.param(off("50"), "12.34", "12.34", id="row91"),
        pytest.param(off("5"), "12.34", "5", id="fixed"),
        pytest.param(Coupon("other", D(5), D(50)), "12.34", "0", id="unknown-type"),
    ],
)
def test_coupons(coupon, price, discount):
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits, behaviour/invoices-and-wallets#coupons."""
    assert plain(coupon_discount(coupon, D(price), "usd")) == discount


def test_coupons_compound_on_an_invoice_but_not_on_a_line():
    """behaviour/invoices-and-wallets#coupons."""
    both = [percent("20"), off("5")]
    assert texts(invoice_discounts(both, D(37), "usd")) == ["7.4", "5"]
    assert texts(invoice_discounts([off("30"), percent("50"), off("9")], D(37), "usd")) == ["30", "3.5", "3.5"]
    assert line_discount([off("8"), percent("50")], D(10), "usd") == 13
    assert invoice_discounts(both, D(-3), "usd") == [0, 0]


@pytest.mark.parametrize(
    ("discount", "nets", "shares"),
    [
        pytest.param("1", ["10", "6.67", "3.33"], ["0.5", "0.33", "0.17"], id="row92"),
        pytest.param("1", ["10", "10", "10"], ["0.34", "0.33", "0.33"], id="row93"),
        pytest.param("0.05", ["1", "1", "1"], ["0.01", "0.02", "0.02"], id="equal-small"),
        pytest.param("9.99", ["5", "5"], ["4.99", "5"], id="equal-two"),
        pytest.param("0", ["5", "5"], ["0", "0"], id="nothing"),
        pytest.param("3", ["0", "-1", "4"], ["0", "0", "3"], id="only-positive"),
        pytest.param("9", ["2", "1"], ["2", "1"], id="more-than-there-is"),
    ],
)
def test_distribution(discount, nets, shares):
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits, behaviour/invoices-and-wallets#coupons."""
    assert texts(distribute(D(discount), [D(net) for net in nets], "usd")) == shares


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12), st.floats(0, 1))
def test_a_distributed_discount_adds_up(cents, part):
    """Shares sum to the discount and never exceed their lines, as long as the lines can bear it."""
    nets = [D(value) / 100 for value in cents]
    discount = D(int(sum(cents) * part)) / 100
    shares = distribute(discount, nets, "usd")
    assert all(0 <= got <= net for got, net in zip(shares, nets, strict=True))
    assert abs(total(shares) - discount) <= D("0.01") * len(nets)


@pytest.mark.parametrize(
    ("rates", "base", "taxes"),
    [
        pytest.param(["19", "1.5"], "8.10", ["1.54", "0.12"], id="row94"),
        pytest.param(["5", "5"], "10.05", ["0.5", "0.5"], id="row95"),
        pytest.param(["19"], "0.13", ["0.02"], id="row96-1"),
        pytest.param(["7.25"], "33.33", ["2.42"], id="row96-2"),
    ],
)
def test_taxes(rates, base, taxes):
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits: each rate is rounded alone."""
    assert texts(tax_amount(TaxRate(PERCENTAGE, D(rate)), D(base), "usd") for rate in rates) == taxes


def test_a_fixed_tax_is_due_on_nothing():
    """behaviour/invoices-and-wallets#coupons."""
    assert tax_amount(TaxRate(FIXED, D("2.5")), D(0), "usd") == D("2.5")


def test_row97_discounts():
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits: line coupons first, then those on the invoice,
    spread over what is left."""
    lines = [AdjustableLine(D(30), (percent("10"),)), AdjustableLine(D(10))]
    found = discounts(lines, "usd", [percent("20"), off("5")])
    assert plain(found.total) == "15.4"
    assert texts(found.coupon_discounts) == ["7.4", "5"]
    assert [plain(line.line_item_discount) for line in found.lines] == ["3", "0"]
    assert [plain(line.invoice_level_discount) for line in found.lines] == ["9.05", "3.35"]


def test_line_discounts_may_exceed_the_line():
    """behaviour/invoices-and-wallets#coupons: each is taken from the original amount."""
    found = discounts([AdjustableLine(D(5), (off("5"), off("5")))], "usd", [off("1")])
    assert (found.total, found.lines[0].line_item_discount, found.coupon_discounts) == (10, 10, (0,))


class TestWalletRates:
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits,
    behaviour/invoices-and-wallets#billing-objects."""

    def test_row98(self):
        assert credit_value(D(500), D("0.01")) == 5
        assert credits_for(D("1.18"), D("0.01")) == 118
        assert credit_value(D(382), D("0.01")) == D("3.82")

    def test_row99(self):
        assert credit_value(D(500), D("0.02")) == 10
        assert credits_for(D(10), D("0.02")) == 500

    def test_row100(self):
        assert plain(credits_for(D(5) - D("1.18"), D("0.01"))) == "382"

    def test_row101(self):
        credits = credits_for(D(10), D(3))
        assert plain(credits) == "3.3333333333333333"
        assert plain(quantize_column(credits, 9)) == "3.333333333"
