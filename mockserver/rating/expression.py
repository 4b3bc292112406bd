"""Meter formulas (behaviour/prices-and-meters#creating-a-meter, behaviour/events-and-usage#numbers-from-properties):
``tokens * 2``, ``max(a, b) / 1000``, ``a > 5 ? a : 0``.

The real server evaluates these with the Common Expression Language, of which it leaves only arithmetic on
doubles: every variable is a double, whole-number literals become doubles, there are no macros and no
strings. The Python packages for that language cannot promote literals without rewriting their syntax trees,
and bring a parser generator or a compiled extension; this subset is smaller than either's glue, so it is
parsed here.

Taken: numbers, properties by their top-level name, ``+ - * /``, unary ``-``, comparisons, ``&& || !``, ``?
:``, parentheses, and the functions max, min, pow, abs, ceil, floor, round, sqrt, log and double. Refused:
``%``, text, lists, member access, calls of anything else, and a formula without any variable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from .formula_tokens import constant, tokens
from .money import from_float

Values = Mapping[str, float]
_Run = Callable[[Values], Any]

MAX_LENGTH = 1_000
"""Characters of a formula; each event of its name computes it, for every meter anew."""
MAX_DEPTH = 50

_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let"}
    | {"loop", "package", "namespace", "null", "return", "true", "var", "void", "while"}
)


class Skipped(Exception):
    """The meter records nothing for this event; the message says why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that compiled. ``variables`` are the properties it reads, in order of appearance."""

    source: str
    variables: tuple[str, ...]
    numeric: bool
    _run: _Run

    def evaluate(self, properties: Mapping[str, Any]) -> Decimal:
        """The formula's value for an event, in the shortest digits of the double it comes to
        (behaviour/events-and-usage#numbers-from-properties). Raises Skipped as ``double`` does.
        """
        return from_float(self.double(properties))

    def double(self, properties: Mapping[str, Any]) -> float:
        """The double a formula comes to for an event.

        A missing property is 0. Raises Skipped for a property that is no finite number, a result that is
        not finite, and a formula that answers yes or no instead of a number.
        """
        result: float = self._run({name: _property(name, properties) for name in self.variables})
        if not self.numeric:
            raise Skipped("the formula answers yes or no, not a number")
        if not math.isfinite(result):
            raise Skipped("the formula has no finite result (a division by zero?)")
        return result


_EXACT = 2**53
_NUMERIC_TEXT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def _property(name: str, properties: Mapping[str, Any]) -> float:
    if name not in properties:
        return 0.0
    value = properties[name]
    if type(value) is int and -_EXACT < value < _EXACT:
        return float(value)
    number: float | None = None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    elif isinstance(value, str) and _NUMERIC_TEXT.fullmatch(value.strip()):
        number = float(value.strip())
    if number is None or not math.isfinite(number):
        raise Skipped(f'property "{name}" is not a finite number')
    return number


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compile a formula. Raises ValueError with a reason for one the real server refuses
    (behaviour/prices-and-meters#creating-a-meter)."""
    if len(source) > MAX_LENGTH:
        raise ValueError(f"a formula has at most {MAX_LENGTH} characters")
    parser = _Parser(source)
    kind, run = parser.whole()
    if not parser.variables:
        raise ValueError("the formula uses no event property")
    return Expression(source, tuple(parser.variables), kind == _DOUBLE, run)


def variables(source: str) -> tuple[str, ...]:
    """The properties a formula reads. Raises ValueError with a reason for a formula that does not compile."""
    return compile_expression(source).variables


_DOUBLE = "number"
_BOOL = "yes-or-no"
_Typed = tuple[str, _Run]
_Step = tuple[Callable[[Any, Any], Any], _Run]


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:
        return math.inf if a == 0 else math.nan


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    return lambda a: float(function(a)) if math.isfinite(a) else a


def _round(a: float) -> float:
    if not math.isfinite(a):
        return a
    below = math.floor(abs(a))
    return math.copysign(float(below + (abs(a) - below >= 0.5)), a)


def _logarithm(a: float) -> float:
    if a == 0:
        return -math.inf
    return math.log(a) if a > 0 else math.nan


def _maximum(a: float, b: float) -> float:
    if math.inf in (a, b):
        return math.inf
    return math.nan if a != a or b != b else max(a, b)


def _minimum(a: float, b: float) -> float:
    if -math.inf in (a, b):
        return -math.inf
    return math.nan if a != a or b != b else min(a, b)


_FUNCTIONS: dict[str, tuple[int, Callable[..., float]]] = {
    "max": (2, _maximum),
    "min": (2, _minimum),
    "pow": (2, _power),
    "abs": (1, abs),
    "ceil": (1, _whole(math.ceil)),
    "floor": (1, _whole(math.floor)),
    "round": (1, _round),
    "sqrt": (1, lambda a: math.sqrt(a) if a >= 0 else math.nan),
    "log": (1, _logarithm),
    "double": (1, lambda a: a),
}

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
}

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
}


