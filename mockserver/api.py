"""The routes of the whole emulated API, in the order the OpenAPI document lists them.

A resource is a package of one shape:

``schemas``  what comes in and what goes out (marshmallow; OpenAPI is generated from them)
``rules``    what the resource does: functions of a unit of work, no Flask, no SQL
``routes``   which URL calls which rule
"""

from __future__ import annotations

from importlib import import_module

from mockserver.http.routing import Routes

RESOURCES = (
    "health",
    "access",
    "customers",
    "catalogue.meters",
    "catalogue.plans",
    "catalogue.addons",
    "catalogue.groups",
    "catalogue.price_units",
    "catalogue.prices",
    "subscriptions.core",
    "subscriptions.schedules",
    "subscriptions.line_items",
    "subscriptions.addons",
    "subscriptions.modifications",
    "subscriptions.changes",
    "subscriptions.coupons",
    "subscriptions.plan_sync",
    "catalogue.features",
    "catalogue.entitlements",
    "credits.grants",
    "terms.coupons",
    "terms.taxes",
    "reading.customers",
    "usage.subscription_usage",
    "invoices",
    "reading.invoices",
    "credits.wallets",
    "reading.wallets",
    "usage.events",
    "usage.meter_usage",
)
"""Packages with a module ``routes``. A new resource is named here, and nowhere else."""


def routes() -> list[Routes]:
    """The routes of every resource."""
    return [import_module(f"mockserver.{name}.routes").ROUTES for name in RESOURCES]
