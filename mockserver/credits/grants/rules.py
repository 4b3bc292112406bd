"""Credit grants made on request (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.credit_grants import rules as grants
from mockserver.credits.grants import applying
from mockserver.store.records.credit_grants import CreditGrant
from mockserver.store.records.subscriptions import Subscription
from mockserver.work import Work


def create(work: Work, body: Mapping[str, Any]) -> CreditGrant:
    """A new credit grant; a subscription's gives its credits as soon as they are due."""
    row = grants.create(work, body)
    subscription = work.tx.load(Subscription, row.subscription_id or "")
    if subscription is not None:
        applying.schedule(work, row, subscription)
    return row
