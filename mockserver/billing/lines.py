"""From a subscription's line items to the lines of an invoice (behaviour/rating#the-pipeline,
behaviour/rating#entitlements, behaviour/invoices-and-wallets#fixed-charges,
behaviour/invoices-and-wallets#when-invoices-come)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from mockserver.billing import cumulative
from mockserver.billing.bill import plan_name
from mockserver.billing.items import Item
from mockserver.billing.time_buckets import stored as time_buckets_of
from mockserver.billing.usage import SubscriptionUsage, commitment_of, usage_item, usage_of_subscription
from mockserver.catalogue.entitlements import effective
from mockserver.errors import Invalid, NotFound
from mockserver.metering.usage import UsageWindow, series, usage
from mockserver.rating import fixed
from mockserver.rating.charges import FIXED, Line, PriceUnit, UsageItem, usage_bill, usage_lines
from mockserver.rating.commitments import BucketValue, LineCommitment, fill_buckets
from mockserver.rating.entitlements import DAILY, MONTHLY, NEVER, Entitlement
from mockserver.rating.fixed import ARREAR, FixedItem
from mockserver.rating.money import ONE, ZERO, add
from mockserver.rating.periods import Period, next_period_end
from mockserver.rating.proration import OpeningProration, opening_share
from mockserver.rating.windows import DAY, MONTH, commitment_buckets
from mockserver.store.query import Eq
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.price_units import PRICE_UNITS
from mockserver.work import Work


def following(subscription: Subscription, period: Period) -> Period:
    """The period after an invoice's (behaviour/invoices-and-wallets#when-invoices-come). ``Invalid`` beyond the year
    9999."""
    try:
        end = next_period_end(
            period.end,
            subscription.billing_anchor,
            subscription.billing_period,
            subscription.billing_period_count,
            subscription.timezone,
            subscription.end_date,
        )
    except OverflowError:
        raise Invalid("the next period ends beyond the year 9999") from None
    return Period(period.end, end)


Invoiced = Callable[[Period], Collection[str]]
"""The ids of the prices that were invoiced already for a period."""


def none_invoiced(period: Period) -> Collection[str]:
    """For previews, which show what was invoiced already once more."""
    return ()


def opening_lines(
    work: Work,
    subscription: Subscription,
    items: Sequence[Item],
    period: Period,
    invoiced: Invoiced = none_invoiced,
    *,
    prorate: bool = True,
) -> list[Line]:
    """What is paid in advance of a period: fixed charges (behaviour/subscriptions#opening-invoice). ``prorate`` lets a
    short period cost its part where the subscription asks for that."""
    due = _due(work, subscription, items, period, Period(period.end, period.end))
    advance = [item for item in items if due[item.id].current_advance]
    return _fixed_lines(work, subscription, _open(advance, invoiced(period)), period, prorate=prorate)


def closing_lines(
    work: Work,
    subscription: Subscription,
    items: Sequence[Item],
    period: Period,
    invoiced: Invoiced = none_invoiced,
    *,
    prorate: bool = True,
) -> list[Line]:
    """What is paid when a period ends: fixed charges in arrear, those in advance of the next period, then usage
    (behaviour/rating#the-pipeline, behaviour/invoices-and-wallets#when-invoices-come). ``prorate`` as for
    ``opening_lines``."""
    later = following(subscription, period)
    due = _due(work, subscription, items, period, later)
    done, done_later = invoiced(period), invoiced(later)
    arrear = _open([item for item in items if due[item.id].current_arrear], done)
    advance = _open([item for item in items if due[item.id].next_advance], done_later)
    usage_due = _open([item for item in items if item.is_usage and item.row.invoice_cadence == ARREAR], done)
    return [
        *_fixed_lines(work, subscription, arrear, period, prorate=prorate),
        *_fixed_lines(work, subscription, advance, later, prorate=prorate),
        *usage_lines_of(work, subscription, usage_due, period),
    ]


def _open(items: Iterable[Item], invoiced: Collection[str]) -> list[Item]:
    return [item for item in items if item.row.price_id not in invoiced]


def _due(
    work: Work, subscription: Subscription, items: Iterable[Item], period: Period, later: Period
) -> dict[str, fixed.Due]:
    """When each item is paid, by its id; usage items nowhere."""
    return {
        item.id: fixed.due(_fixed_item(work, item), period, later, subscription.billing_period, subscription.timezone)
        if item.row.price_type == FIXED
        else fixed.Due()
        for item in items
    }


def _fixed_lines(
    work: Work, subscription: Subscription, items: Sequence[Item], period: Period, *, prorate: bool
) -> list[Line]:
    """A line for each fixed item that bills something in the period."""
    proration = _proration(subscription, items, period) if prorate else None
    lines = (
        fixed.fixed_line(
            _fixed_item(work, item),
            period,
            subscription.billing_period,
            subscription.currency,
            subscription.timezone,
            proration,
        )
        for item in items
    )
    return [line for line in lines if line is not None]


def _fixed_item(work: Work, item: Item) -> FixedItem:
    row = item.row
    return FixedItem(
        line_item_id=item.id,
        terms=item.terms,
        start=row.start_date,
        billing_period=row.billing_period,
        invoice_cadence=row.invoice_cadence,
        quantity=row.quantity,
        end=row.end_date,
        billing_period_count=row.billing_period_count or 1,
        display_name=row.display_name or "",
        price_id=item.price.id,
        price_unit=_unit(work, item),
    )


def _proration(subscription: Subscription, items: Iterable[Item], period: Period) -> OpeningProration | None:
    """How the subscription prorates its current period; None where it does not
    (behaviour/subscriptions#opening-invoice)."""
    current = Period(subscription.current_period_start, subscription.current_period_end)
    mixed = len({item.row.billing_period for item in items}) > 1
    if subscription.proration_behavior != "create_prorations" or mixed or period != current:
        return None
    terms = OpeningProration(
        subscription.billing_cycle,
        subscription.billing_anchor,
        subscription.billing_period,
        subscription.billing_period_count,
        current.end,
    )
    try:
        opening_share(terms, current.start)
    except ValueError:  # an anchor after the period leaves nothing to take a share of: the full amount is due
        return None
    return terms


def _unit(work: Work, item: Item) -> PriceUnit | None:
    """The custom unit a line is shown in, at its present rate; ``NotFound`` if it has been deleted."""
    code = item.row.price_unit
    if not code:
        return None
    unit = work.tx.first(PRICE_UNITS, Eq("code", code), Eq("status", "published"))
    if unit is None:
        raise NotFound(f"no price unit {code!r}", {"code": code})
    return PriceUnit(code, unit["conversion_rate"], unit["base_currency"])


def usage_lines_of(work: Work, subscription: Subscription, items: Sequence[Item], period: Period) -> list[Line]:
    """The usage of the period with entitlements and commitments applied (behaviour/rating#the-pipeline)."""
    if not items:
        return []
    found = usage_of_subscription(work, subscription, period.start, period.end)
    allowed = _entitlements(work, subscription)
    rated = [_usage_item(work, found, item, allowed.get(item.meter_id)) for item in found.items]
    wanted, currency, commitment = {item.id for item in items}, subscription.currency, commitment_of(subscription)
    return usage_lines(
        [item for item in rated if item.line_item_id in wanted],
        usage_bill(rated, currency, commitment),
        subscription.billing_period,
        currency,
        commitment,
        cumulative.commitment(work, subscription, period),
        plan_name(items),
    )


def _entitlements(work: Work, subscription: Subscription) -> dict[str, Entitlement]:
    """What the plan and the subscription's own entitlements include, by meter id."""
    features = effective.aggregate(work, effective.of_subscription(work, subscription), subscription.id)
    return {
        each["meter"]["id"]: Entitlement(each["entitlement"]["usage_limit"], each["entitlement"]["usage_reset_period"])
        for each in features
        if each["meter"] is not None and each["feature"]["type"] == "metered"
    }


def _usage_item(work: Work, found: SubscriptionUsage, item: Item, allowed: Entitlement | None) -> UsageItem:
    metered = found.metered[item.id]
    commitment = commitment_of_item(work, item.row)
    return replace(
        usage_item(item, metered, found.start, found.end),
        price_unit=_unit(work, item),
        entitlement=None if allowed is None else _with_usage(work, found, item, allowed),
        commitment=commitment,
        commitment_buckets=() if commitment is None else tuple(_buckets(work, found, item, commitment)),
    )


def commitment_of_item(work: Work, item: LineItem) -> LineCommitment | None:
    """The commitment of a line item, or of parts of its days; None without one
    (behaviour/rating#commitment-of-a-line-item)."""
    time_buckets = time_buckets_of(work, item)
    if not item.commitment_amount and not item.commitment_quantity and not time_buckets:
        return None
    return LineCommitment(
        type=item.commitment_type or "",
        amount=item.commitment_amount or ZERO,
        quantity=item.commitment_quantity or ZERO,
        overage_factor=item.commitment_overage_factor or ONE,
        true_up_enabled=bool(item.commitment_true_up_enabled),
        windowed=bool(item.commitment_windowed),
        time_buckets=time_buckets,
    )


def _buckets(work: Work, found: SubscriptionUsage, item: Item, commitment: LineCommitment) -> list[BucketValue]:
    """The buckets, up to now, that a windowed commitment applies to."""
    if not commitment.windowed:
        return []
    aggregation: Mapping[str, str] = (item.meter or {}).get("aggregation", {})
    stored: dict[datetime, Decimal] = {}
    for bucket in found.metered[item.id].buckets:
        known = stored.get(bucket.start, ZERO)
        is_max = aggregation.get("type") == "MAX"
        stored[bucket.start] = max(known, bucket.value) if is_max else add(known, bucket.value)
    start, end = item.start_in(found.start), item.end_in(found.end)
    until = min(max(work.now, start), end)
    anchor = found.subscription.billing_anchor
    expected = list(commitment_buckets(start, until, aggregation.get("bucket_size", ""), anchor))
    lost = commitment.fills_windows and bool(stored) and work.differs("windowed-true-up-loses-usage")
    return fill_buckets(stored, expected, commitment, usage_is_lost=lost)


def _with_usage(work: Work, found: SubscriptionUsage, item: Item, allowed: Entitlement) -> Entitlement:
    """The entitlement with the usage its reset period asks for (behaviour/rating#entitlements)."""
    reset, subscription = allowed.reset_period, found.subscription
    if allowed.limit is None or item.is_bucketed or reset == subscription.billing_period:
        return allowed
    if reset in (DAILY, MONTHLY):
        return replace(allowed, window_sums=_sums(work, found, item, DAY if reset == DAILY else MONTH))
    if reset == NEVER:
        since = subscription.start_date
        return replace(
            allowed,
            since_start=_measured(work, found, item, since, item.end_in(found.end)),
            before=_measured(work, found, item, since, item.start_in(found.start)),
        )
    return allowed


def _sums(work: Work, found: SubscriptionUsage, item: Item, size: str) -> tuple[Decimal, ...]:
    """The item's usage per UTC day, or per month from the subscription's anchor."""
    own = item.window(found.subscription, found.start, found.end)
    if own is None:
        return ()
    anchor = found.subscription.billing_anchor if size == MONTH else None
    rivals = _windows(found, item)
    return tuple(value for _, value in series(work, found.customers, own, rivals, size, anchor=anchor, zone="UTC"))


def _measured(work: Work, found: SubscriptionUsage, item: Item, start: datetime, end: datetime) -> Decimal:
    """The item's usage in [start, end), whatever its own dates."""
    if end <= start:
        return ZERO
    windows = [replace(window, start=start, end=end) for window in _windows(found, item)]
    measured = usage(work, found.customers, windows).get(item.id)
    return ZERO if measured is None else measured.quantity


def _windows(found: SubscriptionUsage, item: Item) -> list[UsageWindow]:
    """The windows of all items on the item's meter, which share out its usage."""
    same = [each for each in found.items if each.meter_id == item.meter_id]
    windows = (each.window(found.subscription, found.start, found.end) for each in same)
    return [window for window in windows if window is not None]
