"""The invoice that opens a subscription (behaviour/subscriptions#opening-invoice)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from mockserver.billing import ledger, paying, pipeline
from mockserver.billing.assembling import Scope, part_of
from mockserver.billing.bill import Bill
from mockserver.billing.items import attach
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import Kind
from mockserver.rating.charges import Line
from mockserver.rating.money import ZERO, subtract
from mockserver.rating.periods import Period
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.vocabulary import BillingReason, CollectionMethod, SubscriptionStatus
from mockserver.work import Work


def open_subscription(
    work: Work,
    subscription: Subscription,
    item_rows: Sequence[LineItem],
    *,
    credit: Decimal = ZERO,
    reason: BillingReason = BillingReason.CREATE,
) -> LinedInvoice | None:
    """The stored opening invoice of a new subscription's current period; None if nothing is due
    (behaviour/subscriptions#opening-invoice).

    Finalized at once. A trial opens with an invoice over 0, paid if the customer is charged automatically. Nothing
    due otherwise leaves a SKIPPED invoice behind, which lists hide (behaviour/rating#what-to-know-first). ``credit`` of
    a subscription that this one replaces comes off its lines, one after the other
    (behaviour/subscriptions#by-a-new-subscription).
    """
    trial = subscription.subscription_status is SubscriptionStatus.TRIALING
    period = Period(subscription.current_period_start, subscription.current_period_end)
    part = part_of(work, subscription, attach(work, item_rows), Scope(period, reason))
    description = f"Invoice for advance charges - subscription {subscription.id}" if part.lines else ""
    bill = Bill((replace(part, lines=tuple(_less(credit, part.lines))),), description)
    draft = ledger.draft(work, subscription, period, BillingReason.TRIAL_START if trial else reason)
    invoice = pipeline.compute(work, draft, bill, Kind.OPENING)
    if invoice.is_skipped:
        return None
    invoice = pipeline.seal(work, invoice)
    if trial and subscription.collection_method is CollectionMethod.CHARGE_AUTOMATICALLY:
        invoice = paying.mark_paid(work, invoice)
    return invoice


def _less(credit: Decimal, lines: Sequence[Line]) -> list[Line]:
    """The lines after taking off what they can bear of a credit."""
    result = []
    for line in lines:
        taken = min(credit, line.amount)
        credit = subtract(credit, taken)
        result.append(replace(line, amount=subtract(line.amount, taken)))
    return result
