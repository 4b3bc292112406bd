"""Customers (behaviour/customers-and-plans#customers); widths are the real server's
(behaviour/customers-and-plans#column-limits)."""

from mockserver.store.columns import Table, json, text

CUSTOMERS = Table(
    "customers",
    "cust",
    (
        text("external_id", 255, not_empty=True),
        text("name", 255, not_empty=True),
        text("email", 255),
        text("contact", 20),
        text("address_line1", 255),
        text("address_line2", 255),
        text("address_city", 100),
        text("address_state", 100),
        text("address_postal_code", 20),
        text("address_country", 2),
        text("timezone", 50),
        json("metadata"),
    ),
    unique=((("external_id",), ""),),
)
