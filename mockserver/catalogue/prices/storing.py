"""What the database says to a price: refusals, taken keys, the counter (behaviour/prices-and-meters#checks-of-a-price,
behaviour/prices-and-meters#lookup-keys)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.catalogue.prices.checks import broken_transform
from mockserver.catalogue.prices.drafting import with_column_defaults
from mockserver.catalogue.prices.schemas import TIER_MODES
from mockserver.errors import AlreadyExists, ApiError, DatabaseRefusal, TossUp
from mockserver.metering.dimensions import price_created
from mockserver.store.columns import Row
from mockserver.store.query import Eq, IsNull
from mockserver.store.tables.prices import PRICES
from mockserver.times import Timestamp, offset_is_storable
from mockserver.work import Work

_COUNTER = "prices"


def instant(value: datetime | Timestamp | None) -> datetime | None:
    """A time as the database keeps it; it refuses an offset of 24 hours, which the reader lets pass."""
    if not isinstance(value, Timestamp):
        return value
    if not offset_is_storable(value.echo):
        raise DatabaseRefusal("an offset of 24 hours cannot be stored")
    return value.instant


def holder(work: Work, lookup_key: str) -> Row | None:
    """The live price of that key: published, without an end whether past or future. Empty keys name none."""
    if not lookup_key:
        return None
    return work.tx.first(PRICES, Eq("lookup_key", lookup_key), Eq("status", "published"), IsNull("end_date"))


def store(work: Work, row: Row, *, clash_divergence: str | None = None) -> Row:
    """Insert a drafted row and return it as a create answer shows it: times and digits as sent, no counter.

    ``clash_divergence`` says that the real server reports a taken lookup_key as 500 in this place.
    """
    check_storable(row)
    stored = with_column_defaults(row)
    stored["start_date"], stored["end_date"] = instant(row["start_date"]), instant(row["end_date"])
    stored["sequence"] = next_sequence(work)
    PRICES.encode(stored)
    if stored["end_date"] is None:
        check_key_is_free(work, row, row["lookup_key"], clash_divergence)
    work.insert(PRICES, stored)
    price_created(work, stored)
    return {**with_column_defaults(row), "sequence": None}


def check_storable(row: Mapping[str, Any]) -> None:
    """400 or 500 at random on the real server: a bad ``tier_mode`` or ``transform_quantity`` that no earlier rule
    looks at."""
    if row["tier_mode"] and row["tier_mode"] not in TIER_MODES:
        raise TossUp(
            "tier_mode must be VOLUME or SLAB",
            {"billing_tier": row["tier_mode"], "allowed": list(TIER_MODES)},
            code="validation_error",
            other="database_error",
        )
    broken = broken_transform(row["transform_quantity"])
    if broken:
        raise TossUp("transform_quantity is wrong", broken, code="validation_error", other="database_error")


def check_key_is_free(work: Work, row: Row, lookup_key: str, clash_divergence: str | None = None) -> None:
    """409 (or 500, see ``store``) if another live price holds the key."""
    other = holder(work, lookup_key)
    if other is None or other["id"] == row["id"]:
        return
    if clash_divergence is not None and work.differs(clash_divergence):
        raise ApiError("a price with this lookup_key exists", code="database_error")
    raise AlreadyExists("a price with this lookup_key exists", {"price_id": row["id"], "lookup_key": lookup_key})


def next_sequence(work: Work) -> int:
    """The next value of the counter that creating and ending a price draw from."""
    return work.tx.next_number(_COUNTER)
