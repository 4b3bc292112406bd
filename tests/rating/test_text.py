"""The text of property values in both engines (behaviour/events-and-usage#filter-comparison,
behaviour/events-and-usage#what-is-stored)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.text import ingest_text, json_text, query_text

TABLE = [
    ("1080p", "1080p", "1080p"),
    (False, "false", "false"),
    (True, "true", "true"),
    ("false", "false", "false"),
    (24, "24", "24"),
    (24.0, "24", "24"),
    ("24.0", "24.0", "24.0"),
    (8.5, "8.5", "8.5"),
    (982344, "982344", "982344"),
    (1000000, "1e+06", "1000000"),
    (1234567, "1.234567e+06", "1234567"),
    (0.00001, "1e-05", "0.00001"),
    (100000, "100000", "100000"),
    (999999, "999999", "999999"),
    (123456.789, "123456.789", "123456.789"),
    (0.0001, "0.0001", "0.0001"),
    (12345678901234567890, "1.2345678901234567e+19", "12345678901234567000"),
    (None, "<nil>", ""),
    ({"a": 1}, "map[a:1]", '{"a":1}'),
    ([1, "x"], "[1 x]", '[1,"x"]'),
    ("", "", ""),
    # not in the table: the same rules further on
    (-5, "-5", "-5"),
    (0, "0", "0"),
    (-0.0, "-0", "-0"),
    (-1500000.5, "-1.5000005e+06", "-1500000.5"),
    (1e21, "1e+21", "1e+21"),
    (1e20, "1e+20", "100000000000000000000"),
    (1e-7, "1e-07", "1e-7"),
    (1e100, "1e+100", "1e+100"),
    ({"b": None, "a": {"c": [True, 1.5]}}, "map[a:map[c:[true 1.5]] b:<nil>]", '{"a":{"c":[true,1.5]},"b":null}'),
    (-999999, "-999999", "-999999"),
    (-1000000, "-1e+06", "-1000000"),
    (0.000001, "1e-06", "0.000001"),
    (0.00099, "0.00099", "0.00099"),
    (Decimal("2.50"), "2.5", "2.5"),
    ([None, False], "[<nil> false]", "[null,false]"),
    (("a", 1), "[a 1]", '["a",1]'),
    ([], "[]", "[]"),
    ({}, "map[]", "{}"),
]


@pytest.mark.parametrize(("value", "ingest", "query"), TABLE, ids=[repr(row[0]) for row in TABLE])
def test_texts(value, ingest, query):
    """behaviour/events-and-usage#filter-comparison, every row."""
    assert ingest_text(value) == ingest
    assert query_text(value) == query


@pytest.mark.parametrize(
    ("value", "text"), [(8.0, "8"), (1e3, "1000"), (12345678901234567890, "12345678901234567000"), (1e21, "1e+21")]
)
def test_numbers_round_trip(value, text):
    """behaviour/events-and-usage#what-is-stored, properties round trip."""
    assert json_text(value) == text


@pytest.mark.parametrize("function", [ingest_text, json_text])
def test_only_json_values_have_a_text(function):
    with pytest.raises(TypeError):
        function(object())


def test_letters_beyond_ascii_stay_as_they_are():
    """behaviour/events-and-usage#filter-comparison."""
    assert ingest_text({"é": "ü"}) == "map[é:ü]"
    assert query_text({"é": "ü"}) == '{"é":"ü"}'


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), float("nan"), float("-inf")], ids=["huge", "-huge", "nan", "-inf"]
)
@pytest.mark.parametrize("function", [ingest_text, json_text])
def test_what_is_beyond_a_double_has_no_text(function, value):
    with pytest.raises(ValueError, match="not a finite number"):
        function(value)


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_texts_read_back(value):
    """Both spellings are shortest and exact."""
    assert float(ingest_text(value)) == value
    assert float(query_text(value)) == value
    assert ("e" in ingest_text(value)) == (value != 0 and not 1e-4 <= abs(value) < 1e6)
