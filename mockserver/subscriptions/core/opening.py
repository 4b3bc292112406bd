"""The opening invoice and what its payment makes of a new subscription
(behaviour/subscriptions#creating-a-subscription)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from mockserver.credits.grants.applying import apply_due
from mockserver.errors import Refused
from mockserver.invoices import rules as invoices
from mockserver.rating.money import ZERO
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.vocabulary import BillingReason, PaymentBehavior, PaymentStatus, SubscriptionStatus, SubscriptionType
from mockserver.work import Work


@dataclass(slots=True)
class Created:
    """A new subscription, its items in the order of their prices, and its opening invoice as it is printed.

    ``shows_items`` is False for drafts and trials, whose answer has no line_items
    (behaviour/subscriptions#create-answer).
    """

    row: Subscription
    items: list[LineItem]
    invoice: dict[str, Any] | None = None
    shows_items: bool = True


def status_before_payment(behavior: PaymentBehavior) -> SubscriptionStatus:
    """What a subscription is until its opening invoice is settled."""
    at_once = behavior is PaymentBehavior.DEFAULT_ACTIVE
    return SubscriptionStatus.ACTIVE if at_once else SubscriptionStatus.INCOMPLETE


def open_subscription(work: Work, row: Subscription, items: list[LineItem], *, credit: Decimal = ZERO) -> Created:
    """Bill what is due at the start and settle the status. ``Refused`` if an unpaid invoice is an error.

    Drafts are not billed, and jointly invoiced ones are billed by their parent.
    """
    status = row.subscription_status
    is_draft = status is SubscriptionStatus.DRAFT
    if is_draft or row.subscription_type is SubscriptionType.GROUPED_INVOICING:
        return Created(row, items, shows_items=not is_draft)
    reason = BillingReason.UPDATE if credit else BillingReason.CREATE
    invoice = invoices.opening(work, row, items, credit=credit, reason=reason)
    if status is SubscriptionStatus.TRIALING:
        return Created(row, items, invoice, shows_items=False)
    settled = settled_status(row, invoice)
    if settled != status:
        row = work.alter(row, replace(row, subscription_status=settled))
        apply_due(work, row)
    return Created(row, items, invoice)


def settled_status(row: Subscription, invoice: dict[str, Any] | None) -> SubscriptionStatus:
    """The status after the payment step. Without an invoice only an incomplete subscription changes; there is nobody
    to pay one, so what follows is up to the payment behaviour."""
    status = row.subscription_status
    if invoice is None:
        return SubscriptionStatus.ACTIVE if status is SubscriptionStatus.INCOMPLETE else status
    if invoice["payment_status"] == PaymentStatus.SUCCEEDED:
        return SubscriptionStatus.ACTIVE
    if row.payment_behavior is PaymentBehavior.ERROR_IF_INCOMPLETE:
        raise Refused(
            "the opening invoice could not be paid",
            {
                "subscription_id": row.id,
                "invoice_id": invoice["id"],
                "amount_due": invoice["amount_due"],
                "amount_paid": invoice["amount_paid"],
            },
        )
    return status_before_payment(row.payment_behavior)


def settled_after_trial(row: Subscription, invoice: dict[str, Any] | None) -> SubscriptionStatus:
    """The status after a trial: without anything to pay, or where payment does not matter, active
    (behaviour/subscriptions#trials)."""
    if invoice is None or invoice["payment_status"] == PaymentStatus.SUCCEEDED:
        return SubscriptionStatus.ACTIVE
    return status_before_payment(row.payment_behavior)
