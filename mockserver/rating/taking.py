"""Who takes an event: the one rule that metering, explanations, the event stream, look-ups and trials of events go by.

The line items of one subscription on one meter are rivals for its events. As the documents have it, an event belongs
to the most specific of those whose time covers it and whose price's filters accept it; on the real server every one
whose time covers it takes it whole (behaviour/prices-and-meters#filter_values).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .matching import FilterValues, Mismatch, filter_keys, price_mismatch, price_texts, specificity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line item that may take events, with its price's filters, creation and id. ``start`` (inclusive) and ``end``
    (exclusive, None for open) are its own, in whole seconds since 1970, whatever window is asked about."""

    id: str
    filter_values: FilterValues
    price_created: datetime
    price_id: str
    start: int
    end: int | None = None
    score: int = field(init=False, compare=False, repr=False)
    """How specific the filters are: 10 x keys + values."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "score", specificity(self.filter_values))

    def covers(self, second: int) -> bool:
        """Whether the item takes part at a second."""
        return self.start <= second and (self.end is None or second < self.end)


@dataclass(frozen=True, slots=True)
class Considered:
    """What became of one candidate: it matched with a score, or failed on a key."""

    candidate: Candidate
    score: int
    mismatch: Mismatch | None

    @property
    def matched(self) -> bool:
        """Whether the price's filters accept the event."""
        return self.mismatch is None


@dataclass(frozen=True, slots=True)
class Selection:
    """Who takes an event, and what happened to every candidate, the best first.

    ``takers`` is one item or none where filters are honoured, every candidate where they are not. ``ambiguous`` says
    that another matching item is as specific as the taker and only the order of creation decided.
    """

    takers: tuple[Candidate, ...]
    ambiguous: bool
    considered: tuple[Considered, ...]

    def takes(self, item_id: str) -> bool:
        """Whether the line item of that id takes the event."""
        return any(taker.id == item_id for taker in self.takers)


def _order(candidate: Candidate) -> tuple[int, datetime, str, int, str]:
    return (
        -candidate.score,
        candidate.price_created,
        candidate.price_id,
        candidate.start,
        candidate.id,
    )


class Rivals:
    """Line items of one subscription and meter that all cover a moment, or a stretch of time in which none of them
    begins or ends, prepared to answer for many events."""

    __slots__ = ("_honour_filters", "_ordered", "keys")

    def __init__(self, candidates: Iterable[Candidate], *, honour_filters: bool) -> None:
        """Order them: highest 10 x keys + values first, then by the price's creation and id, then by the item's own
        start and id (behaviour/prices-and-meters#what-the-documents-describe)."""
        self._ordered: tuple[Candidate, ...] = tuple(sorted(candidates, key=_order))
        self._honour_filters = honour_filters
        self.keys: tuple[str, ...] = tuple(
            sorted({key for item in self._ordered for key in filter_keys(item.filter_values)})
        )
        """Every property key that some price asks for."""

    def takers(self, texts: Mapping[str, str]) -> tuple[Candidate, ...]:
        """Who takes an event with these texts."""
        if not self._honour_filters:
            return self._ordered
        for candidate in self._ordered:
            if price_mismatch(candidate.filter_values, texts) is None:
                return (candidate,)
        return ()

    def select(self, texts: Mapping[str, str]) -> Selection:
        """Who takes an event with these texts, whether only the order of creation decided, and the fate of all."""
        considered = [
            Considered(
                item,
                item.score,
                price_mismatch(item.filter_values, texts) if self._honour_filters else None,
            )
            for item in self._ordered
        ]
        considered.sort(key=lambda item: not item.matched)
        best = [item for item in considered if item.matched and item.score == considered[0].score]
        return Selection(self.takers(texts), self._honour_filters and len(best) > 1, tuple(considered))


def who_takes(
    candidates: Iterable[Candidate], second: int, properties: Mapping[str, Any] | None, *, honour_filters: bool
) -> Selection:
    """Who of one subscription's line items on a meter takes an event of that meter: ``second`` is the event's time in
    whole seconds since 1970. Items that do not cover it are not considered."""
    rivals = Rivals((item for item in candidates if item.covers(second)), honour_filters=honour_filters)
    return rivals.select(price_texts(properties, rivals.keys))
