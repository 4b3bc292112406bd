"""What each event adds to a bill, and why some add nothing: pure parts of an explanation.

An event's amount is what it added to its price's cost when it arrived: cost with it minus cost before it, in the
order of time. So the amounts of all events of a price always sum to the exact cost of its quantity, whatever the
meter's aggregation and the billing model.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .cost import PriceTerms, bucketed_cost, cost
from .money import ZERO, add, from_float, subtract
from .quantity import AVG, COUNT, COUNT_UNIQUE, LATEST, MAX, Aggregation


class Reason(StrEnum):
    """Every reason an event may bill nothing, as a word for programs with a sentence for people. Later ones are nearer
    to a bill and are told first. API, pytest fixture, dashboard and docs/reference/reasons.md take them from here."""

    sentence: str

    def __new__(cls, word: str, sentence: str) -> Reason:
        member = str.__new__(cls, word)
        member._value_, member.sentence = word, sentence
        return member

    CUSTOMER_UNKNOWN = "customer_unknown", "no customer has the event's external customer id"
    NO_METER = "no_meter", "no meter of the event's name took it when it arrived"
    FILTER_MISMATCH = "filter_mismatch", "the meter's filters leave the event out"
    FIELD_UNUSABLE = "field_unusable", "the property the meter measures is missing or not numeric"
    DUPLICATE = "duplicate", "another event of the same id counts in its place"
    NO_SUBSCRIPTION = "no_subscription", "no subscription of the customer bills usage at that time"
    BEFORE_START = "before_start", "the subscription's line item starts later"
    NO_PRICE = "no_price", "no price on the plan matches"


UNKNOWN_CUSTOMER = Reason.CUSTOMER_UNKNOWN
NO_METER = Reason.NO_METER
FILTER_MISMATCH = Reason.FILTER_MISMATCH
FIELD_UNUSABLE = Reason.FIELD_UNUSABLE
DUPLICATE = Reason.DUPLICATE
NO_SUBSCRIPTION = Reason.NO_SUBSCRIPTION
BEFORE_START = Reason.BEFORE_START
NO_PRICE = Reason.NO_PRICE

REASONS = tuple(Reason)


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
        """What the meter says by now (behaviour/rating#quantity-of-a-meter)."""
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
