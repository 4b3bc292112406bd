"""Price units (behaviour/customers-and-plans#price-units). The column of ``code`` is as wide as documents promise; the
real server's three characters are a divergence, not a width."""

from mockserver.store.columns import Table, json, numeric, text

PRICE_UNITS = Table(
    "price_units",
    "price_unit",
    (
        json("metadata"),
        text("name", 255, not_empty=True),
        text("code", not_empty=True),
        text("symbol", 10, not_empty=True),
        text("base_currency", 3),
        numeric("conversion_rate", 10, 5),
    ),
    unique=((("code",), ""),),
)
