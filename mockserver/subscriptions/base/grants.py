"""The credit grants a subscription gets: its own, its plan's, its addons'
(behaviour/subscriptions#terms-of-a-new-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver.catalogue.credit_grants.rules import of_plan
from mockserver.credits.grants import rules as credit_grants
from mockserver.errors import Invalid
from mockserver.store.query import Eq
from mockserver.store.records.credit_grants import CreditGrant
from mockserver.store.records.subscriptions import Subscription
from mockserver.times import Timestamp, format_time
from mockserver.work import Work

RATES = ("conversion_rate", "topup_conversion_rate")


def grant_credits(work: Work, subscription: Subscription, requested: Sequence[Mapping[str, Any]] | None) -> None:
    """The grants requested, or the plan's where none are (behaviour/subscriptions#terms-of-a-new-subscription). They
    start with the subscription, or where its trial ends, and share their conversion rates."""
    if requested is None:
        requested = [_as_request(grant) for grant in of_plan(work, subscription.plan_id or "")]
    for name in RATES:
        if len({grant.get(name) for grant in requested}) > 1:
            raise Invalid("all credit grants of a subscription must have the same conversion rates")
    start = subscription.trial_end or subscription.start_date
    dates = {"start_date": _sent(start)}
    if subscription.end_date is not None:
        dates["end_date"] = _sent(subscription.end_date)
    for grant in requested:
        owned = {**grant, **dates, "scope": "SUBSCRIPTION", "subscription_id": subscription.id}
        credit_grants.create(work, owned)


def grant_addon_credits(
    work: Work, subscription: Subscription, addon_id: str, start: datetime, end: datetime | None
) -> None:
    """The credit grants of an addon, for as long as the subscription has it."""
    dates = {"start_date": _sent(max(start, subscription.start_date))}
    last = min((moment for moment in (end, subscription.end_date) if moment is not None), default=None)
    if last is not None:
        dates["end_date"] = _sent(last)
    for grant in work.tx.every(CreditGrant, Eq("scope", "ADDON"), Eq("addon_id", addon_id)):
        owned = {**_as_request(grant), **dates, "scope": "SUBSCRIPTION", "subscription_id": subscription.id}
        row = credit_grants.create(work, owned)
        work.alter(row, replace(row, addon_id=addon_id))


def _sent(moment: Any) -> Timestamp:
    return Timestamp(moment, format_time(moment))


_CLONED = (
    "name",
    "credits",
    "cadence",
    "expiration_type",
    "priority",
    "period",
    "period_count",
    "plan_id",
    "expiration_duration",
    "expiration_duration_unit",
    "metadata",
    *RATES,
)


def _as_request(grant: CreditGrant) -> dict[str, Any]:
    return {name: value for name in _CLONED if (value := getattr(grant, name)) is not None}
