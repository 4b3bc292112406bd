"""What changes the sum of an invoice's lines: coupons, prepaid credits, taxes (behaviour/rating#the-pipeline,
behaviour/invoices-and-wallets#fixed-charges).

``passed`` takes an invoice through steps and stores nothing, ``keep`` stores what they made of it. ``passages`` says
which kind of invoice takes which steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from mockserver.billing import ledger
from mockserver.billing.ledger import LinedInvoice
from mockserver.billing.passages import Step
from mockserver.credits.wallets import drawing
from mockserver.credits.wallets.drawing import Drawing
from mockserver.rating.adjustments import AdjustableLine, discounts
from mockserver.rating.money import ZERO, add, subtract, total
from mockserver.store.columns import Row
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.subscriptions import Subscription
from mockserver.terms.coupons import applying as coupons
from mockserver.terms.coupons.applying import UsedCoupon
from mockserver.terms.taxes import applying as taxes
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class Coupons:
    """The coupons of an invoice: on the whole, and on lines, by the name that ``named_by`` finds for a line."""

    on_invoice: Sequence[UsedCoupon] = ()
    on_lines: Mapping[str, Sequence[UsedCoupon]] = field(default_factory=dict)
    named_by: Callable[[InvoiceLine], str | None] = attrgetter("subscription_line_item_id")

    def of(self, lines: Sequence[InvoiceLine]) -> list[Sequence[UsedCoupon]]:
        """Each line's own coupons. Of lines that a coupon names alike, as the normal and the overage usage of one line
        item, the last has it."""
        names = [self.named_by(line) for line in lines]
        last = {name: index for index, name in enumerate(names)}
        return [self.on_lines.get(name or "", ()) if last[name] == index else () for index, name in enumerate(names)]


@dataclass(frozen=True, slots=True)
class Terms:
    """What may lower or raise an invoice; ``rates`` are rows of TAX_RATES."""

    coupons: Coupons = Coupons()
    rates: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """An invoice after some steps, and what each noted: rows of COUPON_APPLICATIONS and TAX_APPLIED, and what is drawn
    from wallets."""

    invoice: LinedInvoice
    coupon_applications: tuple[Row, ...] = ()
    taxes: tuple[Row, ...] = ()
    drawing: Drawing | None = None


def coupons_of(work: Work, subscriptions: Sequence[Subscription], invoice: Invoice) -> Coupons:
    """The coupons of a subscription's invoice; the first subscription is the one invoiced, of others only the coupons
    on their line items count."""
    period = ledger.period_of(invoice)
    found = [coupons.of_subscription(work, each, period.start, period.end) for each in subscriptions]
    on_items = {item: used for each in found for item, used in each.on_items.items()}
    return Coupons(found[0].on_invoice, on_items)


def passed(work: Work, invoice: LinedInvoice, steps: Iterable[Step], terms: Terms) -> Passed:
    """The invoice after the steps; nothing is stored, redeemed or debited."""
    result = Passed(invoice)
    for step in steps:
        result = _STEPS[step](work, result, terms)
    return result


def keep(work: Work, before: LinedInvoice, after: Passed) -> None:
    """Store what steps made of the lines of a stored invoice, and what they noted. The invoice itself is not stored."""
    ledger.change_lines(work, before.lines, after.invoice.lines)
    coupons.keep(work, after.coupon_applications)
    if after.drawing is not None:
        drawing.carry_out(work, before.head, after.drawing)
    taxes.keep(work, after.taxes)


def _less_coupons(work: Work, passing: Passed, terms: Terms) -> Passed:
    """Coupons on the whole invoice start from the sum of its lines, also where a one-off invoice states another
    subtotal."""
    head, lines = passing.invoice.head, passing.invoice.lines
    own = terms.coupons.of(lines)
    found = discounts(
        [
            AdjustableLine(line.amount, tuple(each.terms for each in of_line))
            for line, of_line in zip(lines, own, strict=True)
        ],
        head.currency,
        [each.terms for each in terms.coupons.on_invoice],
    )
    changed = tuple(
        replace(
            line,
            line_item_discount=each.line_item_discount,
            invoice_level_discount=each.invoice_level_discount,
        )
        for line, each in zip(lines, found.lines, strict=True)
    )
    applied = coupons.applications(work, head, list(zip(changed, own, strict=True)), terms.coupons.on_invoice)
    discounted = LinedInvoice(_due(replace(head, total_discount=found.total)), changed)
    return replace(passing, invoice=discounted, coupon_applications=tuple(applied))


def _less_credits(work: Work, passing: Passed, terms: Terms) -> Passed:
    """Less the prepaid credits that usage lines take (behaviour/invoices-and-wallets#coupons)."""
    head, lines = passing.invoice.head, passing.invoice.lines
    drawn = drawing.planned(work, head, lines)
    changed = tuple(
        replace(line, prepaid_credits_applied=amount) for line, amount in zip(lines, drawn.taken, strict=True)
    )
    due = _due(replace(head, total_prepaid_credits_applied=total(drawn.taken)))
    return replace(passing, invoice=LinedInvoice(due, changed), drawing=drawn)


def _plus_taxes(work: Work, passing: Passed, terms: Terms) -> Passed:
    """Taxes are charged on the subtotal less discounts: credits do not lower it (behaviour/rating#what-to-know-first).
    Without any the invoice stays as it is."""
    head = passing.invoice.head
    base = max(subtract(head.subtotal, head.total_discount), ZERO)
    charged = tuple(taxes.applied(work, head, terms.rates, base))
    if not charged:
        return passing
    due = _due(replace(head, total_tax=total(tax["tax_amount"] for tax in charged)))
    return replace(passing, invoice=LinedInvoice(due, passing.invoice.lines), taxes=charged)


_STEPS: Mapping[Step, Callable[[Work, Passed, Terms], Passed]] = {
    Step.COUPONS: _less_coupons,
    Step.CREDITS: _less_credits,
    Step.TAXES: _plus_taxes,
}


def _due(invoice: Invoice) -> Invoice:
    """The invoice with its total, never below 0, and what is left to pay of it."""
    kept = subtract(subtract(invoice.subtotal, invoice.total_discount), invoice.total_prepaid_credits_applied)
    whole = max(add(kept, invoice.total_tax), ZERO)
    return replace(invoice, total=whole, amount_due=whole, amount_remaining=subtract(whole, invoice.amount_paid))
