"""Amounts and quantities as tests write them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

Amount = str | int | Decimal


def exact(amount: Amount) -> Decimal:
    """The number meant. A float is a ``TypeError``: 0.1 as a float is not a tenth."""
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        raise TypeError(f"give amounts as text, such as {str(amount)!r}, or as Decimal; not as {type(amount).__name__}")
    try:
        return Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"not a number: {amount!r}") from None


def text(amount: Decimal) -> str:
    """Without an exponent, as bills print it."""
    return format(amount, "f")
