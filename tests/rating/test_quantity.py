"""What an event adds to a meter, in both engines (behaviour/events-and-usage#numbers-from-properties,
behaviour/prices-and-meters#which-events-which-quantity)."""

from __future__ import annotations

import math
from decimal import Decimal as D

import pytest

from mockserver.rating.money import plain
from mockserver.rating.quantity import (
    COUNTED,
    MISSING,
    NEGATIVE,
    NOT_NUMERIC,
    VALUE,
    Aggregation,
    ingest_quantity,
    query_number,
    skip_reason,
)

# property | question over raw events | metered quantity
NUMBERS = [
    (8, 8, "8"), (8.0, 8, "8"), (0.1, 0.1, "0.1"),
    ("8", 8, "8"), ("8.5", 8.5, "8.5"), ("1e3", 1000, "1000"), ("1E2", 100, "100"), ("00012", 12, "12"),
    ("+5", 5, "5"),
    (".5", 0.5, "0.5"), ("5.", 5, "5"), ("-2", -2, "0"),
    ("8s", 0, "0"), ("", 0, "0"), (" 8", 0, "0"), ("8 ", 0, "0"), ("1,000", 0, "0"), ("3,5", 0, "0"), ("abc", 0, "0"),
    ("true", 0, "0"), ("0x10", 0, "0"), ("1_000", 0, "0"), ("1e", 0, "0"), ("--1", 0, "0"),
    (1e21, 1e21, "1000000000000000000000"), ("99999999999", 99999999999, "99999999999"),
    ("0.12345678901234567", 0.12345678901234567, "0.123456789012345"),
    (0.12345678901234567, 0.12345678901234567, "0.123456789012345"),
    (10**400, math.inf, "0"), (-(10**400), -math.inf, "0"), (D("2.5"), 2.5, "2.5"),
    (True, 0, "0"), (False, 0, "0"), (None, 0, "0"), ({"a": 1}, 0, "0"), ([1], 0, "0"), (-5, -5, "0"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "query", "metered"), NUMBERS, ids=[repr(row[0])[:30] for row in NUMBERS])
def test_numbers(value, query, metered):
    """behaviour/events-and-usage#numbers-from-properties, every row."""
    found = ingest_quantity(Aggregation("SUM", "v"), {"v": value}, "e")
    assert found is not None
    assert plain(found.quantity) == metered
    assert query_number(value) == query


@pytest.mark.parametrize("text", ["NaN", "nan", "inf", "Infinity"])
def test_texts_that_are_no_finite_number(text):
    """behaviour/events-and-usage#numbers-from-properties: the query engine reads them, metering does not."""
    assert not math.isfinite(query_number(text))
    found = ingest_quantity(Aggregation("SUM", "v"), {"v": text}, "e")
    assert found is not None
    assert (found.quantity, found.note) == (0, NOT_NUMERIC)


