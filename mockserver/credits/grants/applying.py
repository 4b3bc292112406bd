"""Giving the credits of a subscription's grants to its customer (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mockserver.credits.wallets import accounts, operations
from mockserver.credits.wallets.operations import Grant
from mockserver.errors import ApiError
from mockserver.idempotency import key_of
from mockserver.lookups.periods import period_at
from mockserver.rating.money import ONE
from mockserver.rating.periods import next_period_end
from mockserver.store.query import Compare, Eq, In, Order, Query
from mockserver.store.records.credit_grants import CreditGrant, GrantApplication
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.records.wallets import Wallet
from mockserver.vocabulary import GrantCadence, Status, SubscriptionStatus
from mockserver.work import Work

PENDING, APPLIED, SKIPPED, CANCELLED = "pending", "applied", "skipped", "cancelled"
MAX_AT_ONCE = 100
"""How many periods of a grant that started in the past are made up for at once."""
_SETTLED = (
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.PAUSED,
    SubscriptionStatus.CANCELLED,
)
_DAYS = {"DAY": 1, "WEEK": 7}
_MONTHS = {"MONTH": 1, "YEAR": 12}


def schedule(work: Work, grant: CreditGrant, subscription: Subscription) -> None:
    """Note the first time a subscription's grant gives credits, and give those that are due."""
    start = grant.start_date or subscription.start_date
    _schedule(work, grant, subscription, start, _period_end(grant, subscription, start))
    apply_due(work, subscription)


def _period_end(grant: CreditGrant, subscription: Subscription, start: datetime) -> datetime | None:
    """The end of a recurring grant's period from ``start``; None for one that is given once, and beyond the year
    9999."""
    if grant.cadence is not GrantCadence.RECURRING:
        return None
    anchor = grant.credit_grant_anchor or start
    try:
        return next_period_end(start, anchor, grant.period or "", grant.period_count or 1, subscription.timezone)
    except OverflowError:
        return None


def _schedule(
    work: Work, grant: CreditGrant, subscription: Subscription, start: datetime, end: datetime | None
) -> None:
    first = start == grant.start_date
    reason = "recurring_credit_grant" if end is not None else "onetime_credit_grant"
    application = work.make(
        GrantApplication,
        credit_grant_id=grant.id,
        subscription_id=subscription.id,
        scheduled_for=start,
        period_start=start,
        period_end=end,
        credits=grant.credits,
        application_status=PENDING,
        application_reason=f"first_time_{reason}" if first and end is not None else reason,
        subscription_status_at_application=subscription.subscription_status,
        idempotency_key=key_of("credit_grant", grant.id, start, end),
    )
    work.add(application)


def apply_due(work: Work, subscription: Subscription) -> None:
    """Give all credits that are due by now, if the subscription is running.

    A recurring grant makes up for its past periods and is scheduled for the next. Drafts and incomplete subscriptions
    wait, paused ones miss the period, cancelled ones get nothing more. Credits that cannot be given stay pending.
    """
    if subscription.subscription_status not in _SETTLED:
        return
    failed: set[str] = set()
    for _ in range(MAX_AT_ONCE):
        due = [each for each in _due(work, subscription) if each.id not in failed]
        if not due:
            return
        failed |= {application.id for application in due if not _settle(work, application, subscription)}


def upcoming(work: Work, subscription_ids: Sequence[str]) -> list[GrantApplication]:
    """The credits these subscriptions will be given later, the next ones first."""
    where = (
        Eq("status", "published"),
        In("subscription_id", subscription_ids),
        Eq("application_status", PENDING),
        Compare("scheduled_for", ">", work.now),
    )
    return work.tx.select(GrantApplication, Query(where, (Order("scheduled_for"),)))


def _due(work: Work, subscription: Subscription) -> list[GrantApplication]:
    where = (
        Eq("status", "published"),
        Eq("subscription_id", subscription.id),
        Eq("application_status", PENDING),
        Compare("scheduled_for", "<=", work.now),
    )
    return work.tx.select(GrantApplication, Query(where, (Order("scheduled_for"),)))


