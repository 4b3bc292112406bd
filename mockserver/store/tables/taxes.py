"""Tax rates, what they are associated with, and the taxes of invoices (behaviour/invoices-and-wallets#coupons,
behaviour/invoices-and-wallets#how-an-invoice-looks, behaviour/invoices-and-wallets#billing-objects); widths and scales
are the real server's."""

from mockserver.store.columns import Table, boolean, integer, json, numeric, text, time

TAX_RATES = Table(
    "tax_rates",
    "taxrate",
    (
        text("name", not_empty=True),
        text("description"),
        text("code", not_empty=True),
        text("tax_rate_status"),
        text("tax_rate_type"),
        text("scope"),
        numeric("percentage_value", 9, 6),
        numeric("fixed_value", 9, 6),
        json("metadata"),
    ),
    unique=((("code",), "code IS NOT NULL"),),
)

TAX_ASSOCIATIONS = Table(
    "tax_associations",
    "ta",
    (
        text("tax_rate_id", 50, not_empty=True),
        text("entity_type", 50, not_empty=True),
        text("entity_id", 50, not_empty=True),
        integer("priority"),
        boolean("auto_apply"),
        text("currency", 100),
        json("metadata"),
        time("start_date"),
        time("end_date"),
    ),
    indexes=(("entity_type", "entity_id"), ("tax_rate_id",)),
)

TAX_APPLIED = Table(
    "tax_applied",
    "taxapp",
    (
        text("tax_rate_id", 50),
        text("entity_type", 50),
        text("entity_id", 50),
        text("tax_association_id", 50),
        numeric("taxable_amount", 15, 6),
        numeric("tax_amount", 15, 6),
        text("currency", 3),
        time("applied_at"),
        json("metadata"),
        text("idempotency_key", 50),
    ),
    indexes=(("entity_type", "entity_id"), ("tax_rate_id",)),
)
