"""Usage by source, property and time: what analytics asks (behaviour/events-and-usage#analytics).

Without filters and groups the answer comes from rollups; with them from the rows and their events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from mockserver.metering.buckets import Bucket, Point, Resolution, StartOf, buckets, points, resolution
from mockserver.metering.claims import Claim, SumsReader
from mockserver.metering.events import EPOCH
from mockserver.metering.measure import Measure
from mockserver.metering.meters import group_property
from mockserver.rating.aggregation import UsageRow, aggregate, bucketed, event_count, windowed
from mockserver.rating.money import total
from mockserver.rating.quantity import AVG, COUNT, COUNT_UNIQUE, LATEST, MAX, SUM, Aggregation
from mockserver.rating.text import query_text
from mockserver.rating.windows import bucket_start
from mockserver.store import quantities, rollups

_ANSWERED = (SUM, COUNT, COUNT_UNIQUE, MAX, AVG, LATEST)
"""What the real server's analytic query answers; other aggregations are 0 there
(behaviour/events-and-usage#analytics)."""


@dataclass(frozen=True, slots=True)
class Slicing:
    """Which rows count and how they are told apart. ``filters`` are property texts, one of each key's must match;
    ``with_sources`` asks for the sources that occurred."""

    sources: frozenset[str] = frozenset()
    filters: tuple[tuple[str, frozenset[str]], ...] = ()
    by_source: bool = False
    by_properties: tuple[str, ...] = ()
    with_sources: bool = False

    @property
    def groups(self) -> bool:
        """Whether usage is told apart by more than the meter."""
        return self.by_source or bool(self.by_properties)

    @property
    def filtered(self) -> bool:
        """Whether some usage is left out."""
        return bool(self.sources or self.filters)

    @property
    def needs_events(self) -> bool:
        """Whether rollups cannot answer."""
        return self.groups or self.filtered or self.with_sources


@dataclass(frozen=True, slots=True)
class Slice:
    """The usage of one group. ``buckets`` are those of a bucketed meter, to be priced one by one."""

    value: Decimal
    event_count: int
    points: tuple[Point, ...] = ()
    source: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    buckets: tuple[Bucket, ...] = ()


NO_USAGE = Slice(Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Timing:
    """How usage is cut into points: by ``start_of``, not at all without; ``fineness`` is how it is read."""

    start_of: StartOf | None = None
    fineness: Resolution = field(default_factory=lambda: resolution("MINUTE"))


def scalar_slice(reader: SumsReader, streams: Sequence[int], claims: Sequence[Claim], aggregation: str) -> Slice:
    """The usage as billing counts it."""
    measure = Measure(reader, streams, claims)
    return Slice(measure.quantity(aggregation), measure.event_count(aggregation))


def slices(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: str,
    slicing: Slicing,
    timing: Timing,
) -> list[Slice]:
    """The usage as the analytic query counts it: other aggregations than the six common ones are 0, and for
    COUNT_UNIQUE the events without the field count as one more value. Groups without rows are left out."""
    if slicing.needs_events:
        return _from_rows(reader, streams, claims, aggregation, slicing, timing)
    measure = Measure(reader, streams, claims)
    if not measure.sums().events:
        return []
    value = measure.quantity(aggregation)
    if aggregation == COUNT_UNIQUE and measure.lacks_text():
        value += 1
    found = []
    if timing.start_of is not None:
        found = points(reader, streams, claims, aggregation, timing.start_of, timing.fineness, lacking_counts=True)
    answered = aggregation in _ANSWERED
    return [
        Slice(
            value if answered else Decimal(0),
            measure.event_count(COUNT),
            tuple(found if answered else [replace(point, value=Decimal(0)) for point in found]),
        )
    ]


def bucketed_slices(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: Aggregation,
    slicing: Slicing,
    anchor: datetime | None,
) -> list[Slice]:
    """The buckets of a bucketed meter, for each group of the request or, without such, once; then also without any
    rows. The meter's own group_by counts only without groups of the request."""
    if not slicing.needs_events:
        return [_of_buckets(buckets(reader, streams, claims, aggregation, anchor))]
    size, own = aggregation.bucket_size, "" if slicing.groups else group_property(aggregation)
    found = []
    for key, rows in _grouped(_rows(reader, streams, claims, slicing, own), slicing).items():
        windows = bucketed(
            aggregation.type, [row.usage for row in rows], lambda at: bucket_start(at, size, anchor), bool(own)
        )
        listed = [Bucket(w.start, w.group, w.value, w.event_count) for w in windows]
        found.append(_named(_of_buckets(listed), key, slicing, rows))
    return found or ([] if slicing.groups else [_of_buckets([])])


def _of_buckets(found: Sequence[Bucket]) -> Slice:
    listed = tuple(found)
    return Slice(total(bucket.value for bucket in listed), sum(bucket.event_count for bucket in listed), buckets=listed)


@dataclass(frozen=True, slots=True)
class _Row:
    usage: UsageRow
    source: str
    properties: Mapping[str, Any]


def _rows(
    reader: SumsReader, streams: Sequence[int], claims: Sequence[Claim], slicing: Slicing, group: str = ""
) -> list[_Row]:
    """The rows that pass the filters, in the order of arrival."""
    result = []
    for claim in claims:
        for row in rollups.rows(reader.connection, streams, claim.start, claim.end):
            if not claim.takes(row.signature) or (slicing.sources and row.source not in slicing.sources):
                continue
            properties = orjson.loads(row.properties) or {}
            if all(query_text(properties.get(key)) in values for key, values in slicing.filters):
                usage = UsageRow(
                    EPOCH + timedelta(seconds=row.time),
                    row.event_id,
                    quantities.to_decimal(row.steps),
                    row.unique_key,
                    query_text(properties.get(group)) if group else "",
                )
                result.append((row.event_seq, _Row(usage, row.source, properties)))
    return [row for _, row in sorted(result, key=lambda item: item[0])]


_Key = tuple[str, tuple[str, ...]]


def _grouped(rows: Iterable[_Row], slicing: Slicing) -> dict[_Key, list[_Row]]:
    result: dict[_Key, list[_Row]] = {}
    for row in rows:
        source = row.source if slicing.by_source else ""
        texts = tuple(query_text(row.properties.get(name)) for name in slicing.by_properties)
        result.setdefault((source, texts), []).append(row)
    return dict(sorted(result.items(), key=lambda item: item[0]))


def _from_rows(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: str,
    slicing: Slicing,
    timing: Timing,
) -> list[Slice]:
    result = []
    for key, rows in _grouped(_rows(reader, streams, claims, slicing), slicing).items():
        usage = [row.usage for row in rows]
        if aggregation == COUNT_UNIQUE:
            usage = [row if row.unique_key is not None else replace(row, unique_key="") for row in usage]
        answered = aggregation in _ANSWERED
        found = []
        if timing.start_of is not None:
            found = [
                Point(window.start, window.value if answered else Decimal(0), window.event_count)
                for window in windowed(aggregation, usage, timing.start_of)
            ]
        value = aggregate(aggregation, usage) if answered else Decimal(0)
        result.append(_named(Slice(value, event_count(aggregation, usage), tuple(found)), key, slicing, rows))
    return result


def _named(found: Slice, key: _Key, slicing: Slicing, rows: Iterable[_Row]) -> Slice:
    source, texts = key
    return replace(
        found,
        source=source,
        properties={name: text for name, text in zip(slicing.by_properties, texts, strict=True) if text},
        sources=() if slicing.by_source else tuple(sorted({row.source for row in rows})),
    )
