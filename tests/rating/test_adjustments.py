"""Coupons, discounts, credits and taxes (facts/06 §10.2 to §10.5, §16.9)."""

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
    adjust,
    coupon_discount,
    credit_value,
    credits_for,
    distribute,
    invoice_discounts,
    line_discount,
    prepaid_credits,
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
    """facts/06 §16.9 rows 90 and 91, §10.2."""
    assert plain(coupon_discount(coupon, D(price), "usd")) == discount


def test_coupons_compound_on_an_invoice_but_not_on_a_line():
    """facts/06 §10.2."""
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
    """facts/06 §16.9 rows 92 and 93, §10.4."""
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
    ("rates", "base", "taxes", "due"),
    [
        pytest.param(["19", "1.5"], "8.10", ["1.54", "0.12"], "9.76", id="row94"),
        pytest.param(["5", "5"], "10.05", ["0.5", "0.5"], "11.05", id="row95"),
        pytest.param(["19"], "0.13", ["0.02"], "0.15", id="row96-1"),
        pytest.param(["7.25"], "33.33", ["2.42"], "35.75", id="row96-2"),
    ],
)
def test_taxes(rates, base, taxes, due):
    """facts/06 §16.9 rows 94 to 96: each rate rounded alone, then added."""
    found = adjust([AdjustableLine(D(base))], "usd", taxes=[TaxRate(PERCENTAGE, D(rate)) for rate in rates])
    assert texts(found.taxes) == taxes
    assert plain(found.total) == due


def test_a_fixed_tax_is_due_on_nothing():
    """facts/06 §10.3."""
    assert tax_amount(TaxRate(FIXED, D("2.5")), D(0), "usd") == D("2.5")
    assert adjust([], "usd", taxes=[TaxRate(FIXED, D("2.5"))]).total == D("2.5")


@pytest.mark.parametrize(("pool", "credits", "due"), [("8", "8", "21.27"), ("0", "0", "29.27")])
def test_row97_the_full_chain(pool, credits, due):
    """facts/06 §16.9 row 97; a preview has no credits."""
    found = adjust(
        [AdjustableLine(D(30), is_usage=True, coupons=(percent("10"),)), AdjustableLine(D(10))],
        "usd",
        coupons=[percent("20"), off("5")],
        taxes=[TaxRate(PERCENTAGE, D(19))],
        credit_pool=D(pool),
    )
    assert (found.subtotal, plain(found.total_discount)) == (40, "15.4")
    assert [plain(line.line_item_discount) for line in found.lines] == ["3", "0"]
    assert [plain(line.invoice_level_discount) for line in found.lines] == ["9.05", "3.35"]
    assert [plain(line.prepaid_credits_applied) for line in found.lines] == [credits, "0"]
    assert texts([found.taxable_amount, *found.taxes]) == ["24.6", "4.67"]
    assert plain(found.total) == due


def test_credits_cover_lines_in_order():
    """facts/06 §10.5: never above what the pool or the line has."""
    assert texts(prepaid_credits(D(10), [D(4), D(-1), D(7), D(2)], "usd")) == ["4", "0", "6", "0"]
    assert texts(prepaid_credits(D("0.004"), [D(1)], "usd")) == ["0"]
    assert texts(prepaid_credits(D("0.006"), [D(1)], "usd")) == ["0.006"]


def test_discounts_above_the_subtotal_leave_zero():
    """facts/06 §2 step 16."""
    found = adjust([AdjustableLine(D(5), coupons=(off("5"), off("5")))], "usd")
    assert (found.total_discount, found.taxable_amount, found.total) == (10, 0, 0)


class TestWalletRates:
    """facts/06 §16.9 rows 98 to 101, §14."""

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
