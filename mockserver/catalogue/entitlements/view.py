"""How an entitlement is shown, with what it refers to (behaviour/customers-and-plans#the-plan-object,
behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.catalogue.entitlements.schemas import EntitlementOut
from mockserver.catalogue.features.view import show as show_feature
from mockserver.catalogue.owners.schemas import PlanOut
from mockserver.store.columns import Row
from mockserver.store.tables.meters import FEATURES, METERS
from mockserver.store.tables.plans import PLANS
from mockserver.work import Work

OUT, PLAN = EntitlementOut(), PlanOut()


def show_entitlements(
    work: Work, rows: Sequence[Row], *, features: bool = False, meters: bool = False, plans: bool = False
) -> list[dict[str, Any]]:
    """Entitlements as the API prints them; meters come inside features only."""
    found_features = work.tx.by_ids(FEATURES, [row["feature_id"] for row in rows]) if features else {}
    metered = [feature["meter_id"] for feature in found_features.values() if feature["meter_id"]]
    found_meters = work.tx.by_ids(METERS, metered) if meters and metered else {}
    plan_ids = [row["entity_id"] for row in rows if row["entity_type"] == "PLAN"]
    found_plans = work.tx.by_ids(PLANS, plan_ids) if plans and plan_ids else {}
    result = []
    for row in rows:
        shown = OUT.dump({**row, "plan_id": row["entity_id"] if row["entity_type"] == "PLAN" else None})
        feature = found_features.get(row["feature_id"])
        if feature is not None:
            shown["feature"] = show_feature(feature, meter=found_meters.get(feature["meter_id"]))
        if row["entity_type"] == "PLAN" and row["entity_id"] in found_plans:
            shown["plan"] = PLAN.dump(found_plans[row["entity_id"]])
        result.append(shown)
    return result
