"""Meters, features, groups (behaviour/prices-and-meters#meters, behaviour/prices-and-meters#features)."""

from mockserver.store.columns import Table, json, numeric, text

METERS = Table(
    "meters",
    "meter",
    (
        text("event_name", 50),
        text("name", 255),
        json("aggregation"),
        json("filters"),
        text("reset_usage", 20),
    ),
    indexes=(("event_name",),),
)

FEATURES = Table(
    "features",
    "feat",
    (
        text("lookup_key", 255),
        text("name", 255, not_empty=True),
        text("description"),
        text("type"),
        text("meter_id"),
        json("metadata"),
        text("unit_singular", 50),
        text("unit_plural", 50),
        text("reporting_unit_singular"),
        text("reporting_unit_plural"),
        numeric("reporting_unit_conversion_rate", 20, 10),
        json("alert_settings"),
        text("group_id"),
    ),
    indexes=(("meter_id",),),
    unique=((("lookup_key",), "lookup_key <> ''"),),
)

GROUPS = Table(
    "groups",
    "group",
    (text("name", 255), text("lookup_key", 255), text("entity_type"), json("metadata")),
)
