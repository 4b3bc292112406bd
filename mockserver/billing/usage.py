"""What a subscription's usage costs (behaviour/rating#quantity-of-a-meter,
behaviour/rating#commitment-of-a-subscription, behaviour/rating#the-usage-question)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mockserver.billing.charges import Charge
from mockserver.billing.items import Item, external_customer_ids, items_of
from mockserver.metering.usage import MeterUsage, usage
from mockserver.rating.charges import UsageBill, UsageItem, usage_bill
from mockserver.rating.commitments import SubscriptionCommitment
from mockserver.rating.money import ONE, ZERO
from mockserver.rating.periods import Period
from mockserver.store.records.subscriptions import Subscription
from mockserver.work import Work

NO_USAGE = MeterUsage(ZERO, 0, ())


@dataclass(frozen=True, slots=True)
class SubscriptionUsage:
    """The usage of a subscription in a window [start, end).

    ``items`` are its usage items in the order their prices were created, ``metered`` what their meters counted, by
    item id, ``bill`` what that costs: ``bill.exact`` is the unrounded total, each charge has an exact cost.
    """

    subscription: Subscription
    customers: tuple[str, ...]
    start: datetime
    end: datetime
    items: tuple[Item, ...]
    metered: Mapping[str, MeterUsage]
    bill: UsageBill

    @property
    def exact(self) -> Decimal:
        """The unrounded total."""
        return self.bill.exact

    @property
    def amount(self) -> Decimal:
        """The total rounded to the subscription's currency: the sum of unrounded costs
        (behaviour/rating#what-to-know-first)."""
        return self.bill.amount

    @property
    def charges(self) -> tuple[Charge, ...]:
        """The charges as the usage answer lists them: by meter name, the newest price first, overage after what is
        within the commitment (behaviour/rating#which-usage-a-line-item-bills)."""
        place = {item.id: index for index, item in enumerate(self.items)}
        listed = [Charge(self.items[place[each.item.line_item_id]], each) for each in self.bill.charges or ()]
        return tuple(sorted(listed, key=lambda each: (each.rated.item.meter_name, -place[each.item.id])))


def usage_of_subscription(
    work: Work,
    subscription: Subscription,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    lifetime: bool = False,
) -> SubscriptionUsage:
    """What the usage from ``start`` inclusive to ``end`` exclusive costs; the current period by default.

    ``lifetime`` takes all line items whenever they ended. Entitlements, commitments of single items, coupons, taxes
    and fixed charges play no part (behaviour/rating#what-to-know-first). ``Refused`` without a customer to bill.
    """
    customers = external_customer_ids(work, subscription)
    start = start if start is not None else subscription.current_period_start
    end = end if end is not None else subscription.current_period_end
    items = [item for item in items_of(work, subscription, None if lifetime else start) if item.is_usage]
    metered = quantities(work, subscription, customers, items, start, end)
    bill = usage_bill(
        [usage_item(item, metered[item.id], start, end) for item in items],
        subscription.currency,
        commitment_of(subscription),
    )
    return SubscriptionUsage(subscription, tuple(customers), start, end, tuple(items), metered, bill)


def commitment_of(subscription: Subscription) -> SubscriptionCommitment:
    """The commitment of the whole subscription; amount 0 without one."""
    factor = subscription.overage_factor
    return SubscriptionCommitment(
        subscription.commitment_amount or ZERO,
        ONE if factor is None else Decimal(factor),
        bool(subscription.enable_true_up),
    )


def quantities(
    work: Work,
    subscription: Subscription,
    customers: Sequence[str],
    items: Sequence[Item],
    start: datetime,
    end: datetime,
) -> dict[str, MeterUsage]:
    """What each item's meter counted in the item's part of the window, by item id."""
    windows = [window for item in items if (window := item.window(subscription, start, end)) is not None]
    metered = usage(work, customers, windows) if windows else {}
    return {item.id: metered.get(item.id, NO_USAGE) for item in items}


def usage_item(item: Item, metered: MeterUsage, start: datetime, end: datetime) -> UsageItem:
    """The item as rating takes it, for its part of [start, end)."""
    assert item.meter is not None
    return UsageItem(
        line_item_id=item.id,
        meter_id=item.meter_id,
        meter_name=item.meter["name"],
        terms=item.terms,
        quantity=metered.quantity,
        display_name=item.row.display_name or "",
        price_id=item.price.id,
        bucket_values=tuple(bucket.value for bucket in metered.buckets) if item.is_bucketed else None,
        period=Period(item.start_in(start), item.end_in(end)),
    )
