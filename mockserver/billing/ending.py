"""The invoice of a subscription that ends before its period does (behaviour/subscriptions#cancelling)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mockserver.billing import ledger, pipeline
from mockserver.billing.assembling import Scope, part_of
from mockserver.billing.bill import Bill
from mockserver.billing.items import attach
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import Kind
from mockserver.rating.periods import Period
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.vocabulary import BillingReason
from mockserver.work import Work


def close_subscription(
    work: Work, subscription: Subscription, item_rows: Sequence[LineItem], end: datetime
) -> LinedInvoice | None:
    """The stored final invoice: what is paid in arrear, up to ``end``; None if that is nothing."""
    if end <= subscription.current_period_start:
        return None
    scope = Scope(Period(subscription.current_period_start, end), BillingReason.PRORATION)
    part = part_of(work, subscription, attach(work, item_rows), scope)
    draft = ledger.draft(work, subscription, scope.period, scope.reason)
    bill = Bill((part,), f"Invoice for subscription {subscription.id}")
    invoice = pipeline.compute(work, draft, bill, Kind.ENDING)
    return None if invoice.is_skipped else pipeline.seal(work, invoice)
