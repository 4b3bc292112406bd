"""One package per API resource, all of the same shape.

``schemas``  what comes in and what goes out (marshmallow; OpenAPI is generated from them)
``rules``    what the resource does: functions of a unit of work, no Flask, no SQL
``routes``   which URL calls which rule
"""

from __future__ import annotations

from importlib import import_module

from mockserver.http.routing import Routes

NAMES = (
    "health",
    "access",
    "customers",
    "meters",
    "plans",
    "addons",
    "groups",
    "price_units",
    "prices",
    "subscriptions",
    "schedules",
    "subscription_line_items",
    "subscription_addons",
    "subscription_modifications",
    "subscription_changes",
    "features",
    "entitlements",
    "credit_grants",
    "coupons",
    "taxes",
    "customer_sides",
    "billing",
    "invoices",
    "wallets",
    "events",
    "meter_usage",
)


def routes() -> list[Routes]:
    """The routes of every resource."""
    return [import_module(f"mockserver.resources.{name}.routes").ROUTES for name in NAMES]
