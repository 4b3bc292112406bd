"""What would become of an event that is not sent: the meters that would take it, the prices that would bill it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mockserver.billing.items import Item
from mockserver.catalogue.prices.terms import terms_of
from mockserver.dashboard.verdicts import in_full
from mockserver.errors import BadBody
from mockserver.explaining.alone import Judge, Payer
from mockserver.explaining.reading import READINGS, own_reading
from mockserver.metering.events import milliseconds
from mockserver.store.columns import Row
from mockserver.store.events import StoredEvent
from mockserver.store.query import OLDEST_FIRST, AnyOf, Compare, Eq, In, IsNull, Query
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem
from mockserver.store.tables.meters import METERS
from mockserver.store.tables.plans import PLANS
from mockserver.usage.events.reading import SINGLE, event_of
from mockserver.vocabulary import PriceType
from mockserver.work import Work

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
MAX_PLANS, MAX_PRICES = 100, 2000


def what_if(work: Work, body: bytes) -> dict[str, Any]:
    """Judge an event as POST /v1/events takes it, without storing anything.

    With a customer that has subscriptions, these are asked; otherwise the prices of every plan are, as if the customer
    had subscribed to it long ago. ``BadBody`` for what is no event.
    """
    fields = SINGLE.read(body)
    event = _stored(work, fields)
    if not event.event_name:
        raise BadBody("event_name is required")
    judge = Judge(work)
    named = judge.meters.get(event.event_name, ())
    takes = [meter["id"] for meter in named if meter["status"] == "published"]
    subscribed = judge.payers(event.external_customer_id) if event.external_customer_id else ()
    payers = tuple(subscribed or _plans(work, [meter["id"] for meter in named]))
    subscribed_items = [item for payer in subscribed or () for item in payer.items]
    whole = in_full(judge.story(event, named, takes, subscribed or ()), subscribed_items)
    return {
        "reading": own_reading(work),
        "event_name": event.event_name,
        "external_customer_id": event.external_customer_id,
        "customer_known": subscribed is not None if event.external_customer_id else None,
        "timestamp": whole["timestamp"],
        "properties": whole["properties"],
        "meters": whole["meters"],
        "against": "subscriptions" if subscribed else "plans",
        **{name: whole[name] for name in READINGS},
        "payers": [
            {**_names(work, payer), **{name: told[name] for name in READINGS}}
            for payer in payers
            for told in [in_full(judge.story(event, named, takes, [payer]), payer.items)]
        ],
    }


def _stored(work: Work, fields: Mapping[str, Any]) -> StoredEvent:
    now_ms = milliseconds(work.now)
    event = event_of({"event_id": "what-if", **fields}, now_ms)
    return StoredEvent(
        0,
        event.id,
        event.time_ms,
        event.event_name,
        event.external_customer_id,
        event.customer_id,
        event.source,
        event.properties_text,
        now_ms,
    )


def _names(work: Work, payer: Payer) -> dict[str, Any]:
    subscription = payer.subscription
    plan_id = payer.id if subscription is None else subscription.plan_id
    plan = work.tx.get(PLANS, plan_id or "")
    return {
        "subscription_id": None if subscription is None else payer.id,
        "plan_id": plan_id,
        "plan": plan["name"] if plan is not None else plan_id,
    }


def _plans(work: Work, meter_ids: list[str]) -> list[Payer]:
    """Every plan with a usage price on one of the meters, as if somebody had subscribed to it."""
    if not meter_ids:
        return []
    prices = work.tx.select(
        Price,
        Query(
            (
                Eq("status", "published"),
                Eq("entity_type", "PLAN"),
                Eq("type", PriceType.USAGE),
                In("meter_id", meter_ids),
                AnyOf((IsNull("end_date"), Compare("end_date", ">", work.now))),
            ),
            OLDEST_FIRST,
            limit=MAX_PRICES,
        ),
    )
    meters = work.tx.by_ids(METERS, meter_ids)
    by_plan: dict[str, list[Item]] = defaultdict(list)
    for price in prices:
        by_plan[price.entity_id].append(_item(work, price, meters[price.meter_id]))
    plans = work.tx.by_ids(PLANS, list(by_plan)[:MAX_PLANS])
    published = [plan_id for plan_id, plan in plans.items() if plan["status"] == "published"]
    return [Payer(plan_id, tuple(by_plan[plan_id]), _EVER, None) for plan_id in published]


def _item(work: Work, price: Price, meter: Row) -> Item:
    """A price as a line item of a subscription nobody has."""
    item = work.make(
        LineItem,
        id=price.id,
        price_type=PriceType.USAGE,
        meter_id=meter["id"],
        meter_display_name=meter["name"],
        start_date=_EVER,
    )
    return Item(item, price, meter, terms_of(price))
