"""Meter formulas (behaviour/prices-and-meters#creating-a-meter, behaviour/events-and-usage#numbers-from-properties)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.expression import MAX_LENGTH, Skipped, compile_expression, variables
from mockserver.rating.money import plain

ACCEPTED = [
    "a * b", "max(a, b)", "min(a,b)", "pow(a, 2)", "abs(a)", "ceil(a / 3)", "floor(a)", "round(a)", "sqrt(a)",
    "log(a)", "a + 1",
    "a > 1 ? a : 1.0", "(a + b) / 1000", "-a", "a > 1", "a + b",
]  # fmt: skip
REFUSED = [
    "a +", "max(a)", "foo(a)", "1 + 2", "a % 2", '"x" + a', "", "a.b", "size(a)", "[a].map(x, x)", 'a == "x"', "a b",
    "(a", "a)",
    "a ? 1 : 2", "a > 1 ? a : true", "a > 1 > b", "!a", "-true", "a && b", "a + true", "while + a", "max(a, b",
    "max(a b)", "2u * a",
    "a = 1", "a[0]", "{}", "max(a > 1, 2)", "a == true", "-!a", "a..b", "1.a", "null + a", "@",
    "a > 1 ? a > 2 ? 1 : 2 : 3",
]  # fmt: skip


@pytest.mark.parametrize("source", ACCEPTED)
def test_formulas_that_compile(source):
    """Recorded with a real server."""
    assert set(variables(source)) <= {"a", "b"}


@pytest.mark.parametrize("source", REFUSED)
def test_formulas_that_are_refused(source):
    """behaviour/prices-and-meters#creating-a-meter; each refusal has a reason."""
    with pytest.raises(ValueError, match=r"."):
        compile_expression(source)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a b", 'unexpected "b"'),
        ("a + )", 'unexpected ")"'),
        ("a @ b", 'unexpected "@"'),
        ("(a b", 'expected ")" before "b"'),
        ("(a", 'expected ")" at the end'),
        ("a +", "the formula ends too early"),
        ("1 + 2", "the formula uses no event property"),
        ("a % 2", '"%" is not defined for numbers with decimals'),
        ('a + "x"', "text is not supported"),
        ("a.b", "only top-level properties can be used"),
        ("a[0]", "only top-level properties can be used"),
        ("2u * a", '"2u" is not a number'),
        ("while + a", '"while" is a reserved word'),
        ("foo(a)", 'there is no function "foo"'),
        ("max(a)", '"max" takes 2 values, not 1'),
        ("abs(a, a)", '"abs" takes 1 value, not 2'),
        ("max(a > 1, 2)", '"max" needs a number value'),
        ("a ? 1 : 2", '"?" needs a yes-or-no value'),
        ("a > 1 ? a : true", 'both sides of ":" need the same kind of value'),
        ("a == true", 'both sides of "==" need the same kind of value'),
        ("a > 1 && a", '"&&" needs a yes-or-no value'),
        ("a || a > 1", '"||" needs a yes-or-no value'),
        ("a + true", '"+" needs a number value'),
        ("true * a", '"*" needs a number value'),
        ("!a", '"!" needs a yes-or-no value'),
        ("-(a > 1)", '"-" needs a number value'),
        ("-!a", '"-" and "!" do not mix'),
        ("(" * 50 + "a" + ")" * 50, "the formula is nested too deeply"),
        ("a+" * (MAX_LENGTH // 2) + "a", f"a formula has at most {MAX_LENGTH} characters"),
    ],
)
def test_a_refusal_says_what_is_wrong(source, reason):
    """behaviour/prices-and-meters#creating-a-meter; the words are ours."""
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        compile_expression(source)


