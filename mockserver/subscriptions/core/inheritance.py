"""How subscriptions hang together: parents, inherited and jointly invoiced children, payers
(behaviour/subscriptions#inheritance)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockserver.customers import rules as customers
from mockserver.errors import Invalid, NotFound
from mockserver.lookups.customers import find_by_external_id
from mockserver.rating.money import ONE
from mockserver.store.query import Eq, In
from mockserver.store.records.subscriptions import Subscription
from mockserver.subscriptions.base import rules
from mockserver.vocabulary import SubscriptionType
from mockserver.work import Work

RUNNING = ["active", "draft", "trialing"]
_HANDED_DOWN = (
    "plan_id",
    "currency",
    "subscription_status",
    "billing_anchor",
    "billing_cycle",
    "start_date",
    "end_date",
    "current_period_start",
    "current_period_end",
    "billing_cadence",
    "billing_period",
    "billing_period_count",
    "version",
    "pause_status",
    "payment_behavior",
    "collection_method",
    "gateway_payment_method_id",
    "timezone",
    "proration_behavior",
    "payment_terms",
    "enable_true_up",
    "synced_price_sequence",
)


def prepare(work: Work, row: Subscription, inheritance: Mapping[str, Any] | None) -> tuple[Subscription, list[str]]:
    """A subscription about to be stored with its type, parent and payer; the customers that will inherit from it.

    A customer that inherits already may not have a subscription of another kind.
    """
    given = inheritance or {}
    if given.get("parent_subscription_id"):
        parent = rules.get(work, given["parent_subscription_id"])
        rules.check_active_parent(parent)
        row = replace(
            row,
            invoicing_customer_id=parent.invoicing_customer_id,
            parent_subscription_id=parent.id,
            subscription_type=SubscriptionType.INHERITED,
        )
    if given.get("invoicing_customer_external_id") is not None:
        payer = customers.get_by_external_id(work, given["invoicing_customer_external_id"])
        row = replace(row, invoicing_customer_id=payer["id"])
    heirs = heirs_of(work, row.customer_id, given.get("external_customer_ids_to_inherit_subscription", ()))
    if heirs or given.get("subscriptions_ids_for_grouped_invoicing"):
        row = replace(row, subscription_type=SubscriptionType.PARENT)
    if row.subscription_type is not SubscriptionType.INHERITED and _running(
        work, row.customer_id, SubscriptionType.INHERITED
    ):
        raise Invalid("the customer inherits a subscription already", {"customer_id": row.customer_id})
    return row, heirs


def _running(work: Work, customer_id: str, kind: str | None = None) -> list[Subscription]:
    where = [Eq("customer_id", customer_id), In("subscription_status", RUNNING)]
    if kind is not None:
        where.append(Eq("subscription_type", kind))
    return work.tx.every(Subscription, *where)


def heirs_of(work: Work, parent_customer_id: str, external_ids: Sequence[str]) -> list[str]:
    """Customers by external id that may inherit: others than the parent, without subscriptions of their own."""
    own = {row.id for row in _running(work, parent_customer_id)}
    result = []
    for external_id in filter(None, external_ids):
        customer = find_by_external_id(work, external_id)
        if customer is None:
            raise NotFound(f"no customer with the external id {external_id!r}", {"external_id": external_id})
        details = {"external_id": external_id, "customer_id": customer["id"]}
        if customer["id"] == parent_customer_id:
            raise Invalid("the subscriber cannot inherit from itself", details)
        for row in _running(work, customer["id"]):
            if row.parent_subscription_id is None:
                raise Invalid("the child customer has a subscription of its own", details)
            if row.parent_subscription_id not in own:
                raise Invalid("the child customer inherits from another parent", details)
        result.append(str(customer["id"]))
    return result


def hand_down(work: Work, parent: Subscription, customer_id: str) -> Subscription:
    """A bare inherited subscription of a child customer; items and usage are the parent's."""
    values: dict[str, Any] = {name: getattr(parent, name) for name in _HANDED_DOWN}
    values.update(
        customer_id=customer_id,
        cancel_at_period_end=False,
        parent_subscription_id=parent.id,
        subscription_type=SubscriptionType.INHERITED,
        # The column's default, as everywhere (behaviour/subscriptions#creating-a-subscription).
        overage_factor=ONE,
    )
    return work.add(work.make(Subscription, **values))


def group(work: Work, parent: Subscription, child_id: str) -> None:
    """Make an existing standalone subscription invoiced jointly with its parent."""
    child = rules.get(work, child_id)
    check_group(parent, child)
    join_group(work, parent, child)


def join_group(work: Work, parent: Subscription, child: Subscription) -> Subscription:
    """Attach a checked child; a standalone parent becomes a parent. Returns the parent."""
    if parent.subscription_type is SubscriptionType.STANDALONE:
        parent = work.alter(parent, replace(parent, subscription_type=SubscriptionType.PARENT))
    grouped = SubscriptionType.GROUPED_INVOICING
    work.alter(child, replace(child, subscription_type=grouped, parent_subscription_id=parent.id))
    return parent


def check_group(parent: Subscription, child: Subscription) -> None:
    """Whether the child fits under the parent: alone, running, with the same period, anchor and currency."""
    if child.subscription_type != "standalone":
        raise Invalid(
            "only a standalone subscription can be invoiced with a parent",
            {"child_subscription_id": child.id, "child_subscription_type": child.subscription_type},
        )
    for name, one in (("child", child), ("parent", parent)):
        if one.subscription_status not in ("active", "trialing"):
            raise Invalid(
                f"the {name} subscription must be active or trialing",
                {
                    f"{name}_subscription_id": one.id,
                    f"{name}_subscription_status": one.subscription_status,
                },
            )
    if parent.subscription_type not in ("parent", "standalone"):
        raise Invalid(
            "the parent must be a parent or a standalone subscription",
            {"parent_subscription_id": parent.id, "parent_subscription_type": parent.subscription_type},
        )
    if child.parent_subscription_id is not None:
        raise Invalid(
            "the child subscription has a parent already",
            {
                "child_subscription_id": child.id,
                "current_parent_sub_id": child.parent_subscription_id,
            },
        )
    for name in ("billing_period", "billing_period_count"):
        if getattr(child, name) != getattr(parent, name):
            details = {f"child_{name}": getattr(child, name), f"parent_{name}": getattr(parent, name)}
            raise Invalid(f"{name} differs from the parent's", details)
    if _clock(child) != _clock(parent):
        raise Invalid(
            "the billing anchor differs from the parent's in day or time",
            {"child_billing_anchor": child.billing_anchor, "parent_billing_anchor": parent.billing_anchor},
        )
    if child.currency != parent.currency:
        raise Invalid(
            "the currency differs from the parent's",
            {
                "child_subscription_id": child.id,
                "child_currency": child.currency,
                "parent_subscription_id": parent.id,
                "parent_currency": parent.currency,
            },
        )
    if child.start_date < parent.start_date:
        raise Invalid(
            "the child subscription starts before its parent",
            {"child_start_date": child.start_date, "parent_start_date": parent.start_date},
        )


def _clock(row: Subscription) -> tuple[int, int, int, int]:
    anchor = row.billing_anchor
    return anchor.day, anchor.hour, anchor.minute, anchor.second
