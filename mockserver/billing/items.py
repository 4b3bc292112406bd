"""A subscription's billable items: which ones a window touches, and whose usage they bill
(behaviour/rating#quantity-of-a-meter).

Which subscriptions inherit from which, and so who pays for whose events, is looked up here alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mockserver.catalogue.prices.terms import terms_of
from mockserver.errors import NotFound, Refused
from mockserver.metering.claims import seconds
from mockserver.metering.usage import UsageWindow
from mockserver.rating.cost import PriceTerms
from mockserver.rating.taking import Candidate
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, AnyOf, Compare, Condition, Eq, In, IsNull, Query
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.meters import METERS
from mockserver.vocabulary import PriceType, Status, SubscriptionStatus, SubscriptionType
from mockserver.work import Work

_NOT_ENDED = (
    SubscriptionStatus.ACTIVE,
    SubscriptionStatus.TRIALING,
    SubscriptionStatus.DRAFT,
    SubscriptionStatus.PAUSED,
)
"""The statuses of children that count for their parent."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line item with what it is billed by; ``meter`` (a row of METERS) is None for fixed items. ``candidate`` is the
    item as a rival for events, made once because many events ask for it."""

    row: LineItem
    price: Price
    meter: Row | None
    terms: PriceTerms
    candidate: Candidate = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        end = self.row.end_date
        candidate = Candidate(
            id=self.row.id,
            filter_values=self.price.filter_values or {},
            price_created=self.price.created_at,
            price_id=self.price.id,
            start=seconds(self.row.start_date),
            end=None if end is None else seconds(end),
        )
        object.__setattr__(self, "candidate", candidate)

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def meter_id(self) -> str:
        """The id of its meter, ``""`` for fixed items."""
        return self.row.meter_id or ""

    @property
    def is_usage(self) -> bool:
        return self.row.price_type is PriceType.USAGE and self.meter is not None

    def start_in(self, start: datetime) -> datetime:
        """Where the item's part of a window from ``start`` begins: inclusive."""
        return max(self.row.start_date, start)

    def end_in(self, end: datetime) -> datetime:
        """Where the item's part of a window up to ``end`` stops: exclusive."""
        return end if self.row.end_date is None else min(self.row.end_date, end)

    @property
    def is_bucketed(self) -> bool:
        """Whether its meter cuts time into buckets that are priced one by one
        (behaviour/rating#quantity-of-a-meter)."""
        aggregation = self.meter["aggregation"] if self.meter is not None else {}
        return bool(aggregation.get("bucket_size")) and aggregation.get("type") in ("MAX", "SUM")

    def window(self, subscription: Subscription, start: datetime, end: datetime) -> UsageWindow | None:
        """The item's part of [start, end) as a question about its meter; None where they do not meet
        (behaviour/rating#which-usage-a-line-item-bills)."""
        begin, stop = self.start_in(start), self.end_in(end)
        if self.meter is None or stop <= begin:
            return None
        return UsageWindow(self.candidate, subscription.id, self.meter, begin, stop, subscription.billing_anchor)


def subscription_named(work: Work, subscription_id: str) -> Subscription:
    """The published subscription of that id; ``NotFound`` without details
    (behaviour/invoices-and-wallets#worked-invoices-and-wallets)."""
    found = work.tx.load(Subscription, subscription_id)
    if found is None or found.status is not Status.PUBLISHED:
        raise NotFound(f"no subscription {subscription_id!r}")
    return found


def items_of(work: Work, subscription: Subscription, start: datetime | None) -> list[Item]:
    """The published line items not ended before ``start`` (None: all), in the order their prices were created.

    An inherited subscription bills usage by its parent's items (behaviour/rating#the-usage-question).
    """
    owner = subscription.id
    if subscription.subscription_type is SubscriptionType.INHERITED and subscription.parent_subscription_id:
        owner = subscription.parent_subscription_id
    where: list[Condition] = [Eq("subscription_id", owner)]
    if start is not None:
        where.append(AnyOf((IsNull("end_date"), Compare("end_date", ">=", start))))
    return attach(work, work.tx.every(LineItem, *where, order=OLDEST_FIRST))


def attach(work: Work, line_items: Iterable[LineItem]) -> list[Item]:
    """Line items with their prices and meters, in the order the prices were created, then by start
    (behaviour/subscriptions#creating-a-subscription)."""
    listed = list(line_items)
    ids = sorted({each.price_id for each in listed})
    prices = work.tx.select(Price, Query((In("id", ids),), OLDEST_FIRST))
    place = {price.id: index for index, price in enumerate(prices)}
    meters = work.tx.by_ids(METERS, (each.meter_id for each in listed if each.meter_id))
    items = [
        Item(each, price, meters.get(each.meter_id or ""), terms_of(price))
        for each in listed
        if (price := prices[place[each.price_id]] if each.price_id in place else None) is not None
    ]
    return sorted(items, key=lambda item: (place[item.price.id], item.row.start_date))


def inheriting(work: Work, subscription_id: str) -> list[Subscription]:
    """The subscriptions that inherit from one and have not ended, oldest first."""
    return work.tx.every(
        Subscription,
        Eq("parent_subscription_id", subscription_id),
        Eq("subscription_type", SubscriptionType.INHERITED),
        In("subscription_status", _NOT_ENDED),
        order=OLDEST_FIRST,
    )


def paying(work: Work, customer_id: str, statuses: Sequence[SubscriptionStatus]) -> list[Subscription]:
    """The subscriptions of these statuses that bill a customer's events, each once: its own, then the parents of those
    it inherits as long as they have not ended (behaviour/rating#the-usage-question). What is inherited bills nothing by
    itself."""
    own = work.tx.every(Subscription, Eq("customer_id", customer_id), order=OLDEST_FIRST)
    parents = {
        each.parent_subscription_id
        for each in own
        if each.subscription_type is SubscriptionType.INHERITED
        and each.subscription_status in _NOT_ENDED
        and each.parent_subscription_id
    }
    inherited = (
        work.tx.every(
            Subscription,
            In("id", sorted(parents)),
            Eq("subscription_type", SubscriptionType.PARENT),
            order=OLDEST_FIRST,
        )
        if parents
        else []
    )
    found = {each.id: each for each in (*own, *inherited) if each.subscription_type is not SubscriptionType.INHERITED}
    return [each for each in found.values() if each.subscription_status in statuses]


def external_customer_ids(work: Work, subscription: Subscription) -> list[str]:
    """Whose events the subscription bills: its customer's, and those of customers inheriting it
    (behaviour/rating#the-usage-question).

    Archived customers and those without external id are left out; ``Refused`` if none is left.
    """
    is_parent = subscription.subscription_type is SubscriptionType.PARENT
    children = inheriting(work, subscription.id) if is_parent else []
    customers = list(dict.fromkeys(each.customer_id for each in (subscription, *children)))
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
                "subscription_id": subscription.id,
                "customer_id": subscription.customer_id,
                "looked_up_customer_ids": customers,
                "include_children": True,
            },
        )
    return ids
