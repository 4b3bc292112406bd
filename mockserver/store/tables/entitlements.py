"""Entitlements and credit grants: what a plan includes (behaviour/invoices-and-wallets#billing-objects)."""

from mockserver.store.columns import Table, boolean, integer, json, numeric, text, time

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
    unique=((("entity_type", "entity_id", "feature_id"), ""),),
)

CREDIT_GRANTS = Table(
    "credit_grants",
    "cg",
    (
        text("name", not_empty=True),
        text("scope"),
        text("plan_id"),
        text("subscription_id"),
        text("addon_id"),
        numeric("credits", 20, 8),
        text("cadence"),
        text("period"),
        integer("period_count"),
        text("expiration_type"),
        integer("expiration_duration"),
        text("expiration_duration_unit"),
        integer("priority"),
        json("metadata"),
        time("start_date"),
        time("end_date"),
        time("credit_grant_anchor"),
        numeric("conversion_rate", 10, 5),
        numeric("topup_conversion_rate", 10, 5),
    ),
    indexes=(("plan_id",), ("subscription_id",)),
)
