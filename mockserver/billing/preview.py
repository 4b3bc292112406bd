"""What an invoice would look like; nothing is stored or redeemed (behaviour/invoices-and-wallets#invoice-routes,
behaviour/invoices-and-wallets#when-invoices-come last row)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mockserver.billing import adjusting, ledger, pipeline
from mockserver.billing.assembling import Scope, bill_of
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import PASSAGES, Kind
from mockserver.rating.money import ZERO
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.records.subscriptions import Subscription
from mockserver.terms.taxes import applying as taxes
from mockserver.vocabulary import BillingReason
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class Previewed:
    """A computed invoice, and what its taxes and coupons came to, as a preview shows them."""

    invoice: LinedInvoice
    taxes: list[Row]
    coupon_applications: tuple[Row, ...]


def preview(work: Work, subscription: Subscription, period: Period, *, hide_zero_lines: bool = False) -> Previewed:
    """The invoice a period would close with.

    What was invoiced already is not left out, credits are not used. A parent is shown what it is invoiced for its
    children. ``Invalid`` for a period after a subscription's end.
    """
    bill = bill_of(work, subscription, Scope(period, BillingReason.CYCLE, again=True))
    bill = replace(bill, description=f"Preview invoice for subscription {subscription.id}")
    if hide_zero_lines:
        bill = bill.without_zero_lines()
    head = replace(ledger.blank(work, subscription, period, BillingReason.CYCLE), metadata={"is_preview": "true"})
    steps = PASSAGES[Kind.PREVIEW].computed
    terms = pipeline.terms_of(work, bill, head, steps)
    found = adjusting.passed(work, ledger.filled(work, head, bill), steps, terms)
    # A preview shows what coupons on the whole invoice take off its total, not off its lines
    # (behaviour/invoices-and-wallets#coupons).
    lines = tuple(replace(line, invoice_level_discount=ZERO) for line in found.invoice.lines)
    shown = taxes.as_previewed(found.taxes, terms.rates)
    return Previewed(LinedInvoice(found.invoice.head, lines), shown, found.coupon_applications)
