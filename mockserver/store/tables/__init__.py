"""The tables, one module per subject; ``ALL`` and ``STATEMENTS`` are what the first migration creates."""

from __future__ import annotations

from mockserver.store.columns import Table
from mockserver.store.tables.access import ACCESS_STATEMENTS
from mockserver.store.tables.addons import ADDON_ASSOCIATIONS, ADDONS
from mockserver.store.tables.coupons import COUPON_APPLICATIONS, COUPON_ASSOCIATIONS, COUPONS
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.entitlements import CREDIT_GRANTS, ENTITLEMENTS
from mockserver.store.tables.events import EVENT_STATEMENTS
from mockserver.store.tables.invoices import INVOICE_LINE_ITEMS, INVOICE_SEQUENCES, INVOICES
from mockserver.store.tables.meters import FEATURES, GROUPS, METERS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.price_units import PRICE_UNITS
from mockserver.store.tables.prices import PRICES
from mockserver.store.tables.subscriptions import LINE_ITEMS, PHASES, SCHEDULES, SUBSCRIPTIONS
from mockserver.store.tables.taxes import TAX_APPLIED, TAX_ASSOCIATIONS, TAX_RATES
from mockserver.store.tables.wallets import CREDIT_GRANT_APPLICATIONS, WALLET_TRANSACTIONS, WALLETS

ALL: tuple[Table, ...] = (
    CUSTOMERS,
    PLANS,
    PRICE_UNITS,
    PRICES,
    METERS,
    FEATURES,
    GROUPS,
    ENTITLEMENTS,
    CREDIT_GRANTS,
    SUBSCRIPTIONS,
    LINE_ITEMS,
    PHASES,
    SCHEDULES,
    ADDONS,
    ADDON_ASSOCIATIONS,
    INVOICES,
    INVOICE_LINE_ITEMS,
    INVOICE_SEQUENCES,
    WALLETS,
    WALLET_TRANSACTIONS,
    CREDIT_GRANT_APPLICATIONS,
    COUPONS,
    COUPON_ASSOCIATIONS,
    COUPON_APPLICATIONS,
    TAX_RATES,
    TAX_ASSOCIATIONS,
    TAX_APPLIED,
)
STATEMENTS: tuple[str, ...] = (*ACCESS_STATEMENTS, *EVENT_STATEMENTS)
