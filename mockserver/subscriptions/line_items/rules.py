"""Adding, changing, ending and searching line items (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver.billing.crediting import credit, credits_of
from mockserver.billing.proration import charges_for, current_or_later_period
from mockserver.catalogue.prices import rules as prices
from mockserver.catalogue.prices.overrides import create_for_subscription
from mockserver.errors import Invalid, NotFound
from mockserver.http.listing import Style, array_order, check_page, conditions, invalid_unknown, page
from mockserver.invoices.changed import invoice_of
from mockserver.rating.money import ZERO, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import AnyOf, Compare, Condition, Eq, In, IsNull, Order
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.subscriptions import LINE_ITEMS
from mockserver.subscriptions.line_items import time_buckets
from mockserver.subscriptions.line_items.building import USAGE, check_committed_item, has_commitment, item_row
from mockserver.subscriptions.line_items.checks import ONETIME, check_commitment, check_new_item
from mockserver.subscriptions.line_items.overriding import check_override, own_price
from mockserver.work import Work

STYLE = Style(invalid_unknown)
PRORATIONS = "create_prorations"
SHORTEST_FIRST = ("DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "HALF_YEARLY", "ANNUAL")
EXPANDABLE = (
    "prices",
    "prices.meters",
    "prices.priceunit",
    "prices.plan",
    "prices.addons",
    "prices.groups",
    "subscription_line_items",
    "subscription_line_items.prices",
)
_LISTS = {
    "subscription_line_item_ids": "id",
    "subscription_ids": "subscription_id",
    "customer_ids": "customer_id",
    "price_ids": "price_id",
    "meter_ids": "meter_id",
    "currencies": "currency",
    "billing_periods": "billing_period",
    "entity_ids": "entity_id",
    "addon_association_ids": "addon_association_id",
}


def get(work: Work, item_id: str) -> LineItem:
    """The line item of that id, ended ones included."""
    row = work.tx.load(LineItem, item_id)
    if row is None:
        raise NotFound(f"no line item {item_id!r}", {"line_item_id": item_id})
    return row


def subscription_of(work: Work, subscription_id: str) -> Subscription:
    """The published subscription of that id."""
    row = work.tx.load(Subscription, subscription_id)
    if row is None or row.status != "published":
        raise NotFound(f"no subscription {subscription_id!r}")
    return row


def add(work: Work, subscription_id: str, body: Mapping[str, Any]) -> Row:
    """A further item on an active subscription, of an existing price or of a new one of its own. With
    ``create_prorations`` an invoice charges it from its start to the end of the billing period it starts in.

    The row is as the answer shows it: an existing price leaves the entity empty, and the period count is 0.
    """
    subscription = subscription_of(work, subscription_id)
    item = add_to(work, subscription, body, with_entity=False)
    if body.get("proration_behavior") == PRORATIONS and item.price_type != USAGE:
        start = body["start_date"].instant if body.get("start_date") is not None else work.now
        period = current_or_later_period(subscription, start)
        charges = charges_for(work, period, subscription.currency, [item], start)
        if charges:
            invoice_of(work, subscription, Period(start, period.end), charges, preview=False)
    return {**item.row, "entity_type": "subscription" if body.get("price") else None, "billing_period_count": 0}


def add_to(work: Work, subscription: Subscription, body: Mapping[str, Any], *, with_entity: bool) -> LineItem:
    """Store a further item and return it. ``with_entity`` says that an existing price brings its plan along, as it
    does while the subscription is being created (behaviour/subscriptions#terms-of-a-new-subscription,
    behaviour/subscriptions#adding-a-line-item)."""
    check_new_item(body, None, subscription)
    if subscription.subscription_status != "active":
        raise Invalid(
            "line items can be added to an active subscription only",
            {"subscription_id": subscription.id, "status": subscription.subscription_status},
        )
    inline = body.get("price")
    if inline is not None:
        drafted = create_for_subscription(
            work,
            subscription.id,
            inline,
            currency=subscription.currency,
            start_date=subscription.start_date,
        )
        price = Price.of(prices.get(work, drafted["id"]))
    else:
        price = Price.of(prices.get(work, body["price_id"]))
        check_new_item(body, price, subscription)
    item = item_row(work, subscription, price, body)
    if inline is not None:
        # The name of the meter is not looked up for a price that was just made.
        item = replace(
            item,
            entity_id=subscription.id,
            entity_type="subscription",
            plan_display_name=price.display_name,
            meter_display_name=None,
        )
    else:
        item = _owned(work, item, price) if with_entity else replace(item, entity_type="plan")
    check_period(subscription, item)
    check_committed_item(work, item)
    if has_commitment(item):
        check_not_committed(subscription, item)
    item = time_buckets.put(work, subscription, item, body.get("commitment_time_buckets", ()))
    return work.add(item)


def _owned(work: Work, item: LineItem, price: Price) -> LineItem:
    """The item with what its price belongs to."""
    kind = price.entity_type.lower()
    plan = work.tx.get(PLANS, price.entity_id) if kind == "plan" else None
    name = plan["name"] if plan is not None else None
    return replace(item, entity_type=kind, entity_id=price.entity_id, plan_display_name=name)


def check_period(subscription: Subscription, item: LineItem) -> None:
    """An item may not be billed more often than its subscription; one-time items always fit."""
    one, other = subscription.billing_period, item.billing_period
    if ONETIME in (one, other) or SHORTEST_FIRST.index(other) >= SHORTEST_FIRST.index(one):
        return
    raise Invalid(
        "the line item's billing period is shorter than the subscription's",
        {
            "subscription_id": subscription.id,
            "subscription_billing_period": one,
            "line_item_id": item.id,
            "line_item_billing_period": other,
        },
    )


def check_not_committed(subscription: Subscription, item: LineItem) -> None:
    """The whole subscription or single items may be committed, not both."""
    amount, factor = subscription.commitment_amount, subscription.overage_factor
    if amount is not None and amount > 0 and factor is not None and factor > 1:
        raise Invalid(
            "a commitment on the subscription and one on a line item exclude each other",
            {
                "subscription_id": subscription.id,
                "subscription_commitment": amount,
                "line_item_id": item.id,
                "line_item_commitment_amount": item.commitment_amount,
                "line_item_commitment_quantity": item.commitment_quantity,
            },
        )


_COMMITMENT_VALUES = (
    "commitment_amount",
    "commitment_quantity",
    "commitment_type",
    "commitment_overage_factor",
    "commitment_true_up_enabled",
    "commitment_windowed",
)
_INHERITED = (
    "subscription_id",
    "customer_id",
    "entity_id",
    "entity_type",
    "plan_display_name",
    "price_type",
    "meter_id",
    "meter_display_name",
    "display_name",
    "quantity",
    "currency",
    "billing_period",
    "invoice_cadence",
    "metadata",
    "commitment_duration",
    "commitment_time_buckets",
    *_COMMITMENT_VALUES,
)


def is_critical(body: Mapping[str, Any]) -> bool:
    """Whether an update replaces the item; an amount of zero alone does not
    (behaviour/subscriptions#changing-a-line-item)."""
    return bool(
        body.get("amount")
        or any(body.get(name) for name in ("billing_model", "tier_mode", "tiers"))
        or any((body.get(name) or 0) > 0 for name in ("commitment_amount", "commitment_quantity"))
        or any(
            name in body
            for name in (
                "transform_quantity",
                "commitment_overage_factor",
                "commitment_true_up_enabled",
                "commitment_windowed",
                "commitment_duration",
                "commitment_time_buckets",
            )
        )
    )


def update(work: Work, item_id: str, body: Mapping[str, Any]) -> LineItem:
    """Change metadata in place, or end the item and go on with a new one at a new price
    (behaviour/subscriptions#changing-a-line-item)."""
    critical = is_critical(body)
    if "effective_from" in body and not critical:
        raise Invalid("effective_from needs a change of price or commitment")
    check_commitment(
        body.get("commitment_amount"),
        body.get("commitment_quantity"),
        body.get("commitment_type", ""),
        body.get("commitment_overage_factor"),
        kind_required=True,
        factor_name="commitment_overage_factor",
    )
    # Whether the item is committed per window shows once it is known.
    time_buckets.check(body.get("commitment_time_buckets", ()), windowed=body.get("commitment_windowed", True))
    item = get(work, item_id)
    if item.status != "published":
        raise Invalid("the line item is archived", {"line_item_id": item.id, "status": item.status})
    subscription = subscription_of(work, item.subscription_id)
    if subscription.subscription_status != "active":
        raise Invalid(
            "line items of an active subscription only can be changed",
            {"subscription_id": subscription.id, "status": subscription.subscription_status},
        )
    effective = body["effective_from"].instant if "effective_from" in body else work.now
    check_not_before_start(item, effective)
    if critical:
        return _replace(work, subscription, item, body, effective)
    changes: dict[str, Any] = {
        name: body[name] for name in ("metadata", *_COMMITMENT_VALUES) if body.get(name) is not None
    }
    if not changes.get("commitment_type"):
        changes.pop("commitment_type", None)
    changed = replace(item, **changes)
    check_committed_item(work, changed)
    return work.alter(item, changed)


def _replace(
    work: Work, subscription: Subscription, item: LineItem, body: Mapping[str, Any], effective: datetime
) -> LineItem:
    check_end_may_move(item, effective)
    price = Price.of(prices.get(work, item.price_id))
    override = {**body, "price_id": price.id, "quantity": item.quantity}
    check_override(override, {price.id: price})
    made = own_price(work, subscription.id, price, override)
    work.alter(item, replace(item, end_date=effective))
    values: dict[str, Any] = {name: getattr(item, name) for name in _INHERITED}
    replaceable = ("metadata", "commitment_duration", *_COMMITMENT_VALUES)
    values.update({name: body[name] for name in replaceable if name in body})
    values.update(
        price_id=made.id,
        display_name=made.display_name,
        billing_period_count=1,
        start_date=effective,
        end_date=item.end_date,
    )
    made_item = work.make(LineItem, **values)
    check_committed_item(work, made_item)
    if has_commitment(made_item):
        check_not_committed(subscription, made_item)
    made_item = time_buckets.put(work, subscription, made_item, body.get("commitment_time_buckets", ()))
    return replace(work.add(made_item), billing_period_count=0)


def check_not_before_start(item: LineItem, effective: datetime) -> None:
    """An item cannot end before it starts."""
    if effective < item.start_date:
        raise Invalid(
            "effective_from must not be before the line item's start",
            {"line_item_id": item.id, "start_date": item.start_date, "effective_from": effective},
        )


def check_end_may_move(item: LineItem, effective: datetime) -> None:
    """An end that is set may move to an earlier date only; that of a one-time item not at all."""
    if item.end_date is None or (item.billing_period != ONETIME and effective <= item.end_date):
        return
    raise Invalid(
        "the line item has ended already",
        {"line_item_id": item.id, "end_date": item.end_date, "new_date": effective},
    )


def end(work: Work, item_id: str, body: Mapping[str, Any]) -> LineItem:
    """Set the item's end, now by default, whatever the subscription's status
    (behaviour/subscriptions#ending-a-line-item). With ``create_prorations`` what was paid for the rest of the billing
    period comes back, unless the item had an end."""
    item = get(work, item_id)
    effective = body["effective_from"].instant if "effective_from" in body else work.now
    check_not_before_start(item, effective)
    check_end_may_move(item, effective)
    if body.get("proration_behavior") == PRORATIONS and item.end_date is None and item.price_type != USAGE:
        _give_back(work, item, effective)
    return work.alter(item, replace(item, end_date=effective))


def _give_back(work: Work, item: LineItem, effective: datetime) -> None:
    """Nothing comes back for a time before the subscription's current period."""
    subscription = subscription_of(work, item.subscription_id)
    if effective < subscription.current_period_start:
        return
    period = current_or_later_period(subscription, effective)
    given_back = credits_of(work, subscription, [item], effective, period=period)
    amount = total(part["credit_amount"] for part in given_back)
    if amount > ZERO:
        credit(work, subscription, amount, f"line_item_end_{item.id}")


def list_items(work: Work, data: Mapping[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset; archived items too unless a status is given
    (behaviour/subscriptions#searching-line-items)."""
    check_page(data)
    where: list[Condition] = [In(column, data[name]) for name, column in _LISTS.items() if data.get(name)]
    for name in ("status", "entity_type"):
        if data.get(name):
            where.append(Eq(name, data[name]))
    if data.get("active_filter"):
        since = data["current_period_start"].instant if "current_period_start" in data else work.now
        where += [
            Eq("status", "published"),
            AnyOf((IsNull("end_date"), Compare("end_date", ">=", since))),
        ]
    where += conditions(LINE_ITEMS, data.get("filters", ()), STYLE)
    # Items of one create are as old as each other; they come in the order they were made.
    order = (*array_order(LINE_ITEMS, data, STYLE), Order("created_at"))
    return page(work, LINE_ITEMS, data, where, order)
