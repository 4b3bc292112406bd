"""What comes along with a new subscription beside its items: own entitlements and grants (facts/04 §3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mockserver.errors import Invalid, NotFound
from mockserver.resources.credit_grants import rules as credit_grants
from mockserver.resources.entitlements import rules as entitlements
from mockserver.store.columns import Row
from mockserver.store.query import Eq
from mockserver.store.tables.entitlements import CREDIT_GRANTS, ENTITLEMENTS
from mockserver.times import Timestamp, format_time
from mockserver.work import Work

RATES = ("conversion_rate", "topup_conversion_rate")
_OVERRIDABLE = {"metered": "usage_limit", "static": "static_value", "config": "config_value"}
"""What each feature type lets an override set beside ``is_enabled``."""


def override_entitlements(work: Work, subscription: Row, overrides: Sequence[Mapping[str, Any]]) -> None:
    """Entitlements of the subscription's own in place of the plan's; none of another plan can be named."""
    of_plan = {row["id"]: row for row in entitlements.of_plan(work, subscription["plan_id"])}
    for override in overrides:
        if override["entitlement_id"] not in of_plan:
            raise NotFound(
                "the plan has no such entitlement",
                {
                    "entitlement_id": override["entitlement_id"],
                    "subscription_id": subscription["id"],
                    "plan_id": subscription["plan_id"],
                },
            )
    for override in overrides:
        _override(work, subscription, of_plan[override["entitlement_id"]], override)


def _override(work: Work, subscription: Row, parent: Row, override: Mapping[str, Any]) -> None:
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
        entity_id=subscription["id"],
        feature_id=parent["feature_id"],
        feature_type=kind,
        usage_reset_period=parent["usage_reset_period"] or ("MONTHLY" if kind == "metered" else ""),
        is_soft_limit=parent["is_soft_limit"],
        display_order=parent["display_order"],
        parent_entitlement_id=parent["id"],
        aggregation_mode=parent["aggregation_mode"],
        start_date=subscription["start_date"],
    )
    work.insert(ENTITLEMENTS, work.new_row(ENTITLEMENTS, values))


def grant_credits(work: Work, subscription: Row, requested: Sequence[Mapping[str, Any]] | None) -> None:
    """The grants requested, or the plan's where none are (facts/04 §3.2). They start with the subscription, or where
    its trial ends, and share their conversion rates."""
    if requested is None:
        requested = [_as_request(grant) for grant in credit_grants.of_plan(work, subscription["plan_id"])]
    for name in RATES:
        if len({grant.get(name) for grant in requested}) > 1:
            raise Invalid("all credit grants of a subscription must have the same conversion rates")
    start = subscription["trial_end"] or subscription["start_date"]
    dates = {"start_date": _sent(start)}
    if subscription["end_date"] is not None:
        dates["end_date"] = _sent(subscription["end_date"])
    for grant in requested:
        owned = {**grant, **dates, "scope": "SUBSCRIPTION", "subscription_id": subscription["id"]}
        credit_grants.create(work, owned)


def grant_addon_credits(work: Work, subscription: Row, addon_id: str, start: datetime, end: datetime | None) -> None:
    """The credit grants of an addon, for as long as the subscription has it."""
    dates = {"start_date": _sent(max(start, subscription["start_date"]))}
    last = min((moment for moment in (end, subscription["end_date"]) if moment is not None), default=None)
    if last is not None:
        dates["end_date"] = _sent(last)
    for grant in work.tx.published(CREDIT_GRANTS, Eq("scope", "ADDON"), Eq("addon_id", addon_id)):
        owned = {**_as_request(grant), **dates, "scope": "SUBSCRIPTION", "subscription_id": subscription["id"]}
        row = credit_grants.create(work, owned)
        work.change(CREDIT_GRANTS, row, {"addon_id": addon_id})


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


def _as_request(grant: Row) -> dict[str, Any]:
    return {name: grant[name] for name in _CLONED if grant[name] is not None}
