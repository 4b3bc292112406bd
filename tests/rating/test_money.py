"""Decimals, rounding, currencies and how amounts are printed (behaviour/rating#numbers, behaviour/http#decimals)."""

from __future__ import annotations

import json
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating import money

ACCEPTED = {
    "0.04": "0.04", "1e3": "1000", "1E3": "1000", "1e-5": "0.00001", "+5": "5", "+1": "1", ".5": "0.5", "5.": "5",
    "-0.00": "0",
    "0.60": "0.6", "12.50": "12.5", "1e12": "1000000000000", "0.0000012": "0.0000012", "-2": "-2", "00012": "12",
    "1e+2": "100",
    "123456789012345678901234567890.123456789": "123456789012345678901234567890.123456789",
}  # fmt: skip
REFUSED = [
    "", "abc", "1,000", " 1", "1 ", "true", "{}", "[]", "0x10", "0x1", "NaN", "Infinity", "1_000", ".", "-", "+",
    "1e", "e5", "--1",
    "1.2.3", "\uff13", "1e999999999999", "1e99999", "1\n",
]  # fmt: skip


@pytest.mark.parametrize(("text", "printed"), ACCEPTED.items())
def test_decimals_that_are_read(text, printed):
    """behaviour/http#json, behaviour/rating#numbers: JSON in and out."""
    assert money.plain(money.parse_decimal(text)) == printed


@pytest.mark.parametrize("text", REFUSED)
def test_decimals_that_are_refused(text):
    """behaviour/http#json, behaviour/rating#numbers."""
    with pytest.raises(ValueError, match=r"decimal|exponent"):
        money.parse_decimal(text)


@pytest.mark.parametrize(
    ("a", "b", "quotient"),
    [
        ("1", "3", "0.3333333333333333"),
        ("2", "3", "0.6666666666666667"),
        ("-2", "3", "-0.6666666666666667"),
        ("2", "-3", "-0.6666666666666667"),
        ("10", "4", "2.5"),
        ("1", "20000000000000000", "0.0000000000000001"),
        ("-1", "20000000000000000", "-0.0000000000000001"),
        ("1", "20000000000000001", "0"),
        ("0", "7", "0"),
        ("123456789012345678901234567890", "3", "41152263004115226300411522630"),
    ],
)
def test_division_keeps_sixteen_decimals(a, b, quotient):
    """behaviour/rating#numbers."""
    assert money.plain(money.divide(D(a), D(b))) == quotient


def test_division_by_zero():
    with pytest.raises(ZeroDivisionError):
        money.divide(D(1), D(0))


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("0.005", 2, "0.01"), ("0.015", 2, "0.02"), ("0.125", 2, "0.13"), ("-0.005", 2, "-0.01"), ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.0049999", 2, "0"), ("1234.5", 2, "1234.5"),
    ],
)  # fmt: skip
def test_rounding_is_half_away_from_zero(value, places, rounded):
    """behaviour/rating#numbers."""
    assert money.plain(money.round_half_away(D(value), places)) == rounded


def test_floor_ceiling_and_cutting():
    """behaviour/rating#numbers."""
    assert (money.floor(D("-1.5")), money.ceil(D("-1.5"))) == (D(-2), D(-1))
    assert money.truncate(D("0.1234567890123456789"), 15) == D("0.123456789012345")
    assert money.truncate(D("-0.19"), 1) == D("-0.1")
    assert money.truncate(D("5"), 15) == D(5)


def test_columns_round_on_writing():
    """behaviour/rating#numbers storage scales, behaviour/rating#worked-flat-fees row 65."""
    assert money.quantize_column(D("0.000123"), 5) == D("0.00012")
    assert money.quantize_column(D("0.000004"), 5) == 0
    assert money.quantize_column(D("3.3333333333333333"), 9) == D("3.333333333")


@pytest.mark.parametrize(
    ("code", "precision"),
    [("jpy", 0), ("VND", 0), ("krw", 0), ("clp", 0), ("usd", 2), ("EUR", 2), ("kwd", 3), ("clf", 4), ("bhd", 2),
     ("xyz", 2)],
)  # fmt: skip
def test_currency_precision(code, precision):
    """behaviour/rating#currencies."""
    assert money.currency_precision(code) == precision


@pytest.mark.parametrize(
    ("currency", "amount", "price", "usage"),
    [
        ("usd", "0.0000012", "$0.0000012", "$0"),
        ("USD", "0.40", "$0.4", "$0.4"),
        ("usd", "23.4", "$23.4", "$23.4"),
        ("usd", "0", "$0", "$0"),
        ("jpy", "1.5", "¥1.5", "¥2"),
        ("aud", "1", "AUS1", "AUS1"),
        ("kwd", "1.23456", "KD1.23456", "KD1.235"),
        ("bhd", "1.5", "BHD1.5", "1.5"),
    ],
)
def test_displayed_amounts(currency, amount, price, usage):
    """behaviour/rating#currencies."""
    assert money.display_price_amount(currency, D(amount)) == price
    assert money.display_usage_amount(currency, D(amount)) == usage


def test_symbols():
    """behaviour/rating#currencies."""
    assert money.currency_symbol("CNY") == "CN¥"
    assert money.currency_symbol("bhd") is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("8.0", "8"),
        ("1.18", "1.18"),
        ("0", "0"),
        ("-0.00", "0"),
        ("90071992547409.93", "90071992547409.94"),
        ("12345678901234567890", "12345678901234567000"),
        ("9.9933333333333533", "9.993333333333354"),
    ],
)
def test_numbers_of_float_fields(value, shown):
    """behaviour/rating#numbers float fields, behaviour/rating#worked-flat-fees row 15."""
    assert json.loads(json.dumps(money.api_number(D(value)))) == json.loads(shown)
    if "." not in shown:
        assert json.dumps(money.api_number(D(value))) == shown


numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=18)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers)
def test_arithmetic_is_exact(a, b):
    """behaviour/rating#numbers: sums, differences and products lose no digit."""
    assert money.subtract(money.add(a, b), b) == a
    scaled = int(a.scaleb(18, money._EXACT)) * int(b.scaleb(18, money._EXACT))
    assert money.multiply(a, b) == D(scaled).scaleb(-36, money._EXACT)


@settings(max_examples=60, deadline=None)
@given(numbers)
def test_printing_loses_nothing(a):
    text = money.plain(a)
    assert money.parse_decimal(text) == a
    assert "E" not in text.upper()


@settings(max_examples=60, deadline=None)
@given(numbers, numbers.filter(bool))
def test_a_quotient_is_off_by_at_most_half_its_last_place(a, b):
    rest = abs(money.subtract(a, money.multiply(money.divide(a, b), b)))
    assert money.multiply(rest, D(2) * 10**16) <= abs(b)
