"""Turning a price into a line item of a subscription (behaviour/subscriptions#creating-a-subscription,
behaviour/subscriptions#adding-a-line-item)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mockserver.errors import Invalid
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.meters import METERS
from mockserver.subscriptions.line_items.checks import ONETIME, commitment_kind
from mockserver.work import Work

USAGE = "USAGE"
ONCE = timedelta(seconds=1)
"""How long an item of a one-time price lasts (behaviour/subscriptions#creating-a-subscription)."""


def quantity_or_default(quantity: Decimal, price: Price) -> Decimal:
    """Zero stands for the price's ``min_quantity``, or 1; usage items have no quantity of their own
    (behaviour/subscriptions#creating-a-subscription)."""
    if quantity:
        return quantity
    if price.min_quantity is not None:
        return Decimal(price.min_quantity)
    return Decimal(0) if price.type == USAGE and price.meter_id else Decimal(1)


def item_row(
    work: Work,
    subscription: Subscription,
    price: Price,
    request: Mapping[str, Any],
    *,
    not_before: datetime | None = None,
) -> LineItem:
    """A line item for a price, not stored yet.

    It starts with the latest of the subscription, the price, the request and ``not_before``. A one-time item ends a
    second later, whatever the request says; others where the request says.
    """
    meter = work.tx.get(METERS, price.meter_id) if price.type == USAGE and price.meter_id else None
    start = max(
        moment
        for moment in (
            subscription.start_date,
            price.start_date,
            not_before,
            request["start_date"].instant if request.get("start_date") is not None else None,
        )
        if moment is not None
    )
    end: datetime | None = None
    if price.billing_period == ONETIME:
        end = start + ONCE
        if subscription.end_date is not None:
            end = min(end, subscription.end_date)
    elif request.get("end_date") is not None:
        end = max(request["end_date"].instant, start)
    amount, quantity = request.get("commitment_amount"), request.get("commitment_quantity")
    return work.make(
        LineItem,
        **{
            "subscription_id": subscription.id,
            "customer_id": subscription.customer_id,
            "price_id": price.id,
            "price_type": price.type,
            "meter_id": price.meter_id if price.type == USAGE else None,
            "meter_display_name": meter["name"] if meter is not None else None,
            "price_unit_id": price.price_unit_id,
            "price_unit": price.price_unit,
            "display_name": request.get("display_name") or price.display_name,
            "quantity": (
                Decimal(0) if price.type == USAGE else quantity_or_default(request.get("quantity", Decimal(0)), price)
            ),
            "currency": subscription.currency,
            "billing_period": price.billing_period,
            # The real server does not store the price's count with an item
            # (behaviour/subscriptions#creating-a-subscription).
            "billing_period_count": 1,
            "invoice_cadence": price.invoice_cadence,
            "start_date": start,
            "end_date": end,
            "subscription_phase_id": request.get("subscription_phase_id"),
            "metadata": request.get("metadata"),
            "commitment_amount": amount,
            "commitment_quantity": quantity,
            "commitment_type": commitment_kind(amount, quantity, request.get("commitment_type")),
            "commitment_overage_factor": request.get("commitment_overage_factor"),
            "commitment_duration": request.get("commitment_duration"),
            "commitment_true_up_enabled": request.get("commitment_true_up_enabled", False),
            "commitment_windowed": request.get("commitment_windowed", False),
        },
    )


def has_commitment(item: LineItem) -> bool:
    """Whether the item commits to an amount or a quantity."""
    return any(value is not None and value > 0 for value in (item.commitment_amount, item.commitment_quantity))


def check_committed_item(work: Work, item: LineItem) -> None:
    """Commitments are for usage; those per window need a meter that cuts time into buckets
    (behaviour/subscriptions#terms-of-a-new-subscription)."""
    if not has_commitment(item):
        return
    if item.price_type != USAGE:
        raise Invalid("only usage can be committed to", {"price_type": item.price_type})
    if item.commitment_windowed:
        meter = work.tx.get(METERS, item.meter_id or "")
        if meter is None:
            raise Invalid("a commitment per window needs a meter")
        aggregation = meter["aggregation"] or {}
        if not aggregation.get("bucket_size"):
            raise Invalid(
                "a commitment per window needs a meter with a bucket_size",
                {"meter_id": meter["id"], "aggregation_type": aggregation.get("type", ""), "bucket_size": ""},
            )
