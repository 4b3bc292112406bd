"""Giving a subscription an addon (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mockserver.billing.proration import current_or_later_period
from mockserver.catalogue.addons.embedding import prices_of
from mockserver.catalogue.entitlements import effective
from mockserver.catalogue.entitlements.rules import of_addon
from mockserver.catalogue.owners import associations, entities
from mockserver.catalogue.owners.associations import ACTIVE
from mockserver.errors import Invalid
from mockserver.rating.periods import MONTHS
from mockserver.store.columns import Row
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.addons import ADDON_ASSOCIATIONS
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.base.grants import grant_addon_credits
from mockserver.subscriptions.line_items import time_buckets
from mockserver.subscriptions.line_items.building import check_committed_item, item_row
from mockserver.subscriptions.line_items.checks import ONETIME, check_item_commitment, check_no_repeats
from mockserver.subscriptions.line_items.commitments import apply_commitment, check_commitments
from mockserver.subscriptions.line_items.overriding import apply_overrides
from mockserver.times import Timestamp, format_time
from mockserver.work import Work

ONE_PERIOD = "onetime"


@dataclass(frozen=True, slots=True)
class Attached:
    """An addon on a subscription: the association, its items, and from when all of them are charged."""

    association: Row
    items: list[LineItem]
    effective: datetime


def attach(
    work: Work,
    subscription: Subscription,
    items: Sequence[LineItem],
    request: Mapping[str, Any],
    *,
    start: datetime | None = None,
    preview: bool = False,
) -> Attached:
    """Add the addon's items to a subscription that has ``items``.

    ``start`` is when it starts unless the request says; now if neither does. A preview stores nothing.
    """
    _check_request(request)
    addon = entities.addon(work, request["addon_id"])
    if addon["status"] != "published":
        raise Invalid("the addon is archived")
    if subscription.subscription_status not in ("active", "draft"):
        raise Invalid("addons can be added to active subscriptions and drafts only")
    _check_reset_periods(work, subscription, addon)
    prices = matching_prices(work, subscription, addon)
    given = request.get("start_date")
    begin: datetime = given.instant if given is not None else start or work.now
    end = current_or_later_period(subscription, begin).end if request.get("cadence") == ONE_PERIOD else None
    association = _association(work, subscription, addon, request, begin, end)
    made = [_item(work, subscription, association, price, request) for price in prices]
    check_commitments(subscription, [*items, *made])
    effective_date = max((item.start_date for item in made), default=begin)
    if not preview:
        made = apply_overrides(work, subscription, prices, made, request.get("override_line_items", ()))
        work.insert(ADDON_ASSOCIATIONS, association)
        for item in made:
            work.add(item)
        grant_addon_credits(work, subscription, addon["id"], begin, end)
    return Attached(association, made, max(effective_date, begin))


def _check_request(request: Mapping[str, Any]) -> None:
    cadence = request.get("cadence", "")
    if cadence and cadence not in words.ADDON_CADENCES:
        raise Invalid("cadence must be onetime or recurring")
    words.check_proration_behavior(request.get("proration_behavior", ""))
    for price_id, commitment in (request.get("line_item_commitments") or {}).items():
        check_item_commitment(price_id, commitment)
    check_no_repeats(request.get("override_line_items", ()))


def _check_reset_periods(work: Work, subscription: Subscription, addon: Row) -> None:
    """A metered feature must be reset at the same pace by all that grant it."""
    granted = {
        row["feature_id"]: row["usage_reset_period"]
        for row in effective.of_subscription(work, subscription)
        if row["feature_type"] == "metered"
    }
    for row in of_addon(work, addon["id"]):
        known = granted.get(row["feature_id"], row["usage_reset_period"])
        if row["feature_type"] == "metered" and known != row["usage_reset_period"]:
            raise Invalid(
                "the subscription resets this feature at another pace",
                {"subscription_id": subscription.id, "addon_id": addon["id"], "feature_id": row["feature_id"]},
            )


def matching_prices(work: Work, subscription: Subscription, addon: Row) -> list[Price]:
    """The addon's current prices in the subscription's currency whose period is the subscription's or divides it;
    one-time prices always fit. ``Invalid`` if there is none."""
    found = [
        price
        for price in map(Price.of, prices_of(work, addon["id"]))
        if price.currency.lower() == subscription.currency and _fits(price.billing_period, subscription.billing_period)
    ]
    if not found:
        raise Invalid("the addon has no matching price", {"entity_id": addon["id"], "entity_type": "ADDON"})
    return found


def _fits(period: str, whole: str) -> bool:
    if period in (ONETIME, whole):
        return True
    return period in MONTHS and whole in MONTHS and MONTHS[whole] % MONTHS[period] == 0


def move_addon_ends(work: Work, subscription: Subscription, start: datetime) -> dict[str, datetime]:
    """Let the one-time addons of a subscription that starts at another time end with their new period; returns the
    ends by association. Their own start dates stay."""
    ends: dict[str, datetime] = {}
    for association in associations.of_subscription(work, subscription.id):
        if association["end_date"] is not None:
            ends[association["id"]] = current_or_later_period(subscription, start).end
            work.change(ADDON_ASSOCIATIONS, association, {"end_date": ends[association["id"]]})
    return ends


def _association(
    work: Work,
    subscription: Subscription,
    addon: Row,
    request: Mapping[str, Any],
    start: datetime,
    end: datetime | None,
) -> Row:
    return work.new_row(
        ADDON_ASSOCIATIONS,
        {
            "entity_id": subscription.id,
            "entity_type": "subscription",
            "addon_id": addon["id"],
            "start_date": start,
            "end_date": end,
            "addon_status": ACTIVE,
            "metadata": request.get("metadata"),
        },
    )


def _item(
    work: Work, subscription: Subscription, association: Row, price: Price, request: Mapping[str, Any]
) -> LineItem:
    """The item of one addon price. It ends with a one-time addon; else it goes on, even that of a one-time price."""
    begin = association["start_date"]
    item = item_row(work, subscription, price, {"start_date": Timestamp(begin, format_time(begin))})
    item = replace(
        item,
        entity_id=association["addon_id"],
        entity_type="addon",
        addon_association_id=association["id"],
        end_date=association["end_date"],
        metadata={
            "addon_id": association["addon_id"],
            "subscription_id": subscription.id,
            "addon_quantity": "1",
            "addon_status": ACTIVE,
        },
    )
    commitment = (request.get("line_item_commitments") or {}).get(price.id)
    if commitment is not None:
        item = apply_commitment(item, commitment)
        check_committed_item(work, item)
        item = time_buckets.put(work, subscription, item, commitment.get("commitment_time_buckets", ()))
    return item
