"""Why an event was billed, or was not: the same matching and costs as the bill itself, told event by
event.

An event's amount is what it added to its price's cost when it arrived: cost with it minus cost before it,
in the order of time. So the amounts of all events always sum to the exact usage, whatever the billing
model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .cost import PriceTerms, cost
from .matching import (
    Candidate,
    Considered,
    KeyFilter,
    Selection,
    filter_keys,
    meter_mismatch,
    price_texts,
    select_price_for_event,
)
from .money import ZERO, add, subtract
from .quantity import MISSING, NOT_NUMERIC, Aggregation, MeteredQuantity, ingest_quantity, skip_reason

NO_METER = "no meter with that name"
FILTER_MISMATCH = "filter mismatch"
FIELD_UNUSABLE = "field missing or not numeric"
NO_SUBSCRIPTION = "no subscription at that time"
BEFORE_START = "before the line item's start"
NO_PRICE = "no price on the plan matches"

REASONS = (NO_METER, FILTER_MISMATCH, FIELD_UNUSABLE, NO_SUBSCRIPTION, BEFORE_START, NO_PRICE)
"""Every reason an event of a known customer may bill nothing, as printed."""


@dataclass(frozen=True, slots=True)
class Event:
    """An ingested event; ``timestamp`` is UTC."""

    id: str
    name: str
    timestamp: datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Meter:
    id: str
    name: str
    event_name: str
    aggregation: Aggregation
    filters: tuple[KeyFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A usage line item: the price it bills, from ``start`` inclusive to ``end`` exclusive (None: open)."""

    id: str
    subscription_id: str
    meter_id: str
    label: str
    price: Candidate
    terms: PriceTerms
    start: datetime
    end: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Share:
    """What one event adds to one price; ``amount`` is exact, in the price's currency. ``selection`` tells
    how the price was chosen; None where every price of the meter bills.
    """

    meter: Meter
    item: Item
    metered: MeteredQuantity
    amount: Decimal
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One event: its shares, or the reason why there are none; ``detail`` is one sentence for people."""

    event: Event
    shares: tuple[Share, ...]
    reason: str | None = None
    detail: str = ""


def explain(
    events: Iterable[Event], meters: Sequence[Meter], items: Sequence[Item], *, honour_filters: bool
) -> list[Story]:
    """The story of each event of one customer, in the order of time.

    ``honour_filters``: the documented reading, where of one subscription's prices on a meter the most
    specific matching one takes the event (facts/03 §4.2); otherwise every price on the meter bills it
    (facts/03 §4.1).
    """
    running: dict[str, Decimal] = defaultdict(lambda: ZERO)
    return [
        _story(event, meters, items, honour_filters, running)
        for event in sorted(events, key=lambda event: (event.timestamp, event.id))
    ]


def _story(
    event: Event, meters: Sequence[Meter], items: Sequence[Item], honour_filters: bool, running: dict[str, Decimal]
) -> Story:
    named = [meter for meter in meters if meter.event_name == event.name]
    if not named:
        return Story(event, (), NO_METER, f'no meter measures events named "{event.name}"')
    shares: list[Share] = []
    reasons: list[tuple[str, str]] = []
    for meter in named:
        mismatch = meter_mismatch(meter.filters, event.properties)
        if mismatch is not None:
            reasons.append((FILTER_MISMATCH, f"meter {meter.name}: {mismatch.text()}"))
            continue
        metered = ingest_quantity(meter.aggregation, event.properties, event.name)
        if metered is None:
            why = skip_reason(meter.aggregation, event.properties) or "its formula skips the event"
            reasons.append((FIELD_UNUSABLE, f"meter {meter.name}: {why}"))
            continue
        if metered.note in (MISSING, NOT_NUMERIC) or _formula_without_input(meter, event):
            source = metered.source or meter.aggregation.expression
            reasons.append((FIELD_UNUSABLE, f"meter {meter.name}: nothing to measure in {source}"))
            continue
        _bill(event, meter, metered, items, honour_filters, running, shares, reasons)
    if shares:
        return Story(event, tuple(shares))
    # The reason nearest to a bill tells most: a price that does not match before a meter that does not.
    reason = max((found for found, _ in reasons), key=REASONS.index)
    return Story(event, (), reason, "; ".join(detail for found, detail in reasons if found == reason))


def _formula_without_input(meter: Meter, event: Event) -> bool:
    if not meter.aggregation.expression:
        return False
    from .expression import variables

    return not any(name in event.properties for name in variables(meter.aggregation.expression))


def _bill(
    event: Event,
    meter: Meter,
    metered: MeteredQuantity,
    items: Sequence[Item],
    honour_filters: bool,
    running: dict[str, Decimal],
    shares: list[Share],
    reasons: list[tuple[str, str]],
) -> None:
    on_meter = [item for item in items if item.meter_id == meter.id]
    covering = [item for item in on_meter if item.covers(event.timestamp)]
    if not covering:
        reasons.append(_why_uncovered(event, meter, on_meter, items))
        return
    for subscription_id in dict.fromkeys(item.subscription_id for item in covering):
        rivals = [item for item in covering if item.subscription_id == subscription_id]
        selection: Selection | None = None
        if honour_filters:
            selection = select_price_for_event((item.price for item in rivals), event.properties)
            if selection.winner is None:
                reasons.append((NO_PRICE, f"meter {meter.name}: {_nearest(selection, rivals, event)}"))
                continue
            rivals = [item for item in rivals if item.price is selection.winner]
        for item in rivals:
            before = running[item.id]
            running[item.id] = after = add(before, metered.quantity)
            shares.append(
                Share(meter, item, metered, subtract(cost(item.terms, after), cost(item.terms, before)), selection)
            )


def _nearest(selection: Selection, rivals: Sequence[Item], event: Event) -> str:
    """Of the prices that do not match, the one with the most fitting keys, and what is wrong with it."""

    def fitting(found: Considered) -> int:
        filters = found.candidate.filter_values
        texts = price_texts(event.properties, filter_keys(filters))
        return sum(texts.get(key) in filters[key] for key in filter_keys(filters))

    nearest = max(selection.considered, key=fitting)
    label = next(item.label for item in rivals if item.price is nearest.candidate)
    said = nearest.mismatch.text() if nearest.mismatch else nearest.text()
    return f"none of {len(rivals)} prices matches, nearest is {label}: {said}"


def _why_uncovered(event: Event, meter: Meter, on_meter: Sequence[Item], items: Sequence[Item]) -> tuple[str, str]:
    if not items:
        return NO_SUBSCRIPTION, "the customer has no subscription that bills usage"
    if not on_meter:
        return NO_PRICE, f"meter {meter.name}: no price on the plan bills it"
    earliest = min(item.start for item in on_meter)
    if event.timestamp < earliest:
        return BEFORE_START, f"meter {meter.name}: its prices bill from {earliest.isoformat()} on"
    return NO_SUBSCRIPTION, f"meter {meter.name}: no line item covers {event.timestamp.isoformat()}"
