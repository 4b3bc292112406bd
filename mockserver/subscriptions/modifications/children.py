"""Adding and removing inherited and jointly invoiced children (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.billing.items import inheriting
from mockserver.errors import Invalid, NotFound
from mockserver.lookups.customers import find_by_external_id
from mockserver.store.records.subscriptions import Subscription
from mockserver.subscriptions.base import rules
from mockserver.subscriptions.core import inheritance
from mockserver.vocabulary import SubscriptionType
from mockserver.work import Work

ADDABLE = ("active", "trialing")


def change_heirs(work: Work, parent: Subscription, params: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """Give child customers an inherited subscription, or let theirs end with the period."""
    if params.get("action") == "remove":
        return _remove_heirs(work, parent, params["external_customer_ids_to_remove"], preview=preview)
    named = {"subscription_id": parent.id}
    if parent.subscription_type == "inherited":
        raise Invalid("an inherited subscription cannot be inherited from", named)
    if parent.subscription_status != "active":
        raise Invalid("the subscription must be active", {**named, "status": parent.subscription_status})
    if (parent.auto_invoice_threshold or 0) > 0:
        raise Invalid("a subscription with auto_invoice_threshold cannot be inherited from", named)
    wanted = params["external_customer_ids_to_inherit_subscription"]
    heirs = inheritance.heirs_of(work, parent.customer_id, wanted)
    have = {row.customer_id for row in inheriting(work, parent.id)}
    for heir in heirs:
        if heir in have:
            raise Invalid("the child customer inherits already", {**named, "child_customer_id": heir})
    changed = []
    if parent.subscription_type == "standalone":
        changed.append(_shown(parent, "updated"))
        if not preview:
            parent = work.alter(parent, replace(parent, subscription_type=SubscriptionType.PARENT))
    for heir in heirs:
        if preview:
            changed.append({"id": "(preview-created)", "action": "created", "status": "active"})
        else:
            changed.append(_shown(inheritance.hand_down(work, parent, heir), "created"))
    return {"subscriptions": changed}


def _remove_heirs(work: Work, parent: Subscription, external_ids: list[str], *, preview: bool) -> dict[str, Any]:
    named = {"subscription_id": parent.id}
    if parent.subscription_type != "parent":
        raise Invalid("only a parent has children to remove", {**named, "subscription_type": parent.subscription_type})
    if parent.subscription_status not in ADDABLE:
        raise Invalid("the parent must be active or trialing", {**named, "status": parent.subscription_status})
    removed = [_heir(work, parent, external_id) for external_id in dict.fromkeys(external_ids)]
    for row in removed:
        if row.cancel_at is not None:
            raise Invalid("the child's end is scheduled already", {"child_subscription_id": row.id})
    end = parent.current_period_end
    if not preview:
        for row in removed:
            work.alter(row, replace(row, cancel_at=end, cancel_at_period_end=True))
    return {"subscriptions": [{**_shown(row, "updated"), "current_period_end": end} for row in removed]}


def _heir(work: Work, parent: Subscription, external_id: str) -> Subscription:
    customer = find_by_external_id(work, external_id)
    if customer is None:
        raise NotFound(f"no customer with the external id {external_id!r}", {"external_id": external_id})
    for row in inheriting(work, parent.id):
        if row.customer_id == customer["id"]:
            return row
    raise NotFound(
        "the customer inherits nothing from this subscription",
        {"parent_subscription_id": parent.id, "child_customer_id": customer["id"]},
    )


def change_group(work: Work, params: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """Invoice children with a parent, or by themselves again. The subscription of the path plays no part."""
    changed = []
    parent = rules.get(work, params["parent_subscription_id"]) if params["action"] == "add" else None
    for child_id in params["child_subscription_ids"]:
        child = rules.get(work, child_id)
        if parent is None:
            _leave_group(work, child, preview=preview)
        else:
            inheritance.check_group(parent, child)
            if not preview:
                parent = inheritance.join_group(work, parent, child)
        changed.append({"id": child.id, "action": "updated", "status": "active"})
    return {"subscriptions": changed}


def _leave_group(work: Work, child: Subscription, *, preview: bool) -> None:
    if child.subscription_type != "grouped_invoicing":
        raise Invalid(
            "the subscription is not invoiced with a parent",
            {"subscription_id": child.id, "subscription_type": child.subscription_type},
        )
    if not preview:
        work.alter(child, replace(child, subscription_type=SubscriptionType.STANDALONE, parent_subscription_id=None))


def _shown(row: Subscription, action: str) -> dict[str, Any]:
    return {"id": row.id, "action": action, "status": row.subscription_status}
