"""Prices of one subscription's own: overrides of its plan's prices and inline ones (behaviour/subscriptions#overrides,
behaviour/subscriptions#adding-a-line-item, behaviour/subscriptions#changing-a-line-item).

Both return the new row as create answers show it (``start_date`` may be a ``Timestamp``); the stored form comes
from ``rules.get``. Neither looks the subscription up, so it may be called while that is being created.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.catalogue.prices.checks import Request
from mockserver.catalogue.prices.rules import create_internally
from mockserver.catalogue.prices.versions import charge_terms, root_id
from mockserver.store.columns import Row
from mockserver.times import Timestamp, format_time
from mockserver.work import Work

_KEPT = (
    "price_unit_type",
    "currency",
    "type",
    "billing_period",
    "billing_period_count",
    "invoice_cadence",
    "trial_period_days",
    "meter_id",
    "description",
    "metadata",
    "display_name",
    "tier_mode",
)


def override_for_subscription(
    work: Work,
    subscription_id: str,
    original: Row,
    changes: Request,
    *,
    start_date: datetime | None = None,
) -> Row:
    """A price like ``original`` that belongs to the subscription.

    ``changes`` may hold billing_model, amount, tier_mode, tiers, transform_quantity, price_unit_amount and
    price_unit_tiers as ``UpdatePriceIn`` binds them; other keys are ignored. The display name is the original's, the
    parent its root version, the lookup key none; it starts at ``start_date`` or now.
    """
    request: dict[str, Any] = {name: original[name] for name in _KEPT if original[name] is not None}
    if original["filter_values"]:
        request["filter_values"] = original["filter_values"]
    if start_date is not None:
        request["start_date"] = _sent(start_date)
    return create_for_subscription(
        work,
        subscription_id,
        {**request, **charge_terms(original, changes)},
        currency=original["currency"],
        parent_price_id=root_id(original),
    )


def create_for_subscription(
    work: Work,
    subscription_id: str,
    request: Mapping[str, Any],
    *,
    currency: str,
    start_date: datetime | None = None,
    parent_price_id: str | None = None,
) -> Row:
    """A price that belongs to the subscription, from an inline ``price`` (the fields of ``CreatePriceIn`` without
    entity and currency).

    A ``billing_period_count`` below 1 counts as 1; ``start_date`` (the subscription's start) is used when the
    request has none. All rules of behaviour/prices-and-meters#checks-of-a-price apply but those about the entity;
    without a display name it is called "Recurring" or "Usage".
    """
    body = {
        **request,
        "entity_type": "SUBSCRIPTION",
        "entity_id": subscription_id,
        "currency": currency,
        "billing_period_count": max(request.get("billing_period_count", 1), 1),
    }
    if "start_date" not in body and start_date is not None:
        body["start_date"] = _sent(start_date)
    return create_internally(work, body, parent_price_id=parent_price_id)


def _sent(moment: datetime) -> Timestamp:
    return Timestamp(moment, format_time(moment))
