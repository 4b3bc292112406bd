"""Coupons, their associations with subscriptions and their applications to invoices
(behaviour/invoices-and-wallets#coupons, behaviour/invoices-and-wallets#how-an-invoice-looks,
behaviour/invoices-and-wallets#billing-objects); widths and scales are the real server's."""

from mockserver.store.columns import Table, integer, json, numeric, text, time

COUPONS = Table(
    "coupons",
    "coupon",
    (
        text("name", 255, not_empty=True),
        time("redeem_after"),
        time("redeem_before"),
        integer("max_redemptions"),
        integer("total_redemptions"),
        json("rules"),
        numeric("amount_off", 20, 8),
        numeric("percentage_off", 7, 4),
        text("type", 20, not_empty=True),
        text("cadence", 20, not_empty=True),
        integer("duration_in_periods"),
        text("currency", 10),
        text("coupon_code", 100),
        json("metadata"),
    ),
    unique=((("coupon_code",), "coupon_code IS NOT NULL"),),
)

COUPON_ASSOCIATIONS = Table(
    "coupon_associations",
    "coupon_assoc",
    (
        text("coupon_id", 50),
        text("subscription_id", 50),
        text("subscription_line_item_id", 50),
        text("subscription_phase_id", 50),
        time("start_date"),
        time("end_date"),
        json("metadata"),
    ),
    indexes=(("subscription_id",), ("coupon_id",)),
)

COUPON_APPLICATIONS = Table(
    "coupon_applications",
    "coupon_app",
    (
        text("coupon_id", 50),
        text("coupon_association_id", 50),
        text("invoice_id", 50),
        text("invoice_line_item_id", 50),
        text("subscription_id", 50),
        time("applied_at"),
        numeric("original_price", 20, 8),
        numeric("final_price", 20, 8),
        numeric("discounted_amount", 20, 8),
        text("discount_type", 20),
        numeric("discount_percentage", 7, 4),
        text("currency", 10),
        json("coupon_snapshot"),
        json("metadata"),
    ),
    indexes=(("invoice_id",), ("subscription_id", "coupon_id")),
)
