"""From a subscription to the bill of an invoice: whose lines, of which items, less what was invoiced already
(behaviour/invoices-and-wallets#creating-invoices, behaviour/invoices-and-wallets#when-invoices-come)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mockserver.billing import ledger, lines
from mockserver.billing.bill import Bill, Part
from mockserver.billing.items import Item, items_of, subscription_named
from mockserver.billing.lines import Invoiced
from mockserver.errors import Invalid
from mockserver.rating.periods import Period
from mockserver.store.query import OLDEST_FIRST, Compare, Eq, In
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.times import format_time
from mockserver.vocabulary import (
    BillingReason,
    InvoiceCadence,
    InvoiceStatus,
    InvoiceType,
    SubscriptionStatus,
    SubscriptionType,
)
from mockserver.work import Work

OPENING = (BillingReason.CREATE, BillingReason.TRIAL_START, BillingReason.TRIAL_END, BillingReason.UPDATE)
"""The billing reasons of invoices over what is paid in advance of their period; the others close it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bill is over: the period [start, end), and why it is billed (a billing reason).

    ``again`` bills what other invoices hold already once more; ``without`` is an invoice that does not count among
    those. ``only_first_prorated`` charges a period in full unless it is the subscription's first.
    """

    period: Period
    reason: BillingReason
    again: bool = False
    without: str = ""
    only_first_prorated: bool = False

    @classmethod
    def of(cls, invoice: Invoice) -> Scope:
        """What a stored invoice is over; what it holds itself is billed anew."""
        return cls(ledger.period_of(invoice), invoice.billing_reason, without=invoice.id)

    def prorates(self, subscription: Subscription) -> bool:
        """Whether a short period is charged for its part, where the subscription asks for that."""
        return not self.only_first_prorated or self.period.start == subscription.start_date


def subscription_of(work: Work, invoice: Invoice) -> Subscription:
    """The subscription an invoice is for; ``NotFound`` without details
    (behaviour/invoices-and-wallets#creating-invoices)."""
    return subscription_named(work, invoice.subscription_id or "")


def bill_of(work: Work, subscription: Subscription, scope: Scope) -> Bill:
    """The bill of a subscription and of those it is invoiced for; what other invoices hold already is left out
    (behaviour/invoices-and-wallets#when-invoices-come). ``Invalid`` for a period after the subscription's end."""
    parts = [_part(work, subscription, scope, scope.without)]
    if not parts[0].lines and scope.reason != BillingReason.PRORATION and not scope.again:
        # Nothing of its own: what it is invoiced for is not looked at either.
        return Bill(tuple(parts))
    parts += [_part(work, each, scope) for each in grouped(work, subscription)]
    name = "Invoice for advance charges - subscription" if scope.reason in OPENING else "Invoice for subscription"
    return Bill(tuple(parts), f"{name} {subscription.id}")


def _part(work: Work, subscription: Subscription, scope: Scope, without: str = "") -> Part:
    check_period(subscription, scope.period)
    items = (
        []
        if subscription.subscription_type is SubscriptionType.INHERITED
        else items_of(work, subscription, scope.period.start)
    )
    ended = subscription.end_date is not None and scope.period.start >= subscription.end_date
    invoiced = lines.none_invoiced if scope.again else _invoiced(work, subscription, without)
    if ended and not scope.again:
        return Part(subscription, {item.id: item for item in items})
    return part_of(work, subscription, items, scope, invoiced)


def part_of(
    work: Work,
    subscription: Subscription,
    items: Sequence[Item],
    scope: Scope,
    invoiced: Invoiced = lines.none_invoiced,
) -> Part:
    """The lines of one subscription over some of its items, as the billing reason asks."""
    prorate = scope.prorates(subscription)
    if scope.reason in OPENING:
        found = lines.opening_lines(work, subscription, items, scope.period, invoiced, prorate=prorate)
    else:
        if scope.reason == BillingReason.PRORATION:
            items = [item for item in items if item.row.invoice_cadence is InvoiceCadence.ARREAR]
        found = lines.closing_lines(work, subscription, items, scope.period, invoiced, prorate=prorate)
    return Part(subscription, {item.id: item for item in items}, tuple(found))


def check_period(subscription: Subscription, period: Period) -> None:
    """``Invalid`` for a period that starts after the subscription's end."""
    until = subscription.end_date
    if until is not None and period.start > until:
        raise Invalid(
            "the period starts after the subscription has ended",
            {
                "subscription_id": subscription.id,
                "period_start": format_time(period.start),
                "subscription_end_date": format_time(until),
            },
        )


def grouped(work: Work, subscription: Subscription) -> list[Subscription]:
    """The running subscriptions that a parent is invoiced for."""
    if subscription.subscription_type is not SubscriptionType.PARENT:
        return []
    return work.tx.every(
        Subscription,
        Eq("parent_subscription_id", subscription.id),
        Eq("subscription_type", SubscriptionType.GROUPED_INVOICING),
        In("subscription_status", (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)),
        order=OLDEST_FIRST,
    )


def _invoiced(work: Work, subscription: Subscription, without: str) -> Invoiced:
    """What invoices of a subscription hold already: prices with a line that overlaps a period, on a draft or finalized
    invoice inside that period."""

    def invoiced(period: Period) -> Collection[str]:
        found = work.tx.every(
            Invoice,
            Eq("subscription_id", subscription.id),
            Eq("invoice_type", InvoiceType.SUBSCRIPTION),
            In("invoice_status", (InvoiceStatus.DRAFT, InvoiceStatus.FINALIZED)),
            Compare("period_start", ">=", period.start),
            Compare("period_end", "<=", period.end),
        )
        others = ledger.lines_of(work, [each for each in found if each.id != without])
        return {
            line.price_id
            for invoice in others
            for line in invoice.lines
            if line.price_id is not None and _overlaps(line, period)
        }

    return invoiced


def _overlaps(line: InvoiceLine, period: Period) -> bool:
    if line.period_start is None or line.period_end is None:
        return False
    own = Period(line.period_start, line.period_end)
    return own == period or (own.start < period.end and own.end > period.start)
