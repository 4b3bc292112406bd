"""The number an event adds to a meter, in both engines (behaviour/events-and-usage#numbers-from-properties).

Metering at ingest is decimal and never negative; a question over raw events uses doubles and keeps the sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .money import ONE, ZERO, from_float, multiply, parse_decimal, truncate
from .text import ingest_text

COUNT = "COUNT"
SUM = "SUM"
AVG = "AVG"
MAX = "MAX"
LATEST = "LATEST"
COUNT_UNIQUE = "COUNT_UNIQUE"
SUM_WITH_MULTIPLIER = "SUM_WITH_MULTIPLIER"
WEIGHTED_SUM = "WEIGHTED_SUM"

AGGREGATION_TYPES = (COUNT, SUM, AVG, COUNT_UNIQUE, LATEST, SUM_WITH_MULTIPLIER, MAX, WEIGHTED_SUM)

STORED_PLACES = 15
"""Decimals an event's quantity keeps; further ones are cut, not rounded (behaviour/rating#numbers)."""

VALUE = "value"
COUNTED = "counted"
MISSING = "missing"
NOT_NUMERIC = "not_numeric"
NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How a meter turns events into a quantity (behaviour/prices-and-meters#creating-a-meter). ``type`` is one of
    AGGREGATION_TYPES."""

    type: str
    field: str = ""
    expression: str = ""
    multiplier: Decimal | None = None
    bucket_size: str = ""
    group_by: str = ""


@dataclass(frozen=True, slots=True)
class MeteredQuantity:
    """What one event adds to one meter.

    ``quantity`` is never negative. ``unique_key`` is the text COUNT_UNIQUE counts once, None where nothing
    is to be counted. ``source`` is the property or formula the number came from (None for COUNT). ``note``
    says how it was read: ``value``, ``counted``, ``missing`` (0), ``not_numeric`` (0), ``negative``
    (clamped to 0).
    """

    quantity: Decimal
    unique_key: str | None = None
    source: str | None = None
    note: str = VALUE


def decimal_value(value: Any) -> Decimal | None:
    """A property as a decimal: a number by its shortest digits, a text that is wholly a number; None
    otherwise (behaviour/events-and-usage#numbers-from-properties).
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        try:
            return from_float(float(value))
        except (OverflowError, ValueError):
            return None
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        try:
            return parse_decimal(value)
        except ValueError:
            return None
    return None


def ingest_quantity(
    aggregation: Aggregation, properties: Mapping[str, Any] | None, event_name: str
) -> MeteredQuantity | None:
    """What an event adds to a meter that matches it; None when the meter skips the event, see
    :func:`skip_reason`.

    Only a formula skips events. A missing or non-numeric property counts as 0 and the event is still
    recorded (behaviour/events-and-usage#numbers-from-properties,
    behaviour/prices-and-meters#which-events-which-quantity). Raises ValueError for a formula that does not compile.
    """
    values: Mapping[str, Any] = properties or {}
    if aggregation.expression:
        return _from_expression(aggregation, values)
    if aggregation.type == COUNT:
        return MeteredQuantity(ONE, note=COUNTED)
    field = aggregation.field
    if not field or field not in values:
        return MeteredQuantity(ZERO, source=field or None, note=MISSING)
    value = values[field]
    if aggregation.type == COUNT_UNIQUE:
        return MeteredQuantity(ONE, f"{event_name}:{field}:{ingest_text(value)}", field, COUNTED)
    number = decimal_value(value)
    if number is None:
        return MeteredQuantity(ZERO, source=field, note=NOT_NUMERIC)
    if aggregation.type == SUM_WITH_MULTIPLIER:
        number = multiply(number, aggregation.multiplier) if aggregation.multiplier is not None else ZERO
    return _stored(number, field)


def skip_reason(aggregation: Aggregation, properties: Mapping[str, Any] | None) -> str | None:
    """Why a meter with a formula records nothing for an event; None when it records something
    (behaviour/events-and-usage#numbers-from-properties).
    """
    if not aggregation.expression:
        return None
    from .expression import Skipped, compile_expression

    try:
        compile_expression(aggregation.expression).evaluate(properties or {})
    except Skipped as reason:
        return str(reason)
    return None


def _from_expression(aggregation: Aggregation, properties: Mapping[str, Any]) -> MeteredQuantity | None:
    from .expression import Skipped, compile_expression

    try:
        number = compile_expression(aggregation.expression).evaluate(properties)
    except Skipped:
        return None
    if aggregation.multiplier is not None:
        number = multiply(number, aggregation.multiplier)
    return _stored(number, aggregation.expression)


def _stored(number: Decimal, source: str) -> MeteredQuantity:
    if number < 0:
        return MeteredQuantity(ZERO, source=source, note=NEGATIVE)
    return MeteredQuantity(truncate(number, STORED_PLACES), source=source)


_NUMBER_TEXT = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|infinity)", re.IGNORECASE
)


def query_number(value: Any) -> float:
    """A property as the double a question over raw events uses; 0.0 for what is no number
    (behaviour/events-and-usage#numbers-from-properties, ``events`` column).

    The texts ``"NaN"`` and ``"Infinity"`` are numbers here; the aggregates turn such results into 0.
    """
    if isinstance(value, bool):
        return 0.0
    if isinstance(value, (int, float, Decimal)):
        try:
            return float(value)
        except OverflowError:
            return float("-inf") if value < 0 else float("inf")
    if isinstance(value, str) and _NUMBER_TEXT.fullmatch(value):
        return float(value)
    return 0.0
