"""What changes the sum of an invoice's lines: coupons, then taxes (facts/06 §2 steps 11-16, §10).

Prepaid credits, which come between the two, are used when an invoice is sealed (``sealing``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mockserver.billing.ledger import Invoice
from mockserver.rating.adjustments import AdjustableLine, adjust
from mockserver.rating.money import ZERO, add, subtract, total
from mockserver.store.columns import Row
from mockserver.terms.coupons import applying as coupons
from mockserver.terms.coupons.applying import UsedCoupon
from mockserver.work import Work


@dataclass(frozen=True, slots=True)
class Coupons:
    """The coupons of an invoice: on the whole, and on lines, by what the column ``named_by`` of a line says."""

    on_invoice: Sequence[UsedCoupon]
    on_lines: Mapping[str, Sequence[UsedCoupon]]
    named_by: str

    def of(self, lines: Sequence[Row]) -> list[Sequence[UsedCoupon]]:
        """Each line's own coupons. Of lines that a coupon names alike, as the normal and the overage usage of one line
        item, the last has it."""
        last = {line[self.named_by]: index for index, line in enumerate(lines)}
        return [
            self.on_lines.get(line[self.named_by] or "", ()) if last[line[self.named_by]] == index else ()
            for index, line in enumerate(lines)
        ]


def of_subscriptions(work: Work, subscriptions: Sequence[Row], invoice: Row) -> Coupons:
    """The coupons of a subscription's invoice; the first subscription is the one invoiced, of others only the coupons
    on their line items count."""
    found = [
        coupons.of_subscription(work, each, invoice["period_start"], invoice["period_end"]) for each in subscriptions
    ]
    on_items = {item: used for each in found for item, used in each.on_items.items()}
    return Coupons(found[0].on_invoice, on_items, "subscription_line_item_id")


def discounted(work: Work, invoice: Invoice, used: Coupons) -> tuple[Invoice, list[Row]]:
    """The invoice less its coupons, and what each of them took off; nothing is stored or redeemed.

    Coupons on the whole invoice start from the sum of its lines, also where a one-off invoice states another
    subtotal.
    """
    own = used.of(invoice.lines)
    lines = [
        AdjustableLine(line["amount"], coupons=tuple(each.terms for each in of_line))
        for line, of_line in zip(invoice.lines, own, strict=True)
    ]
    row = invoice.row
    totals = adjust(lines, row["currency"], [each.terms for each in used.on_invoice])
    changed = tuple(
        {**line, "line_item_discount": each.line_item_discount, "invoice_level_discount": each.invoice_level_discount}
        for line, each in zip(invoice.lines, totals.lines, strict=True)
    )
    applied = coupons.applications(work, row, list(zip(changed, own, strict=True)), used.on_invoice)
    return Invoice(due({**row, "total_discount": totals.total_discount}), changed), applied


def taxed(row: Row, taxes: Sequence[Row]) -> Row:
    """The invoice with what its taxes charge; without any it stays as it is."""
    return due({**row, "total_tax": total(tax["tax_amount"] for tax in taxes)}) if taxes else row


def taxable(row: Row) -> Decimal:
    """What taxes are charged on: credits do not lower it (facts/06 §0 row 10)."""
    return max(subtract(row["subtotal"], row["total_discount"]), ZERO)


def due(row: Row) -> Row:
    """The invoice with its total, never below 0, and what is left to pay of it."""
    kept = subtract(subtract(row["subtotal"], row["total_discount"]), row["total_prepaid_credits_applied"])
    whole = max(add(kept, row["total_tax"]), ZERO)
    return {**row, "total": whole, "amount_due": whole, "amount_remaining": subtract(whole, row["amount_paid"])}
