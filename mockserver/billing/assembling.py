"""Filling a subscription's draft, again as often as wanted until it is sealed (facts/06 §12.4, §13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mockserver.billing import adjusting, ledger
from mockserver.billing import lines as charging
from mockserver.billing.adjusting import Coupons
from mockserver.billing.bill import Bill, Part
from mockserver.billing.items import INHERITED, PARENT, Item, items_of
from mockserver.billing.ledger import Invoice
from mockserver.billing.lines import Invoiced
from mockserver.errors import Invalid, NotFound
from mockserver.rating.charges import Line
from mockserver.rating.fixed import ARREAR
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Compare, Eq, In
from mockserver.store.tables.invoices import INVOICES
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.terms.coupons import applying as coupons
from mockserver.times import format_time
from mockserver.work import Work

GROUPED = "grouped_invoicing"
OPENING = (ledger.CREATE, ledger.TRIAL_START, ledger.TRIAL_END, ledger.UPDATE)
"""The billing reasons of invoices over what is paid in advance of their period; the others close it."""


def subscription_of(work: Work, row: Row) -> Row:
    """The subscription an invoice is for; ``NotFound`` without details (facts/06 §12.4)."""
    found = work.tx.get(SUBSCRIPTIONS, row["subscription_id"])
    if found is None or found["status"] != "published":
        raise NotFound(f"no subscription {row['subscription_id']!r}")
    return found


def invoiced_period(row: Row) -> Period:
    """The period a subscription's invoice is for."""
    return Period(row["period_start"], row["period_end"])


def recompute(work: Work, row: Row) -> Invoice:
    """Compute a draft or SKIPPED invoice of a subscription anew; SKIPPED if nothing is due.

    One whose subscription is billed by its parent stays as it is.
    """
    subscription = subscription_of(work, row)
    if subscription["subscription_type"] in (INHERITED, GROUPED):
        return ledger.lines_of(work, [row])[0]
    return compute(work, row, bill_of(work, subscription, row, without=row["id"]))


def compute(work: Work, row: Row, bill: Bill) -> Invoice:
    """Fill a draft with a bill, less the coupons of its subscriptions, and store that. Credits and taxes follow when
    it is sealed.

    A subscription's invoice over nothing becomes SKIPPED, except one that opens a trial (facts/06 §13).
    """
    if row["billing_reason"] == ledger.TRIAL_START:
        bill = bill.without_amounts()
    invoice = ledger.replace_lines(work, ledger.filled(work, row, bill))
    skipped = not invoice.row["subtotal"] and row["billing_reason"] != ledger.TRIAL_START
    if not skipped:
        used = adjusting.of_subscriptions(work, [part.subscription for part in bill.parts], row)
        invoice = discount(work, invoice, used)
    state = {"invoice_status": ledger.SKIPPED if skipped else ledger.DRAFT, "last_computed_at": work.now}
    return Invoice(ledger.save(work, row, {**invoice.row, **state}), invoice.lines)


def discount(work: Work, invoice: Invoice, used: Coupons) -> Invoice:
    """The invoice less its coupons. Lines and applications are stored, the invoice itself is not."""
    discounted, applied = adjusting.discounted(work, invoice, used)
    ledger.change_lines(work, invoice.lines, discounted.lines)
    coupons.keep(work, applied)
    return discounted


def bill_of(work: Work, subscription: Row, row: Row, *, without: str = "") -> Bill:
    """What a draft's period and reason bill; what other invoices hold already is left out (facts/06 §13).

    ``without`` is an invoice that does not count among those. ``Invalid`` for a period after the subscription's end.
    """
    period = invoiced_period(row)
    reason = row["billing_reason"]
    parts = [_part(work, subscription, period, reason, without)]
    if not parts[0].lines and reason != ledger.PRORATION:
        # Nothing of its own: what it is invoiced for is not looked at either.
        return Bill(tuple(parts))
    parts += [_part(work, each, period, reason, "") for each in grouped(work, subscription)]
    name = "Invoice for advance charges - subscription" if reason in OPENING else "Invoice for subscription"
    return Bill(tuple(parts), f"{name} {subscription['id']}")


def _part(work: Work, subscription: Row, period: Period, reason: str, without: str) -> Part:
    check_period(subscription, period)
    items = items_of(work, subscription, period.start)
    lines = _lines(work, subscription, items, period, reason, _invoiced(work, subscription, without))
    return Part(subscription, {item.id: item for item in items}, tuple(lines))


def _lines(
    work: Work, subscription: Row, items: Sequence[Item], period: Period, reason: str, invoiced: Invoiced
) -> list[Line]:
    if subscription["end_date"] is not None and period.start >= subscription["end_date"]:
        return []
    if reason in OPENING:
        return charging.opening_lines(work, subscription, items, period, invoiced)
    if reason == ledger.PRORATION:
        items = [item for item in items if item.row["invoice_cadence"] == ARREAR]
    return charging.closing_lines(work, subscription, items, period, invoiced)


def check_period(subscription: Row, period: Period) -> None:
    """``Invalid`` for a period that starts after the subscription's end."""
    until = subscription["end_date"]
    if until is not None and period.start > until:
        raise Invalid(
            "the period starts after the subscription has ended",
            {
                "subscription_id": subscription["id"],
                "period_start": format_time(period.start),
                "subscription_end_date": format_time(until),
            },
        )


def grouped(work: Work, subscription: Row) -> list[Row]:
    """The running subscriptions that a parent is invoiced for."""
    if subscription["subscription_type"] != PARENT:
        return []
    return work.tx.published(
        SUBSCRIPTIONS,
        Eq("parent_subscription_id", subscription["id"]),
        Eq("subscription_type", GROUPED),
        In("subscription_status", ("active", "trialing")),
        order=OLDEST_FIRST,
    )


def _invoiced(work: Work, subscription: Row, without: str) -> Invoiced:
    """What invoices of a subscription hold already: prices with a line that overlaps a period, on a draft or finalized
    invoice inside that period."""

    def invoiced(period: Period) -> Collection[str]:
        rows = work.tx.published(
            INVOICES,
            Eq("subscription_id", subscription["id"]),
            Eq("invoice_type", ledger.SUBSCRIPTION),
            In("invoice_status", (ledger.DRAFT, ledger.FINALIZED)),
            Compare("period_start", ">=", period.start),
            Compare("period_end", "<=", period.end),
        )
        others = ledger.lines_of(work, [row for row in rows if row["id"] != without])
        return {
            line["price_id"]
            for invoice in others
            for line in invoice.lines
            if Period(line["period_start"], line["period_end"]) == period
            or (line["period_start"] < period.end and line["period_end"] > period.start)
        }

    return invoiced
