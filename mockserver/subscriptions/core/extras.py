"""What comes along with a new subscription beside its items: own entitlements and grants
(behaviour/subscriptions#terms-of-a-new-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.entitlements import rules as entitlements
from mockserver.errors import Invalid, NotFound
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.entitlements import ENTITLEMENTS
from mockserver.work import Work

_OVERRIDABLE = {"metered": "usage_limit", "static": "static_value", "config": "config_value"}
"""What each feature type lets an override set beside ``is_enabled``."""


def override_entitlements(work: Work, subscription: Subscription, overrides: Sequence[Mapping[str, Any]]) -> None:
    """Entitlements of the subscription's own in place of the plan's; none of another plan can be named."""
    of_plan = {row["id"]: row for row in entitlements.of_plan(work, subscription.plan_id or "")}
    for override in overrides:
        if override["entitlement_id"] not in of_plan:
            raise NotFound(
                "the plan has no such entitlement",
                {
                    "entitlement_id": override["entitlement_id"],
                    "subscription_id": subscription.id,
                    "plan_id": subscription.plan_id,
                },
            )
    for override in overrides:
        _override(work, subscription, of_plan[override["entitlement_id"]], override)


def _override(work: Work, subscription: Subscription, parent: Row, override: Mapping[str, Any]) -> None:
    kind = parent["feature_type"]
    values = {name: override.get(name, parent[name]) for name in ("is_enabled", "static_value", "config_value")}
    # An absent limit means no limit: the real server cannot tell it from null.
    values["usage_limit"] = override.get("usage_limit") if kind == "metered" else None
    if kind == "static" and not values["static_value"]:
        raise Invalid("static_value is required for a static feature")
    for name in _OVERRIDABLE.values():
        if name in override and name != _OVERRIDABLE.get(kind):
            raise Invalid(f"{name} cannot be set for a {kind} feature")
    values.update(
        entity_type="SUBSCRIPTION",
        entity_id=subscription.id,
        feature_id=parent["feature_id"],
        feature_type=kind,
        usage_reset_period=parent["usage_reset_period"] or ("MONTHLY" if kind == "metered" else ""),
        is_soft_limit=parent["is_soft_limit"],
        display_order=parent["display_order"],
        parent_entitlement_id=parent["id"],
        aggregation_mode=parent["aggregation_mode"],
        start_date=subscription.start_date,
    )
    work.insert(ENTITLEMENTS, work.new_row(ENTITLEMENTS, values))
