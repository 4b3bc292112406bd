"""Finding a customer by the caller's own id of it."""

from __future__ import annotations

from mockserver.store.columns import Row
from mockserver.store.query import Eq
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.work import Work


def find_by_external_id(work: Work, external_id: str) -> Row | None:
    """The published customer of that external id, or None."""
    return work.tx.first(CUSTOMERS, Eq("external_id", external_id), Eq("status", "published"))
