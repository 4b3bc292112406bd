"""What is put in the place of a value: numbers, texts, times, formulas and nestings that break careless readers."""

from __future__ import annotations

import json
import random
from typing import Any


class Raw(str):
    """JSON text that stands in a body as it is."""


NUMBERS = tuple(
    Raw(text)
    for text in (
        "0", "-0", "1", "-1", "1.0", "1e1", "0.1", "1e-7", "1e21", "12345678901.5", "99999999999999999999.99",
        "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551615", "1e308",
        "9007199254740993", "1e400", "-1e400", "1e-70000", "1e4999", "1e-4999", "1e5001", "0e99999999999999999999",
        "1e99999999999999999999", "0e-99999999999999999999", "9" * 300, "-" + "9" * 309, "9" * 400, "9" * 4300,
        "9" * 4301, "0." + "0" * 6000 + "1", "1." + "3" * 70000, "1" + "0" * 20000 + "e-20000", "NaN", "01", ".5",
    )
)  # fmt: skip
DECIMALS = (
    "0", "-1", "0.5", "1e3", "1e-70000", "1e4999", "-1e4999", "1e-4999", "1e99999999999999999999", "9" * 5000,
    "9" * 70000, "0." + "0" * 6000 + "1", "NaN", "sNaN", "Infinity", "-Infinity", "0x10", "1_000", "\u0661", "", " 1",
    "0e99999999999999999999", "12345678901", "1e20",
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "a\x00b", "a\r\nSet-Cookie: x", "\x1b[31m", "\u2028", "x" * 256, "x" * 5000, "x" * 100_000,
    "../../etc/passwd", "%00", "%0d%0a", "'; DROP TABLE customers; --", "<script>alert(1)</script>", "NaN", "Infinity",
    "null", "[]", "{}", "\u0661\u0662", "\U0001f4a9", "e\u0301", "\u202e", "a,b", "a" * 64 + "@" + "b" * 300 + ".com",
    "::", "1::x", "9" * 4301 + "::x", "9" * 30 + "::x", "id:", "Europe/Berlin", "GMT+25", "../UTC", "properties.a",
)  # fmt: skip
TIMES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:59-24:00", "9999-12-01T00:00:00Z", "9998-12-31T00:00:00Z", "1582-10-15T00:00:00Z",
    "1677-09-21T00:12:43Z", "2262-04-11T23:47:17Z", "1969-12-31T23:59:59Z", "2106-02-07T06:28:16Z",
    "2026-02-29T00:00:00Z", "2026-04-14T24:00:00Z", "2026-04-14T15:00:60Z", "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z", "2026-04-14T15:00:00+24:00", "2026-04-14T15:00:00Z", "2028-02-29T12:00:00Z",
    "2026-04-14", "now", "infinity", "", "2026-04-14T15:00:00." + "1" * 5000 + "Z", "\u0662026-04-14T15:00:00Z",
)  # fmt: skip
FORMULAS = (
    "a", "0x" + "f" * 5000 + " * a", "0x" + "f" * 300 + " + a", "0xffffffffffffffff * a", "a * " + "9" * 5000,
    "1e999 * a", "a / 0", "a * 0.5e-400", "(" * 60 + "a" + ")" * 60, "(" * 5000, "-" * 9000 + "a", "!" * 999 + "(a>1)",
    "+".join("a" * 2000), "max(" * 49 + "a" + ",1)" * 49, "pow(a, 1e308) * pow(a, 1e308)", "a ? 1 : 0",
    "a > 1 ? " * 60 + "a", "0x", "1.a", "\x00", "a" * 9999, "a * " * 2500, "sqrt(log(abs(a)))", "round(a * 1e308)",
)  # fmt: skip
QUERY_NUMBERS = (
    "0", "-1", "1", "50", "1001", "9" * 19, "9" * 4300, "9" * 4301, "-" + "9" * 5000, "1e3", "1e99999999999999999999",
    "0x10", "\u0663", "\uff11", "+5", " 5", "NaN", "", "1_0", "\u00b2", "9223372036854775808",
)  # fmt: skip
DEPTHS = (5, 60, 99, 100, 150, 199, 200, 201, 249, 250, 251, 254, 300, 900, 1100, 10_001, 100_000)


def nested(rng: random.Random) -> Raw:
    """Arrays or objects in each other."""
    depth = rng.choice(DEPTHS)
    if rng.random() < 0.5:
        return Raw("[" * depth + "]" * depth)
    return Raw('{"a":' * depth + "1" + "}" * depth)


def anything(rng: random.Random) -> Any:
    """Any JSON value, often of the wrong type."""
    kind = rng.randrange(9)
    if kind == 0:
        return rng.choice(NUMBERS)
    if kind == 1:
        return rng.choice(TEXTS)
    if kind == 2:
        return rng.choice(DECIMALS)
    if kind == 3:
        return rng.choice(TIMES)
    if kind == 4:
        return nested(rng)
    if kind == 5:
        return rng.choice(
            (None, True, False, [], {}, [None], {"": None}, Raw('"\\ud800"'), Raw('{"\\udfff": "\\ud83d"}'))
        )
    if kind == 6:
        return [anything(rng) for _ in range(rng.randrange(3))]
    if kind == 7:
        return {rng.choice(TEXTS)[:400]: anything(rng) for _ in range(rng.randrange(3))}
    return rng.choice(FORMULAS)


def dumps(value: Any) -> str:
    """JSON with raw parts left as they are."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)
