"""What features do (behaviour/prices-and-meters#features)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.features.alerts import check_alerts, merged_alerts, stored_alerts
from mockserver.catalogue.features.schemas import FEATURE_TYPES
from mockserver.catalogue.groups.view import published_group
from mockserver.catalogue.meters import rules as meters
from mockserver.errors import AlreadyExists, Invalid, NotFound, Refused, TossUp
from mockserver.store.columns import Row
from mockserver.store.query import Eq
from mockserver.store.tables.entitlements import ENTITLEMENTS
from mockserver.store.tables.meters import FEATURES
from mockserver.work import Work

RESET_USAGE = ("BILLING_PERIOD", "NEVER")


def create(work: Work, body: Mapping[str, Any], entity_id: str | None = None) -> Row:
    """A new feature, with its inline meter if it brings one. The order of checks is that of
    behaviour/prices-and-meters#creating-a-feature."""
    _check_request(body)
    meter_id = body.get("meter_id", "")
    if body["type"] == "metered":
        meter = meters.get(work, meter_id) if meter_id else meters.create(work, body["meter"])
        if meter["status"] != "published":
            raise Invalid("the meter of a metered feature must be published")
        meter_id = meter["id"]
    _check_group(work, body.get("group_id", ""))
    row = work.new_row(
        FEATURES,
        {
            "name": body["name"],
            "type": body["type"],
            "lookup_key": body.get("lookup_key") or derived_key(body["name"]),
            "description": body.get("description", ""),
            "meter_id": meter_id,
            "metadata": body.get("metadata"),
            "unit_singular": body.get("unit_singular", ""),
            "unit_plural": body.get("unit_plural", ""),
            **_reporting_columns(body.get("reporting_unit")),
            "alert_settings": stored_alerts(body["alert_settings"]) if "alert_settings" in body else None,
            "group_id": body.get("group_id", ""),
        },
        entity_id,
    )
    return _insert(work, row)


def derived_key(name: str) -> str:
    """``Image Count`` -> ``image_count``."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _insert(work: Work, row: Row) -> Row:
    key = row["lookup_key"]
    if key and work.tx.first(FEATURES, Eq("lookup_key", key), Eq("status", "published")):
        raise AlreadyExists("a feature with this lookup_key exists", {"lookup_key": key})
    return work.insert(FEATURES, row)


def _check_request(body: Mapping[str, Any]) -> None:
    kind = body["type"]
    if kind not in FEATURE_TYPES:
        raise Invalid(f"unknown feature type {kind!r}", {"type": kind, "allowed_types": list(FEATURE_TYPES)})
    if kind == "metered":
        if not body.get("meter_id") and "meter" not in body:
            raise Invalid("a metered feature needs meter_id or meter")
        if "meter" in body and (reset := body["meter"]["reset_usage"]) not in RESET_USAGE:
            details = {"allowed_values": list(RESET_USAGE), "provided_value": reset}
            raise Invalid("reset_usage must be BILLING_PERIOD or NEVER", details)
    _check_units(body.get("unit_singular", ""), body.get("unit_plural", ""))
    _check_reporting_unit(body)
    if "alert_settings" in body:
        check_alerts(stored_alerts(body["alert_settings"]))


def _check_units(singular: str, plural: str) -> None:
    if bool(singular) != bool(plural):
        raise Invalid("unit_singular and unit_plural go together")


def _check_reporting_unit(body: Mapping[str, Any]) -> None:
    unit = body.get("reporting_unit")
    if unit is None:
        return
    for name in ("unit_singular", "unit_plural", "conversion_rate"):
        if unit.get(name) in (None, ""):
            raise Invalid(f"reporting_unit needs {name}")
    if unit["conversion_rate"] <= 0:
        raise Invalid("conversion_rate of reporting_unit must be greater than zero")


def _reporting_columns(unit: Mapping[str, Any] | None) -> dict[str, Any]:
    if unit is None:
        return {}
    return {f"reporting_unit_{name}": unit[key] for name, key in _REPORTING.items()}


_REPORTING = {"singular": "unit_singular", "plural": "unit_plural", "conversion_rate": "conversion_rate"}


def _check_group(work: Work, group_id: str) -> None:
    if not group_id:
        return
    group = published_group(work, group_id)
    if group is None:
        raise TossUp(f"no group {group_id!r}", code="not_found", other="database_error")
    if group["entity_type"] != "feature":
        raise Invalid("the group is not one of features", {"group_id": group_id, "entity_type": "feature"})


def get(work: Work, feature_id: str) -> Row:
    """The feature of that id, archived ones included."""
    row = work.tx.get(FEATURES, feature_id)
    if row is None:
        raise NotFound(f"no feature {feature_id!r}", {"feature_id": feature_id})
    return row


def update(work: Work, feature_id: str, body: Mapping[str, Any]) -> Row:
    """Change what the body carries; ``filters`` go to the feature's meter. The answer shows the old ``updated_at``."""
    row = get(work, feature_id)
    names = ("name", "description", "metadata", "unit_singular", "unit_plural", "group_id")
    changes = {name: body[name] for name in names if name in body}
    _check_reporting_unit(body)
    changes.update(_reporting_columns(body.get("reporting_unit")))
    _check_group(work, body.get("group_id", ""))
    if "alert_settings" in body:
        changes["alert_settings"] = merged_alerts(row["alert_settings"], body["alert_settings"])
        check_alerts(changes["alert_settings"])
    if row["type"] == "metered" and row["meter_id"] and "filters" in body:
        meters.add_filters(work, row["meter_id"], body["filters"])
    merged = {**row, **changes}
    _check_units(merged["unit_singular"] or "", merged["unit_plural"] or "")
    changed = work.change(FEATURES, row, changes)
    return {**changed, "updated_at": row["updated_at"], "updated_by": row["updated_by"]}


def delete(work: Work, feature_id: str) -> None:
    """Archive the feature and its meter; refused while a published entitlement grants it
    (behaviour/prices-and-meters#operations-on-features)."""
    row = work.tx.get(FEATURES, feature_id)
    if row is None:
        raise NotFound(f"no feature {feature_id!r}")
    if work.tx.first(ENTITLEMENTS, Eq("feature_id", feature_id), Eq("status", "published")):
        raise Refused("the feature is part of an entitlement")
    if row["type"] == "metered":
        meters.archive(work, row["meter_id"])
    work.change(FEATURES, row, {"status": "archived"})


def clone(work: Work, feature_id: str, body: Mapping[str, Any]) -> Row:
    """A copy under a new name and key, with a meter of its own."""
    for name in ("name", "lookup_key"):
        if not body.get(name):
            raise Invalid(f"a cloned feature needs {name}")
    source = get(work, feature_id)
    key = body["lookup_key"]
    if work.tx.first(FEATURES, Eq("lookup_key", key), Eq("status", "published")):
        raise AlreadyExists("a feature with this lookup_key exists", {"lookup_key": key})
    kept = ("description", "type", "unit_singular", "unit_plural", "alert_settings", "group_id")
    columns = [*kept, *(f"reporting_unit_{name}" for name in _REPORTING)]
    values = {name: source[name] for name in columns}
    values |= {"name": body["name"], "lookup_key": key, "meter_id": ""}
    values["description"] = body.get("description", source["description"])
    values["metadata"] = {
        **(source["metadata"] or {}),
        **body.get("metadata", {}),
        "source_feature_id": feature_id,
    }
    if source["type"] == "metered" and source["meter_id"]:
        values["meter_id"] = meters.copy(work, meters.get(work, source["meter_id"]))["id"]
    return _insert(work, work.new_row(FEATURES, values))
