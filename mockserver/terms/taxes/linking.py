"""Associating taxes with a new customer or subscription (behaviour/customers-and-plans#taxes-of-a-new-customer,
behaviour/subscriptions#terms-of-a-new-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.errors import Invalid
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import Subscription
from mockserver.terms.taxes import associations, rates
from mockserver.work import Work


def link_customer(work: Work, customer: Row, overrides: Sequence[Mapping[str, Any]] | None) -> None:
    """The overrides requested; without any the tenant's associations are copied. An empty list means none."""
    if overrides is None:
        _copy(work, associations.of_tenant(work), associations.CUSTOMER, customer["id"])
    else:
        _override(work, overrides, associations.CUSTOMER, customer["id"])


def link_subscription(work: Work, subscription: Subscription, overrides: Sequence[Mapping[str, Any]] | None) -> None:
    """The overrides requested; without any the customer's associations are copied. An empty list means none."""
    if overrides is None:
        found = associations.applying_to(work, associations.CUSTOMER, subscription.customer_id)
        _copy(work, found, associations.SUBSCRIPTION, subscription.id)
    else:
        _override(work, overrides, associations.SUBSCRIPTION, subscription.id)


def _override(work: Work, overrides: Sequence[Mapping[str, Any]], entity_type: str, entity_id: str) -> None:
    for override in overrides:
        if not override.get("tax_rate_code"):
            raise Invalid("tax_rate_code of a tax rate override is required")
        associations.create(work, {**override, "entity_type": entity_type, "entity_id": entity_id})


def _copy(work: Work, found: Sequence[Row], entity_type: str, entity_id: str) -> None:
    """Associate what another entity is associated with, from now on."""
    for row in found:
        copied = {name: row[name] for name in ("priority", "auto_apply", "currency", "metadata")}
        code = rates.get(work, row["tax_rate_id"])["code"]
        associations.create(work, {**copied, "tax_rate_code": code, "entity_type": entity_type, "entity_id": entity_id})
