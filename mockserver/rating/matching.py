"""Which events a meter takes, and which price takes an event.

Meter filters decide at ingest (facts/05 §8.2, middle column). Price filters are what the documents
describe and the real server has ignored since April 2025 (facts/03 §4): of the matching prices of one
meter exactly one takes an event, the most specific.
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
    """The first meter filter an event fails; None when it passes all (facts/03 §5.4).

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
    """Whether an event of the meter's name passes its filters; no filters take every event (facts/03
    §5.4).
    """
    return meter_mismatch(meter_filters, properties) is None


FilterValues = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A price that may take an event. ``created`` orders candidates, earliest lowest; any one comparable
    type.
    """

    id: str
    filter_values: FilterValues
    created: Any = ""


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

    def text(self) -> str:
        """One plain sentence for people."""
        if self.mismatch is not None:
            return f"price {self.candidate.id} does not match: {self.mismatch.text()}"
        return f"price {self.candidate.id} matches with priority {self.score}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The price that takes an event (None: no price does) and what happened to every candidate, best
    first.

    ``ambiguous`` says that another matching price is as specific as the winner and only its later creation
    decided.
    """

    winner: Candidate | None
    ambiguous: bool
    considered: tuple[Considered, ...]

    def text(self) -> str:
        """One plain sentence for people."""
        if self.winner is None:
            return "no price takes the event" if self.considered else "the meter has no price"
        rivals = [item.candidate.id for item in self.rivals()]
        if rivals:
            later = ", ".join(rivals)
            return f"price {self.winner.id} takes the event; equally specific but created later: {later}"
        return f"price {self.winner.id} takes the event"

    def rivals(self) -> tuple[Considered, ...]:
        """The matching candidates as specific as the winner, without it."""
        matching = [item for item in self.considered if item.matched]
        return tuple(item for item in matching[1:] if item.score == matching[0].score)


def specificity(filter_values: FilterValues | None) -> int:
    """10 x keys + values, over keys that have values (facts/03 §4.2 row 4)."""
    lists = [values for values in (filter_values or {}).values() if values]
    return 10 * len(lists) + sum(len(values) for values in lists)


def filter_keys(filter_values: FilterValues | None) -> tuple[str, ...]:
    """The keys that constrain anything; a key with an empty list does not."""
    return tuple(key for key, values in (filter_values or {}).items() if values)


def price_texts(properties: Mapping[str, Any] | None, keys: Iterable[str]) -> dict[str, str]:
    """The texts of the named properties as price filters compare them; missing ones stay out.

    Price filters compare the query text (facts/03 §4.2 row 6, facts/05 §8.2 right column): JSON false is
    ``false``, 1000000 is ``1000000``, null is ``""``.
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


def _order(candidate: Candidate) -> tuple[int, Any, str]:
    return (-specificity(candidate.filter_values), candidate.created, candidate.id)


class PriceSelector:
    """The prices of one meter in one subscription, prepared to answer for many events which one takes
    each.
    """

    __slots__ = ("_ordered", "keys")

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        """Order the candidates by specificity, then creation, then id."""
        self._ordered: tuple[Candidate, ...] = tuple(sorted(candidates, key=_order))
        self.keys: tuple[str, ...] = tuple(
            sorted({key for item in self._ordered for key in filter_keys(item.filter_values)})
        )
        """Every property key some candidate asks for."""

    def winner(self, texts: Mapping[str, str]) -> Candidate | None:
        """The one price that takes an event with these texts; None when no price matches."""
        for candidate in self._ordered:
            if price_mismatch(candidate.filter_values, texts) is None:
                return candidate
        return None

    def select(self, texts: Mapping[str, str]) -> Selection:
        """The winner, whether only creation order decided, and the fate of every candidate."""
        considered = [
            Considered(item, specificity(item.filter_values), price_mismatch(item.filter_values, texts))
            for item in self._ordered
        ]
        considered.sort(key=lambda item: not item.matched)
        matching = [item for item in considered if item.matched]
        ambiguous = len(matching) > 1 and matching[0].score == matching[1].score
        return Selection(matching[0].candidate if matching else None, ambiguous, tuple(considered))


def select_price(candidates: Iterable[Candidate], texts: Mapping[str, str]) -> Selection:
    """Which price takes an event (highest 10 x keys + values, ties to the earliest created; facts/03 §4.2).

    ``texts`` maps property keys to texts, see :func:`price_texts` for making it from an event's properties.
    """
    return PriceSelector(candidates).select(texts)


def select_price_for_event(candidates: Iterable[Candidate], properties: Mapping[str, Any] | None) -> Selection:
    """:func:`select_price` straight from an event's properties."""
    selector = PriceSelector(candidates)
    return selector.select(price_texts(properties, selector.keys))
