"""What a catalogue file may hold, and what the shipped ones do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from docs.generate.markdown import table
from mockserver import fixtures
from mockserver.api import routes
from mockserver.openapi import document

_ENTRIES = {
    "meters": ("CreateMeterIn", ()),
    "features": ("CreateFeatureIn", ()),
    "plans": ("CreatePlanRequest", ()),
    "plans[].prices": ("CreatePriceRequest", ("entity_type", "entity_id")),
}
"""Each list of a catalogue with the request its entries are bodies of, and the fields that follow from the place."""


def _type(field: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    if "allOf" in field:
        return _type(field["allOf"][0], schemas)
    if "$ref" in field:
        inner = schemas[field["$ref"].rsplit("/", 1)[1]]
        return "object: " + ", ".join(f"`{name}`" for name in inner["properties"])
    if field.get("enum"):
        return " ".join(f"`{word}`" for word in field["enum"] if word)
    if field["type"] == "array":
        return f"list of {_type(field['items'], schemas)}"
    return str(field.get("format") or field["type"])


def _quantity(aggregation: Mapping[str, Any]) -> str:
    return f"{aggregation['type']} of `{aggregation.get('expression') or aggregation.get('field') or 'events'}`"


def entries() -> str:
    """The fields of each kind of entry."""
    schemas = document(routes())["components"]["schemas"]
    parts = []
    for kind, (name, implied) in _ENTRIES.items():
        schema = schemas[name]
        rows = [("`id`", "string, required", "kept as it is written")]
        rows += [
            (
                f"`{field}`",
                _type(told, schemas) + (", required" if field in schema.get("required", ()) else ""),
                told.get("description", ""),
            )
            for field, told in schema["properties"].items()
            if field not in implied
        ]
        parts.append(f"### `{kind}`\n\n" + table(("field", "values", "meaning"), rows))
    return "\n\n".join(parts)


def shipped() -> str:
    """The meters and prices of the shipped catalogues."""
    parts = []
    for name in ("documented", "models"):
        data = json.loads(fixtures.catalog_path(name).read_text(encoding="utf-8"))
        meters = [
            (f"`{meter['id']}`", f"`{meter['event_name']}`", _quantity(meter["aggregation"]))
            for meter in data["meters"]
        ]
        parts.append(f"### `{name}`\n\n{data['description']}\n\n" + table(("meter", "event name", "quantity"), meters))
        for plan in data["plans"]:
            prices = [
                (
                    f"`{price['lookup_key']}`",
                    f"`{price['meter_id']}`" if price.get("meter_id") else "",
                    price["billing_model"].lower().replace("_", " "),
                    str(price.get("amount") or ""),
                    "; ".join(
                        f"{key}: {', '.join(texts)}" for key, texts in (price.get("filter_values") or {}).items()
                    ),
                )
                for price in plan["prices"]
            ]
            parts.append(
                f"Prices of the plan `{plan['id']}`:\n\n"
                + table(("lookup key", "meter", "model", "amount", "filter_values"), prices)
            )
    return "\n\n".join(parts)
