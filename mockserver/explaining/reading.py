"""One reading of a subscription's usage: which event went to which line item, and what it added.

The documented reading lets the line items of one meter share out its usage by their prices' filters, the upstream one
gives each the whole (behaviour/prices-and-meters#filter_values). Both are read from the usage rows the bill is made
of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from mockserver.billing.items import Item
from mockserver.metering.claims import Claim, SumsReader, UsageWindow, shared, whole
from mockserver.metering.events import EPOCH
from mockserver.metering.meters import aggregation_of_row, group_property
from mockserver.rating.explanation import Entry, Running
from mockserver.rating.money import ZERO, add
from mockserver.rating.quantity import COUNT, MAX, Aggregation
from mockserver.rating.windows import bucket_start
from mockserver.store import quantities
from mockserver.store.blocks import UsageRow
from mockserver.store.events import ids_of
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.streams import streams_of
from mockserver.store.usage import rows_between
from mockserver.work import Work

READINGS: Mapping[str, bool] = {"documented": True, "upstream": False}
"""The readings by name: whether price filters are honoured."""


def own_reading(work: Work) -> str:
    """The reading by which this server bills."""
    return "upstream" if work.divergences.on("price-filter-values-ignored") else "documented"


@dataclass(frozen=True, slots=True)
class Share:
    """What one event adds to one line item; ``amount`` is exact, in the price's currency. ``repeated``: a COUNT meter
    had counted the event's id before."""

    item: Item
    row: UsageRow
    quantity: Decimal
    amount: Decimal
    repeated: bool = False


@dataclass(slots=True)
class Reading:
    """The shares of each event, by its order of arrival, and their exact total."""

    shares: dict[int, list[Share]] = field(default_factory=lambda: defaultdict(list))
    total: Decimal = ZERO

    def take(self, share: Share) -> None:
        self.shares[share.row.event_seq].append(share)
        self.total = add(self.total, share.amount)


@dataclass(frozen=True, slots=True)
class Question:
    """A subscription's usage items and the window [start, end) asked about; ``customers`` are external ids."""

    subscription: Subscription
    customers: tuple[str, ...]
    items: tuple[Item, ...]
    start: datetime
    end: datetime

    def windows(self) -> list[tuple[Item, UsageWindow]]:
        found = ((item, item.window(self.subscription, self.start, self.end)) for item in self.items)
        return [(item, window) for item, window in found if window is not None]


def read(work: Work, question: Question, *, honour_filters: bool, event_name: str | None = None) -> Reading:
    """Give every metered event of the window to the items that bill it. ``event_name`` narrows to its meters."""
    reading = Reading()
    by_meter: dict[str, list[tuple[Item, UsageWindow]]] = defaultdict(list)
    for item, window in question.windows():
        if event_name is None or window.meter["event_name"] == event_name:
            by_meter[window.meter["id"]].append((item, window))
    for together in by_meter.values():
        _read_meter(work, question, together, honour_filters, reading)
    return reading


def _read_meter(
    work: Work,
    question: Question,
    together: Sequence[tuple[Item, UsageWindow]],
    honour_filters: bool,
    reading: Reading,
) -> None:
    meter = together[0][1].meter
    windows = [window for _, window in together]
    connection = work.tx.connection
    streams = streams_of(connection, work.tx.environment_id, meter["id"], question.customers)
    reader = SumsReader(work.tx)
    claims = shared(reader, streams, windows) if honour_filters else whole(windows)
    aggregation = aggregation_of_row(meter)
    running = {item.id: Running(item.terms, aggregation) for item, _ in together}
    counted: dict[str, set[str]] = defaultdict(set)
    first, last = min(w.first for w in windows), max(w.last for w in windows)
    rows = rows_between(connection, streams, first, last)
    ids = ids_of(connection, [row.event_seq for row in rows])
    for row in rows:
        event_id = ids[row.event_seq]
        entry = _entry(row, event_id, reader, aggregation, windows[0].anchor)
        for item, _ in together:
            if not _claimed(claims[item.id], row):
                continue
            repeated = aggregation.type == COUNT and event_id in counted[item.id]
            counted[item.id].add(event_id)
            reading.take(Share(item, row, entry.quantity, running[item.id].add(entry), repeated))


def _claimed(claims: Sequence[Claim], row: UsageRow) -> bool:
    return any(claim.start <= row.time < claim.end and claim.takes(row.signature) for claim in claims)


def _entry(
    row: UsageRow, event_id: str, reader: SumsReader, aggregation: Aggregation, anchor: datetime | None
) -> Entry:
    quantity = quantities.to_decimal(row.steps)
    if not aggregation.bucket_size:
        return Entry(event_id, quantity, row.unique_key)
    start = bucket_start(EPOCH + timedelta(seconds=row.time), aggregation.bucket_size, anchor)
    group = group_property(aggregation) if aggregation.type == MAX else ""
    text = reader.texts([row.signature])[row.signature].get(group, "") if group else ""
    return Entry(event_id, quantity, row.unique_key, (start, text))
