"""Taking events in (behaviour/events-and-usage#sending-an-event, behaviour/events-and-usage#batches)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.errors import ApiError, BadBody, Invalid
from mockserver.metering.arriving import Arrival, arrive
from mockserver.metering.events import Event, milliseconds
from mockserver.metering.waiting import accept
from mockserver.store.access import Environment
from mockserver.store.store import Store
from mockserver.usage.events.reading import BULK, SINGLE, event_of, read_many, read_single
from mockserver.work import Work

MAX_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """The events that are fit to store, and what is wrong with the first one that is not."""

    events: Sequence[Event]
    refusal: ApiError | None


def single(store: Store, environment: Environment, work: Callable[[], Work], body: bytes) -> Event:
    """Store one event; ``BadBody`` if it is none. ``work`` is begun only in an environment where events wait."""
    now_ms = milliseconds(environment.now())
    event = event_of(read_single(body), now_ms)
    if environment.waiting or environment.ingestion_delay_ms:
        accept(work(), [event], now_ms)
    else:
        arrive(store, Arrival(environment.id, event, now_ms))
    return event


def read_batch(body: bytes, now_ms: int) -> Batch:
    """The events of a batch up to the first bad one. ``BadBody`` or ``Invalid`` if the batch as a whole is no good:
    it cannot be read, or has no or too many elements."""
    elements = read_many(body)
    BULK.check({} if elements is None else {"events": elements})
    assert elements is not None
    events: list[Event] = []
    refusal: ApiError | None = None
    for element in elements:
        # Every element is read, so that an unreadable one refuses the whole body, wherever it stands.
        failure = _failure(element)
        event = None if element is None else event_of(element, now_ms)
        if refusal is None:
            refusal = failure
            if refusal is None and event is not None:
                events.append(event)
    return Batch(events, refusal)


def _failure(element: Mapping[str, Any] | None) -> ApiError | None:
    if element is None:
        return BadBody("an event may not be null")
    if element.get("event_name") and element.get("external_customer_id"):
        return None
    return Invalid("an event lacks a required field; see details", SINGLE.failures(element))


def bulk(work: Work, body: bytes) -> Batch:
    """Store a batch. Of a batch with a bad element the real server keeps what stands before it (divergence
    ``bulk-events-partly-ingested``); by the documents nothing is kept."""
    now_ms = milliseconds(work.now)
    batch = read_batch(body, now_ms)
    if batch.refusal is not None:
        if batch.events and not work.differs("bulk-events-partly-ingested"):
            return Batch((), batch.refusal)
        accept(work, batch.events, now_ms)
        return batch
    accept(work, batch.events, now_ms)
    return batch
