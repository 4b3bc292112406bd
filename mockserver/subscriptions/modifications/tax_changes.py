"""Charging a running subscription a tax and ending that, as modifications (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.catalogue.prices.storing import instant
from mockserver.errors import Invalid, NotFound
from mockserver.store.query import Eq
from mockserver.store.records.subscriptions import Subscription
from mockserver.store.tables.taxes import TAX_ASSOCIATIONS, TAX_RATES
from mockserver.terms.taxes.associations import SUBSCRIPTION
from mockserver.times import format_time
from mockserver.work import Work

PRIORITY = 100
"""What an association made by a modification gets."""


def change_tax(work: Work, row: Subscription, params: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """Nothing of what changes is listed. An ended association is still charged: invoices do not look at its dates
    (behaviour/invoices-and-wallets#coupons)."""
    at = instant(params.get("effective_date")) or work.now
    if params["action"] == "remove":
        _remove(work, row, params["tax_association_id"], at, preview=preview)
    else:
        _add(work, row, params["tax_rate_id"], at, preview=preview)
    return {}


def _add(work: Work, row: Subscription, rate_id: str, at: datetime, *, preview: bool) -> None:
    if work.tx.get(TAX_RATES, rate_id) is None:
        raise Invalid(f"no tax rate {rate_id!r}", {"tax_rate_id": rate_id})
    where = (Eq("entity_type", SUBSCRIPTION), Eq("entity_id", row.id), Eq("tax_rate_id", rate_id))
    for held in work.tx.published(TAX_ASSOCIATIONS, *where):
        if held["start_date"] <= at and (held["end_date"] is None or held["end_date"] > at):
            details = {"tax_rate_id": rate_id, "subscription_id": row.id}
            raise Invalid(
                "the subscription is charged the tax at that time already",
                details if preview else {**details, "effective_date": format_time(at)},
            )
    if preview:
        return
    values = {
        "tax_rate_id": rate_id,
        "entity_type": SUBSCRIPTION,
        "entity_id": row.id,
        "start_date": at,
        "priority": PRIORITY,
        "auto_apply": True,
        "currency": row.currency,
    }
    work.insert(TAX_ASSOCIATIONS, work.new_row(TAX_ASSOCIATIONS, values))


def _remove(work: Work, row: Subscription, association_id: str, at: datetime, *, preview: bool) -> None:
    """End an association of the subscription."""
    held = work.tx.get(TAX_ASSOCIATIONS, association_id)
    named = {"association_id": association_id}
    if held is None:
        raise NotFound(f"no tax association {association_id!r}", named)
    if held["entity_type"] != SUBSCRIPTION or held["entity_id"] != row.id:
        raise Invalid("the tax is not the subscription's", {**named, "subscription_id": row.id})
    if held["end_date"] is not None and held["end_date"] <= at:
        details = named if preview else {**named, "end_date": format_time(held["end_date"])}
        raise Invalid("the tax has ended already", details)
    if at < held["start_date"]:
        raise Invalid(
            "effective_date must not be before the start of the tax",
            {**named, "start_date": format_time(held["start_date"]), "effective_date": format_time(at)},
        )
    if not preview:
        work.change(TAX_ASSOCIATIONS, held, {"end_date": at})
