"""Sealing a computed invoice: credits, taxes, its number (facts/06 §2 steps 14-16, §12.5)."""

from __future__ import annotations

from mockserver.billing import adjusting, ledger
from mockserver.billing.ledger import Invoice
from mockserver.credits.wallets import drawing
from mockserver.errors import Invalid
from mockserver.rating.money import total
from mockserver.terms.taxes import applying as taxes
from mockserver.work import Work


def finalize(work: Work, invoice: Invoice) -> Invoice:
    """Seal a computed draft: it gets its number. One over nothing counts as paid, except one that opens a trial.

    A subscription's invoice uses the customer's prepaid credits and is taxed now; a one-off one did so when it was
    computed. Nothing happens to a SKIPPED invoice; ``Invalid`` for any other that is not a draft.
    """
    row = invoice.row
    if row["invoice_status"] == ledger.SKIPPED:
        return invoice
    if row["invoice_status"] != ledger.DRAFT:
        raise Invalid("only a draft can be finalized")
    steps = 1
    settled = invoice
    if row["invoice_type"] == ledger.SUBSCRIPTION and invoice.lines:
        settled = with_taxes(work, with_credits(work, invoice))
        # The real server writes credits and taxes before it seals.
        steps = 3
    changed = {
        **settled.row,
        "invoice_status": ledger.FINALIZED,
        "finalized_at": work.now,
        "invoice_number": row["invoice_number"] or ledger.next_number(work),
    }
    if not changed["total"] and row["billing_reason"] != ledger.TRIAL_START:
        changed["payment_status"] = ledger.SUCCEEDED
    return Invoice(ledger.save(work, row, changed, steps=steps), settled.lines)


def with_credits(work: Work, invoice: Invoice) -> Invoice:
    """The invoice less the prepaid credits its usage lines take (facts/06 §10.5). Wallets and lines are stored, the
    invoice itself is not."""
    taken = drawing.apply(work, invoice.row, invoice.lines)
    lines = tuple(
        {**line, "prepaid_credits_applied": amount} for line, amount in zip(invoice.lines, taken, strict=True)
    )
    ledger.change_lines(work, invoice.lines, lines)
    return Invoice(adjusting.due({**invoice.row, "total_prepaid_credits_applied": total(taken)}), lines)


def with_taxes(work: Work, invoice: Invoice) -> Invoice:
    """A subscription's invoice with its taxes, which are stored; the invoice itself is not."""
    row = invoice.row
    rates = taxes.of_subscription(work, row["subscription_id"])
    applied = taxes.applied(work, row, rates, adjusting.taxable(row))
    taxes.keep(work, applied)
    return Invoice(adjusting.taxed(row, applied), invoice.lines)
