"""How analysed usage looks (behaviour/events-and-usage#analytics)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.billing.items import Item
from mockserver.billing.ledger import commitment_info
from mockserver.catalogue.features.view import show as show_feature
from mockserver.catalogue.owners.schemas import PlanOut
from mockserver.catalogue.prices.present import show_price
from mockserver.metering.meters import aggregation_of_row
from mockserver.rating.money import ZERO, divide, plain, round_half_away, total
from mockserver.rating.windows import WINDOW_SIZES, wider
from mockserver.store.columns import Row
from mockserver.store.query import NEWEST_FIRST, In, Query
from mockserver.store.records.prices import Price
from mockserver.store.tables.meters import FEATURES, GROUPS
from mockserver.store.tables.plans import PLANS
from mockserver.subscriptions.line_items.present import show_item
from mockserver.usage.events.costing import Costed
from mockserver.usage.events.scope import Scope
from mockserver.vocabulary import EntityType
from mockserver.work import Work

PLAN = PlanOut()
_OWNERS = {"PLAN": "plan_id", "ADDON": "add_on_id"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Usage of a meter, by way of a line item or, without a subscription, by itself."""

    meter: Row
    costed: Costed
    item: Item | None


def show(work: Work, scope: Scope, currency: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """The whole answer, items by name. Coupons do not exist here, so there are no discounts."""
    context = _Context(work, scope, currency, entries)
    items = sorted((context.item(entry) for entry in entries), key=lambda item: item["name"])
    cost = total(entry.costed.cost for entry in entries)
    return {"subtotal": cost, "total_discount": ZERO, "total_cost": cost, "currency": currency, "items": items}


class _Context:
    """What the items refer to, read once."""

    def __init__(self, work: Work, scope: Scope, currency: str, entries: Sequence[Entry]) -> None:
        self.work, self.scope, self.currency = work, scope, currency
        self.features = _features(work, {entry.meter["id"] for entry in entries})
        self.groups = work.tx.by_ids(GROUPS, (f["group_id"] for f in self.features.values() if f["group_id"]))
        prices = {entry.item.price.id: entry.item.price for entry in entries if entry.item is not None}
        parents = work.tx.loaded(Price, (p.parent_price_id for p in prices.values() if p.parent_price_id))
        self.owners = {
            price_id: parents.get(price.parent_price_id or "", price)
            if price.entity_type is EntityType.SUBSCRIPTION
            else price
            for price_id, price in prices.items()
        }
        plans = (owner.entity_id for owner in self.owners.values() if owner.entity_type is EntityType.PLAN)
        self.plans = work.tx.by_ids(PLANS, plans) if "plan" in scope.expand else {}

    def item(self, entry: Entry) -> dict[str, Any]:
        """One item as the schema prints it."""
        usage, meter = entry.costed.usage, entry.meter
        feature = self.features.get(meter["id"])
        aggregation = aggregation_of_row(meter)
        result: dict[str, Any] = {
            "feature_id": "",
            "meter_id": meter["id"],
            "name": meter["name"],
            "event_name": meter["event_name"],
            "source": usage.source,
            "sources": list(usage.sources) if "source" in self.scope.expand else [],
            "aggregation_type": aggregation.type,
            "total_usage": usage.value,
            "total_usage_display": "",
            "subtotal": entry.costed.cost,
            "total_discount": ZERO,
            "total_cost": entry.costed.cost,
            "currency": self.currency,
            "event_count": usage.event_count,
            "properties": dict(usage.properties),
            "points": _points(entry.costed),
            "window_size": _window(self.scope.window, aggregation.bucket_size),
        }
        if entry.costed.commitment is not None:
            result["commitment_info"] = commitment_info(entry.costed.commitment)
        if "meter" in self.scope.expand:
            result["meter"] = meter
        if feature is not None:
            result.update(self._of_feature(feature, entry))
        if entry.item is not None:
            result.update(self._of_item(entry.item))
        return result

    def _of_feature(self, feature: Row, entry: Entry) -> dict[str, Any]:
        result: dict[str, Any] = {
            "feature_id": feature["id"],
            "unit": feature["unit_singular"],
            "unit_plural": feature["unit_plural"],
            "group": self.groups.get(feature["group_id"] or ""),
        }
        if feature["name"]:
            result["name"] = feature["name"]
        shown = show_feature(feature)
        if "reporting_unit" in shown:
            rate = feature["reporting_unit_conversion_rate"]
            result["total_usage_display"] = plain(round_half_away(divide(entry.costed.usage.value, rate), 2))
            result["reporting_unit"] = shown["reporting_unit"]
        if "feature" in self.scope.expand:
            result["feature"] = shown
        return result

    def _of_item(self, item: Item) -> dict[str, Any]:
        owner, expand = self.owners[item.price.id], self.scope.expand
        result: dict[str, Any] = {
            "price_id": item.price.id,
            "sub_line_item_id": item.id,
            "subscription_id": item.row.subscription_id,
        }
        if owner.entity_type in _OWNERS:
            result[_OWNERS[owner.entity_type]] = owner.entity_id
        if "price" in expand:
            result["price"] = show_price(self.work, item.price.row)
        if "subscription_line_item" in expand:
            result["subscription_line_item"] = show_item(item.row)
        plan = self.plans.get(owner.entity_id)
        if plan is not None:
            result["plan"] = PLAN.dump(plan)
        return result


def _features(work: Work, meter_ids: set[str]) -> dict[str, Row]:
    """The feature of each meter: of several the oldest."""
    where = (In("meter_id", sorted(meter_ids)), In("status", ("published", "archived")))
    return {row["meter_id"]: row for row in work.tx.find(FEATURES, Query(where, NEWEST_FIRST))}


def _points(costed: Costed) -> list[Mapping[str, Any]]:
    return [
        {
            "timestamp": point.timestamp,
            "usage": point.usage,
            "subtotal": point.cost,
            "discount": ZERO,
            "cost": point.cost,
            "event_count": point.event_count,
            "computed_commitment_utilized_amount": point.utilized,
            "computed_overage_amount": point.overage,
            "computed_true_up_amount": point.true_up,
        }
        for point in costed.points
    ]


def _window(asked: str, bucket: str) -> str:
    """The wider of the window asked for and the meter's bucket; an unknown window gives way to a bucket."""
    if not bucket:
        return asked
    return wider(asked, bucket) if asked in WINDOW_SIZES else bucket
