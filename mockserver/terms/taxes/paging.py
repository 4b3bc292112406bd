"""The page of the two tax lists (behaviour/http#envelope)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.errors import ApiError
from mockserver.http.open_lists import open_page
from mockserver.store.columns import Row, Table
from mockserver.store.query import Condition, Order
from mockserver.work import Work


def tax_page(
    work: Work, table: Table, data: Mapping[str, Any], where: Sequence[Condition], order: tuple[Order, ...]
) -> tuple[list[Row], int, int, int]:
    """Rows, total, limit and offset as printed; the real server fails on any ``offset`` (divergence
    ``tax-list-offset-is-500``)."""
    if data.get("offset", 0) > 0 and work.differs("tax-list-offset-is-500"):
        raise ApiError("the database cannot count from an offset", code="database_error")
    return open_page(work, table, data, where, order)
