"""Commitments: amounts a customer promises to spend, and what usage above or below them costs
(behaviour/rating#commitments).

Three kinds: of a whole subscription (behaviour/rating#commitment-of-a-subscription), of a subscription over several
billing periods (behaviour/rating#commitment-over-several-periods), of one line item
(behaviour/rating#commitment-of-a-line-item).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from .cost import PriceTerms, cost
from .money import ONE, ZERO, add, divide, multiply, round_money, subtract, total

AMOUNT = "amount"
QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class SubscriptionCommitment:
    """A commitment of a whole subscription for one billing period, in its currency."""

    amount: Decimal = ZERO
    overage_factor: Decimal = ONE
    enable_true_up: bool = False

    @property
    def active(self) -> bool:
        """Whether it does anything: a positive amount and a factor above 1 (behaviour/rating#what-to-know-first)."""
        return self.amount > 0 and self.overage_factor > 1


@dataclass(frozen=True, slots=True)
class CumulativeCommitment:
    """A subscription's commitment that spans several billing periods
    (behaviour/rating#commitment-over-several-periods).

    ``prior_base`` is the sum of the usage lines of earlier finalized invoices inside the commitment period, overage
    undone.
    """

    amount: Decimal
    overage_factor: Decimal
    prior_base: Decimal
    enable_true_up: bool = False
    is_last_period: bool = False


@dataclass(frozen=True, slots=True)
class CumulativeShare:
    """How a period's usage divides: within the commitment, above it (``overage`` = base times factor), and a
    true-up.
    """

    within: Decimal
    overage_base: Decimal
    overage: Decimal
    true_up: Decimal


def cumulative_share(commitment: CumulativeCommitment, current_base: Decimal) -> CumulativeShare:
    """Divide a period's usage, given without overage (behaviour/rating#commitment-over-several-periods). Nothing is
    rounded."""
    remaining = max(subtract(commitment.amount, commitment.prior_base), ZERO)
    within = min(current_base, remaining)
    above = subtract(current_base, within)
    true_up = ZERO
    if commitment.enable_true_up and commitment.is_last_period:
        true_up = max(subtract(commitment.amount, add(commitment.prior_base, current_base)), ZERO)
    return CumulativeShare(within, above, multiply(above, commitment.overage_factor), true_up)


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """A part of the UTC day with a price and commitment of its own (behaviour/rating#commitment-of-a-line-item).

    Minutes of the day from 0 to 1440, ``start`` inclusive, ``end`` exclusive; a start after the end wraps over
    midnight.
    """

    start: int
    end: int
    terms: PriceTerms
    type: str
    value: Decimal
    overage_factor: Decimal
    true_up_enabled: bool = False
    id: str = ""

    def contains(self, moment: datetime) -> bool:
        """Whether an instant's UTC time of day lies in this part."""
        clock = moment.astimezone(UTC)
        minute = clock.hour * 60 + clock.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return self.start != self.end and (minute >= self.start or minute < self.end)


@dataclass(frozen=True, slots=True)
class LineCommitment:
    """A commitment of one line item: ``type`` ``amount`` (money, ``amount``) or ``quantity`` (priced by the item's
    terms).
    """

    type: str = AMOUNT
    amount: Decimal = ZERO
    quantity: Decimal = ZERO
    overage_factor: Decimal = ONE
    true_up_enabled: bool = False
    windowed: bool = False
    time_buckets: tuple[TimeBucket, ...] = ()

    @property
    def fills_windows(self) -> bool:
        """Whether windows without usage cost anything, always or at some time of day."""
        return self.true_up_enabled or any(bucket.true_up_enabled for bucket in self.time_buckets)

    def money(self, terms: PriceTerms) -> Decimal:
        """The committed money."""
        if self.type == AMOUNT:
            return self.amount
        return cost(terms, self.quantity) if self.type == QUANTITY else ZERO


@dataclass(frozen=True, slots=True)
class CommitmentInfo:
    """What the API shows of an applied line-item commitment as ``commitment_info``
    (behaviour/rating#commitment-of-a-line-item)."""

    commitment: LineCommitment
    amount: Decimal
    is_windowed: bool
    utilized: Decimal
    overage: Decimal
    true_up: Decimal


@dataclass(frozen=True, slots=True)
class _Parts:
    charge: Decimal
    utilized: Decimal
    overage: Decimal
    true_up: Decimal


def _apply(usage: Decimal, committed: Decimal, factor: Decimal, true_up: bool) -> _Parts:
    if usage >= committed:
        overage = multiply(subtract(usage, committed), factor)
        return _Parts(add(committed, overage), committed, overage, ZERO)
    if true_up:
        return _Parts(committed, usage, ZERO, subtract(committed, usage))
    return _Parts(usage, usage, ZERO, ZERO)


def apply_commitment(
    usage_cost: Decimal, commitment: LineCommitment, terms: PriceTerms
) -> tuple[Decimal, CommitmentInfo]:
    """The charge of a line item with a commitment that is not windowed, unrounded, and its details
    (behaviour/rating#commitment-of-a-line-item)."""
    committed = commitment.money(terms)
    parts = _apply(usage_cost, committed, commitment.overage_factor, commitment.true_up_enabled)
    return parts.charge, CommitmentInfo(commitment, committed, False, parts.utilized, parts.overage, parts.true_up)


BucketValue = tuple[datetime, Decimal]
"""A bucket's start and quantity."""


def apply_windowed_commitment(
    buckets: Iterable[BucketValue], commitment: LineCommitment, terms: PriceTerms
) -> tuple[Decimal, CommitmentInfo]:
    """The charge of a windowed commitment: every bucket stands alone, unrounded
    (behaviour/rating#commitment-of-a-line-item).

    A bucket inside one of the time buckets is priced and committed by that one. A bucket without any commitment
    costs its usage.
    """
    parts = [_bucket_parts(start, value, commitment, terms) for start, value in buckets]
    info = CommitmentInfo(
        commitment,
        commitment.amount,
        True,
        total(part.utilized for part in parts),
        total(part.overage for part in parts),
        total(part.true_up for part in parts),
    )
    return total(part.charge for part in parts), info


def _bucket_parts(start: datetime, value: Decimal, commitment: LineCommitment, terms: PriceTerms) -> _Parts:
    for bucket in commitment.time_buckets:
        if bucket.contains(start):
            committed = cost(bucket.terms, bucket.value) if bucket.type == QUANTITY else bucket.value
            return _apply(cost(bucket.terms, value), committed, bucket.overage_factor, bucket.true_up_enabled)
    usage, committed = cost(terms, value), commitment.money(terms)
    if not committed:
        return _Parts(usage, usage, ZERO, ZERO)
    return _apply(usage, committed, commitment.overage_factor, commitment.true_up_enabled)


def fill_buckets(
    stored: Mapping[datetime, Decimal],
    expected: Sequence[datetime],
    commitment: LineCommitment,
    usage_is_lost: bool = False,
) -> list[BucketValue]:
    """The buckets a windowed commitment bills, in order of time (behaviour/rating#commitment-of-a-line-item).

    Without any true-up: the stored ones. With one: the ``expected`` starts (``windows.commitment_buckets``), the
    empty ones as 0 where a true-up acts. ``usage_is_lost`` does what a real server was seen doing: it finds none of
    the stored values.
    """
    if not commitment.fills_windows:
        return sorted(stored.items())
    known = {} if usage_is_lost else stored
    return [(start, known.get(start, ZERO)) for start in expected if start in known or _fills(start, commitment)]


def _fills(start: datetime, commitment: LineCommitment) -> bool:
    for bucket in commitment.time_buckets:
        if bucket.contains(start):
            return bucket.true_up_enabled
    return commitment.true_up_enabled


def scaled_quantity(quantity: Decimal, allocated: Decimal, base: Decimal, currency: str) -> Decimal:
    """The quantity a cumulative line shows: scaled like its amount and rounded to the currency's decimals
    (behaviour/rating#commitment-over-several-periods).
    """
    scaled = divide(multiply(quantity, allocated), base) if base > 0 else quantity
    return round_money(scaled, currency)
