"""The one way of an invoice: filled with lines, taken through the steps of its kind, sealed (README.md)."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.billing import adjusting, ledger
from mockserver.billing.adjusting import Coupons, Terms
from mockserver.billing.assembling import Scope, bill_of, subscription_of
from mockserver.billing.bill import Bill
from mockserver.billing.items import GROUPED, INHERITED
from mockserver.billing.ledger import Invoice
from mockserver.billing.passages import PASSAGES, Kind, Step
from mockserver.errors import Invalid
from mockserver.store.columns import Row
from mockserver.terms.taxes import applying as taxes
from mockserver.work import Work


def fill(work: Work, content: Invoice, steps: Sequence[Step], terms: Terms) -> Invoice:
    """Store lines in place of those the invoice had, and what the steps make of them; the invoice itself is not
    stored."""
    before = ledger.replace_lines(work, content)
    after = adjusting.passed(work, before, steps, terms)
    adjusting.keep(work, before, after)
    return after.invoice


def terms_of(work: Work, bill: Bill, invoice: Row, steps: Sequence[Step]) -> Terms:
    """The coupons and tax rates that a subscription's invoice meets in the steps; others are not looked up."""
    return Terms(
        adjusting.coupons_of(work, [part.subscription for part in bill.parts], invoice)
        if Step.COUPONS in steps
        else Coupons(),
        taxes.of_subscription(work, invoice["subscription_id"]) if Step.TAXES in steps else (),
    )


def compute(work: Work, draft: Row, bill: Bill, kind: Kind = Kind.CYCLE) -> Invoice:
    """Fill a subscription's draft with a bill and store it.

    An invoice over nothing becomes SKIPPED and meets no step, except one that opens a trial, which has its lines for
    nothing (facts/06 §13).
    """
    opens_trial = draft["billing_reason"] == ledger.TRIAL_START
    content = ledger.filled(work, draft, bill.without_amounts() if opens_trial else bill)
    skipped = not content.row["subtotal"] and not opens_trial
    steps = () if skipped else PASSAGES[kind].computed
    invoice = fill(work, content, steps, terms_of(work, bill, draft, steps))
    state = {"invoice_status": ledger.SKIPPED if skipped else ledger.DRAFT, "last_computed_at": work.now}
    return Invoice(ledger.save(work, draft, {**invoice.row, **state}), invoice.lines)


def recompute(work: Work, row: Row) -> Invoice:
    """Compute a draft or SKIPPED invoice of a subscription anew; SKIPPED if nothing is due.

    One whose subscription is billed by its parent stays as it is.
    """
    subscription = subscription_of(work, row)
    if subscription["subscription_type"] in (INHERITED, GROUPED):
        return ledger.lines_of(work, [row])[0]
    return compute(work, row, bill_of(work, subscription, Scope.of(row)))


def seal(work: Work, invoice: Invoice) -> Invoice:
    """Seal a computed draft: it gets its number. One over nothing counts as paid, except one that opens a trial.

    A subscription's invoice uses the customer's prepaid credits and is taxed now; others were when they were computed.
    Nothing happens to a SKIPPED invoice; ``Invalid`` for any other that is not a draft.
    """
    row = invoice.row
    if row["invoice_status"] == ledger.SKIPPED:
        return invoice
    if row["invoice_status"] != ledger.DRAFT:
        raise Invalid("only a draft can be finalized")
    kind = Kind.CYCLE if row["invoice_type"] == ledger.SUBSCRIPTION else Kind.ONE_OFF
    steps = PASSAGES[kind].sealed if invoice.lines else ()
    rates = taxes.of_subscription(work, row["subscription_id"]) if Step.TAXES in steps else ()
    after = adjusting.passed(work, invoice, steps, Terms(rates=rates))
    adjusting.keep(work, invoice, after)
    changed = {
        **after.invoice.row,
        "invoice_status": ledger.FINALIZED,
        "finalized_at": work.now,
        "invoice_number": row["invoice_number"] or ledger.next_number(work),
    }
    if not changed["total"] and row["billing_reason"] != ledger.TRIAL_START:
        changed["payment_status"] = ledger.SUCCEEDED
    # The real server writes each step before it seals.
    return Invoice(ledger.save(work, row, changed, steps=1 + len(steps)), after.invoice.lines)
