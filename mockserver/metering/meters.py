"""A meter prepared for measuring events. Preparing is done once per state of a meter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from mockserver.rating.matching import KeyFilter, key_filters, meter_matches, price_texts
from mockserver.rating.quantity import MAX, SUM, Aggregation, MeteredQuantity, ingest_quantity
from mockserver.store.columns import Row
from mockserver.store.streams import MeterText

_GROUP_PREFIX = "properties."


@dataclass(frozen=True, slots=True)
class PreparedMeter:
    """A meter: which events it takes, what they add, and the properties its usage is told apart by."""

    id: str
    event_name: str
    filters: tuple[KeyFilter, ...]
    aggregation: Aggregation
    dimensions: tuple[str, ...]

    def measure(self, properties: Mapping[str, Any] | None) -> MeteredQuantity | None:
        """What an event of the meter's name adds; None if the meter does not take it."""
        if self.filters and not meter_matches(self.filters, properties):
            return None
        return ingest_quantity(self.aggregation, properties, self.event_name)

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
