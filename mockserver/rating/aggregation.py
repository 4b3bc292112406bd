"""Many events become one quantity, in both engines.

*Metered rows* (behaviour/events-and-usage#what-is-stored, behaviour/events-and-usage#metered-usage,
behaviour/rating#quantity-of-a-meter) are decimals an event left at ingest; they feed bills and can be folded hour by
hour into a :class:`Rollup`. *Raw rows* (behaviour/events-and-usage#aggregations) are events read anew for a usage
question, in doubles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from .money import ZERO, add, from_float, total
from .quantity import (
    AVG,
    COUNT,
    COUNT_UNIQUE,
    LATEST,
    MAX,
    SUM,
    SUM_WITH_MULTIPLIER,
    WEIGHTED_SUM,
    query_number,
)
from .text import query_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)

StartOf = Callable[[datetime], datetime]
"""Gives the window an instant lies in, as the functions of ``windows`` do."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one event left in one meter. ``timestamp`` is an instant; ``group`` is the text of the meter's group_by
    property.
    """

    timestamp: datetime
    event_id: str
    quantity: Decimal
    unique_key: str | None = None
    group: str = ""


class NeedsRows(LookupError):
    """The rollup did not keep what this aggregation needs; read the rows."""


ADDITIVE = frozenset({SUM, SUM_WITH_MULTIPLIER, WEIGHTED_SUM, MAX, AVG, LATEST})
"""Aggregations every rollup answers."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """A partial aggregate that merges with others of the same meter and customer.

    It always answers the aggregations in ADDITIVE. COUNT needs ``event_ids`` and COUNT_UNIQUE needs ``unique_keys``;
    None means that they were not kept.
    """

    rows: int = 0
    sum: Decimal = ZERO
    maximum: Decimal | None = None
    latest: tuple[datetime, Decimal] | None = None
    event_ids: frozenset[str] | None = frozenset()
    unique_keys: frozenset[str] | None = frozenset()

    @classmethod
    def of(cls, rows: Iterable[UsageRow], keep_sets: bool = True) -> Rollup:
        """Fold rows, given in the order they came in. Without ``keep_sets`` it cannot answer COUNT and COUNT_UNIQUE."""
        listed = list(rows)
        latest: UsageRow | None = None
        for row in listed:
            if latest is None or row.timestamp >= latest.timestamp:
                latest = row
        return cls(
            len(listed),
            total(row.quantity for row in listed),
            max((row.quantity for row in listed), default=None),
            None if latest is None else (latest.timestamp, latest.quantity),
            frozenset(row.event_id for row in listed) if keep_sets else None,
            frozenset(row.unique_key for row in listed if row.unique_key is not None) if keep_sets else None,
        )

    def merge(self, later: Rollup) -> Rollup:
        """Both together; of two equally late values the one of ``later`` counts."""
        return Rollup(
            self.rows + later.rows,
            add(self.sum, later.sum),
            _largest(self.maximum, later.maximum),
            _later(self.latest, later.latest),
            _union(self.event_ids, later.event_ids),
            _union(self.unique_keys, later.unique_keys),
        )

    def value(self, aggregation_type: str) -> Decimal:
        """The quantity (behaviour/rating#quantity-of-a-meter); nothing is 0, an unknown type is summed
        (behaviour/events-and-usage#usage-of-one-meter).

        AVG is the mean as a double, in its shortest decimal form. Raises NeedsRows where the sets were not kept.
        """
        if aggregation_type == COUNT:
            return Decimal(len(_kept(self.event_ids, aggregation_type)))
        if aggregation_type == COUNT_UNIQUE:
            return Decimal(len(_kept(self.unique_keys, aggregation_type)))
        if aggregation_type == MAX:
            return ZERO if self.maximum is None else self.maximum
        if aggregation_type == LATEST:
            return ZERO if self.latest is None else self.latest[1]
        if aggregation_type == AVG:
            return from_float(float(self.sum) / self.rows) if self.rows else ZERO
        return self.sum


def _largest(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return b if a is None else a if b is None else max(a, b)


def _later(a: tuple[datetime, Decimal] | None, b: tuple[datetime, Decimal] | None) -> tuple[datetime, Decimal] | None:
    if a is None or b is None:
        return b if a is None else a
    return b if b[0] >= a[0] else a


def _union(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    return None if a is None or b is None else a | b


def _kept(values: frozenset[str] | None, aggregation_type: str) -> frozenset[str]:
    if values is None:
        raise NeedsRows(f"a rollup without sets cannot answer {aggregation_type}")
    return values


def merged(rollups: Iterable[Rollup]) -> Rollup:
    """All of them together, the later given winning among equally late values."""
    result = Rollup()
    for rollup in rollups:
        result = result.merge(rollup)
    return result


def aggregate(aggregation_type: str, rows: Iterable[UsageRow]) -> Decimal:
    """The quantity of a meter over rows given in the order they came in (behaviour/rating#quantity-of-a-meter)."""
    return Rollup.of(rows).value(aggregation_type)


def event_count(aggregation_type: str, rows: Iterable[UsageRow]) -> int:
    """Distinct event ids; for COUNT_UNIQUE only of events that have the property
    (behaviour/events-and-usage#usage-of-one-meter)."""
    unique = aggregation_type == COUNT_UNIQUE
    return len({row.event_id for row in rows if not unique or row.unique_key is not None})


@dataclass(frozen=True, slots=True)
class Window:
    """The quantity of one window of a meter. ``group`` is empty except for grouped buckets."""

    start: datetime
    value: Decimal
    event_count: int
    group: str = ""


def windowed(aggregation_type: str, rows: Iterable[UsageRow], start_of: StartOf) -> list[Window]:
    """One quantity for each window that has rows, in order of time; their sum is the question's total
    (behaviour/events-and-usage#usage-of-one-meter).
    """
    return _windows(aggregation_type, rows, lambda row: (start_of(row.timestamp), ""))


def bucketed(aggregation_type: str, rows: Iterable[UsageRow], start_of: StartOf, grouped: bool = False) -> list[Window]:
    """The buckets of a bucketed meter, MAX or SUM, that have rows, by time and then group
    (behaviour/rating#quantity-of-a-meter).

    ``grouped`` gives every (bucket, group) a value of its own; the real server does that for MAX only.
    """
    by_group = grouped and aggregation_type == MAX
    return _windows(aggregation_type, rows, lambda row: (start_of(row.timestamp), row.group if by_group else ""))


def _windows(
    aggregation_type: str, rows: Iterable[UsageRow], key_of: Callable[[UsageRow], tuple[datetime, str]]
) -> list[Window]:
    kept: dict[tuple[datetime, str], list[UsageRow]] = {}
    for row in rows:
        kept.setdefault(key_of(row), []).append(row)
    return [
        Window(
            start,
            aggregate(aggregation_type, kept[start, group]),
            event_count(aggregation_type, kept[start, group]),
            group,
        )
        for start, group in sorted(kept)
    ]


@dataclass(frozen=True, slots=True)
class RawRow:
    """An event read for a usage question: the property as a double and as a text
    (behaviour/events-and-usage#values-and-filters)."""

    timestamp: datetime
    event_id: str
    number: float = 0.0
    text: str = ""
    group: str = ""


def raw_row(
    timestamp: datetime, event_id: str, properties: Mapping[str, Any] | None, field: str = "", group_by: str = ""
) -> RawRow:
    """A raw row of an event for a question about the property ``field``, grouped by the property ``group_by``."""
    values: Mapping[str, Any] = properties or {}
    value = values.get(field) if field else None
    return RawRow(timestamp, event_id, query_number(value), query_text(value), query_text(values.get(group_by)))


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The answer to a usage question. ``value`` is left out of the API answer where it is 0; ``results`` are (start,
    value).
    """

    value: float
    results: tuple[tuple[datetime, float], ...] = ()


def query(
    aggregation_type: str,
    rows: Sequence[RawRow],
    *,
    multiplier: Decimal | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    start_of: StartOf | None = None,
) -> QueryResult:
    """Answer a question over raw rows given in the order they came in (behaviour/events-and-usage#aggregations).

    COUNT, SUM, AVG, MAX and SUM_WITH_MULTIPLIER take every event id once, the row sent last, within each window.
    With ``start_of`` there is one result for each window that has rows and ``value`` is 0. ``start`` and ``end`` are
    the asked range, which WEIGHTED_SUM weighs by. Negative results are 0, and so are results that are not finite.
    """
    if start_of is None:
        return QueryResult(_shown(_raw_value(aggregation_type, rows, multiplier, start, end)))
    windows = _grouped(rows, lambda row: (start_of(row.timestamp), ""))
    return QueryResult(
        0.0,
        tuple(
            (begin, _shown(_raw_value(aggregation_type, kept, multiplier, start, end))) for (begin, _), kept in windows
        ),
    )


def query_buckets(
    aggregation_type: str, rows: Sequence[RawRow], start_of: StartOf, grouped: bool = False
) -> QueryResult:
    """Answer a bucketed question, MAX or SUM (behaviour/events-and-usage#usage-answer,
    behaviour/events-and-usage#aggregations): ``value`` is the sum over the buckets before they are clamped.

    Of rows with the same id and time only the last counts. ``grouped`` gives one result for each bucket and group,
    in that order, for MAX only.
    """
    kept: dict[tuple[str, int], RawRow] = {}
    for row in rows:
        kept[row.event_id, _since_epoch(row.timestamp, _MILLISECOND)] = row
    by_group = grouped and aggregation_type == MAX
    values = [
        (begin, _maximum(members) if aggregation_type == MAX else _sum(members))
        for (begin, _), members in _grouped(
            kept.values(), lambda row: (start_of(row.timestamp), row.group if by_group else "")
        )
    ]
    return QueryResult(
        _shown(_left_to_right(value for _, value in values)),
        tuple((begin, _shown(value)) for begin, value in values),
    )


def _grouped(
    rows: Iterable[RawRow], key_of: Callable[[RawRow], tuple[datetime, str]]
) -> list[tuple[tuple[datetime, str], list[RawRow]]]:
    kept: dict[tuple[datetime, str], list[RawRow]] = {}
    for row in rows:
        kept.setdefault(key_of(row), []).append(row)
    return sorted(kept.items(), key=lambda item: item[0])


def _raw_value(
    aggregation_type: str,
    rows: Iterable[RawRow],
    multiplier: Decimal | None,
    start: datetime | None,
    end: datetime | None,
) -> float:
    every = list(rows)
    if not every:
        return 0.0
    if aggregation_type == COUNT_UNIQUE:
        return float(len({row.text for row in every}))
    if aggregation_type == LATEST:
        latest = every[0]
        for row in every:
            if row.timestamp >= latest.timestamp:
                latest = row
        return latest.number
    if aggregation_type == WEIGHTED_SUM:
        return _weighted(every, start, end)
    once = list({row.event_id: row for row in every}.values())
    if aggregation_type == COUNT:
        return float(len(once))
    if aggregation_type == MAX:
        return _maximum(once)
    if aggregation_type == AVG:
        return _sum(once) / len(once)
    if aggregation_type == SUM_WITH_MULTIPLIER:
        return _sum(once) * (1.0 if multiplier is None else float(multiplier))
    return _sum(once)


def _weighted(rows: Iterable[RawRow], start: datetime | None, end: datetime | None) -> float:
    if start is None or end is None:
        raise ValueError("a weighted sum needs the asked range")
    length = _second(end) - _second(start)
    if length <= 0:
        return 0.0
    return _left_to_right(row.number * ((_second(end) - _second(row.timestamp)) / length) for row in rows)


def _second(moment: datetime) -> int:
    return _since_epoch(moment, _SECOND)


def _since_epoch(moment: datetime, unit: timedelta) -> int:
    return (moment - _EPOCH) // unit


def _sum(rows: Iterable[RawRow]) -> float:
    return _left_to_right(row.number for row in rows)


def _left_to_right(values: Iterable[float]) -> float:
    # Not sum(): newer Pythons compensate the rounding that the real server's doubles show.
    result = 0.0
    for value in values:
        result += value
    return result


def _maximum(rows: Iterable[RawRow]) -> float:
    return max((row.number for row in rows if not math.isnan(row.number)), default=0.0)


def _shown(value: float) -> float:
    return value if math.isfinite(value) and value > 0 else 0.0
