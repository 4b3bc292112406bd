"""Alert settings of a feature: which levels go together (behaviour/prices-and-meters#creating-a-feature)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.errors import Invalid

Settings = Mapping[str, Any]
LEVELS = ("critical", "warning", "info")


def stored_alerts(settings: Settings) -> dict[str, Any]:
    """Request settings in the stored form: every level present, thresholds default to 0, alerts off by default."""
    result: dict[str, Any] = {name: _level(settings.get(name)) for name in LEVELS}
    result["alert_enabled"] = bool(settings.get("alert_enabled"))
    return result


def _level(level: Settings | None) -> dict[str, Any] | None:
    if level is None:
        return None
    return {"threshold": Decimal(level.get("threshold", 0)), "condition": level.get("condition", "")}


def visible_alerts(settings: Settings | None) -> Settings | None:
    """The stored settings, or None where neither critical nor info is set: such a block is not shown."""
    if not settings or (settings.get("critical") is None and settings.get("info") is None):
        return None
    return settings


def merged_alerts(stored: Settings | None, changes: Settings) -> dict[str, Any]:
    """The settings after a partial update: levels and the switch that are absent stay."""
    stored = visible_alerts(stored) or {}
    return stored_alerts({**stored, **changes})


def check_alerts(settings: Settings) -> None:
    """Refuse settings without a threshold although enabled, a warning alone, mixed conditions, or levels out of
    order. ``settings`` are in the stored form."""
    critical, warning, info = (settings[name] for name in LEVELS)
    if settings["alert_enabled"] and not (critical or warning or info):
        raise Invalid("enabled alerts need at least one level")
    if critical is not None:
        _check_condition("critical", critical)
    if warning is not None:
        if critical is None:
            raise Invalid("a warning level needs a critical level")
        _check_order("warning", warning, "critical", critical)
    if info is not None:
        _check_condition("info", info)
        if warning is not None:
            _check_order("info", info, "warning", warning)
        elif critical is not None:
            _check_order("info", info, "critical", critical)


def _check_condition(name: str, level: Settings) -> None:
    if level["condition"] not in ("above", "below"):
        raise Invalid(f"the condition of {name} must be above or below")


def _check_order(name: str, level: Settings, than: str, stronger: Settings) -> None:
    if level["condition"] != stronger["condition"]:
        raise Invalid(f"the conditions of {name} and {than} must be the same")
    distance = Decimal(level["threshold"]) - Decimal(stronger["threshold"])
    if (distance > 0) if level["condition"] == "above" else (distance < 0):
        raise Invalid(f"the threshold of {name} must be reached before that of {than}")
