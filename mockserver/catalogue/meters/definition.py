"""Which combinations of aggregation, field, formula and window make a meter
(behaviour/prices-and-meters#creating-a-meter)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.meters.schemas import AGGREGATION_TYPES, BUCKET_SIZES
from mockserver.errors import Invalid
from mockserver.rating.expression import compile_expression

_TAKES_EXPRESSION = ("SUM", "AVG", "MAX", "LATEST")
_TAKES_BUCKETS = ("MAX", "SUM")


def check_definition(aggregation: Mapping[str, Any], filters: Sequence[Mapping[str, Any]]) -> None:
    """Raise ``Invalid`` for the first rule of behaviour/prices-and-meters#creating-a-meter that is broken, in the order
    given there."""
    _check_source(aggregation)
    _check_multiplier(aggregation)
    _check_windows(aggregation)
    for item in filters:
        if not item.get("key"):
            raise Invalid("a filter needs a key")
        if not item.get("values"):
            raise Invalid("a filter needs at least one value", {"filter_key": item["key"]})
    _check_expression(aggregation.get("expression", ""))


def _check_source(aggregation: Mapping[str, Any]) -> None:
    kind = aggregation.get("type", "")
    field, expression = aggregation.get("field", ""), aggregation.get("expression", "")
    if kind not in AGGREGATION_TYPES:
        raise Invalid(f"unknown aggregation type {kind!r}", {"aggregation_type": kind})
    if kind != "COUNT" and not field and not expression:
        raise Invalid(f"{kind} needs a field or an expression", {"aggregation_type": kind})
    if expression and kind not in _TAKES_EXPRESSION:
        raise Invalid(f"{kind} takes no expression", {"aggregation_type": kind})
    if expression and field:
        raise Invalid("give either a field or an expression, not both")


def _check_multiplier(aggregation: Mapping[str, Any]) -> None:
    if aggregation["type"] != "SUM_WITH_MULTIPLIER":
        return
    multiplier = aggregation.get("multiplier")
    if multiplier is None:
        raise Invalid("SUM_WITH_MULTIPLIER needs a multiplier")
    if multiplier <= 0:
        raise Invalid("multiplier must be greater than zero", {"multiplier": multiplier})


def _check_windows(aggregation: Mapping[str, Any]) -> None:
    kind, size = aggregation["type"], aggregation.get("bucket_size", "")
    group_by = aggregation.get("group_by", "")
    if size and kind not in _TAKES_BUCKETS:
        raise Invalid("bucket_size goes with MAX and SUM only", {"aggregation_type": kind, "bucket_size": size})
    if size and size not in BUCKET_SIZES:
        raise Invalid(f"unknown bucket_size {size!r}", {"bucket_size": size})
    if group_by and not (kind == "MAX" and size):
        raise Invalid(
            "group_by goes with MAX and a bucket_size only",
            {"aggregation_type": kind, "bucket_size": size, "group_by": group_by},
        )


def _check_expression(expression: str) -> None:
    if not expression:
        return
    try:
        compile_expression(expression)
    except ValueError as error:
        raise Invalid(
            f"the expression cannot be used: {error}", {"expression": expression, "error": str(error)}
        ) from None


def merged_filters(stored: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The union of two filter lists, key by key: nothing is removed, repeated values are dropped
    (behaviour/prices-and-meters#operations-on-meters).

    The real server prints the keys of a union in random order; here the stored ones come first.
    """
    values: dict[str, list[str]] = {item.get("key", ""): list(item.get("values") or ()) for item in stored}
    for item in added:
        known = values.setdefault(item.get("key", ""), [])
        known.extend(value for value in dict.fromkeys(item.get("values", ())) if value not in known)
    return [{"key": key, "values": listed} for key, listed in values.items()]
