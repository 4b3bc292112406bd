"""A meter prepared for measuring events. Preparing is done once per state of a meter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Any

import orjson

from mockserver.rating.expression import Skipped, compile_expression
from mockserver.rating.matching import KeyFilter, key_filters, meter_matches, price_texts
from mockserver.rating.quantity import AVG, COUNT, LATEST, MAX, SUM, Aggregation, ingest_quantity
from mockserver.store import quantities
from mockserver.store.columns import Row
from mockserver.store.streams import MeterText

_GROUP_PREFIX = "properties."
_PLAIN = frozenset((SUM, AVG, MAX, LATEST))
_KEPT = 1000
_ABSENT = object()

Added = tuple[int | str, str | None]
"""A quantity as rows hold it (``quantities.value``), and the text that COUNT_UNIQUE counts once."""
_ONE: Added = (1, None)
_Adding = Callable[[Mapping[str, Any]], Added | None]


def kind(properties: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...] | None:
    """Equal for events that are alike in these properties, value and type; None where that cannot be told quickly."""
    values = tuple(map(properties.get, names, repeat(_ABSENT)))
    found = (values, tuple(map(type, values)))
    try:
        hash(found)
    except TypeError:
        return None
    return found


@dataclass(frozen=True, slots=True)
class PreparedMeter:
    """A meter: which events it takes, what they add, and the properties its usage is told apart by."""

    id: str
    event_name: str
    filters: tuple[KeyFilter, ...]
    aggregation: Aggregation
    dimensions: tuple[str, ...]
    added: Callable[[Mapping[str, Any]], Added | None] = field(compare=False, repr=False)
    """What an event that the meter takes adds, by its properties; None if nothing is recorded."""

    @property
    def telling(self) -> tuple[str, ...]:
        """The properties that decide whether the meter takes an event, and which kind of usage it is."""
        return (*(wanted.key for wanted in self.filters), *self.dimensions)

    def takes(self, properties: Mapping[str, Any] | None) -> bool:
        """Whether an event of the meter's name passes its filters."""
        return not self.filters or meter_matches(self.filters, properties)

    def texts(self, properties: Mapping[str, Any] | None) -> dict[str, str]:
        """The texts that decide which price takes the event."""
        return price_texts(properties, self.dimensions) if self.dimensions else {}


def aggregation_of(raw: Mapping[str, Any]) -> Aggregation:
    """A stored meter's ``aggregation``."""
    multiplier = raw.get("multiplier")
    return Aggregation(
        raw.get("type") or "",
        raw.get("field") or "",
        raw.get("expression") or "",
        None if multiplier is None else Decimal(str(multiplier)),
        raw.get("bucket_size") or "",
        raw.get("group_by") or "",
    )


def group_property(aggregation: Aggregation) -> str:
    """The property a bucketed maximum is grouped by, ``""`` for none
    (behaviour/events-and-usage#usage-by-event-name)."""
    return aggregation.group_by.removeprefix(_GROUP_PREFIX)


def is_bucketed(aggregation: Aggregation) -> bool:
    """Whether a meter cuts time into buckets that are priced one by one (behaviour/rating#quantity-of-a-meter)."""
    return bool(aggregation.bucket_size) and aggregation.type in (MAX, SUM)


def prepare(stored: MeterText) -> PreparedMeter:
    """The meter, prepared."""
    return _prepare(stored)


@lru_cache(maxsize=4096)
def _prepare(stored: MeterText) -> PreparedMeter:
    aggregation = aggregation_of(orjson.loads(stored.aggregation))
    dimensions = set(orjson.loads(stored.dimensions))
    if group := group_property(aggregation):
        dimensions.add(group)
    filters = key_filters(orjson.loads(stored.filters) if stored.filters else None)
    added = _adding(aggregation, stored.event_name)
    return PreparedMeter(stored.id, stored.event_name, filters, aggregation, tuple(sorted(dimensions)), added)


def _adding(aggregation: Aggregation, event_name: str) -> _Adding:
    """How to measure: the usual whole numbers quickly, everything else by the rules."""

    def by_the_rules(properties: Mapping[str, Any]) -> Added | None:
        measured = ingest_quantity(aggregation, properties, event_name)
        if measured is None or measured.quantity >= quantities.LIMIT:
            return None
        value = quantities.value(quantities.from_decimal(measured.quantity))
        return value, measured.unique_key

    if aggregation.expression:
        return _by_formula(aggregation, by_the_rules)
    if aggregation.type == COUNT:
        return lambda properties: _ONE
    if aggregation.type in _PLAIN and aggregation.field:
        return _by_property(aggregation.field, by_the_rules)
    return _remembering((aggregation.field,), by_the_rules)


def _by_property(name: str, by_the_rules: _Adding) -> _Adding:
    absent = by_the_rules({})

    def added(properties: Mapping[str, Any]) -> Added | None:
        value = properties.get(name, _ABSENT)
        if value is _ABSENT:
            return absent
        if type(value) is int and 0 <= value < quantities.PLAIN_LIMIT:
            return value, None
        return by_the_rules(properties)

    return added


def _by_formula(aggregation: Aggregation, by_the_rules: _Adding) -> _Adding:
    formula = compile_expression(aggregation.expression)
    if aggregation.multiplier is not None:
        return _remembering(formula.variables, by_the_rules)
    absent, reads = by_the_rules({}), frozenset(formula.variables)

    def added(properties: Mapping[str, Any]) -> Added | None:
        if reads.isdisjoint(properties):
            return absent
        try:
            number = formula.double(properties)
        except Skipped:
            return None
        if 0 <= number < quantities.PLAIN_LIMIT and number.is_integer():
            return int(number), None
        return by_the_rules(properties)

    return added


def _remembering(reads: Sequence[str], by_the_rules: _Adding) -> _Adding:
    """Events repeat themselves, so the answers for recent values are kept."""
    known: dict[tuple[Any, ...], Added | None] = {}

    def added(properties: Mapping[str, Any]) -> Added | None:
        key = kind(properties, reads)
        if key is None:
            return by_the_rules(properties)
        if key not in known:
            if len(known) >= _KEPT:
                known.clear()
            known[key] = by_the_rules(properties)
        return known[key]

    return added


def aggregation_of_row(meter: Row) -> Aggregation:
    """The aggregation of a row of METERS."""
    return aggregation_of(meter["aggregation"] or {})
