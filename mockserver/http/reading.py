"""Reading a request body as JSON the way the real server's decoder does (behaviour/http#bodies)."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from mockserver.errors import BadBody
from mockserver.rating.money import double, parse_decimal
from mockserver.rating.text import MAX_NESTING, check_nesting

_WHOLE = 2**53
_INFINITY = float("inf")
_SHORT = 1000
"""A number of fewer characters that is within the doubles has no digit too far from its point."""
_BLANK = re.compile(r"[ \t\n\r]*")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class _Literal(Decimal):
    """A number written with a point or an exponent; integer fields refuse it even when it is whole."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        # A repeated key counts where it stands last, which matters beside its other spellings.
        result = {}
        for key, value in pairs:
            result.pop(key, None)
            result[key] = value
    return result


def _no_constant(name: str) -> Any:
    raise ValueError(f"invalid character {name[0]!r} looking for beginning of value")


def _number(text: str) -> Decimal:
    """A number with a point or exponent. ``ValueError`` for one beyond all doubles; one that is nearer to 0 than all of
    them is 0, as it is in every column."""
    number = float(text)
    if not number:
        return _Literal(0)
    if len(text) < _SHORT and -_INFINITY < number < _INFINITY:
        return _Literal(text)
    double(number)
    return _Literal(parse_decimal(text))


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_no_constant, object_pairs_hook=_pairs)


def _repair(value: Any) -> Any:
    """Lone surrogates become U+FFFD, as in the real decoder."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_repair(v) for v in value]
    if isinstance(value, dict):
        return {_repair(k): _repair(v) for k, v in value.items()}
    return value


def read_json(data: bytes) -> Any:
    """The first JSON value of a body; what follows it is ignored. ``BadBody`` if there is none.

    Numbers come back as ``int`` or, when written with a point or exponent, as exact ``Decimal``.
    """
    text = data.decode("utf-8", "replace")
    match = _BLANK.match(text)
    start = match.end() if match else 0
    if start == len(text):
        raise BadBody("the request body is empty", "EOF")
    try:
        value, _ = _DECODER.raw_decode(text, start)
        if data.count(b"[") + data.count(b"{") > MAX_NESTING:
            check_nesting(value)
    except (ValueError, RecursionError) as error:
        raise BadBody("the request body is not valid JSON", f"invalid JSON: {error}") from None
    return _repair(value) if _SURROGATE_ESCAPE.search(text) else value


def decoded(value: Any) -> Any:
    """Free JSON as the real decoder keeps it: numbers are doubles, whole ones are printed without a point.
    ``ValueError`` for a number beyond all doubles."""
    if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
        number = double(value)
        return int(number) if number.is_integer() and abs(number) < _WHOLE else number
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if isinstance(value, dict):
        return {key: decoded(item) for key, item in value.items()}
    return value