class _Parser:
    """Recursive descent with types: each method returns the kind of its value and a function that computes
    it.
    """

    def __init__(self, source: str) -> None:
        self.tokens = tokens(source)
        self.at = 0
        self.depth = 0
        self.variables: dict[str, None] = {}

    def whole(self) -> _Typed:
        typed = self._choice()
        if self.at < len(self.tokens):
            self._fail(f'unexpected "{self.tokens[self.at][1]}"')
        return typed

    def _fail(self, reason: str) -> NoReturn:
        raise ValueError(reason)

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self, *wanted: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "operator" and self._peek() in wanted:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def _expect(self, wanted: str) -> None:
        if self._take(wanted) is None:
            self._fail(f'expected "{wanted}" ' + (f'before "{self._peek()}"' if self._peek() else "at the end"))

    def _need(self, kind: str, wanted: str, where: str) -> None:
        if kind != wanted:
            self._fail(f"{where} needs a {wanted} value")

    def _choice(self) -> _Typed:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._fail("the formula is nested too deeply")
        kind, condition = self._either()
        if self._take("?"):
            self._need(kind, _BOOL, '"?"')
            kind, then = self._either()
            self._expect(":")
            other_kind, otherwise = self._choice()
            if kind != other_kind:
                self._fail('both sides of ":" need the same kind of value')
            result: _Typed = (kind, lambda v: then(v) if condition(v) else otherwise(v))
        else:
            result = (kind, condition)
        self.depth -= 1
        return result

    def _either(self) -> _Typed:
        return self._logical("||", self._both, any)

    def _both(self) -> _Typed:
        return self._logical("&&", self._relation, all)

    def _logical(self, sign: str, inner: Callable[[], _Typed], fold: Callable[[Iterable[bool]], bool]) -> _Typed:
        kind, run = inner()
        parts = [run]
        while self._take(sign):
            other, right = inner()
            self._need(kind, _BOOL, f'"{sign}"')
            self._need(other, _BOOL, f'"{sign}"')
            parts.append(right)
        return (kind, run) if len(parts) == 1 else (_BOOL, lambda v: fold(part(v) for part in parts))

    def _relation(self) -> _Typed:
        kind, first = self._sum()
        steps: list[_Step] = []
        while sign := self._take(*_COMPARISONS):
            other, right = self._sum()
            if kind != other:
                self._fail(f'both sides of "{sign}" need the same kind of value')
            kind = _BOOL
            steps.append((_COMPARISONS[sign], right))
        return kind, _chain(first, steps)

    def _sum(self) -> _Typed:
        return self._arithmetic(("+", "-"), self._product)

    def _product(self) -> _Typed:
        return self._arithmetic(("*", "/", "%"), self._unary)

    def _arithmetic(self, signs: tuple[str, ...], inner: Callable[[], _Typed]) -> _Typed:
        kind, first = inner()
        steps: list[_Step] = []
        while sign := self._take(*signs):
            if sign == "%":
                self._fail('"%" is not defined for numbers with decimals')
            other, right = inner()
            self._need(kind, _DOUBLE, f'"{sign}"')
            self._need(other, _DOUBLE, f'"{sign}"')
            steps.append((_ARITHMETIC[sign], right))
        return kind, _chain(first, steps)

    def _unary(self) -> _Typed:
        signs = []
        while sign := self._take("-", "!"):
            signs.append(sign)
        if len(set(signs)) > 1:
            self._fail('"-" and "!" do not mix')
        kind, run = self._member()
        if not signs:
            return kind, run
        self._need(kind, _DOUBLE if signs[0] == "-" else _BOOL, f'"{signs[0]}"')
        if len(signs) % 2 == 0:
            return kind, run
        return (kind, lambda v: -run(v)) if signs[0] == "-" else (kind, lambda v: not run(v))

    def _member(self) -> _Typed:
        typed = self._primary()
        if self._peek() == "." or self._peek() == "[":
            self._fail("only top-level properties can be used")
        return typed

    def _primary(self) -> _Typed:
        if self._take("("):
            typed = self._choice()
            self._expect(")")
            return typed
        if self.at >= len(self.tokens):
            self._fail("the formula ends too early")
        kind, token = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            number = constant(token)
            return _DOUBLE, lambda _: number
        if kind == "name":
            return self._name(token)
        if kind == "text":
            self._fail("text is not supported")
        self._fail(f'unexpected "{token}"')

    def _name(self, name: str) -> _Typed:
        if name in ("true", "false"):
            truth = name == "true"
            return _BOOL, lambda _: truth
        if name in _RESERVED:
            self._fail(f'"{name}" is a reserved word')
        if self._take("("):
            return self._call(name)
        self.variables.setdefault(name)
        return _DOUBLE, lambda v: v[name]

    def _call(self, name: str) -> _Typed:
        arguments: list[_Run] = []
        if not self._take(")"):
            while True:
                kind, run = self._choice()
                self._need(kind, _DOUBLE, f'"{name}"')
                arguments.append(run)
                if self._take(")"):
                    break
                self._expect(",")
        if name not in _FUNCTIONS:
            self._fail(f'there is no function "{name}"')
        count, function = _FUNCTIONS[name]
        if len(arguments) != count:
            self._fail(f'"{name}" takes {count} value{"s" if count > 1 else ""}, not {len(arguments)}')
        if count == 1:
            only = arguments[0]
            return _DOUBLE, lambda v: function(only(v))
        first, second = arguments
        return _DOUBLE, lambda v: function(first(v), second(v))


def _chain(first: _Run, steps: list[_Step]) -> _Run:
    """Left to right without recursion, so that a long sum is as good as a short one."""
    if not steps:
        return first

    def run(values: Values) -> Any:
        result = first(values)
        for operation, right in steps:
            result = operation(result, right(values))
        return result

    return run
