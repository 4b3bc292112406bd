"""From a subscription to the bill of an invoice: whose lines, of which items, less what was invoiced already
(facts/06 §12.4, §13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mockserver.billing import ledger, lines
from mockserver.billing.bill import Bill, Part
from mockserver.billing.items import GROUPED, INHERITED, PARENT, Item, items_of
from mockserver.billing.lines import Invoiced
from mockserver.errors import Invalid, NotFound
from mockserver.rating.fixed import ARREAR
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.query import OLDEST_FIRST, Compare, Eq, In
from mockserver.store.tables.invoices import INVOICES
from mockserver.store.tables.subscriptions import SUBSCRIPTIONS
from mockserver.times import format_time
from mockserver.work import Work

OPENING = (ledger.CREATE, ledger.TRIAL_START, ledger.TRIAL_END, ledger.UPDATE)
"""The billing reasons of invoices over what is paid in advance of their period; the others close it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bill is over: the period [start, end), and why it is billed (a billing reason).

    ``again`` bills what other invoices hold already once more; ``without`` is an invoice that does not count among
    those. ``only_first_prorated`` charges a period in full unless it is the subscription's first.
    """

    period: Period
    reason: str
    again: bool = False
    without: str = ""
    only_first_prorated: bool = False

    @classmethod
    def of(cls, invoice: Row) -> Scope:
        """What a stored invoice is over; what it holds itself is billed anew."""
        return cls(invoiced_period(invoice), invoice["billing_reason"], without=invoice["id"])

    def prorates(self, subscription: Row) -> bool:
        """Whether a short period is charged for its part, where the subscription asks for that."""
        return not self.only_first_prorated or bool(self.period.start == subscription["start_date"])


def subscription_of(work: Work, row: Row) -> Row:
    """The subscription an invoice is for; ``NotFound`` without details (facts/06 §12.4)."""
    found = work.tx.get(SUBSCRIPTIONS, row["subscription_id"])
    if found is None or found["status"] != "published":
        raise NotFound(f"no subscription {row['subscription_id']!r}")
    return found


def invoiced_period(row: Row) -> Period:
    """The period a subscription's invoice is for."""
    return Period(row["period_start"], row["period_end"])


def bill_of(work: Work, subscription: Row, scope: Scope) -> Bill:
    """The bill of a subscription and of those it is invoiced for; what other invoices hold already is left out
    (facts/06 §13). ``Invalid`` for a period after the subscription's end."""
    parts = [_part(work, subscription, scope, scope.without)]
    if not parts[0].lines and scope.reason != ledger.PRORATION and not scope.again:
        # Nothing of its own: what it is invoiced for is not looked at either.
        return Bill(tuple(parts))
    parts += [_part(work, each, scope) for each in grouped(work, subscription)]
    name = "Invoice for advance charges - subscription" if scope.reason in OPENING else "Invoice for subscription"
    return Bill(tuple(parts), f"{name} {subscription['id']}")


def _part(work: Work, subscription: Row, scope: Scope, without: str = "") -> Part:
    check_period(subscription, scope.period)
    items = [] if subscription["subscription_type"] == INHERITED else items_of(work, subscription, scope.period.start)
    ended = subscription["end_date"] is not None and scope.period.start >= subscription["end_date"]
    invoiced = lines.none_invoiced if scope.again else _invoiced(work, subscription, without)
    if ended and not scope.again:
        return Part(subscription, {item.id: item for item in items})
    return part_of(work, subscription, items, scope, invoiced)


def part_of(
    work: Work, subscription: Row, items: Sequence[Item], scope: Scope, invoiced: Invoiced = lines.none_invoiced
) -> Part:
    """The lines of one subscription over some of its items, as the billing reason asks."""
    prorate = scope.prorates(subscription)
    if scope.reason in OPENING:
        found = lines.opening_lines(work, subscription, items, scope.period, invoiced, prorate=prorate)
    else:
        if scope.reason == ledger.PRORATION:
            items = [item for item in items if item.row["invoice_cadence"] == ARREAR]
        found = lines.closing_lines(work, subscription, items, scope.period, invoiced, prorate=prorate)
    return Part(subscription, {item.id: item for item in items}, tuple(found))


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
