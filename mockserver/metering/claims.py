"""Which part of a meter's usage a price bills.

A claim is a stretch of time and the kinds of usage in it (``signatures``, None for all). A line item's usage is what
its claims cover. The real server gives every line item its meter's whole usage; under the documented reading the line
items of one subscription and meter share it out (behaviour/prices-and-meters#filter_values).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from mockserver.metering.events import EPOCH
from mockserver.rating.matching import FilterValues
from mockserver.rating.taking import Candidate, Rivals
from mockserver.store import rollups
from mockserver.store.columns import Row
from mockserver.store.streams import signature_texts
from mockserver.store.transaction import Transaction
from mockserver.work import Work

_LAST = 2**32


@dataclass(frozen=True, slots=True)
class UsageWindow:
    """One line item's question.

    ``candidate`` is the line item. Windows of one ``group`` (a subscription's id) and one meter share out the meter's
    events. ``meter`` is a row of METERS. ``start`` is inclusive, ``end`` exclusive, both count in whole seconds; they
    say what is asked about, and the candidate takes events there as if it covered all of it. ``anchor`` is the billing
    anchor, for monthly buckets.
    """

    candidate: Candidate
    group: str
    meter: Row
    start: datetime
    end: datetime
    anchor: datetime | None = None

    @property
    def key(self) -> str:
        """The line item's id."""
        return self.candidate.id

    @property
    def first(self) -> int:
        """``start`` in seconds since 1970."""
        return seconds(self.start)

    @property
    def last(self) -> int:
        """``end`` in seconds since 1970."""
        return seconds(self.end)


@dataclass(frozen=True, slots=True)
class Claim:
    """Usage from ``start`` (inclusive) to ``end`` (exclusive) of these kinds."""

    start: int
    end: int
    signatures: frozenset[int] | None = None

    def takes(self, signature: int) -> bool:
        """Whether usage of this kind belongs to the claim."""
        return self.signatures is None or signature in self.signatures


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, within what the store's times can be (behaviour/events-and-usage#after-the-answer)."""
    return min(max((moment - EPOCH) // timedelta(seconds=1), 0), _LAST)


class SumsReader:
    """Reads each stretch of each meter once."""

    def __init__(self, tx: Transaction) -> None:
        self.connection = tx.connection
        self._known: dict[tuple[tuple[int, ...], int, int], dict[int, rollups.Sums]] = {}
        self._texts: dict[int, dict[str, str]] = {}

    def sums(self, streams: Sequence[int], start: int, end: int) -> Mapping[int, rollups.Sums]:
        """The sums of a stretch per signature."""
        key = (tuple(streams), start, end)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = rollups.sums(self.connection, streams, start, end)
        return known

    def texts(self, signatures: Sequence[int]) -> Mapping[int, Mapping[str, str]]:
        """The property texts of signatures."""
        missing = [s for s in signatures if s not in self._texts]
        if missing:
            self._texts.update(signature_texts(self.connection, missing))
        return self._texts


def claims_for(
    work: Work, reader: SumsReader, streams: Sequence[int], windows: Sequence[UsageWindow]
) -> dict[str, list[Claim]]:
    """What each window of one group and meter claims, by its key: all of it with the divergence
    ``price-filter-values-ignored``, its share otherwise. A question about prices with filters relies on that."""
    honoured = honours_filters(work, (window.candidate.filter_values for window in windows))
    return shared(reader, streams, windows) if honoured else whole(windows)


def honours_filters(work: Work, filter_values: Iterable[FilterValues | None]) -> bool:
    """Whether the filters of prices decide who takes an event. Only where there are any does the answer rely on it."""
    ask = work.differs if any(filter_values) else work.divergences.on
    return not ask("price-filter-values-ignored")


def whole(windows: Sequence[UsageWindow]) -> dict[str, list[Claim]]:
    """Every window claims all of its meter's usage: where filters are ignored, all rivals take every event, so nothing
    need be cut into stretches or told apart by kind."""
    return {window.key: [Claim(window.first, window.last)] for window in windows}


def shared(reader: SumsReader, streams: Sequence[int], windows: Sequence[UsageWindow]) -> dict[str, list[Claim]]:
    """The windows of one group and meter share out the usage: in each stretch that none of them begins or ends in,
    every kind of usage goes to whom it would as an event (``rating.taking``)."""
    result: dict[str, list[Claim]] = {window.key: [] for window in windows}
    bounds = sorted({bound for window in windows for bound in (window.first, window.last)})
    for start, end in pairwise(bounds):
        covering = [window for window in windows if window.first <= start and window.last >= end]
        if not covering:
            continue
        rivals = Rivals((window.candidate for window in covering), honour_filters=True)
        kinds = list(reader.sums(streams, start, end))
        texts = reader.texts(kinds)
        won: dict[str, set[int]] = {}
        for kind in kinds:
            for taker in rivals.takers(texts[kind]):
                won.setdefault(taker.id, set()).add(kind)
        for key, signatures in won.items():
            result[key].append(Claim(start, end, frozenset(signatures)))
    return result
