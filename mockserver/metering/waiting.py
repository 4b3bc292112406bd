"""Events that count only after a while, as on the real server, where a queue lies in between
(behaviour/events-and-usage#after-the-answer)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import orjson

from mockserver.metering.events import Event, milliseconds, read_properties
from mockserver.metering.ingest import ingest
from mockserver.store import waiting
from mockserver.store.access import Environment
from mockserver.store.store import Store
from mockserver.store.transaction import Transaction
from mockserver.store.waiting import WaitingEvent
from mockserver.work import Work


def accept(work: Work, events: Sequence[Event], now_ms: int) -> None:
    """Store and meter events at once, or let them wait as long as the environment says."""
    if not work.ingestion_delay_ms:
        ingest(work.tx, events, now_ms)
        return
    visible_ms = now_ms + work.ingestion_delay_ms
    held = (
        WaitingEvent(
            visible_ms,
            event.id,
            event.time_ms,
            event.event_name,
            event.external_customer_id,
            event.customer_id,
            event.source,
            event.properties_text,
        )
        for event in events
    )
    waiting.add(work.tx.connection, work.tx.environment_id, held)


def release(tx: Transaction, now: datetime) -> int:
    """Store and meter the events that have waited long enough by ``now``, each at the time its wait ended."""
    due = waiting.take(tx.connection, tx.environment_id, milliseconds(now))
    for visible_ms, together in groupby(due, key=lambda event: event.visible_ms):
        ingest(tx, [_event(held) for held in together], visible_ms)
    return len(due)


def release_due(store: Store, environment: Environment) -> None:
    """The same for an environment at its present time, in a transaction of its own, which is opened only if needed."""
    now = environment.now()
    if waiting.is_due(store.connection, environment.id, milliseconds(now)):
        with store.write(environment.id) as tx:
            release(tx, now)


def _event(held: WaitingEvent) -> Event:
    properties, text = read_properties(orjson.loads(held.properties))
    return Event(
        held.id,
        held.time_ms,
        held.event_name,
        held.external_customer_id,
        held.customer_id,
        held.source,
        properties,
        text,
    )
