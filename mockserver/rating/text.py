"""The text of a JSON value, as filters compare it. The real server has two engines with two spellings
(behaviour/events-and-usage#filter-comparison).

Meters compare the *ingest text* when an event arrives: numbers from a million up read ``1e+06``. Questions
about events compare the *query text*: the value as compact JSON, strings without their quotes.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

MAX_NESTING = 200
"""How deep objects and arrays may stand in each other; what is accepted can be printed, also inside other answers."""

NULL_TEXT = "<nil>"
"""Ingest text of a JSON null."""


def check_nesting(value: Any, most: int = MAX_NESTING) -> None:
    """``ValueError`` if objects and arrays stand in each other deeper than ``most``."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(most):
        if not level:
            return
        inner = (outer.values() if type(outer) is dict else outer for outer in level)
        level = [item for items in inner for item in items if type(item) is dict or type(item) is list]
    if not level:
        return
    raise ValueError(f"nested deeper than {most}")


def ingest_text(value: Any) -> str:
    """The text a meter filter compares (behaviour/events-and-usage#filter-comparison, middle column).

    ``value`` is decoded JSON. Numbers are doubles: 24.0 is ``24``, 1000000 is ``1e+06``, 0.00001 is
    ``1e-05``.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return NULL_TEXT
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int) and -1_000_000 < value < 1_000_000:
        return str(value)
    if isinstance(value, (int, float, Decimal)):
        return _general_number(_double(value))
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{ingest_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(ingest_text(item) for item in value) + "]"
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def query_text(value: Any) -> str:
    """The text a usage question or an event list compares (behaviour/events-and-usage#filter-comparison, right column).
    Null, like a missing key, is ``""``.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json_text(value)


def json_text(value: Any) -> str:
    """Compact JSON with sorted keys; numbers are doubles printed shortest, without exponent from 1e-6 to
    below 1e21 (behaviour/events-and-usage#what-is-stored).
    """
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, (int, float, Decimal)):
        return json_number(_double(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{json_text(value[key])}" for key in sorted(value))
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(json_text(item) for item in value) + "]"
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def json_number(value: float) -> str:
    """A double as the real server prints it in JSON: 8 for 8.0, ``1e-7``, ``1e+21``
    (behaviour/events-and-usage#what-is-stored, behaviour/rating#numbers).
    """
    negative, digits, exponent = _shortest(value)
    sign = "-" if negative else ""
    if value and not 1e-6 <= abs(value) < 1e21:
        mark = "-" if exponent < 0 else "+"
        return f"{sign}{_mantissa(digits)}e{mark}{abs(exponent)}"
    return sign + _positional(digits, exponent)


def _general_number(value: float) -> str:
    negative, digits, exponent = _shortest(value)
    sign = "-" if negative else ""
    if exponent < -4 or exponent >= 6:
        mark = "-" if exponent < 0 else "+"
        return f"{sign}{_mantissa(digits)}e{mark}{abs(exponent):02d}"
    return sign + _positional(digits, exponent)


def _double(value: int | float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("-inf") if value < 0 else float("inf")


def _shortest(value: float) -> tuple[bool, str, int]:
    """Sign, shortest significant digits and the power of ten of the first digit."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("not a finite number")
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return bool(sign), "0", 0
    power = len(text) + int(exponent) - 1
    return bool(sign), text.rstrip("0") or "0", power


def _mantissa(digits: str) -> str:
    return digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"


def _positional(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole, fraction = digits[: exponent + 1], digits[exponent + 1 :]
    whole += "0" * (exponent + 1 - len(whole))
    return f"{whole}.{fraction}" if fraction else whole
