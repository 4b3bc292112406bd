"""The one way of an invoice: filled with lines, taken through the steps of its kind, sealed (README.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mockserver.billing import adjusting, ledger
from mockserver.billing.adjusting import Coupons, Terms
from mockserver.billing.assembling import Scope, bill_of, subscription_of
from mockserver.billing.bill import Bill
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import PASSAGES, Kind, Step
from mockserver.errors import Invalid
from mockserver.store.records.invoices import Invoice
from mockserver.terms.taxes import applying as taxes
from mockserver.vocabulary import BillingReason, InvoiceStatus, InvoiceType, PaymentStatus, SubscriptionType
from mockserver.work import Work


def fill(work: Work, content: LinedInvoice, steps: Sequence[Step], terms: Terms) -> LinedInvoice:
    """Store lines in place of those the invoice had, and what the steps make of them; the invoice itself is not
    stored."""
    before = ledger.replace_lines(work, content)
    after = adjusting.passed(work, before, steps, terms)
    adjusting.keep(work, before, after)
    return after.invoice


def terms_of(work: Work, bill: Bill, invoice: Invoice, steps: Sequence[Step]) -> Terms:
    """The coupons and tax rates that a subscription's invoice meets in the steps; others are not looked up."""
    return Terms(
        adjusting.coupons_of(work, [part.subscription for part in bill.parts], invoice)
        if Step.COUPONS in steps
        else Coupons(),
        taxes.of_subscription(work, bill.subscription.id) if Step.TAXES in steps else (),
    )


def compute(work: Work, draft: Invoice, bill: Bill, kind: Kind = Kind.CYCLE) -> LinedInvoice:
    """Fill a subscription's draft with a bill and store it.

    An invoice over nothing becomes SKIPPED and meets no step, except one that opens a trial, which has its lines for
    nothing (behaviour/invoices-and-wallets#when-invoices-come).
    """
    opens_trial = draft.billing_reason is BillingReason.TRIAL_START
    content = ledger.filled(work, draft, bill.without_amounts() if opens_trial else bill)
    skipped = not content.head.subtotal and not opens_trial
    steps = () if skipped else PASSAGES[kind].computed
    invoice = fill(work, content, steps, terms_of(work, bill, draft, steps))
    status = InvoiceStatus.SKIPPED if skipped else InvoiceStatus.DRAFT
    computed = replace(invoice.head, invoice_status=status, last_computed_at=work.now)
    return LinedInvoice(ledger.save(work, draft, computed), invoice.lines)


def recompute(work: Work, invoice: Invoice) -> LinedInvoice:
    """Compute a draft or SKIPPED invoice of a subscription anew; SKIPPED if nothing is due.

    One whose subscription is billed by its parent stays as it is.
    """
    subscription = subscription_of(work, invoice)
    if subscription.subscription_type in (SubscriptionType.INHERITED, SubscriptionType.GROUPED_INVOICING):
        return ledger.lines_of(work, [invoice])[0]
    return compute(work, invoice, bill_of(work, subscription, Scope.of(invoice)))


def seal(work: Work, invoice: LinedInvoice) -> LinedInvoice:
    """Seal a computed draft: it gets its number. One over nothing counts as paid, except one that opens a trial.

    A subscription's invoice uses the customer's prepaid credits and is taxed now; others were when they were computed.
    Nothing happens to a SKIPPED invoice; ``Invalid`` for any other that is not a draft.
    """
    head = invoice.head
    if invoice.is_skipped:
        return invoice
    if head.invoice_status is not InvoiceStatus.DRAFT:
        raise Invalid("only a draft can be finalized")
    kind = Kind.CYCLE if head.invoice_type is InvoiceType.SUBSCRIPTION else Kind.ONE_OFF
    steps = PASSAGES[kind].sealed if invoice.lines else ()
    rates = taxes.of_subscription(work, head.subscription_id or "") if Step.TAXES in steps else ()
    after = adjusting.passed(work, invoice, steps, Terms(rates=rates))
    adjusting.keep(work, invoice, after)
    sealed = replace(
        after.invoice.head,
        invoice_status=InvoiceStatus.FINALIZED,
        finalized_at=work.now,
        invoice_number=head.invoice_number or ledger.next_number(work),
    )
    if not sealed.total and head.billing_reason is not BillingReason.TRIAL_START:
        sealed = replace(sealed, payment_status=PaymentStatus.SUCCEEDED)
    # The real server writes each step before it seals.
    return LinedInvoice(ledger.save(work, head, sealed, steps=1 + len(steps)), after.invoice.lines)
