"""Credit grants made on request (facts/06 §14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.credit_grants import rules as grants
from mockserver.credits.grants import applying
from mockserver.store.columns import Row
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.work import Work


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new credit grant; a subscription's gives its credits as soon as they are due."""
    row = grants.create(work, body)
    subscription = work.tx.get(SUBSCRIPTIONS, row["subscription_id"]) if row["scope"] == "SUBSCRIPTION" else None
    if subscription is not None:
        applying.schedule(work, row, subscription)
    return row
