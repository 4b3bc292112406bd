"""Storing events and what they add to meters, in one transaction (behaviour/events-and-usage#what-is-stored, the merged
steady state)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.metering.events import Event, metered_second
from mockserver.metering.meters import PreparedMeter, kind, prepare
from mockserver.store import events as raw
from mockserver.store import streams, usage
from mockserver.store.blocks import HOUR, Packed, Place, row_at
from mockserver.store.events import StoredEvent
from mockserver.store.transaction import Transaction

_NONE: Mapping[str, Any] = {}


def ingest(tx: Transaction, events: Sequence[Event], now_ms: int) -> None:
    """Store events in the order of arrival and meter them. ``now_ms`` is when they arrive, since 1970.

    An event of the same id and time takes the place of an earlier one; meters keep one row per customer, second and
    id. An event whose name is blank is in no list, but every meter looks at it
    (behaviour/events-and-usage#after-the-answer).
    """
    _Ingestion(tx, now_ms).run(events)


class _Taker:
    """A meter that takes some kind of event; ``hours`` are its rows of that kind by the second their hour begins, None
    before there is one."""

    __slots__ = ("added", "hours", "meter")

    def __init__(self, meter: PreparedMeter) -> None:
        self.meter, self.added = meter, meter.added
        self.hours: dict[int, list[Packed]] | None = None


_Group = tuple[list[PreparedMeter], tuple[str, ...], dict[tuple[Any, ...], list[_Taker]]]
"""For the events of one name and customer: its meters, the properties that tell kinds apart, who takes each kind."""


class _Ingestion:
    """One batch; what is read about meters, streams and signatures is kept for its length."""

    def __init__(self, tx: Transaction, now_ms: int) -> None:
        self.connection, self.environment_id, self.now_ms = tx.connection, tx.environment_id, now_ms
        self._meters: dict[str, list[PreparedMeter]] = {}
        self._groups: dict[tuple[str, str], _Group] = {}
        self._streams: dict[str, dict[str, int]] = {}
        self._signatures: dict[tuple[str, tuple[str, ...]], int] = {}
        self._held: dict[tuple[int, int], dict[int, list[Packed]]] = {}

    def run(self, events: Sequence[Event]) -> None:
        repeated = raw.repeated_or_known(self.connection, self.environment_id, [event.id for event in events])
        first = raw.reserve(self.connection, len(events))
        fresh: list[raw.Columns] = []
        special: list[tuple[int, Event]] = []
        for seq, event in enumerate(events, first):
            # Fields are unpacked rather than named: this is done for every event of a batch.
            event_id, time_ms, name, external_customer_id, customer_id, source, properties, text = event
            if event_id in repeated or not name:
                special.append((seq, event))
                continue
            fresh.append((seq, event_id, time_ms, name, external_customer_id, customer_id, source, text, self.now_ms))
            second = metered_second(time_ms)
            seconds = second % HOUR
            hour = second - seconds
            for taker in self._takers_of(name, external_customer_id, properties or _NONE):
                added = taker.added(properties or _NONE)
                if added is None:
                    continue
                hours = taker.hours
                if hours is None:
                    hours = taker.hours = self._held.setdefault(self._place(taker.meter, event), {})
                rows = hours.get(hour)
                if rows is None:
                    rows = hours[hour] = []
                rows.append((seconds, seq, *added))
        raw.add(self.connection, self.environment_id, fresh)
        self._store_usage()
        for seq, event in special:
            self._add_repeated(seq, event)

    def _add_repeated(self, seq: int, event: Event) -> None:
        listed = raw.same_id(self.connection, self.environment_id, event.id)
        unlisted = raw.same_id_unlisted(self.connection, self.environment_id, event.id)
        earlier = sorted(listed + unlisted, key=lambda known: known.seq)
        stored = StoredEvent(seq, *event[:6], event.properties_text, self.now_ms)
        if not event.event_name:
            raw.add_unlisted(self.connection, self.environment_id, stored.columns)
        else:
            same = next((known for known in listed if known.time_ms == event.time_ms), None)
            if same is not None and same.content == stored.content:
                seq = same.seq
            else:
                if same is not None:
                    raw.unlist(self.connection, same.seq)
                raw.add(self.connection, self.environment_id, [stored.columns])
        second = metered_second(event.time_ms)
        properties = event.properties or _NONE
        for taker in self._takers_of(event.event_name, event.external_customer_id, properties):
            added = taker.added(properties)
            if added is None:
                continue
            others = [
                (stream, metered_second(known.time_ms), known.seq)
                for known in reversed(earlier)
                if (stream := self._streams_of(known.external_customer_id).get(taker.meter.id)) is not None
            ]
            stream, signature = self._place(taker.meter, event)
            row = row_at(Place(stream, second - second % HOUR, signature), (second % HOUR, seq, *added))
            usage.put_row(self.connection, self.environment_id, event.id, row, others)

    def _store_usage(self) -> None:
        rows = {
            Place(stream, hour, signature): found
            for (stream, signature), hours in self._held.items()
            for hour, found in hours.items()
        }
        usage.add(self.connection, self.environment_id, rows)

    def _place(self, meter: PreparedMeter, event: Event) -> tuple[int, int]:
        """The stream and signature of a row."""
        return self._stream(meter.id, event.external_customer_id), self._signature(meter, event)

    def _takers_of(self, name: str, external_customer_id: str, properties: Mapping[str, Any]) -> list[_Taker]:
        """The meters that take an event. Events that are alike in what decides about it share one answer."""
        group = self._groups.get((name, external_customer_id))
        if group is None:
            meters = self._meters_for(name)
            telling = tuple({name for meter in meters for name in meter.telling})
            group = self._groups[name, external_customer_id] = (meters, telling, {})
        meters, telling, takers = group
        alike = kind(properties, telling)
        known = None if alike is None else takers.get(alike)
        if known is None:
            known = [_Taker(meter) for meter in meters if meter.takes(properties)]
            if alike is not None:
                takers[alike] = known
        return known

    def _meters_for(self, event_name: str) -> list[PreparedMeter]:
        known = self._meters.get(event_name)
        if known is None:
            texts = streams.published_meters(self.connection, self.environment_id, event_name or None)
            known = self._meters[event_name] = [prepare(text) for text in texts]
        return known

    def _streams_of(self, external_customer_id: str) -> dict[str, int]:
        known = self._streams.get(external_customer_id)
        if known is None:
            known = streams.streams_of_customer(self.connection, self.environment_id, external_customer_id)
            self._streams[external_customer_id] = known
        return known

    def _stream(self, meter_id: str, external_customer_id: str) -> int:
        known = self._streams_of(external_customer_id)
        if meter_id not in known:
            known[meter_id] = streams.add_stream(self.connection, self.environment_id, meter_id, external_customer_id)
        return known[meter_id]

    def _signature(self, meter: PreparedMeter, event: Event) -> int:
        if not meter.dimensions:
            return streams.NO_SIGNATURE
        texts = meter.texts(event.properties)
        key = (meter.id, tuple(f"{name}\x00{text}" for name, text in texts.items()))
        known = self._signatures.get(key)
        if known is None:
            known = self._signatures[key] = streams.signature_id(self.connection, self.environment_id, meter.id, texts)
        return known