def test_what_is_just_within_the_limits():
    assert value("(" * 49 + "a" + ")" * 49, {"a": 3}) == "3"
    long = "a+" * (MAX_LENGTH // 2 - 1) + "aa"
    assert len(long) == MAX_LENGTH
    assert value(long, {"a": 0, "aa": 2}) == "2"


@pytest.mark.parametrize(
    ("source", "a", "reason"),
    [
        ("a > 1", 2, "the formula answers yes or no, not a number"),
        ("1 / a", 0, "the formula has no finite result (a division by zero?)"),
        ("a", True, 'property "a" is not a finite number'),
    ],
)
def test_why_a_formula_skips_an_event(source, a, reason):
    """behaviour/events-and-usage#numbers-from-properties."""
    with pytest.raises(Skipped, match=f"^{re.escape(reason)}$"):
        compile_expression(source).evaluate({"a": a})


@pytest.mark.parametrize("source", ["(" * 1000 + "a" + ")" * 1000, "a+" * MAX_LENGTH + "a"])
def test_absurd_formulas_are_refused(source):
    with pytest.raises(ValueError, match="formula"):
        compile_expression(source)


def test_a_long_sum_is_fine():
    assert value("a+" * 499 + "a", {"a": 1}) == "500"


def test_variables_come_in_order_of_appearance():
    assert variables("b * a + b + max(c, 2)") == ("b", "a", "c")


X = [
    {"a": 6, "b": 2}, {"a": "6", "b": "2"}, {"a": " 6 ", "b": 2}, {"a": 6}, {"b": 3}, {}, {"a": True, "b": 2},
    {"a": None, "b": 2},
    {"a": "x", "b": 2}, {"a": 1.5, "b": 0.5}, {"a": 5, "b": 0}, {"a": {"v": 1}, "b": 1}, {"a": -4, "b": 2},
]  # fmt: skip
RECORDED = {
    "a + b": ["8", "8", "8", "6", "3", "0", None, None, None, "2", "5", None, "-2"],
    "a * b": ["12", "12", "12", "0", "0", "0", None, None, None, "0.75", "0", None, "-8"],
    "a / b": ["3", "3", "3", None, "0", None, None, None, None, "3", None, None, "-2"],
    "max(a, b)": ["6", "6", "6", "6", "3", "0", None, None, None, "1.5", "5", None, "2"],
    "ceil(a / 2.0)": ["3", "3", "3", "3", "0", "0", None, None, None, "1", "3", None, "-2"],
    "a - b": ["4", "4", "4", "6", "-3", "0", None, None, None, "1", "5", None, "-6"],
    "a > 5.0 ? a : 0.0": ["6", "6", "6", "6", "0", "0", None, None, None, "0", "0", None, "0"],
}


def value(source: str, properties: dict) -> str | None:
    try:
        return plain(compile_expression(source).evaluate(properties))
    except Skipped:
        return None


@pytest.mark.parametrize("source", RECORDED)
def test_recorded_results(source):
    """Recorded with a real server over thirteen events, before negative results become 0."""
    found = [value(source, properties) for properties in X]
    assert found == RECORDED[source]


@pytest.mark.parametrize(
    ("source", "a", "result"),
    [
        ("a / 1000", 1500, "1.5"),
        ("3 / a", 2, "1.5"),
        ("a - 1 - 1", 5, "3"),
        ("2 + 3 * a", 4, "14"),
        ("--a", 4, "4"),
        ("-a * -1", 4, "4"),
        ("round(a)", 2.5, "3"),
        ("round(a)", -2.5, "-3"),
        ("round(a)", 0.49999999999999994, "0"),
        ("floor(a)", -1.5, "-2"),
        ("pow(a, 0.5)", 9, "3"),
        ("pow(a, 2)", 1e200, None),
        ("pow(a, -1)", 0, None),
        ("sqrt(a)", -1, None),
        ("log(a)", 0, None),
        ("log(a)", -1, None),
        ("log(a)", 1, "0"),
        ("a / 0 > 1 ? 1 : 2", 1, "1"),
        ("a / 0 > 1 ? 1 : 2", -1, "2"),
        ("max(a / 0, 1)", 0, None),
        ("min(1 / a, 7)", 0, "7"),
        ("max(-1 / a, 7)", 0, "7"),
        ("ceil(1 / a)", 0, None),
        ("a > 1 && a < 3 || a == 7 ? 1 : 0", 7, "1"),
        ("!(a >= 2) ? 1 : 0", 1, "1"),
        ("a != 2 ? (a <= 1 ? 1 : 3) : 2", 5, "3"),
        ("double(a) * 1e2", 2, "200"),
        ("a * 0x10", 2, "32"),
        ("a * .5", 3, "1.5"),
        ("a * b", 1e-7, "0"),
        ("a > 1", 2, None),
        ("a", "1e400", None),
        ("a", "Infinity", None),
        ("a", 10**400, None),
        ("a", "", None),
        ("a + 0.2", 0.1, "0.30000000000000004"),
        ("pow(a, 3) < 0 ? 1 : 2", -1e200, "1"),
        ("pow(a, 2) < 0 ? 1 : 2", -1e200, "2"),
        ("round(a)", -0.4, "0"),
        ("round(a)", 2.4, "2"),
        ("a / 0 == a / 0 ? 1 : 2", 0, "2"),
        ("min(a, -1 / 0) < 0 ? 1 : 2", 3, "1"),
        ("max(0 / 0, a) == a ? 1 : 2", 3, "2"),
        ("min(a, 0 / 0) == a ? 1 : 2", 3, "2"),
        ("sqrt(a)", 0, "0"),
        ("a < 3 == true ? 1 : 2", 3, "2"),
        ("!!(a > 3) ? 1 : 2", 3, "2"),
        ("a >= 3 ? 1 : 2", 3, "1"),
        ("a", 2**53, "9007199254740992"),
        ("a", -(2**53) - 1, "-9007199254740992"),
        ("a", " 5", "5"),
        ("a", "5e", None),
    ],
)
def test_results(source, a, result):
    """behaviour/prices-and-meters#creating-a-meter: doubles throughout, a result that is not finite skips the event."""
    assert value(source, {"a": a}) == result


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab01.+-*/()<>=!&|?:, maxpow", max_size=25))
def test_compiling_never_fails_otherwise(source):
    """Whatever is sent, the answer is a formula or a reason."""
    try:
        compiled = compile_expression(source)
    except ValueError:
        return
    value(source, dict.fromkeys(compiled.variables, 2))
