"""Addons and which subscriptions have them (behaviour/subscriptions#addons)."""

from mockserver.store.columns import Table, json, text, time

ADDONS = Table(
    "addons",
    "addon",
    (
        text("lookup_key", 255, not_empty=True),
        text("name", 255, not_empty=True),
        text("description"),
        json("metadata"),
    ),
    unique=((("lookup_key",), "lookup_key <> ''"),),
)

ADDON_ASSOCIATIONS = Table(
    "addon_associations",
    "addon_assoc",
    (
        text("entity_id"),
        text("entity_type"),
        text("addon_id"),
        time("start_date"),
        time("end_date"),
        text("addon_status"),
        text("cancellation_reason", 255),
        time("cancelled_at"),
        json("metadata"),
    ),
    indexes=(("entity_id",), ("addon_id",)),
)
