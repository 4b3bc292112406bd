"""Lists that show everything when filtered without a limit: entitlements and credit grants
(behaviour/http#envelope)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.http.listing import DEFAULT_LIMIT
from mockserver.store.columns import Row, Table
from mockserver.store.query import Condition, Order, Query
from mockserver.work import Work

COMMON = ("limit", "offset", "status", "sort", "order", "expand")


def open_page(
    work: Work, table: Table, data: Mapping[str, Any], where: Sequence[Condition], order: tuple[Order, ...]
) -> tuple[list[Row], int, int, int]:
    """Rows, total, limit and offset as these lists print them.

    Without any common field the page is the usual 50. With one but no ``limit`` all rows are listed and the limit
    is printed as 0; ``offset`` then changes nothing but what is printed.
    """
    if "limit" not in data and any(name in data for name in COMMON):
        rows = work.tx.find(table, Query(tuple(where), order))
        return rows, len(rows), 0, int(data.get("offset", 0))
    limit = data.get("limit", 0)
    limit = limit if limit > 0 else DEFAULT_LIMIT
    offset = int(data.get("offset", 0))
    rows = work.tx.find(table, Query(tuple(where), order, limit, max(offset, 0)))
    return rows, work.tx.count(table, where), limit, offset + limit
