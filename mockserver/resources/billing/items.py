"""A subscription's billable items: which ones a window touches, and whose usage they bill (facts/06 §7).

Which subscriptions inherit from which, and so who pays for whose events, is looked up here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mockserver.errors import NotFound, Refused
from mockserver.metering.claims import seconds
from mockserver.metering.usage import UsageWindow
from mockserver.rating.charges import USAGE
from mockserver.rating.cost import PriceTerms
from mockserver.rating.taking import Candidate
from mockserver.resources.shared.price_terms import terms_of
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, AnyOf, Compare, Condition, Eq, In, IsNull, Query
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.meters import METERS
from mockserver.store.tables.prices import PRICES
from mockserver.store.tables.subscriptions import LINE_ITEMS, SUBSCRIPTIONS
from mockserver.work import Work

INHERITED, PARENT = "inherited", "parent"
_CHILDREN_COUNTING = ("active", "trialing", "draft", "paused")


@dataclass(frozen=True, slots=True)
class Item:
    """A line item with what it is billed by; ``meter`` is None for fixed items. ``candidate`` is the item as a rival
    for events, made once because many events ask for it."""

    row: Row
    price: Row
    meter: Row | None
    terms: PriceTerms
    candidate: Candidate = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        price, end = self.price, self.row["end_date"]
        candidate = Candidate(
            id=self.row["id"],
            filter_values=price["filter_values"] or {},
            price_created=price["created_at"],
            price_id=price["id"],
            start=seconds(self.row["start_date"]),
            end=None if end is None else seconds(end),
        )
        object.__setattr__(self, "candidate", candidate)

    @property
    def id(self) -> str:
        item_id: str = self.row["id"]
        return item_id

    @property
    def is_usage(self) -> bool:
        return self.row["price_type"] == USAGE and self.meter is not None

    def start_in(self, start: datetime) -> datetime:
        """Where the item's part of a window from ``start`` begins: inclusive."""
        own: datetime = self.row["start_date"]
        return max(own, start)

    def end_in(self, end: datetime) -> datetime:
        """Where the item's part of a window up to ``end`` stops: exclusive."""
        own: datetime | None = self.row["end_date"]
        return end if own is None else min(own, end)

    @property
    def is_bucketed(self) -> bool:
        """Whether its meter cuts time into buckets that are priced one by one (facts/06 §6)."""
        aggregation = self.meter["aggregation"] if self.meter is not None else {}
        return bool(aggregation.get("bucket_size")) and aggregation.get("type") in ("MAX", "SUM")

    def window(self, subscription: Row, start: datetime, end: datetime) -> UsageWindow | None:
        """The item's part of [start, end) as a question about its meter; None where they do not meet
        (facts/06 §7 row 3)."""
        begin, stop = self.start_in(start), self.end_in(end)
        if self.meter is None or stop <= begin:
            return None
        return UsageWindow(self.candidate, subscription["id"], self.meter, begin, stop, subscription["billing_anchor"])


def subscription(work: Work, subscription_id: str) -> Row:
    """The published subscription of that id; ``NotFound`` without details (facts/06 §18 H2)."""
    row = work.tx.get(SUBSCRIPTIONS, subscription_id)
    if row is None or row["status"] != "published":
        raise NotFound(f"no subscription {subscription_id!r}")
    return row


def items_of(work: Work, row: Row, start: datetime | None) -> list[Item]:
    """The published line items not ended before ``start`` (None: all), in the order their prices were created.

    An inherited subscription bills usage by its parent's items (facts/04 §12).
    """
    inherits = row["subscription_type"] == INHERITED and row["parent_subscription_id"]
    where: list[Condition] = [Eq("subscription_id", row["parent_subscription_id"] if inherits else row["id"])]
    if start is not None:
        where.append(AnyOf((IsNull("end_date"), Compare("end_date", ">=", start))))
    return attach(work, work.tx.published(LINE_ITEMS, *where, order=OLDEST_FIRST))


def attach(work: Work, rows: Iterable[Row]) -> list[Item]:
    """Line items with their prices and meters, in the order the prices were created, then by start (facts/04 §4)."""
    listed = list(rows)
    ids = sorted({row["price_id"] for row in listed})
    prices = work.tx.find(PRICES, Query((In("id", ids),), OLDEST_FIRST))
    place = {price["id"]: index for index, price in enumerate(prices)}
    meters = work.tx.by_ids(METERS, (row["meter_id"] for row in listed if row["meter_id"]))
    items = [
        Item(row, price, meters.get(row["meter_id"] or ""), terms_of(price))
        for row in listed
        if (price := prices[place[row["price_id"]]] if row["price_id"] in place else None) is not None
    ]
    return sorted(items, key=lambda item: (place[item.price["id"]], item.row["start_date"]))


def inheriting(work: Work, subscription_id: str) -> list[Row]:
    """The subscriptions that inherit from one and have not ended, oldest first."""
    return work.tx.published(
        SUBSCRIPTIONS,
        Eq("parent_subscription_id", subscription_id),
        Eq("subscription_type", INHERITED),
        In("subscription_status", _CHILDREN_COUNTING),
        order=OLDEST_FIRST,
    )


def paying(work: Work, customer_id: str, statuses: Sequence[str]) -> list[Row]:
    """The subscriptions of these statuses that bill a customer's events, each once: its own, then the parents of those
    it inherits as long as they have not ended (facts/04 §12). What is inherited bills nothing by itself."""
    own = work.tx.published(SUBSCRIPTIONS, Eq("customer_id", customer_id), order=OLDEST_FIRST)
    parents = {
        row["parent_subscription_id"]
        for row in own
        if row["subscription_type"] == INHERITED and row["subscription_status"] in _CHILDREN_COUNTING
    }
    inherited = (
        work.tx.published(SUBSCRIPTIONS, In("id", sorted(parents)), Eq("subscription_type", PARENT), order=OLDEST_FIRST)
        if parents
        else []
    )
    found = {row["id"]: row for row in (*own, *inherited) if row["subscription_type"] != INHERITED}
    return [row for row in found.values() if row["subscription_status"] in statuses]


def external_customer_ids(work: Work, row: Row) -> list[str]:
    """Whose events the subscription bills: its customer's, and those of customers inheriting it (facts/04 §12).

    Archived customers and those without external id are left out; ``Refused`` if none is left.
    """
    children = inheriting(work, row["id"]) if row["subscription_type"] == PARENT else []
    customers = list(dict.fromkeys(each["customer_id"] for each in (row, *children)))
    found = work.tx.by_ids(CUSTOMERS, customers)
    ids = [
        customer["external_id"]
        for customer in map(found.get, customers)
        if customer is not None and customer["status"] == "published" and customer["external_id"]
    ]
    if not ids:
        raise Refused(
            "the subscription's customer is archived or has no external_id",
            {
                "subscription_id": row["id"],
                "customer_id": row["customer_id"],
                "looked_up_customer_ids": customers,
                "include_children": True,
            },
        )
    return ids
