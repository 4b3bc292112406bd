"""Usage by time: the buckets of bucketed meters, and the points of usage questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from mockserver.metering.claims import Claim, SumsReader
from mockserver.metering.events import EPOCH
from mockserver.metering.measure import average
from mockserver.metering.meters import group_property
from mockserver.rating.quantity import AVG, COUNT, COUNT_UNIQUE, LATEST, MAX, Aggregation
from mockserver.rating.windows import MINUTE, bucket_start, window_start
from mockserver.store import quantities, rollups
from mockserver.store.rollups import NOTHING, Sums
from mockserver.store.usage import SPANS

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


@dataclass(frozen=True, slots=True)
class Resolution:
    """How finely usage is read for windows of one size: in rollups of ``spans``, in ``grain`` seconds where rows are
    read. What straddles two windows nevertheless, as whole hours do in some time zones, is read more finely."""

    spans: tuple[int, ...]
    grain: int


def resolution(size: str) -> Resolution:
    """The resolution for a window or bucket size."""
    if size == MINUTE:
        return Resolution((), 60)
    if size in ("15MIN", "30MIN"):
        return Resolution((), 900)
    return Resolution(SPANS[:1] if size in _HOURS else SPANS, 900)


_HOURS = ("HOUR", "3HOUR", "6HOUR", "12HOUR")


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


def _moments(
    reader: SumsReader, stream: int, start: int, end: int, resolution: Resolution, starts: _Starts
) -> Iterator[rollups.Moment]:
    """The sums of a window, none of which straddles two windows of ``starts``."""
    split: dict[int, int] = {}
    for moment in rollups.timeline(reader.connection, stream, start, end, resolution.spans, resolution.grain):
        if moment.length > 1 and starts(moment.time) != starts(moment.time + moment.length - 1):
            split[moment.time] = moment.length
        else:
            yield moment
    for time, length in split.items():
        finer = Resolution(tuple(span for span in resolution.spans if span < length), min(900, length // 60 or 1))
        yield from _moments(reader, stream, max(time, start), min(time + length, end), finer, starts)


def _uniques(
    reader: SumsReader, stream: int, start: int, end: int, spans: tuple[int, ...], starts: _Starts
) -> Iterator[rollups.Unique]:
    """The distinct texts of a window, none of which straddles two windows of ``starts``."""
    split: dict[int, int] = {}
    for unique in rollups.uniques(reader.connection, stream, start, end, spans):
        if unique.length > 1 and starts(unique.time) != starts(unique.time + unique.length - 1):
            split[unique.time] = unique.length
        else:
            yield unique
    for time, length in split.items():
        finer = tuple(span for span in spans if span < length)
        yield from _uniques(reader, stream, time, time + length, finer, starts)


def buckets(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: Aggregation,
    anchor: datetime | None = None,
) -> list[Bucket]:
    """The buckets that have rows, by time and then group. Only a maximum is grouped
    (behaviour/rating#quantity-of-a-meter)."""
    size = aggregation.bucket_size
    starts = _Starts(lambda moment: bucket_start(moment, size, anchor))
    group = group_property(aggregation) if aggregation.type == MAX else ""
    found: dict[tuple[datetime, str], Sums] = {}
    repeated: dict[tuple[datetime, str], list[str]] = {}

    def key_of(time: int, signature: int) -> tuple[datetime, str]:
        text = reader.texts([signature])[signature].get(group, "") if group else ""
        return starts(time), text

    for claim in claims:
        for stream in streams:
            for moment in _moments(reader, stream, claim.start, claim.end, resolution(size), starts):
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
    last: tuple[int, int, int] = (0, 0, 0)  # start, length and claim of the last moment with rows
    repeated: list[str] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    unique_events: int = 0


def points(
    reader: SumsReader,
    streams: Sequence[int],
    claims: Sequence[Claim],
    aggregation: str,
    start_of: StartOf,
    fineness: Resolution,
    *,
    lacking_counts: bool = False,
) -> list[Point]:
    """One value for each window that has rows, in the order of time; ``fineness`` as ``resolution`` gives it.

    For COUNT_UNIQUE rows without the field are left out, or with ``lacking_counts`` are one more value."""
    unique_only = aggregation == COUNT_UNIQUE and not lacking_counts
    starts = _Starts(start_of)
    windows: dict[datetime, _Window] = {}
    for number, claim in enumerate(claims):
        for stream in streams:
            for moment in _moments(reader, stream, claim.start, claim.end, fineness, starts):
                if claim.takes(moment.signature):
                    window = windows.setdefault(starts(moment.time), _Window())
                    window.sums = window.sums.plus(moment.sums)
                    window.last = max(window.last, (moment.time, moment.length, number))
            if aggregation == COUNT_UNIQUE:
                for unique in _uniques(reader, stream, claim.start, claim.end, fineness.spans, starts):
                    if claim.takes(unique.signature):
                        window = windows[starts(unique.time)]
                        window.texts.add(unique.text)
                        window.unique_events += unique.events
        for repeat in rollups.repeats(reader.connection, streams, claim.start, claim.end):
            if claim.takes(repeat.signature) and (repeat.unique or not unique_only):
                windows[starts(repeat.time)].repeated.append(repeat.event_id)
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
        first, length, number = window.last
        claim = claims[number]
        begin, end = max(first, claim.start), min(first + length, claim.end)
        found = rollups.latest(reader.connection, streams, begin, end, claim.signatures)
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
    found = points(
        reader,
        streams,
        claims,
        aggregation,
        lambda moment: window_start(moment, size, zone, anchor),
        resolution(size),
    )
    return [(point.start, point.value) for point in found]
