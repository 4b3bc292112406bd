"""Paths into answers: ``customer.name``, ``items.0.id``, ``items.#`` (how many) and
``charges[price.lookup_key=k].amount`` (the one element with that value; charges come in no fixed order)."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r"\[([^\]=]+)=([^\]]*)\]|([^.\[\]]+)")


class Absent:
    """What a path finds where there is nothing."""

    def __repr__(self) -> str:
        return "<absent>"


ABSENT = Absent()


def find(value: Any, path: str) -> Any:
    """What stands at a path, or ``ABSENT``. The empty path and ``.`` are the whole value."""
    current = value
    for token in _TOKEN.finditer(path):
        key, wanted, name = token.groups()
        if key is not None:
            found = [row for row in current if _shown(find(row, key)) == wanted] if isinstance(current, list) else []
            current = found[0] if len(found) == 1 else ABSENT
        elif name == "#":
            current = len(current) if isinstance(current, (list, dict)) else ABSENT
        elif isinstance(current, dict):
            current = current.get(name, ABSENT)
        elif isinstance(current, list) and name.lstrip("-").isdigit() and -len(current) <= int(name) < len(current):
            current = current[int(name)]
        else:
            return ABSENT
    return current


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf with its path; empty lists and objects count as leaves."""
    if isinstance(value, dict) and value:
        return {p: v for key in value for p, v in flatten(value[key], f"{path}.{key}" if path else str(key)).items()}
    if isinstance(value, list) and value:
        return {
            p: v for i, item in enumerate(value) for p, v in flatten(item, f"{path}.{i}" if path else str(i)).items()
        }
    return {path: value}
