"""Which entitlements a subscription has, and what several of them amount to
(behaviour/customers-and-plans#sub-resources-of-a-customer, behaviour/rating#entitlements)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.entitlements.schemas import AggregatedFeatureOut
from mockserver.catalogue.features.view import show as show_feature
from mockserver.catalogue.owners.associations import in_period
from mockserver.store.columns import Row
from mockserver.store.query import Eq, In
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.entitlements import ENTITLEMENTS
from mockserver.store.tables.meters import FEATURES, METERS
from mockserver.store.tables.plans import PLANS
from mockserver.work import Work

OUT = AggregatedFeatureOut()
_LARGEST = 2**63 - 1


def of_subscription(work: Work, subscription: Subscription) -> list[Row]:
    """The published entitlements of the plan and the addons, newest first, then the subscription's own that are in
    force now.

    An own one replaces the plan's entitlement it names as its parent.
    """
    plan = work.tx.published(ENTITLEMENTS, Eq("entity_type", "PLAN"), Eq("entity_id", subscription.plan_id))
    own = [
        row
        for row in work.tx.published(ENTITLEMENTS, Eq("entity_type", "SUBSCRIPTION"), Eq("entity_id", subscription.id))
        if not (row["start_date"] and row["start_date"] > work.now)
        and not (row["end_date"] and row["end_date"] <= work.now)
    ]
    replaced = {row["parent_entitlement_id"] for row in own if row["parent_entitlement_id"]}
    return [*(row for row in plan if row["id"] not in replaced), *_of_addons(work, subscription), *own]


def _of_addons(work: Work, subscription: Subscription) -> list[Row]:
    """What the addons grant that the subscription has in its current period, once for each time it has them."""
    associations = in_period(work, subscription)
    rows = work.tx.published(
        ENTITLEMENTS, Eq("entity_type", "ADDON"), In("entity_id", sorted({row["addon_id"] for row in associations}))
    )
    return [row for association in associations for row in rows if row["entity_id"] == association["addon_id"]]


def aggregate(work: Work, rows: Sequence[Row], subscription_id: str) -> list[Row]:
    """One row per feature: ``feature`` and its ``meter``, ``entitlement`` as below, ``sources``.

    Disabled entitlements do not count. Every source names ``subscription_id``, whichever it comes from
    (behaviour/customers-and-plans#sub-resources-of-a-customer).
    """
    by_feature: dict[str, list[Row]] = {}
    for row in rows:
        if row["is_enabled"]:
            by_feature.setdefault(row["feature_id"], []).append(row)
    features = work.tx.by_ids(FEATURES, by_feature)
    meters = work.tx.by_ids(METERS, (row["meter_id"] for row in features.values() if row["meter_id"]))
    plans = work.tx.by_ids(PLANS, (row["entity_id"] for row in rows if row["entity_type"] == "PLAN"))
    return [
        {
            "feature": features[feature_id],
            "meter": meters.get(features[feature_id]["meter_id"]),
            "entitlement": combine(features[feature_id]["type"], granted),
            "sources": [_source(row, subscription_id, plans) for row in granted],
        }
        for feature_id, granted in by_feature.items()
        if feature_id in features
    ]


def combine(feature_type: str, rows: Sequence[Row]) -> dict[str, Any]:
    """What enabled entitlements of one feature amount to.

    metered: limits add up, one without limit makes it unlimited, soft if any is, the commonest reset period.
    static: the distinct values in order. config: the values that are not empty.
    """
    result: dict[str, Any] = {"is_enabled": bool(rows), "is_soft_limit": False}
    if feature_type == "metered":
        limits = [row["usage_limit"] for row in rows]
        resets = Counter(row["usage_reset_period"] for row in rows if row["usage_reset_period"])
        result |= {
            "usage_limit": None if None in limits else max(-_LARGEST, min(sum(limits), _LARGEST)),
            "is_soft_limit": any(row["is_soft_limit"] for row in rows),
            "usage_reset_period": resets.most_common(1)[0][0] if resets else "",
            "aggregation_mode": "additive",
        }
    elif feature_type == "static":
        result["static_values"] = list(dict.fromkeys(row["static_value"] for row in rows if row["static_value"]))
    elif feature_type == "config":
        result["config_values"] = [row["config_value"] for row in rows if row["config_value"]]
    return result


def _source(row: Row, subscription_id: str, plans: Mapping[str, Row]) -> Row:
    plan = plans.get(row["entity_id"]) if row["entity_type"] == "PLAN" else None  # others are not named
    return {
        "subscription_id": subscription_id,
        "entity_id": row["entity_id"],
        "entity_type": row["entity_type"].lower(),
        "quantity": 1,
        "entity_name": plan["name"] if plan else "",
        "entitlement_id": row["id"],
        "is_enabled": row["is_enabled"],
        "usage_limit": row["usage_limit"],
        "static_value": row["static_value"],
        "config_value": row["config_value"],
    }


def show_aggregated(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Aggregated features as the API prints them."""
    return [{**OUT.dump(row), "feature": show_feature(row["feature"], meter=row["meter"])} for row in rows]
