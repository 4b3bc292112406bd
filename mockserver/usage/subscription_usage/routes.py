"""The usage question (behaviour/rating#the-usage-question)."""

from __future__ import annotations

from typing import Any

from mockserver.billing import usage as rules
from mockserver.billing.charges import Charge
from mockserver.billing.items import Item, subscription_named
from mockserver.catalogue.prices.present import visible
from mockserver.http.routing import Call, Routes
from mockserver.rating.money import ZERO, api_number
from mockserver.times import ZERO as NO_TIME
from mockserver.usage.subscription_usage.schemas import SubscriptionUsageOut, UsageIn
from mockserver.work import Work

ROUTES = Routes("Subscriptions")
USAGE, OUT = UsageIn(), SubscriptionUsageOut()


@ROUTES.search("/v1/subscriptions/usage", body=USAGE, answer=OUT)
def usage(call: Call) -> dict[str, Any]:
    """What the usage of a subscription costs, price by price."""
    body = call.body()
    row = subscription_named(call.work, body["subscription_id"])
    lifetime = body.get("lifetime_usage", False)
    if lifetime:
        start, end = NO_TIME, call.work.now
    else:
        start, end = (_given(body, name) for name in ("start_time", "end_time"))
    found = rules.usage_of_subscription(
        call.work,
        row,
        getattr(start, "instant", start),
        getattr(end, "instant", end),
        lifetime=lifetime,
    )
    return OUT.dump(_printable(call.work, found, start or found.start, end or found.end))


def _given(body: dict[str, Any], name: str) -> Any:
    """The time as sent; the year 1 counts as not sent."""
    time = body.get(name)
    return None if time is None or time.instant == NO_TIME else time


def _printable(work: Work, found: rules.SubscriptionUsage, start: Any, end: Any) -> dict[str, Any]:
    bill = found.bill
    return {
        "amount": api_number(bill.amount),
        "currency": found.subscription.currency,
        "display_amount": bill.display_amount,
        "start_time": start,
        "end_time": end,
        "charges": [_charge(work, each) for each in found.charges] or None,
        "commitment_amount": api_number(bill.commitment_amount),
        "overage_factor": api_number(bill.overage_factor),
        "commitment_utilized": api_number(bill.commitment_utilized),
        "overage_amount": api_number(bill.overage_amount),
        "has_overage": bill.has_overage,
    }


def _charge(work: Work, each: Charge) -> dict[str, Any]:
    item, rated = each.item, each.rated
    return {
        "subscription_line_item_id": item.id,
        "amount": api_number(each.amount),
        "currency": item.price.currency,
        "display_amount": rated.display_amount,
        "quantity": api_number(each.quantity),
        "filter_values": _filter_values(work, item),
        "meter_id": item.meter_id,
        "meter_display_name": rated.item.meter_name,
        "price": _price(work, each),
        "is_overage": rated.is_overage,
        "overage_factor": api_number(rated.overage_factor or ZERO),
    }


def _price(work: Work, each: Charge) -> dict[str, Any]:
    """The price; rating a quantity leaves its tiers sorted by their upper end, as seen on the real server."""
    row = visible(work, each.item.price.row)
    rated = each.rated.item
    if row["tiers"] and (rated.quantity or rated.bucket_values):
        row["tiers"] = sorted(row["tiers"], key=lambda tier: (tier["up_to"] is None, tier["up_to"] or 0))
    return row


def _filter_values(work: Work, item: Item) -> dict[str, list[str]]:
    """The filters of the meter; as documented, those of a price that has some."""
    own = {key: list(values) for key, values in (item.price.filter_values or {}).items()}
    if any(own.values()) and not work.differs("price-filter-values-ignored"):
        return own
    filters = item.meter["filters"] if item.meter is not None else None
    return {each["key"]: each["values"] for each in filters or ()}
