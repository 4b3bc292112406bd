"""Single events on their way in: those that arrive at once are stored at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.metering.events import Event
from mockserver.metering.ingest import ingest
from mockserver.store.store import Store
from mockserver.store.transaction import Transaction


class Arrival(NamedTuple):
    """An event of an environment; ``now_ms`` is when it came, since 1970."""

    environment_id: str
    event: Event
    now_ms: int


def arrive(store: Store, arrival: Arrival) -> None:
    """Store and meter an event; it counts when this returns."""
    store.together(_ingest).add(arrival)


def _ingest(tx: Transaction, arrivals: Sequence[Arrival]) -> None:
    by_environment: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        by_environment.setdefault(arrival.environment_id, []).append(arrival)
    for environment_id, together in by_environment.items():
        now_ms = max(arrival.now_ms for arrival in together)
        ingest(Transaction(tx.connection, environment_id), [arrival.event for arrival in together], now_ms)
