"""Commitments for parts of the day, as rating takes them (behaviour/rating#commitment-of-a-line-item)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.prices.terms import terms_of
from mockserver.rating.commitments import TimeBucket
from mockserver.rating.money import ONE, parse_decimal
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem
from mockserver.work import Work


def stored(work: Work, item: LineItem) -> tuple[TimeBucket, ...]:
    """An item's buckets as rating takes them."""
    rows = item.commitment_time_buckets or ()
    found = work.tx.loaded(Price, (row["price_id"] for row in rows)) if rows else {}
    return tuple(
        TimeBucket(
            start=minute_of_day(row["start"]),
            end=minute_of_day(row["end"]),
            terms=terms_of(found[row["price_id"]]),
            type=row["commitment_type"],
            value=parse_decimal(row["commitment_value"]),
            overage_factor=parse_decimal(row["overage_factor"]) if row.get("overage_factor") else ONE,
            true_up_enabled=bool(row.get("true_up_enabled")),
            id=row["id"],
        )
        for row in rows
    )


def minute_of_day(point: Mapping[str, Any]) -> int:
    """Minutes since midnight."""
    minute: int = point.get("hour", 0) * 60 + point.get("minute", 0)
    return minute
