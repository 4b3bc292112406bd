"""Exact decimals: arithmetic, rounding, currencies and how amounts are printed.

Sums, differences and products are exact, a quotient has 16 decimals, and every rounding is half away from
zero (behaviour/rating#numbers). Python's own decimal operators round to 28 digits, so code in this package calls the
functions below instead of using operators wherever digits may grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

ZERO = Decimal(0)
ONE = Decimal(1)

DIVISION_PLACES = 16
"""Decimals a quotient keeps (behaviour/rating#numbers)."""

MAX_EXPONENT = 5_000
"""Largest power of ten a digit of a number may stand for, either way; a guard against texts like ``1e999999999``, and
what keeps the products of three such numbers exact.
"""

_PRECISION = 60_000
_EXACT = Context(prec=_PRECISION, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])
_ROUNDING = Context(prec=_PRECISION, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])

_DECIMAL_TEXT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]+))?")


def parse_decimal(text: str) -> Decimal:
    """Read a decimal the way the real server does (behaviour/http#decimals, behaviour/rating#numbers).

    ``"1e3"``, ``"+5"``, ``".5"`` and ``"5."`` are numbers; blanks, separators, ``"0x1"``, ``"NaN"`` and
    ``""`` are not. No digit is lost. Raises ValueError for anything that is not a number, or has a digit beyond
    ``MAX_EXPONENT`` places from the point.
    """
    found = _DECIMAL_TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a decimal number: {_short(text)}")
    exponent = found["exponent"]
    if exponent is None and len(text) <= MAX_EXPONENT:
        return Decimal(text)
    if exponent is not None and (len(exponent) > 11 or abs(int(exponent)) > 2 * MAX_EXPONENT):
        raise ValueError(f"exponent out of range: {_short(text)}")
    number = Decimal(text)
    if number and (number.adjusted() > MAX_EXPONENT or int(number.as_tuple().exponent) < -MAX_EXPONENT):
        raise ValueError(f"too many digits: {_short(text)}")
    return number if number else ZERO


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")


_WHOLE_TEXT = re.compile(r"[+-]?[0-9]{1,4000}")


def parse_whole(text: str) -> int:
    """Read a whole number: decimal digits with or without a sign. Raises ValueError for anything else."""
    if _WHOLE_TEXT.fullmatch(text) is None:
        raise ValueError(f"not a whole number: {_short(text)}")
    return int(text)


def double(value: int | float | Decimal) -> float:
    """The nearest double, as the real server keeps the numbers of free JSON
    (behaviour/events-and-usage#what-is-stored). Raises ValueError for a number beyond all doubles.
    """
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("the number is too large")
    return number