@pytest.mark.parametrize(
    ("aggregation", "properties", "quantity", "note", "source"),
    [
        (Aggregation("COUNT"), None, "1", COUNTED, None),
        (Aggregation("COUNT", "v"), {"v": "x"}, "1", COUNTED, None),
        (Aggregation("SUM", "v"), None, "0", MISSING, "v"),
        (Aggregation("SUM", "v"), {}, "0", MISSING, "v"),
        (Aggregation("SUM", "a.b"), {"a": {"b": 3}}, "0", MISSING, "a.b"),
        (Aggregation("SUM", "a.b"), {"a.b": 3}, "3", VALUE, "a.b"),
        (Aggregation("SUM", "v"), {"v": "8s"}, "0", NOT_NUMERIC, "v"),
        (Aggregation("SUM", "v"), {"v": None}, "0", NOT_NUMERIC, "v"),
        (Aggregation("MAX", "v"), {"v": -5}, "0", NEGATIVE, "v"),
        (Aggregation("AVG", "v"), {"v": "2.50"}, "2.5", VALUE, "v"),
        (Aggregation("LATEST", "v"), {"v": 7}, "7", VALUE, "v"),
        (Aggregation("WEIGHTED_SUM", "v"), {"v": 7}, "7", VALUE, "v"),
        (Aggregation("SUM_WITH_MULTIPLIER", "v", multiplier=D("0.5")), {"v": 23}, "11.5", VALUE, "v"),
        (Aggregation("SUM_WITH_MULTIPLIER", "v", multiplier=D("0.5")), {"v": -2}, "0", NEGATIVE, "v"),
        (Aggregation("SUM_WITH_MULTIPLIER", "v"), {"v": 23}, "0", VALUE, "v"),
        (Aggregation("SUM", "v", multiplier=D(2)), {"v": 3}, "3", VALUE, "v"),
        (Aggregation("SUM", expression="a + b"), {"a": 1}, "1", VALUE, "a + b"),
        (Aggregation("SUM", expression="a - b"), {"b": 3}, "0", NEGATIVE, "a - b"),
        (Aggregation("SUM", expression="a * b", multiplier=D(3)), {"a": 1.5, "b": "0.5"}, "2.25", VALUE, "a * b"),
    ],
)
def test_each_aggregation(aggregation, properties, quantity, note, source):
    """behaviour/events-and-usage#numbers-from-properties, behaviour/prices-and-meters#which-events-which-quantity; the
    multiplier of a SUM acts with a formula only (behaviour/prices-and-meters#creating-a-meter)."""
    found = ingest_quantity(aggregation, properties, "e")
    assert found is not None
    assert (plain(found.quantity), found.note, found.source) == (quantity, note, source)


@pytest.mark.parametrize(
    ("properties", "quantity", "key"),
    [
        ({"v": "10"}, "1", "e:v:10"),
        ({"v": 10}, "1", "e:v:10"),
        ({"v": 10.0}, "1", "e:v:10"),
        ({"v": True}, "1", "e:v:true"),
        ({"v": None}, "1", "e:v:<nil>"),
        ({"v": ""}, "1", "e:v:"),
        ({}, "0", None),
        (None, "0", None),
    ],
)
def test_count_unique(properties, quantity, key):
    """behaviour/events-and-usage#numbers-from-properties, behaviour/rating#quantity-of-a-meter: texts are counted; a
    missing property is not, null is."""
    found = ingest_quantity(Aggregation("COUNT_UNIQUE", "v"), properties, "e")
    assert found is not None
    assert (plain(found.quantity), found.unique_key) == (quantity, key)
    assert (found.source, found.note) == ("v", MISSING if key is None else COUNTED)


@pytest.mark.parametrize(
    ("properties", "quantity"),
    [
        ({"a": 6, "b": 2}, "3"), ({"a": "6", "b": "2"}, "3"), ({"a": " 6 ", "b": 2}, "3"), ({"a": 6}, None),
        ({"b": 3}, "0"),
        ({}, None), ({"a": True, "b": 2}, None), ({"a": None, "b": 2}, None), ({"a": 5, "b": 0}, None),
        ({"a": "x", "b": 2}, None), ({"a": {"v": 1}, "b": 1}, None), ({"a": -4, "b": 2}, "0"),
        ({"a": 4, "b": 2, "c": "x"}, "2"),
    ],
)  # fmt: skip
def test_formulas_may_skip_an_event(properties, quantity):
    """behaviour/events-and-usage#numbers-from-properties, the example a / b."""
    divide = Aggregation("SUM", expression="a / b")
    found = ingest_quantity(divide, properties, "e")
    assert (found and plain(found.quantity)) == quantity
    assert (skip_reason(divide, properties) is None) == (quantity is not None)


def test_why_an_event_is_skipped():
    assert skip_reason(Aggregation("SUM", expression="a / b"), {"a": True}) == 'property "a" is not a finite number'
    assert "division by zero" in (skip_reason(Aggregation("SUM", expression="a / b"), {"a": 1}) or "")
    assert skip_reason(Aggregation("SUM", "v"), {"v": "x"}) is None
