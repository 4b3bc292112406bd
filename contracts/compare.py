"""Is an answer the expected one; are two answers the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .case import Expectation
from .paths import ABSENT, Absent, find

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"

DATABASE_COUNTERS = frozenset({"sequence", "synced_price_sequence"})
"""Counters a real server keeps for its whole database: their values say nothing about one environment."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. ``path`` is ``status`` for the status itself, else a path into the body."""

    path: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.path}: expected {shown(self.expected)}, got {shown(self.got)}"


def shown(value: Any) -> str:
    """A value for people: JSON, shortened, or what a type is called."""
    if isinstance(value, (Absent, Kind)):
        return repr(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:197] + "..."


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as an expected value."""

    name: str

    def __repr__(self) -> str:
        return f"<{self.name}>"


def against(expected: Expectation, status: int, body: Any) -> list[Difference]:
    """Where an answer departs from an expectation; empty when it does not."""
    if status not in expected.statuses:
        wanted: Any = expected.statuses[0] if len(expected.statuses) == 1 else list(expected.statuses)
        return [Difference("status", wanted, status)]
    if status >= 400 > min(expected.statuses):
        # One of several answers that may come, and the refusal at that: the fields are those of the other.
        return [] if expected.code is None else _only_code(expected.code, body)
    found: list[Difference] = []
    if expected.code is not None and status == expected.statuses[0]:
        _exact(found, "code", expected.code, body)
    if expected.details is not None:
        got = find(body, "details")
        keys = sorted(got) if isinstance(got, dict) else []
        if keys != sorted(expected.details):
            found.append(Difference("details", sorted(expected.details), keys))
    for path, value in expected.exact.items():
        _exact(found, path, value, body)
    for path, name in expected.types.items():
        got = find(body, path)
        if not is_type(got, name):
            found.append(Difference(path, Kind(name), got))
    for path in expected.absent:
        got = find(body, path)
        if got is not ABSENT:
            found.append(Difference(path, ABSENT, got))
    return found


def _only_code(code: str, body: Any) -> list[Difference]:
    found: list[Difference] = []
    _exact(found, "code", code, body)
    return found


def _exact(found: list[Difference], path: str, value: Any, body: Any) -> None:
    got = find(body, path)
    if not same(value, got):
        found.append(Difference(path, value, got))


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: ``1`` and ``1.0`` are one number, ``true`` is none, doubles agree in 12 digits."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right) <= 1e-12 * max(abs(left), abs(right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return type(left) is type(right) and bool(left == right)


def is_type(value: Any, name: str) -> bool:
    """Is a JSON value of a type as case files name it."""
    if name == "any":
        return value is not ABSENT
    if name.startswith("id:"):
        return isinstance(value, str) and bool(re.fullmatch(f"{name[3:]}_{_ULID}", value))
    if name == "time":
        return isinstance(value, str) and bool(_TIME.match(value))
    if name == "decimal":
        return isinstance(value, str) and _is_decimal(value)
    if name == "null":
        return value is None
    if name in ("number", "integer"):
        return isinstance(value, (int, float) if name == "number" else int) and not isinstance(value, bool)
    kinds: dict[str, type] = {"string": str, "boolean": bool, "object": dict, "array": list}
    return isinstance(value, kinds[name])


def _is_decimal(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and "e" not in text.lower()
    except InvalidOperation:
        return False


def covered(path: str, patterns: Iterable[str]) -> bool:
    """Does a pattern name this path or one above it; a segment ``*`` is any."""
    segments = path.split(".")
    for pattern in patterns:
        parts = pattern.split(".")
        if len(parts) <= len(segments) and all(p in ("*", s) for p, s in zip(parts, segments, strict=False)):
            return True
    return False


def answers(
    left: tuple[int, Any], right: tuple[int, Any], loose: Iterable[str] = (), unordered: Iterable[str] = ()
) -> list[Difference]:
    """Two normalised answers field by field: the status, and then presence, type and value of everything."""
    if left[0] != right[0]:
        codes = [find(body, "code") for _, body in (left, right)]
        more = [Difference("code", *codes)] if codes[0] != codes[1] else []
        return [Difference("status", left[0], right[0]), *more]
    found: list[Difference] = []
    _walk(found, left[1], right[1], "", tuple(loose), tuple(unordered))
    return found


def _walk(
    found: list[Difference], a: Any, b: Any, path: str, loose: tuple[str, ...], unordered: tuple[str, ...]
) -> None:
    if path and covered(path, loose):
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            below = f"{path}.{key}" if path else key
            if key in a and key in b:
                if key not in DATABASE_COUNTERS:
                    _walk(found, a[key], b[key], below, loose, unordered)
            elif not covered(below, loose):
                found.append(Difference(below, a.get(key, ABSENT), b.get(key, ABSENT)))
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            found.append(Difference(f"{path}.#" if path else "#", len(a), len(b)))
            return
        if covered(path, unordered):
            a, b = sorted(a, key=_order), sorted(b, key=_order)
        for index, (one, other) in enumerate(zip(a, b, strict=True)):
            _walk(found, one, other, f"{path}.{index}" if path else str(index), loose, unordered)
    elif not same(a, b):
        found.append(Difference(path, a, b))


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
