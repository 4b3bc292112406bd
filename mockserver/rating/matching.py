"""Whether the filters of a meter or a price accept an event.

Meter filters decide at ingest (behaviour/events-and-usage#filter-comparison, middle column). Price filters are what the
documents describe and the real server has ignored since April 2025 (behaviour/prices-and-meters#filter_values); what
they decide says ``taking``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .text import ingest_text, query_text


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """A property must have one of these texts."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a filter did not match: the property's text, or None where the event has no such property."""

    key: str
    found: str | None
    wanted: tuple[str, ...]

    def text(self) -> str:
        """One plain sentence for people."""
        wanted = ", ".join(f'"{value}"' for value in self.wanted) or "nothing"
        if self.found is None:
            return f'the event has no property "{self.key}"; wanted: {wanted}'
        return f'property "{self.key}" is "{self.found}"; wanted: {wanted}'


def key_filters(raw: Iterable[Mapping[str, Any]] | None) -> tuple[KeyFilter, ...]:
    """Meter filters out of their JSON form, a list of ``{"key": …, "values": […]}``."""
    return tuple(KeyFilter(str(item["key"]), tuple(item.get("values") or ())) for item in raw or ())


def meter_mismatch(meter_filters: Sequence[KeyFilter], properties: Mapping[str, Any] | None) -> Mismatch | None:
    """The first meter filter an event fails; None when it passes all
    (behaviour/prices-and-meters#which-events-which-quantity).

    Keys AND, values OR, case-sensitive, first-level properties, ingest text. A missing property never
    matches.
    """
    values: Mapping[str, Any] = properties or {}
    for wanted in meter_filters:
        if wanted.key not in values:
            return Mismatch(wanted.key, None, wanted.values)
        found = ingest_text(values[wanted.key])
        if found not in wanted.values:
            return Mismatch(wanted.key, found, wanted.values)
    return None


def meter_matches(meter_filters: Sequence[KeyFilter], properties: Mapping[str, Any] | None) -> bool:
    """Whether an event of the meter's name passes its filters; no filters take every event
    (behaviour/prices-and-meters#which-events-which-quantity).
    """
    return meter_mismatch(meter_filters, properties) is None


FilterValues = Mapping[str, Sequence[str]]


def specificity(filter_values: FilterValues | None) -> int:
    """10 x keys + values, over keys that have values (behaviour/prices-and-meters#what-the-documents-describe)."""
    lists = [values for values in (filter_values or {}).values() if values]
    return 10 * len(lists) + sum(len(values) for values in lists)


def filter_keys(filter_values: FilterValues | None) -> tuple[str, ...]:
    """The keys that constrain anything; a key with an empty list does not."""
    return tuple(key for key, values in (filter_values or {}).items() if values)


def price_texts(properties: Mapping[str, Any] | None, keys: Iterable[str]) -> dict[str, str]:
    """The texts of the named properties as price filters compare them; missing ones stay out.

    Price filters compare the query text (behaviour/prices-and-meters#what-the-documents-describe,
    behaviour/events-and-usage#filter-comparison right column): JSON false is ``false``, 1000000 is ``1000000``, null is
    ``""``.
    """
    values: Mapping[str, Any] = properties or {}
    return {key: query_text(values[key]) for key in keys if key in values}


def price_mismatch(filter_values: FilterValues | None, texts: Mapping[str, str]) -> Mismatch | None:
    """The first key of a price's filters that an event's texts fail; None when the price matches.

    Keys AND, values OR, case-sensitive; an empty list for a key constrains nothing; a key without text
    never matches.
    """
    for key, wanted in (filter_values or {}).items():
        if wanted and texts.get(key) not in wanted:
            return Mismatch(key, texts.get(key), tuple(wanted))
    return None
