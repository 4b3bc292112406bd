"""Usage questions over raw events (behaviour/events-and-usage#usage-questions)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from mockserver.errors import Invalid, NotFound
from mockserver.metering.events import EPOCH, from_milliseconds
from mockserver.metering.meters import aggregation_of_row, group_property
from mockserver.rating.aggregation import QueryResult, RawRow, query, query_buckets, raw_row
from mockserver.rating.money import api_number, from_float, plain
from mockserver.rating.quantity import AGGREGATION_TYPES, COUNT, MAX, SUM, SUM_WITH_MULTIPLIER
from mockserver.rating.windows import window_start
from mockserver.store import events as store
from mockserver.store.events import EventQuery
from mockserver.store.tables.meters import METERS
from mockserver.usage.events.listing import has_properties, property_conditions
from mockserver.usage.events.ranges import TimeRange, given_range
from mockserver.work import Work

_GROUP = re.compile(r"properties\.([A-Za-z0-9_.]+)", re.ASCII)
_BUCKETED = (MAX, SUM)


@dataclass(frozen=True, slots=True)
class Question:
    """What to add up, over which events. ``window`` and ``bucket`` are sizes, ``""`` for none."""

    event_name: str
    aggregation: str
    field: str
    asked: TimeRange
    external_customer_id: str = ""
    customer_id: str = ""
    filters: Mapping[str, Sequence[str]] | None = None
    multiplier: Decimal | None = None
    window: str = ""
    bucket: str = ""
    group: str = ""
    zone: str = ""
    anchor: datetime | None = None


def ask(work: Work, data: Mapping[str, Any]) -> dict[str, Any]:
    """``POST /v1/events/usage``: any aggregation over any property."""
    field = data.get("property_name", "")
    aggregation = data["aggregation_type"].upper() if field else COUNT
    if aggregation not in AGGREGATION_TYPES:
        raise Invalid("unknown aggregation_type", {"aggregation_type": aggregation})
    asked = given_range(data, work.now)
    multiplier = data.get("multiplier")
    if multiplier is not None:
        if multiplier <= 0:
            raise Invalid("multiplier must be greater than 0", {"multiplier": plain(multiplier)})
        if aggregation != SUM_WITH_MULTIPLIER:
            raise Invalid("multiplier goes with SUM_WITH_MULTIPLIER only", {"aggregation_type": aggregation})
    groups = data.get("group_by") or [f"properties.{data.get('group_by_property', '')}"]
    named = _GROUP.fullmatch(groups[0])
    question = _question(
        data,
        Question(
            data["event_name"],
            aggregation,
            field,
            asked,
            multiplier=multiplier,
            bucket=data.get("bucket_size", ""),
            group=named[1] if named else "",
        ),
    )
    return _shown(question, answer(work, question))


def ask_meter(work: Work, data: Mapping[str, Any]) -> dict[str, Any]:
    """``POST /v1/events/usage/meter``: the meter's aggregation, but not its filters
    (behaviour/events-and-usage#usage-by-meter). For a meter that never resets, what came before the range is added."""
    meter = work.tx.get(METERS, data["meter_id"])
    if meter is None:
        raise NotFound(
            f"no meter {data['meter_id']!r}",
            {"meter_id": data["meter_id"], "tenant_id": work.caller.tenant_id},
        )
    asked = given_range(data, work.now)
    aggregation = aggregation_of_row(meter)
    question = _question(
        data,
        Question(
            meter["event_name"],
            aggregation.type if aggregation.field else COUNT,
            aggregation.field,
            asked,
            multiplier=aggregation.multiplier if aggregation.type == SUM_WITH_MULTIPLIER else None,
            bucket=aggregation.bucket_size,
            group=group_property(aggregation),
        ),
    )
    result = answer(work, question)
    if meter["reset_usage"] == "NEVER":
        before = replace(question, asked=TimeRange(EPOCH, asked.start), window="")
        result = QueryResult(result.value + answer(work, before).value, result.results)
        question = replace(question, aggregation=aggregation.type)
    return _shown(question, result)


def _question(data: Mapping[str, Any], base: Question) -> Question:
    anchor = data.get("billing_anchor")
    return replace(
        base,
        external_customer_id=data.get("external_customer_id", ""),
        customer_id=data.get("customer_id", ""),
        filters=data.get("filters"),
        window=data.get("window_size", ""),
        zone=data.get("timezone", ""),
        anchor=None if anchor is None else anchor.instant,
    )


def answer(work: Work, question: Question) -> QueryResult:
    """The question's answer in doubles."""
    bucketed = question.bucket and question.aggregation in _BUCKETED
    if question.aggregation == COUNT and not question.window and not property_conditions(question.filters):
        return QueryResult(float(store.distinct_ids(work.tx.connection, work.tx.environment_id, _selected(question))))
    rows = _rows(work, question)
    if bucketed:
        return query_buckets(question.aggregation, rows, _starts(question, question.bucket), bool(question.group))
    return query(
        question.aggregation,
        rows,
        multiplier=question.multiplier,
        start=question.asked.start,
        end=question.asked.end,
        start_of=_starts(question, question.window) if question.window else None,
    )


def _selected(question: Question) -> EventQuery:
    return EventQuery(
        question.external_customer_id,
        question.event_name,
        customer_id=question.customer_id,
        from_ms=question.asked.from_ms,
        before_ms=question.asked.before_ms,
    )


def _rows(work: Work, question: Question) -> list[RawRow]:
    selected = _selected(question)
    wanted = property_conditions(question.filters)
    rows = []
    for event in store.arrivals(work.tx.connection, work.tx.environment_id, selected):
        if wanted and not has_properties(event.properties, wanted):
            continue
        properties = orjson.loads(event.properties) if question.field else None
        rows.append(raw_row(from_milliseconds(event.time_ms), event.id, properties, question.field, question.group))
    return rows


def _starts(question: Question, size: str) -> Callable[[datetime], datetime]:
    return lambda moment: window_start(moment, size, question.zone, question.anchor if size == "MONTH" else None)


def _shown(question: Question, result: QueryResult) -> dict[str, Any]:
    return {
        "results": [{"window_size": start, "value": _number(value)} for start, value in result.results],
        "value": _number(result.value),
        "event_name": question.event_name,
        "type": question.aggregation,
    }


def _number(value: float) -> int | float:
    """A double as JSON prints it: whole values without a point."""
    return api_number(from_float(value))
