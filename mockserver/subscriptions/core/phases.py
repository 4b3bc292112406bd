"""The phases of a subscription (behaviour/subscriptions#terms-of-a-new-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockserver.errors import Invalid
from mockserver.store.columns import Row
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.subscriptions import PHASES
from mockserver.subscriptions.coupons.attaching import attach_of_phase
from mockserver.subscriptions.line_items.building import item_row
from mockserver.subscriptions.line_items.checks import check_new_item
from mockserver.subscriptions.line_items.overriding import apply_overrides
from mockserver.subscriptions.line_items.rules import add_to
from mockserver.work import Work


def draft_phase(work: Work, subscription: Subscription, request: Mapping[str, Any]) -> Row:
    """A phase, not stored yet."""
    end = request.get("end_date")
    values = {
        "subscription_id": subscription.id,
        "start_date": request["start_date"].instant,
        "end_date": None if end is None else end.instant,
        "metadata": request.get("metadata"),
    }
    return work.new_row(PHASES, values)


def start_first_phase(work: Work, subscription: Subscription, phase: Row, request: Mapping[str, Any]) -> list[LineItem]:
    """Store the first phase; its further items. Its coupons count only if it has any, and only for these."""
    work.insert(PHASES, phase)
    items = add_extra_items(work, subscription, phase, request)
    if items:
        attach_of_phase(work, subscription, phase, request, _by_price(items))
    return items


def start_later_phase(
    work: Work, subscription: Subscription, plan: Row, prices: Sequence[Price], request: Mapping[str, Any]
) -> None:
    """Store a phase after the first, with an item for every plan price and its overrides."""
    phase = work.insert(PHASES, draft_phase(work, subscription, request))
    dates = {name: request[name] for name in ("start_date", "end_date") if request.get(name) is not None}
    items = []
    for price in prices:
        wanted = {"price_id": price.id, "subscription_phase_id": phase["id"], **dates}
        check_new_item(wanted, price, subscription)
        item = item_row(work, subscription, price, wanted)
        items.append(replace(item, entity_id=plan["id"], entity_type="plan", plan_display_name=plan["name"]))
    planned = _by_price(items)
    items = apply_overrides(work, subscription, prices, items, request.get("override_line_items", ()))
    for item in items:
        work.add(item)
    extra = add_extra_items(work, subscription, phase, request)
    attach_of_phase(work, subscription, phase, request, {**planned, **_by_price(extra)})


def _by_price(items: Sequence[LineItem]) -> dict[str, str]:
    return {item.price_id: item.id for item in items}


def add_extra_items(work: Work, subscription: Subscription, phase: Row, request: Mapping[str, Any]) -> list[LineItem]:
    """The phase's further items; they start within it."""
    added = []
    for wanted in request.get("line_items", ()):
        start = wanted.get("start_date", request["start_date"])
        if start.instant < phase["start_date"]:
            raise Invalid(
                "start_date must not be before the phase's start",
                {"start_date": start.echo, "phase_start": request["start_date"].echo},
            )
        if phase["end_date"] is not None and start.instant > phase["end_date"]:
            raise Invalid(
                "start_date must not be after the phase's end",
                {"start_date": start.echo, "phase_end": request["end_date"].echo},
            )
        item = {**wanted, "start_date": start, "subscription_phase_id": phase["id"]}
        added.append(add_to(work, subscription, item, with_entity=True))
    return added