def from_float(value: float) -> Decimal:
    """The shortest decimal that reads back as this double. Raises ValueError for NaN and infinities."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not a finite number")
    return Decimal(repr(value))


def plain(d: Decimal) -> str:
    """Print without exponent and without trailing zeros; minus zero is ``"0"`` (behaviour/rating#numbers)."""
    if not d:
        return "0"
    text = format(d, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def add(a: Decimal, b: Decimal) -> Decimal:
    """Exact sum."""
    return _EXACT.add(a, b)


def subtract(a: Decimal, b: Decimal) -> Decimal:
    """Exact difference."""
    return _EXACT.subtract(a, b)


def multiply(a: Decimal, b: Decimal) -> Decimal:
    """Exact product."""
    return _EXACT.multiply(a, b)


def total(values: Iterable[Decimal]) -> Decimal:
    """Exact sum of all values; 0 for none."""
    result = ZERO
    for value in values:
        result = _EXACT.add(result, value)
    return result


def divide(a: Decimal, b: Decimal) -> Decimal:
    """The quotient to 16 decimals, half away from zero (behaviour/rating#numbers). Raises ZeroDivisionError for a zero
    divisor.
    """
    if not b:
        raise ZeroDivisionError("division of a decimal by zero")
    quotient, rest = _EXACT.divmod(_EXACT.scaleb(a, DIVISION_PLACES), b)
    if _EXACT.multiply(abs(rest), Decimal(2)) >= abs(b):
        quotient = _EXACT.add(quotient, ONE if (a < 0) == (b < 0) else -ONE)
    return _EXACT.scaleb(quotient, -DIVISION_PLACES)


def round_half_away(d: Decimal, places: int) -> Decimal:
    """Round to so many decimals, half away from zero: 0.005 becomes 0.01, -2.5 becomes -3
    (behaviour/rating#numbers)."""
    return _ROUNDING.quantize(d, Decimal(1).scaleb(-places))


def quantize_column(d: Decimal, scale: int) -> Decimal:
    """What a stored ``numeric(…, scale)`` column reads back as: half away from zero (behaviour/rating#numbers, storage
    scales).
    """
    return round_half_away(d, scale)


def truncate(d: Decimal, places: int) -> Decimal:
    """Cut digits beyond so many decimals, toward zero."""
    if int(d.as_tuple().exponent) >= -places:
        return d
    return d.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN, context=_ROUNDING)


def floor(d: Decimal) -> Decimal:
    """The largest whole number not above (behaviour/rating#numbers)."""
    return d.to_integral_value(rounding=ROUND_FLOOR, context=_ROUNDING)


def ceil(d: Decimal) -> Decimal:
    """The smallest whole number not below (behaviour/rating#numbers)."""
    return d.to_integral_value(rounding=ROUND_CEILING, context=_ROUNDING)


_PRECISION_BY_CODE = {"jpy": 0, "vnd": 0, "krw": 0, "clp": 0, "kwd": 3, "clf": 4}
_DEFAULT_PRECISION = 2

_SYMBOL_BY_CODE = {
    "usd": "$",
    "eur": "€",
    "gbp": "£",
    "aud": "AUS",
    "cad": "CAD",
    "jpy": "¥",
    "inr": "₹",
    "idr": "Rp",
    "sgd": "S$",
    "thb": "฿",
    "myr": "RM",
    "php": "₱",
    "vnd": "₫",
    "hkd": "HK$",
    "krw": "₩",
    "nzd": "NZ$",
    "brl": "R$",
    "chf": "CHF",
    "clp": "CLP$",
    "clf": "CLF",
    "cny": "CN¥",
    "czk": "CZK",
    "dkk": "DKK",
    "huf": "HUF",
    "ils": "₪",
    "mxn": "MX$",
    "nok": "NOK",
    "pln": "PLN",
    "ron": "RON",
    "rub": "₽",
    "sar": "SAR",
    "sek": "SEK",
    "try": "TRY",
    "twd": "NT$",
    "zar": "ZAR",
    "kwd": "KD",
}


def currency_precision(code: str) -> int:
    """Decimals of the currency, ignoring case; 2 for a code the server has no entry for
    (behaviour/rating#currencies)."""
    return _PRECISION_BY_CODE.get(code.lower(), _DEFAULT_PRECISION)


def currency_symbol(code: str) -> str | None:
    """The display symbol, ignoring case; None for a code the server has no entry for (behaviour/rating#currencies)."""
    return _SYMBOL_BY_CODE.get(code.lower())


def round_money(d: Decimal, currency: str) -> Decimal:
    """Round an amount to its currency's decimals, half away from zero (behaviour/rating#what-to-know-first)."""
    return round_half_away(d, currency_precision(currency))


def display_price_amount(currency: str, d: Decimal) -> str:
    """A price's ``display_amount``: symbol and exact amount; an unknown code stands in capitals
    (behaviour/rating#currencies).
    """
    symbol = currency_symbol(currency)
    return (currency.upper() if symbol is None else symbol) + plain(d)


def display_usage_amount(currency: str, d: Decimal) -> str:
    """A usage ``display_amount``: symbol and rounded amount; an unknown code has no symbol
    (behaviour/rating#currencies).
    """
    return (currency_symbol(currency) or "") + plain(round_money(d, currency))


def api_number(d: Decimal) -> int | float:
    """The JSON number of a float field: the nearest double, whole values below 1e21 without a point
    (behaviour/rating#numbers).
    """
    value = float(d)
    if value.is_integer() and abs(value) < 1e21:
        return int(Decimal(repr(value)))
    return value
