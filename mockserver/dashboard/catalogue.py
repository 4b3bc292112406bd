"""What is sold and to whom: meters, plans with their prices, subscriptions. Lists are cut, never endless."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from mockserver.dashboard.verdicts import price_name
from mockserver.rating.money import plain
from mockserver.store.columns import Row
from mockserver.store.query import NEWEST_FIRST, OLDEST_FIRST, AnyOf, Condition, Contains, Eq, In, Query
from mockserver.store.records.prices import Price
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.meters import METERS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.times import format_time
from mockserver.work import Work

_PUBLISHED = Eq("status", "published")
_MATCHING_CUSTOMERS = 200


def catalogue(work: Work, limit: int) -> dict[str, Any]:
    """Published meters, plans and the plans' prices, the oldest first, at most ``limit`` plans and meters and ten
    times as many prices."""
    meters, all_meters = work.tx.page(METERS, Query((_PUBLISHED,), OLDEST_FIRST, limit))
    plans, all_plans = work.tx.page(PLANS, Query((_PUBLISHED,), OLDEST_FIRST, limit))
    of_plans = (_PUBLISHED, Eq("entity_type", "PLAN"), In("entity_id", [plan["id"] for plan in plans]))
    prices = work.tx.select(Price, Query(of_plans, OLDEST_FIRST, limit * 10 + 1))
    names = {meter["id"]: meter["name"] for meter in meters}
    by_plan: dict[str, list[Price]] = defaultdict(list)
    for price in prices[: limit * 10]:
        by_plan[price.entity_id].append(price)
    return {
        "meters": [_meter(meter) for meter in meters],
        "plans": [
            {
                "id": plan["id"],
                "name": plan["name"],
                "lookup_key": plan["lookup_key"],
                "prices": [_price(price, names) for price in by_plan[plan["id"]]],
            }
            for plan in plans
        ],
        "total_meters": all_meters,
        "total_plans": all_plans,
        "prices_cut": len(prices) > limit * 10,
    }


def _meter(meter: Row) -> dict[str, Any]:
    return {
        "id": meter["id"],
        "name": meter["name"],
        "event_name": meter["event_name"],
        "aggregation": meter["aggregation"] or {},
        "filters": meter["filters"] or [],
    }


def _price(price: Price, meter_names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": price.id,
        "price": price_name(price),
        "display_name": price.display_name,
        "type": price.type,
        "billing_model": price.billing_model,
        "amount": None if price.amount is None else plain(price.amount),
        "currency": price.currency,
        "price_unit": price.price_unit,
        "price_unit_amount": None if price.price_unit_amount is None else plain(price.price_unit_amount),
        "tier_mode": price.tier_mode,
        "tiers": price.tiers or [],
        "transform_quantity": price.transform_quantity,
        "meter_id": price.meter_id,
        "meter": meter_names.get(price.meter_id or "", price.meter_id),
        "filter_values": price.filter_values or {},
        "billing_period": price.billing_period,
    }


def subscriptions(work: Work, search: str, limit: int) -> dict[str, Any]:
    """The newest subscriptions, or those whose customer's name or external id contains a text, or of that id."""
    where: list[Condition] = [_PUBLISHED]
    if search:
        named = AnyOf((Contains("name", search), Contains("external_id", search)))
        customers = work.tx.find(CUSTOMERS, Query((named,), NEWEST_FIRST, _MATCHING_CUSTOMERS))
        where.append(AnyOf((Eq("id", search), In("customer_id", [customer["id"] for customer in customers]))))
    rows, total = work.tx.page(SUBSCRIPTIONS, Query(tuple(where), NEWEST_FIRST, limit))
    customers_by_id = work.tx.by_ids(CUSTOMERS, [row["customer_id"] for row in rows])
    plans = work.tx.by_ids(PLANS, [row["plan_id"] for row in rows if row["plan_id"]])
    return {
        "total": total,
        "customers": work.tx.count(CUSTOMERS, (_PUBLISHED,)),
        "subscriptions": [
            _subscription(row, customers_by_id.get(row["customer_id"]), plans.get(row["plan_id"])) for row in rows
        ],
    }


def _subscription(row: Row, customer: Row | None, plan: Row | None) -> dict[str, Any]:
    return {
        "id": row["id"],
        "status": row["subscription_status"],
        "currency": row["currency"],
        "customer_id": row["customer_id"],
        "customer": customer["name"] if customer is not None else None,
        "external_customer_id": customer["external_id"] if customer is not None else None,
        "plan": plan["name"] if plan is not None else None,
        "start_date": format_time(row["start_date"]),
        "current_period_start": format_time(row["current_period_start"]),
        "current_period_end": format_time(row["current_period_end"]),
    }
