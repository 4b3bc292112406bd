"""Prepaid credits on invoices: what each usage line takes from the customer's wallets
(behaviour/invoices-and-wallets#coupons)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mockserver.credits.wallets import accounts, operations
from mockserver.idempotency import key_of
from mockserver.rating.charges import USAGE
from mockserver.rating.money import ZERO, add, round_money, subtract
from mockserver.store.records.invoices import Invoice, InvoiceLine
from mockserver.store.records.wallets import Wallet
from mockserver.store.transaction import new_id
from mockserver.work import Work


def draw(balances: Sequence[Decimal], nets: Sequence[Decimal], currency: str) -> tuple[list[Decimal], list[Decimal]]:
    """What each line takes, and what each wallet gives.

    ``nets`` are what lines still cost, in order; wallets are emptied one after the other. Each part is rounded to the
    currency but never above what is there; what a wallet holds below half of the smallest coin stays in it.
    """
    left = list(balances)
    given = [ZERO] * len(left)
    taken = []
    for net in nets:
        line = ZERO
        for index in range(len(left)):
            while left[index] > 0 and line < net:
                raw = min(left[index], subtract(net, line))
                part = min(round_money(raw, currency), raw)
                if not part:
                    left[index] = ZERO
                    break
                line, given[index] = add(line, part), add(given[index], part)
                left[index] = subtract(left[index], part)
        taken.append(line)
    return taken, given


@dataclass(frozen=True, slots=True)
class Drawing:
    """What each line takes, and what each wallet gives for that; money of the invoice's currency."""

    taken: tuple[Decimal, ...]
    given: tuple[tuple[Wallet, Decimal], ...]


def planned(work: Work, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Drawing:
    """The credits of an invoice's customer that its USAGE lines would take; nothing is debited.

    ``lines`` have ``price_type``, ``amount`` and both discounts. Larger balances come first.
    """
    wallets = [row for row in accounts.prepaid_of(work, invoice.customer_id, invoice.currency) if row.balance > 0]
    wallets.sort(key=lambda row: -row.balance)
    nets = [_net(line) for line in lines]
    taken, given = draw([row.balance for row in wallets], nets, invoice.currency)
    return Drawing(tuple(taken), tuple(zip(wallets, given, strict=True)))


def carry_out(work: Work, invoice: Invoice, drawing: Drawing) -> None:
    """Debit the wallets."""
    for wallet, amount in drawing.given:
        if amount > 0:
            _debit(work, wallet, invoice, amount)


def _net(line: InvoiceLine) -> Decimal:
    if line.price_type != USAGE:
        return ZERO
    return subtract(subtract(line.amount, line.line_item_discount), line.invoice_level_discount)


def _debit(work: Work, wallet: Wallet, invoice: Invoice, amount: Decimal) -> None:
    use = operations.Use(
        "CREDIT_ADJUSTMENT",
        # A voided or recalculated invoice may draw again, so every drawing has a key of its own.
        key_of("wallet_credit_adjustment", invoice.id, wallet.id, new_id("draw")),
        amount=amount,
        description=f"Amount applied as credit adjustment to invoice {invoice.id} from wallet {wallet.id}",
        metadata={
            "invoice_id": invoice.id,
            "customer_id": invoice.customer_id,
            "wallet_type": wallet.wallet_type,
            "adjustment_type": "amount_application",
        },
        reference=(operations.INVOICE, invoice.id),
    )
    operations.debit(work, wallet, use)
