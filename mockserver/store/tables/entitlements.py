"""Entitlements: what a plan includes (facts/06 §14)."""

from mockserver.store.columns import Table, boolean, integer, json, text, time

ENTITLEMENTS = Table(
    "entitlements",
    "ent",
    (
        text("entity_type"),
        text("entity_id"),
        text("feature_id"),
        text("feature_type"),
        boolean("is_enabled"),
        integer("usage_limit"),
        text("usage_reset_period"),
        boolean("is_soft_limit"),
        text("static_value"),
        json("config_value"),
        integer("display_order"),
        text("parent_entitlement_id"),
        time("start_date"),
        time("end_date"),
        text("aggregation_mode"),
    ),
    indexes=(("entity_id",), ("feature_id",)),
)
