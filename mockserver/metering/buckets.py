"""Usage by time: the buckets of bucketed meters, and the points of usage questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from mockserver.metering.claims import Claim, SumsReader
from mockserver.metering.events import EPOCH
from mockserver.metering.measure import average
from mockserver.metering.meters import group_property
from mockserver.rating.quantity import AVG, COUNT, COUNT_UNIQUE, LATEST, MAX, Aggregation
from mockserver.rating.windows import MINUTE, bucket_start, window_start
from mockserver.rating.zones import offset_at
from mockserver.rating.zones import zone as zone_of
from mockserver.store import quantities, rollups
from mockserver.store.rollups import NOTHING, Sums
from mockserver.store.usage import SPANS, UNIQUE_SPANS

StartOf = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Bucket:
    """The value of one bucket of a bucketed meter. ``group_text`` is the text of its group_by property, ``""`` where
    the meter has none. ``start`` is UTC and may precede the asked window."""

    start: datetime
    group_text: str
    value: Decimal
    event_count: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """The usage of one window of time and the distinct events in it."""

    start: datetime
    value: Decimal
    event_count: int


def spans_for(size: str, moments: Sequence[int], zone: str | None = None) -> tuple[int, ...]:
    """The rollups whose spans never straddle a window of this size. ``moments`` are the ends of the asked range; a
    zone that is not some whole quarters or hours away from UTC at one of them is read in finer steps."""
    if size == MINUTE:
        return ()
    where = zone_of(zone)
    offsets = [int(offset_at(EPOCH + timedelta(seconds=at), where).total_seconds()) for at in moments]
    widest = {"15MIN": 900, "30MIN": 900, "HOUR": 3600, "3HOUR": 3600, "6HOUR": 3600, "12HOUR": 3600}.get(size, 86400)
    if any(offsets):
        widest = min(widest, 3600)
    return tuple(span for span in SPANS if span <= widest and not any(offset % span for offset in offsets))


class _Starts:
    """Window starts by second, each found once."""

    def __init__(self, start_of: StartOf) -> None:
        self._start_of = start_of
        self._known: dict[int, datetime] = {}

    def __call__(self, second: int) -> datetime:
        known = self._known.get(second)
        if known is None:
            known = self._known[second] = self._start_of(EPOCH + timedelta(seconds=second))
        return known


def buckets(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: Aggregation,
    anchor: datetime | None = None,
) -> list[Bucket]:
    """The buckets that have rows, by time and then group. Only a maximum is grouped (facts/06 §6)."""
    size = aggregation.bucket_size
    starts = _Starts(lambda moment: bucket_start(moment, size, anchor))
    group = group_property(aggregation) if aggregation.type == MAX else ""
    found: dict[tuple[datetime, str], Sums] = {}
    repeated: dict[tuple[datetime, str], list[str]] = {}

    def key_of(time: int, signature: int) -> tuple[datetime, str]:
        text = reader.texts([signature])[signature].get(group, "") if group else ""
        return starts(time), text

    for claim in claims:
        for moment in rollups.timeline(reader.connection, streams, claim.start, claim.end, spans_for(size, ())):
            if claim.takes(moment.signature):
                key = key_of(moment.time, moment.signature)
                found[key] = found.get(key, NOTHING).plus(moment.sums)
        for repeat in rollups.repeats(reader.connection, streams, claim.start, claim.end):
            if claim.takes(repeat.signature):
                repeated.setdefault(key_of(repeat.time, repeat.signature), []).append(repeat.event_id)
    return [
        Bucket(
            *key,
            quantities.to_decimal(sums.top if aggregation.type == MAX else sums.steps),
            sums.events - _surplus(repeated.get(key, [])),
        )
        for key, sums in sorted(found.items())
    ]


def _surplus(ids: Sequence[str]) -> int:
    return len(ids) - len(set(ids))


@dataclass(slots=True)
class _Window:
    sums: Sums = NOTHING
    last: tuple[int, int] = (0, 0)
    repeated: list[str] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    unique_events: int = 0


def points(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: str,
    start_of: StartOf,
    spans: Sequence[int],
    *,
    lacking_counts: bool = False,
) -> list[Point]:
    """One value for each window that has rows, in the order of time; ``spans`` as ``spans_for`` gives them.

    For COUNT_UNIQUE rows without the field are left out, or with ``lacking_counts`` are one more value."""
    unique_only = aggregation == COUNT_UNIQUE and not lacking_counts
    starts = _Starts(start_of)
    windows: dict[datetime, _Window] = {}
    for claim in claims:
        for moment in rollups.timeline(reader.connection, streams, claim.start, claim.end, spans):
            if claim.takes(moment.signature):
                window = windows.setdefault(starts(moment.time), _Window())
                window.sums = window.sums.plus(moment.sums)
                window.last = max(window.last, (moment.time, moment.length))
        for repeat in rollups.repeats(reader.connection, streams, claim.start, claim.end):
            if claim.takes(repeat.signature) and (repeat.unique or not unique_only):
                windows[starts(repeat.time)].repeated.append(repeat.event_id)
        if aggregation == COUNT_UNIQUE:
            finer = tuple(span for span in UNIQUE_SPANS if span in spans)
            for unique in rollups.uniques(reader.connection, streams, claim.start, claim.end, finer):
                if claim.takes(unique.signature):
                    window = windows[starts(unique.time)]
                    window.texts.add(unique.text)
                    window.unique_events += unique.events
    latest = _latest_values(reader, streams, claims, windows) if aggregation == LATEST else {}
    result = []
    for start, window in sorted(windows.items()):
        events = window.unique_events if unique_only else window.sums.events
        count = events - _surplus(window.repeated)
        if not events:
            continue
        if lacking_counts and window.unique_events < window.sums.events:
            window.texts.add("")
        result.append(Point(start, _value(aggregation, window, count, latest.get(start)), count))
    return result


def _value(aggregation: str, window: _Window, count: int, latest: int | None) -> Decimal:
    if aggregation == COUNT:
        return Decimal(count)
    if aggregation == COUNT_UNIQUE:
        return Decimal(len(window.texts))
    if aggregation == AVG:
        return average(window.sums.steps, window.sums.events)
    if aggregation == LATEST:
        return quantities.to_decimal(latest or 0)
    return quantities.to_decimal(window.sums.top if aggregation == MAX else window.sums.steps)


def _latest_values(
    reader: SumsReader, streams: Sequence[int], claims: Sequence[Claim], windows: dict[datetime, _Window]
) -> dict[datetime, int]:
    result = {}
    for start, window in windows.items():
        first, length = window.last
        claim = next(c for c in claims if c.start <= first < c.end)
        found = rollups.latest(reader.connection, streams, first, first + length, claim.signatures)
        if found is not None:
            result[start] = found[2]
    return result


def periods(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: str,
    size: str,
    anchor: datetime | None,
    zone: str,
) -> list[tuple[datetime, Decimal]]:
    """The usage per window of this size in a time zone, without empty windows, in the order of time."""
    ends = [bound for claim in claims for bound in (claim.start, claim.end)]
    spans = spans_for(size, ends, zone)
    found = points(
        reader, streams, claims, aggregation, lambda moment: window_start(moment, size, zone, anchor), spans
    )
    return [(point.start, point.value) for point in found]
