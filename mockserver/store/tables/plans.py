"""Plans (behaviour/customers-and-plans#plans); widths are the real server's
(behaviour/customers-and-plans#column-limits)."""

from mockserver.store.columns import Table, integer, json, text

PLANS = Table(
    "plans",
    "plan",
    (
        json("metadata"),
        text("lookup_key", 255),
        text("name", 255, not_empty=True),
        text("description"),
        integer("display_order"),
    ),
    unique=((("lookup_key",), "lookup_key <> ''"),),
)
