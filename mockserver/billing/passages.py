"""Which kind of invoice passes which step, as one table (README.md shows it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """What may happen to the sum of an invoice's lines, in this order (behaviour/rating#the-pipeline)."""

    COUPONS = "coupons"
    CREDITS = "prepaid credits"
    TAXES = "taxes"


class Kind(Enum):
    """How an invoice comes about."""

    OPENING = "opening"
    """What is paid in advance when a subscription, or its paid time after a trial, starts."""
    CYCLE = "cycle"
    """A subscription's draft over a period, computed as often as wanted."""
    ENDING = "ending"
    """What is paid in arrear up to the end of a subscription inside its period."""
    RECALCULATED = "recalculated"
    """A subscription's draft recalculated as if its period closed."""
    ONE_OFF = "one-off"
    """Lines sent by the caller."""
    CHANGE = "change"
    """What a change in the middle of a period costs."""
    PREVIEW = "preview"
    """What a period would close with; never stored."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The steps an invoice takes when it is computed, and those it takes when it is sealed."""

    computed: tuple[Step, ...] = ()
    sealed: tuple[Step, ...] = ()


_OF_SUBSCRIPTIONS = Passage(computed=(Step.COUPONS,), sealed=(Step.CREDITS, Step.TAXES))

PASSAGES: Mapping[Kind, Passage] = {
    Kind.OPENING: _OF_SUBSCRIPTIONS,
    Kind.CYCLE: _OF_SUBSCRIPTIONS,
    Kind.ENDING: _OF_SUBSCRIPTIONS,
    Kind.RECALCULATED: Passage(computed=(Step.COUPONS, Step.TAXES), sealed=(Step.CREDITS, Step.TAXES)),
    Kind.ONE_OFF: Passage(computed=(Step.COUPONS, Step.CREDITS, Step.TAXES)),
    Kind.CHANGE: Passage(),
    Kind.PREVIEW: Passage(computed=(Step.COUPONS, Step.TAXES)),
}
