"""Bringing a plan's usage prices to the subscriptions it already has (behaviour/customers-and-plans#price-sync).

The real server does this in a workflow that ends some time after the answer; here it is done with the answer, so a
second call never finds the first one still running.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from mockserver.catalogue.owners import entities
from mockserver.catalogue.plans.embedding import prices_of
from mockserver.errors import Unavailable
from mockserver.store.columns import Row
from mockserver.store.query import Compare, Eq, In
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.core.pricing import plan_sequence
from mockserver.subscriptions.line_items.building import item_row
from mockserver.ulids import new_ulid
from mockserver.vocabulary import PriceType
from mockserver.work import Work

STATUSES = ("active", "trialing", "draft", "incomplete")
TYPES = ("standalone", "delegated_invoicing", "parent", "grouped_invoicing")
MARK = {"added_by": "plan_sync_api", "sync_version": "4.0"}


def sync(work: Work, plan_id: str) -> dict[str, Any]:
    """Add and end line items of the plan's subscriptions that are behind; archived plans are synced too.

    Where the real server has no Redis it refuses with 503 after finding the plan (divergence
    ``plan-sync-unavailable``).
    """
    plan = entities.plan(work, plan_id)
    if work.differs("plan-sync-unavailable"):
        raise Unavailable("plan sync is not available on this server")
    target = plan_sequence(work, plan_id)
    prices = [Price.of(row) for row in prices_of(work, [plan_id], ended=True)]
    for subscription in _behind(work, plan_id, target):
        items = work.tx.every(LineItem, Eq("subscription_id", subscription.id), Eq("entity_type", "plan"))
        items += _add_items(work, plan, subscription, prices, items)
        _end_items(work, prices, items)
        work.alter(subscription, replace(subscription, synced_price_sequence=target))
    return {
        "message": "price sync v2 workflow started",
        "workflow_id": f"wf_PriceSyncV2Workflow_{new_ulid()}",
        "run_id": str(uuid.uuid4()),
    }


def _behind(work: Work, plan_id: str, target: int) -> list[Subscription]:
    return work.tx.every(
        Subscription,
        Eq("plan_id", plan_id),
        In("subscription_status", STATUSES),
        In("subscription_type", TYPES),
        Compare("synced_price_sequence", "<", target),
    )


def _add_items(
    work: Work, plan: Row, subscription: Subscription, prices: Sequence[Price], items: Sequence[LineItem]
) -> list[LineItem]:
    """Store an item for each newer usage price that fits the subscription and is neither there nor overridden."""
    present = {item.price_id for item in items}
    overridden = {
        price.parent_price_id
        for price in work.tx.every(Price, Eq("entity_type", "SUBSCRIPTION"), Eq("entity_id", subscription.id))
        if price.parent_price_id
    }
    added = []
    for price in prices:
        if price.id in present or not _fits(price, subscription):
            continue
        if price.id in overridden or price.parent_price_id in overridden:
            continue
        metadata = {**(price.metadata or {}), **MARK}
        item = item_row(work, subscription, price, {"metadata": metadata})
        item = replace(item, entity_id=plan["id"], entity_type="plan", plan_display_name=plan["name"])
        if price.end_date is not None:
            item = replace(item, end_date=max(item.start_date, price.end_date))
        added.append(work.add(item))
    return added


def _fits(price: Price, subscription: Subscription) -> bool:
    same = (price.currency, price.billing_period, price.billing_period_count) == (
        subscription.currency,
        subscription.billing_period,
        subscription.billing_period_count,
    )
    begun_before_end = price.end_date is None or subscription.start_date <= price.end_date
    newer = (price.sequence or 0) > (subscription.synced_price_sequence or 0)
    return price.type is PriceType.USAGE and same and newer and begun_before_end


def _end_items(work: Work, prices: Iterable[Price], items: Iterable[LineItem]) -> None:
    """End the open items of ended prices, of fixed ones too."""
    ends = {price.id: price.end_date for price in prices if price.end_date is not None}
    for item in items:
        end = ends.get(item.price_id)
        if end is not None and item.end_date is None:
            work.alter(item, replace(item, end_date=max(item.start_date or end, end)))
