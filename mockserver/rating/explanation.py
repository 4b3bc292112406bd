"""What each event adds to a bill, and why some add nothing: pure parts of an explanation.

An event's amount is what it added to its price's cost when it arrived: cost with it minus cost before it, in the
order of time. So the amounts of all events of a price always sum to the exact cost of its quantity, whatever the
meter's aggregation and the billing model.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .cost import PriceTerms, bucketed_cost, cost
from .money import ZERO, add, from_float, subtract
from .quantity import AVG, COUNT, COUNT_UNIQUE, LATEST, MAX, Aggregation

UNKNOWN_CUSTOMER = "customer unknown"
NO_METER = "no meter with that name"
FILTER_MISMATCH = "filter mismatch"
FIELD_UNUSABLE = "field missing or not numeric"
DUPLICATE = "duplicate"
NO_SUBSCRIPTION = "no subscription at that time"
BEFORE_START = "before the line item's start"
NO_PRICE = "no price on the plan matches"

REASONS = (
    UNKNOWN_CUSTOMER,
    NO_METER,
    FILTER_MISMATCH,
    FIELD_UNUSABLE,
    DUPLICATE,
    NO_SUBSCRIPTION,
    BEFORE_START,
    NO_PRICE,
)
"""Every reason an event may bill nothing; later ones are nearer to a bill and are told first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an event gave a meter: its quantity, the text COUNT_UNIQUE counts once, and its bucket where the meter
    has buckets."""

    event_id: str
    quantity: Decimal
    unique_key: str | None = None
    bucket: Hashable = None


class Running:
    """The cost of a price while events arrive one by one, in the order of time."""

    def __init__(self, terms: PriceTerms, aggregation: Aggregation) -> None:
        self._terms, self._aggregation = terms, aggregation
        self._sum = self._top = self._last = ZERO
        self._rows = 0
        self._ids: set[str] = set()
        self._uniques: set[str] = set()
        self._buckets: dict[Hashable, Decimal] = {}
        self._bucketed = ZERO
        self.cost = ZERO

    @property
    def quantity(self) -> Decimal:
        """What the meter says by now (facts/06 §5)."""
        kind = self._aggregation.type
        if kind == COUNT:
            return Decimal(len(self._ids))
        if kind == COUNT_UNIQUE:
            return Decimal(len(self._uniques))
        if kind == MAX:
            return self._top
        if kind == LATEST:
            return self._last
        if kind == AVG:
            return from_float(float(self._sum) / self._rows) if self._rows else ZERO
        return self._sum

    def add(self, entry: Entry) -> Decimal:
        """Take one more event; returns what it added to the cost, in the price's currency, unrounded."""
        before = self.cost
        if self._aggregation.bucket_size:
            self._add_to_bucket(entry)
            self.cost = self._bucketed
        else:
            self._sum = add(self._sum, entry.quantity)
            self._top, self._last = max(self._top, entry.quantity), entry.quantity
            self._rows += 1
            self._ids.add(entry.event_id)
            if entry.unique_key is not None:
                self._uniques.add(entry.unique_key)
            self.cost = cost(self._terms, self.quantity)
        return subtract(self.cost, before)

    def _add_to_bucket(self, entry: Entry) -> None:
        known = self._buckets.get(entry.bucket)
        if known is None:
            value = entry.quantity
        elif self._aggregation.type == MAX:
            value = max(known, entry.quantity)
        else:
            value = add(known, entry.quantity)
        if known is not None:
            self._bucketed = subtract(self._bucketed, bucketed_cost(self._terms, [known]))
        self._bucketed = add(self._bucketed, bucketed_cost(self._terms, [value]))
        self._buckets[entry.bucket] = value


def contributions(terms: PriceTerms, aggregation: Aggregation, entries: Iterable[Entry]) -> list[Decimal]:
    """What each event adds to the cost, in the order given; their sum is the cost of all (facts/06 §3, §5, §6)."""
    running = Running(terms, aggregation)
    return [running.add(entry) for entry in entries]
