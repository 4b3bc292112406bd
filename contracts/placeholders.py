"""``{{name}}`` in requests and expectations, filled with what earlier steps returned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"\{\{([\w.-]+)\}\}")


def fill(value: Any, known: Mapping[str, Any]) -> Any:
    """A copy with every known placeholder replaced. A text that is nothing but a placeholder takes the value's type;
    unknown ones stay, so that the refusal of a target shows them."""
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        if whole:
            return known.get(whole[1], value)
        return _NAME.sub(lambda m: str(known.get(m[1], m[0])), value)
    if isinstance(value, list):
        return [fill(item, known) for item in value]
    if isinstance(value, dict):
        return {fill(key, known): fill(item, known) for key, item in value.items()}
    return value


def names(value: Any) -> set[str]:
    """The placeholders a value uses."""
    if isinstance(value, str):
        return set(_NAME.findall(value))
    if isinstance(value, list):
        return {name for item in value for name in names(item)}
    if isinstance(value, dict):
        return {name for item in value.items() for part in item for name in names(part)}
    return set()
