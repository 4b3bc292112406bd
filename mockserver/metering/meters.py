"""A meter prepared for measuring events. Preparing is done once per state of a meter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Any

import orjson

from mockserver.rating.expression import variables
from mockserver.rating.matching import KeyFilter, key_filters, meter_matches, price_texts
from mockserver.rating.quantity import AVG, COUNT, LATEST, MAX, SUM, Aggregation, ingest_quantity
from mockserver.store import quantities
from mockserver.store.columns import Row
from mockserver.store.streams import MeterText

_GROUP_PREFIX = "properties."
_PLAIN = frozenset((SUM, AVG, MAX, LATEST))
_KEPT = 1000
_ABSENT = object()

Added = tuple[int | str] | tuple[int | str, str]
"""A quantity as rows hold it (``quantities.value``) and, if there is one, the text that COUNT_UNIQUE counts once."""
_ONE: Added = (1,)


def kind(properties: Mapping[str, Any] | None, names: Sequence[str]) -> tuple[Any, ...] | None:
    """Equal for events that are alike in these properties, value and type; None where that cannot be told quickly."""
    get: Callable[[str, Any], Any] = (properties or {}).get
    values = tuple(map(get, names, repeat(_ABSENT)))
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
    _known: dict[tuple[Any, ...], Added | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def telling(self) -> tuple[str, ...]:
        """The properties that decide whether the meter takes an event, and which kind of usage it is."""
        return (*(wanted.key for wanted in self.filters), *self.dimensions)

    @property
    def plain(self) -> str | None:
        """The property whose value is the quantity if it is a whole number from 0 to below ``quantities.PLAIN_LIMIT``;
        None where the quantity is no property's."""
        aggregation = self.aggregation
        return aggregation.field if aggregation.type in _PLAIN and not aggregation.expression else None

    def takes(self, properties: Mapping[str, Any] | None) -> bool:
        """Whether an event of the meter's name passes its filters."""
        return not self.filters or meter_matches(self.filters, properties)

    def added(self, properties: Mapping[str, Any] | None) -> Added | None:
        """What an event that the meter takes adds; None if nothing is recorded. Events repeat themselves, so the
        answers for recent values are kept."""
        if self.aggregation.type == COUNT and not self.aggregation.expression:
            return _ONE
        key = kind(properties, self._reads())
        if key is None:
            return self._measured(properties)
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = self._measured(properties)
        return self._known[key]

    def _reads(self) -> tuple[str, ...]:
        return variables(self.aggregation.expression) if self.aggregation.expression else (self.aggregation.field,)

    def _measured(self, properties: Mapping[str, Any] | None) -> Added | None:
        measured = ingest_quantity(self.aggregation, properties, self.event_name)
        if measured is None or measured.quantity >= quantities.LIMIT:
            return None
        value = quantities.value(quantities.from_decimal(measured.quantity))
        return (value,) if measured.unique_key is None else (value, measured.unique_key)

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
    """The property a bucketed maximum is grouped by, ``""`` for none (facts/05 §7.1)."""
    return aggregation.group_by.removeprefix(_GROUP_PREFIX)


def is_bucketed(aggregation: Aggregation) -> bool:
    """Whether a meter cuts time into buckets that are priced one by one (facts/06 §6)."""
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
    return PreparedMeter(stored.id, stored.event_name, filters, aggregation, tuple(sorted(dimensions)))


def aggregation_of_row(meter: Row) -> Aggregation:
    """The aggregation of a row of METERS."""
    return aggregation_of(meter["aggregation"] or {})