def _settle(work: Work, application: GrantApplication, subscription: Subscription) -> bool:
    """Give the credits of one period or pass it over; False if that failed."""
    grant = work.tx.load(CreditGrant, application.credit_grant_id)
    status = subscription.subscription_status
    if grant is None or grant.status is not Status.PUBLISHED or status is SubscriptionStatus.CANCELLED:
        _mark(work, application, CANCELLED)
        return True
    if status is SubscriptionStatus.PAUSED:
        _mark(work, application, SKIPPED)
    else:
        try:
            with work.tx.attempt():
                given = _give(work, application, grant, subscription)
        except ApiError:
            return False
        _mark(work, application, APPLIED if given else SKIPPED)
    _schedule_next(work, application, grant, subscription)
    return True


def _mark(work: Work, application: GrantApplication, status: str) -> None:
    applied_at = work.now if status == APPLIED else None
    work.alter(application, replace(application, application_status=status, applied_at=applied_at))


def _give(work: Work, application: GrantApplication, grant: CreditGrant, subscription: Subscription) -> bool:
    """Add the credits to a wallet; False, with nothing but the wallet to show for it, if they have expired already."""
    wallet = _wallet(work, grant, subscription)
    expiry = _expiry(grant, subscription, application.period_start)
    if expiry is not None and expiry < work.now:
        return False
    operations.credit(
        work,
        wallet,
        Grant(
            application.credits,
            "SUBSCRIPTION_CREDIT_GRANT",
            application.id,
            metadata={
                "grant_id": grant.id,
                "subscription_id": subscription.id,
                "cga_id": application.id,
            },
            expiry=expiry,
            priority=grant.priority,
        ),
    )
    return True


def _wallet(work: Work, grant: CreditGrant, subscription: Subscription) -> Wallet:
    """The customer's prepaid wallet in the subscription's currency and at the grant's rates, opened if there is
    none."""
    for wallet in accounts.prepaid_of(work, subscription.customer_id, subscription.currency):
        own = grant.conversion_rate in (None, wallet.conversion_rate)
        if own and grant.topup_conversion_rate in (None, wallet.topup_conversion_rate):
            return wallet
    rate = grant.conversion_rate
    return accounts.open_wallet(
        work,
        subscription.customer_id,
        subscription.currency,
        conversion_rate=ONE if rate is None else rate,
        topup_conversion_rate=grant.topup_conversion_rate,
    )


def _schedule_next(work: Work, application: GrantApplication, grant: CreditGrant, subscription: Subscription) -> None:
    """Not beyond the end of the grant."""
    start = application.period_end
    end = None if start is None else _period_end(grant, subscription, start)
    if start is not None and end is not None and (grant.end_date is None or end <= grant.end_date):
        _schedule(work, grant, subscription, start, end)


def _expiry(grant: CreditGrant, subscription: Subscription, start: datetime) -> datetime | None:
    """When credits given for a period from ``start`` expire; None for never."""
    kind = grant.expiration_type
    try:
        if kind == "DURATION":
            return _after(start, grant.expiration_duration or 0, grant.expiration_duration_unit or "")
        if kind == "BILLING_CYCLE":
            return _cycle_end(subscription, start)
    except (OverflowError, ValueError):  # beyond the year 9999: never
        return None
    return None


def _after(start: datetime, count: int, unit: str) -> datetime:
    """A day that a month lacks spills into the next month."""
    if unit in _DAYS:
        return start + timedelta(days=_DAYS[unit] * count)
    years, index = divmod(start.month - 1 + _MONTHS[unit] * count, 12)
    return start.replace(year=start.year + years, month=index + 1, day=1) + timedelta(days=start.day - 1)


def _cycle_end(subscription: Subscription, start: datetime) -> datetime | None:
    """The end of the billing period that ``start`` lies in."""
    if subscription.current_period_start <= start < subscription.current_period_end:
        return subscription.current_period_end
    found = period_at(subscription, start)
    return None if found is None else found.end
