"""Filters that are checked before they are used, and filters repeated in error details
(behaviour/http#filter-language)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.errors import Crash, Invalid
from mockserver.rating.money import api_number
from mockserver.times import Timestamp

_MEMBERS = ("string", "number", "date", "array")


def check_conditions(data: Mapping[str, Any]) -> None:
    """400 for an incomplete element of ``filters`` or of an array ``sort`` (behaviour/http#filter-language).

    A null element crashes where the schema lets it through, as that of features does; others drop it.
    """
    for item in data.get("filters", ()):
        if item is None:
            raise Crash("a null filter condition")
        for name in ("field", "operator", "data_type", "value"):
            if name not in item:
                raise Invalid(f"a filter condition needs {name}")
        value = item["value"]
        if not any(member in value for member in _MEMBERS):
            raise Invalid(f"the value of a filter condition needs one of {', '.join(_MEMBERS)}")
        if item["data_type"] in _MEMBERS and item["data_type"] not in value:
            raise Invalid(f"the value of a {item['data_type']} condition needs its {item['data_type']} member")
    for term in data.get("sort", ()):
        if term is None:
            raise Crash("a null sort term")
        if not term.get("field") or not term.get("direction"):
            raise Invalid("a sort term needs field and direction")


def as_sent(value: Any) -> Any:
    """A value a schema has read, as JSON prints it again."""
    if isinstance(value, Timestamp):
        return value.echo
    if isinstance(value, Decimal):
        return api_number(value)
    if isinstance(value, list):
        return [as_sent(item) for item in value]
    if isinstance(value, Mapping):
        return {key: as_sent(item) for key, item in value.items()}
    return value
