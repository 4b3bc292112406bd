"""Wallets, their transactions, and the credit grants that fill them (behaviour/invoices-and-wallets#billing-objects).

Widths and scales are the real server's.
"""

from mockserver.store.columns import Table, integer, json, numeric, text, time

WALLETS = Table(
    "wallets",
    "wallet",
    (
        text("customer_id", 50, not_empty=True),
        text("currency", 10, not_empty=True),
        numeric("balance", 20, 9),
        numeric("credit_balance", 20, 9),
        text("wallet_status", 50),
        text("name", 255),
        text("description"),
        json("metadata"),
        json("auto_topup"),
        text("wallet_type", 50),
        json("config"),
        numeric("conversion_rate", 10, 5),
        numeric("topup_conversion_rate", 10, 5),
        json("alert_settings"),
        text("alert_state", 50),
    ),
    indexes=(("customer_id",),),
)

WALLET_TRANSACTIONS = Table(
    "wallet_transactions",
    "wtxn",
    (
        text("wallet_id", 50, not_empty=True),
        text("customer_id", 50),
        text("type"),
        numeric("amount", 20, 9),
        numeric("credit_amount", 20, 9),
        numeric("credit_balance_before", 20, 9),
        numeric("credit_balance_after", 20, 9),
        text("transaction_status", 50),
        text("reference_type", 50),
        text("reference_id"),
        text("description"),
        json("metadata"),
        time("expiry_date"),
        numeric("credits_available", 20, 9),
        text("transaction_reason", 50),
        integer("priority"),
        text("currency", 10, not_empty=True),
        text("parent_transaction_id", 50),
        numeric("conversion_rate", 10, 5),
        numeric("topup_conversion_rate", 10, 5),
        text("idempotency_key"),
    ),
    indexes=(("wallet_id",), ("parent_transaction_id",)),
    unique=((("idempotency_key",), "idempotency_key <> ''"),),
)

CREDIT_GRANT_APPLICATIONS = Table(
    "credit_grant_applications",
    "cga",
    (
        text("credit_grant_id", 50),
        text("subscription_id", 50),
        time("scheduled_for"),
        time("period_start"),
        time("period_end"),
        numeric("credits", 20, 8),
        text("application_status", 50),
        time("applied_at"),
        text("application_reason"),
        text("subscription_status_at_application"),
        text("idempotency_key"),
    ),
    indexes=(("subscription_id", "application_status"), ("credit_grant_id",)),
)
"""When the credits of a subscription's grant were or will be given: one row for each of its periods."""
