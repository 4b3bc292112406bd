"""The words of a meter's formula: numbers, names, signs (behaviour/prices-and-meters#creating-a-meter)."""

from __future__ import annotations

import math
import re

_MAX_HEXADECIMAL = 2**63 - 1

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>0x[0-9a-fA-F]+|(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)(?P<suffix>[A-Za-z_]?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>&&|\|\||<=|>=|==|!=|[-+*/%<>!?:(),.\[\]{}])
      | (?P<text>["'])
    )""",
    re.VERBOSE,
)


def tokens(source: str) -> list[tuple[str, str]]:
    """Kind and text of each word, in order. ValueError for a text that has none there."""
    result = []
    at = 0
    while source[at:].strip():
        found = _TOKEN.match(source, at)
        if found is None:
            raise ValueError(f'unexpected "{source[at:].strip()[0]}"')
        if found["number"] is not None:
            if found["suffix"]:
                raise ValueError(f'"{found["number"]}{found["suffix"]}" is not a number')
            result.append(("number", found["number"]))
        else:
            kind = found.lastgroup or ""
            result.append((kind, found[kind]))
        at = found.end()
    return result


def constant(token: str) -> float:
    """The double a number of a formula stands for. ValueError for one that is too large."""
    number = int(token, 16) if token.startswith("0x") else float(token)
    if number == math.inf or (isinstance(number, int) and number > _MAX_HEXADECIMAL):
        raise ValueError(f'"{token[:40]}" is too large a number')
    return float(number)
