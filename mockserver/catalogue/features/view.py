"""How a feature is shown, alone or inside something else (behaviour/prices-and-meters#the-feature-object)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.catalogue.features.alerts import visible_alerts
from mockserver.catalogue.features.schemas import AlertSettingsOut, FeatureOut
from mockserver.catalogue.groups.view import published_groups
from mockserver.store.columns import Row
from mockserver.store.tables.meters import METERS
from mockserver.work import Work

OUT, ALERTS = FeatureOut(), AlertSettingsOut()


def show_features(work: Work, rows: Sequence[Row], *, meters: bool = False) -> list[dict[str, Any]]:
    """Features as the API prints them: with their groups, and with their meters if asked for."""
    groups = published_groups(work, (row["group_id"] for row in rows))
    metered = [row["meter_id"] for row in rows if row["type"] == "metered" and row["meter_id"]]
    found = work.tx.by_ids(METERS, metered) if meters and metered else {}
    return [
        show(
            row,
            meter=found.get(row["meter_id"]) if row["type"] == "metered" else None,
            group=groups.get(row["group_id"]),
        )
        for row in rows
    ]


def show_feature(work: Work, row: Row, *, meter: bool = False) -> dict[str, Any]:
    """One feature with its group, and with its meter if asked for."""
    return show_features(work, [row], meters=meter)[0]


def show_changed(work: Work, row: Row, *, alerts: bool) -> dict[str, Any]:
    """A feature as its update answers it: alert settings that were sent are shown even without a level that counts."""
    shown = show_feature(work, row)
    return {**shown, "alert_settings": ALERTS.dump(row["alert_settings"])} if alerts else shown


def show(row: Row, *, meter: Row | None = None, group: Row | None = None) -> dict[str, Any]:
    """A feature with exactly what is given."""
    return OUT.dump(
        {
            **row,
            "reporting_unit": _reporting_unit(row),
            "alert_settings": visible_alerts(row["alert_settings"]),
            "meter": meter,
            "group": group,
        }
    )


def _reporting_unit(row: Row) -> dict[str, Any] | None:
    if not row["reporting_unit_singular"] or row["reporting_unit_conversion_rate"] is None:
        return None
    return {
        "unit_singular": row["reporting_unit_singular"],
        "unit_plural": row["reporting_unit_plural"],
        "conversion_rate": row["reporting_unit_conversion_rate"],
    }
