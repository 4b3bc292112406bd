"""The meters the documents name. The emulator holds them under those very ids when its catalogue is loaded; a real
server makes every id itself, so there a feature with an inline meter stands in for each, which is the only documented
way to a meter (behaviour/prices-and-meters#getting-a-meter)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from mockserver import fixtures

from .connection import Stop
from .targets import World


class ProvisioningFailed(Stop):
    """The target would not make a meter; no case that needs it can be played."""

    exit_code = 5


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """The documented catalogue's meters and features by the meter's literal id."""
    data = json.loads(fixtures.catalog_path("documented").read_text(encoding="utf-8"))
    features = {feature["meter_id"]: feature for feature in data["features"]}
    return {meter["id"]: {"meter": meter, "feature": features.get(meter["id"])} for meter in data["meters"]}


def known_meters() -> tuple[str, ...]:
    return tuple(catalogue())


def provide(world: World, meter_id: str) -> None:
    """Make ``{{meter_id}}`` stand for a meter of the documents."""
    if meter_id in world.names:
        return
    if world.keeps_literal_ids:
        answer = world.send("GET", f"/v1/meters/{meter_id}", expected=frozenset({404}))
        if answer.status == 200:
            world.names[meter_id] = meter_id
            return
    entry = catalogue()[meter_id]
    meter = {key: value for key, value in entry["meter"].items() if key not in ("id", "origin", "note")}
    feature = entry["feature"] or {"name": meter["name"]}
    body = {
        "name": feature["name"],
        "type": "metered",
        "lookup_key": meter_id,
        **{key: feature[key] for key in ("unit_singular", "unit_plural") if key in feature},
        "meter": meter,
    }
    answer = world.send("POST", "/v1/features", body=body, expected=frozenset({201}))
    if answer.status != 201:
        raise ProvisioningFailed(f"the target refuses the feature for {meter_id}: {answer.status} {answer.body}")
    world.names[meter_id] = answer.body["meter_id"]
