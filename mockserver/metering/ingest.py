"""Storing events and what they add to meters, in one transaction (facts/05 §4, the merged steady state)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from mockserver.metering.events import Event, metered_second
from mockserver.metering.meters import PreparedMeter, kind, prepare
from mockserver.store import events as raw
from mockserver.store import streams, usage
from mockserver.store.events import StoredEvent
from mockserver.store.transaction import Transaction
from mockserver.store.usage import UsageRow


def ingest(tx: Transaction, events: Sequence[Event], now_ms: int) -> None:
    """Store events in the order of arrival and meter them. ``now_ms`` is when they arrive, since 1970.

    An event of the same id and time takes the place of an earlier one; meters keep one row per customer, second and
    id. An event whose name is blank is in no list, but every meter looks at it (facts/05 §2.4).
    """
    _Ingestion(tx, now_ms).run(events)


@dataclass(slots=True)
class _Taker:
    """A meter that takes some kind of event, and the stream and signature of its rows once there are any."""

    meter: PreparedMeter
    place: tuple[int, int] | None = None


class _Ingestion:
    """One batch; what is read about meters, streams and signatures is kept for its length."""

    def __init__(self, tx: Transaction, now_ms: int) -> None:
        self.connection, self.environment_id, self.now_ms = tx.connection, tx.environment_id, now_ms
        self._meters: dict[str, list[PreparedMeter]] = {}
        self._telling: dict[str, tuple[str, ...]] = {}
        self._takers: dict[tuple[Any, ...], list[_Taker]] = {}
        self._streams: dict[str, dict[str, int]] = {}
        self._signatures: dict[tuple[str, tuple[str, ...]], int] = {}

    def run(self, events: Sequence[Event]) -> None:
        seen: set[str] = set()
        repeated: set[str] = set()
        for event in events:
            (repeated if event.id in seen else seen).add(event.id)
        repeated |= raw.taken_ids(self.connection, self.environment_id, sorted(seen))
        sequence = count(raw.reserve(self.connection, len(events)))
        fresh: list[StoredEvent] = []
        rows: list[UsageRow] = []
        special: list[tuple[int, Event]] = []
        for seq, event in zip(sequence, events, strict=False):
            if event.id in repeated or not event.event_name:
                special.append((seq, event))
            else:
                fresh.append(self._stored(seq, event))
                rows += self._rows(seq, event)
        raw.add(self.connection, self.environment_id, fresh)
        usage.add_rows(self.connection, self.environment_id, rows)
        for seq, event in special:
            self._add_repeated(seq, event)

    def _add_repeated(self, seq: int, event: Event) -> None:
        listed = raw.same_id(self.connection, self.environment_id, event.id)
        earlier = listed + raw.same_id_unlisted(self.connection, self.environment_id, event.id)
        stored = self._stored(seq, event)
        if not event.event_name:
            raw.add_unlisted(self.connection, self.environment_id, stored)
        else:
            same = next((known for known in listed if known.time_ms == event.time_ms), None)
            if same is not None and same.content == stored.content:
                seq = same.seq
            else:
                if same is not None:
                    raw.unlist(self.connection, same.seq)
                raw.add(self.connection, self.environment_id, [stored])
        for meter, row in self._measured(seq, event):
            others = [
                (stream, metered_second(known.time_ms))
                for known in earlier
                if (stream := self._streams_of(known.external_customer_id).get(meter.id)) is not None
            ]
            usage.put_row(self.connection, self.environment_id, row, others)

    def _rows(self, seq: int, event: Event) -> list[UsageRow]:
        return [row for _, row in self._measured(seq, event)]

    def _measured(self, seq: int, event: Event) -> list[tuple[PreparedMeter, UsageRow]]:
        result = []
        second = event.metered_at
        for taker in self._takers_of(event):
            meter = taker.meter
            added = meter.added(event.properties)
            if added is None:
                continue
            if taker.place is None:
                taker.place = self._stream(meter.id, event.external_customer_id), self._signature(meter, event)
            stream, signature = taker.place
            result.append((meter, UsageRow(stream, second, event.id, signature, *added, seq)))
        return result

    def _takers_of(self, event: Event) -> list[_Taker]:
        """The meters that take the event. Events that are alike in what decides about it share one answer."""
        meters = self._meters_for(event.event_name)
        alike = kind(event.properties, self._telling[event.event_name])
        key = None if alike is None else (event.event_name, event.external_customer_id, alike)
        known = None if key is None else self._takers.get(key)
        if known is None:
            known = [_Taker(meter) for meter in meters if meter.takes(event.properties)]
            if key is not None:
                self._takers[key] = known
        return known

    def _meters_for(self, event_name: str) -> list[PreparedMeter]:
        known = self._meters.get(event_name)
        if known is None:
            texts = streams.published_meters(self.connection, self.environment_id, event_name or None)
            known = self._meters[event_name] = [prepare(text) for text in texts]
            self._telling[event_name] = tuple({name for meter in known for name in meter.telling})
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

    def _stored(self, seq: int, event: Event) -> StoredEvent:
        return StoredEvent(
            seq,
            event.id,
            event.time_ms,
            event.event_name,
            event.external_customer_id,
            event.customer_id,
            event.source,
            event.properties_text,
            self.now_ms,
        )
