"""Commitments that run over several invoices (behaviour/rating#commitment-over-several-periods)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from mockserver.billing import ledger
from mockserver.billing.usage import commitment_of
from mockserver.rating import periods
from mockserver.rating.charges import USAGE
from mockserver.rating.commitments import CumulativeCommitment
from mockserver.rating.money import divide, total
from mockserver.rating.periods import Period
from mockserver.store.records.invoices import InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.work import Work

_DAYS = {periods.DAILY: 1, periods.WEEKLY: 7}


def commitment(work: Work, subscription: Subscription, period: Period) -> CumulativeCommitment | None:
    """The commitment as the invoice of a period sees it; None if it is one of each period, or nothing of it was
    finalized yet."""
    promised, duration = commitment_of(subscription), subscription.commitment_duration
    if not promised.active or not duration or duration == subscription.billing_period:
        return None
    since: datetime = subscription.start_date
    until = _end(since, duration)
    if until is None:
        return None
    earlier = ledger.finalized_within(work, subscription.id, since, period.start)
    if not earlier:
        return None
    factor = promised.overage_factor
    prior = total(_base(line, factor) for invoice in earlier for line in invoice.lines if line.price_type == USAGE)
    return CumulativeCommitment(promised.amount, factor, prior, promised.enable_true_up, period.end >= until)


def _base(line: InvoiceLine, factor: Decimal) -> Decimal:
    """What a billed usage line counts towards the commitment: its amount without the overage factor."""
    metadata: Mapping[str, str] = line.metadata or {}
    amount: Decimal = line.amount
    return divide(amount, factor) if metadata.get("is_overage") == "true" else amount


def _end(start: datetime, duration: str) -> datetime | None:
    """When a commitment period ends; a day that a month lacks spills into the next month. None without length."""
    try:
        if duration in _DAYS:
            return start + timedelta(days=_DAYS[duration])
        months = periods.MONTHS.get(duration)
        if months is None:
            return None
        years, index = divmod(start.month - 1 + months, 12)
        return start.replace(year=start.year + years, month=index + 1, day=1) + timedelta(days=start.day - 1)
    except (OverflowError, ValueError):  # beyond the year 9999: no period reaches its end
        return datetime.max.replace(tzinfo=UTC)
