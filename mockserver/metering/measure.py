"""From claims to one quantity, per aggregation (behaviour/events-and-usage#usage-of-one-meter,
behaviour/rating#quantity-of-a-meter)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from mockserver.metering.claims import Claim, SumsReader
from mockserver.rating.money import from_float
from mockserver.rating.quantity import AVG, COUNT, COUNT_UNIQUE, LATEST, MAX
from mockserver.store import quantities, rollups
from mockserver.store.rollups import NOTHING, Sums


class Measure:
    """Answers about some streams and claims; each answer reads no more than it needs."""

    def __init__(self, reader: SumsReader, streams: Sequence[int], claims: Sequence[Claim]) -> None:
        self._reader, self._streams, self._claims = reader, streams, claims

    def quantity(self, aggregation: str) -> Decimal:
        """The quantity; an unknown aggregation is a sum. Without rows 0."""
        special = _SPECIAL.get(aggregation)
        return quantities.to_decimal(self.sums().steps) if special is None else special(self)

    def event_count(self, aggregation: str) -> int:
        """Distinct event ids; for COUNT_UNIQUE only those that have the field."""
        if aggregation == COUNT_UNIQUE:
            rows = sum(found.events for found in self._uniques())
            return rows - self._surplus(unique_only=True)
        rows = self.sums().events
        return rows - self._surplus() if rows > 1 else rows

    def sums(self) -> Sums:
        """Rows, sum and largest of all claims."""
        result = NOTHING
        for claim in self._claims:
            for signature, found in self._reader.sums(self._streams, claim.start, claim.end).items():
                if claim.takes(signature):
                    result = result.plus(found)
        return result

    def lacks_text(self) -> bool:
        """Whether some row has no distinct text."""
        return sum(found.events for found in self._uniques()) < self.sums().events

    def _surplus(self, *, unique_only: bool = False) -> int:
        """How many rows repeat an event id."""
        ids = [
            repeat.event_id
            for claim in self._claims
            for repeat in rollups.repeats(self._reader.connection, self._streams, claim.start, claim.end)
            if claim.takes(repeat.signature) and (repeat.unique or not unique_only)
        ]
        return len(ids) - len(set(ids))

    def _uniques(self) -> list[rollups.Unique]:
        return [
            found
            for claim in self._claims
            for stream in self._streams
            for found in rollups.uniques(self._reader.connection, stream, claim.start, claim.end)
            if claim.takes(found.signature)
        ]

    def _unique_count(self) -> Decimal:
        return Decimal(len({found.text for found in self._uniques()}))

    def _count(self) -> Decimal:
        return Decimal(self.event_count(COUNT))

    def _max(self) -> Decimal:
        return quantities.to_decimal(self.sums().top)

    def _average(self) -> Decimal:
        found = self.sums()
        return average(found.steps, found.events)

    def _latest(self) -> Decimal:
        rows = [
            row
            for claim in self._claims
            if (row := rollups.latest(self._reader.connection, self._streams, claim.start, claim.end, claim.signatures))
        ]
        return quantities.to_decimal(max(rows)[2]) if rows else Decimal(0)


_SPECIAL: dict[str, Callable[[Measure], Decimal]] = {
    COUNT: Measure._count,
    COUNT_UNIQUE: Measure._unique_count,
    MAX: Measure._max,
    AVG: Measure._average,
    LATEST: Measure._latest,
}


def average(steps: int, events: int) -> Decimal:
    """A double's mean in its shortest form, as the real server has it (behaviour/rating#quantity-of-a-meter); 0 for no
    events."""
    return from_float(steps / quantities.ONE / events) if events else Decimal(0)
