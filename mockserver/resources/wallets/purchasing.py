"""Credits bought on invoice: they are the customer's once the invoice is paid (facts/06 §14)."""

from __future__ import annotations

from dataclasses import replace

from mockserver.rating.adjustments import credit_value
from mockserver.rating.money import ONE, plain
from mockserver.resources.invoices import creating, ledger
from mockserver.resources.taxes import associations
from mockserver.resources.wallets import operations
from mockserver.resources.wallets.operations import Grant
from mockserver.store.columns import Row
from mockserver.times import Timestamp, format_time
from mockserver.work import Work


def purchase(work: Work, wallet: Row, grant: Grant) -> tuple[Row, str]:
    """Promise credits and invoice what they cost, due now: the pending transaction and the invoice's id.

    The invoice is taxed as the customer is. Invoice and transaction share the idempotency key.
    """
    described = replace(grant, description=grant.description or "Purchased credits - pending payment")
    transaction = operations.promise(work, wallet, described)
    amount = credit_value(grant.credits, wallet["topup_conversion_rate"])
    sent = dict(grant.metadata or {})
    metadata = {
        **sent,
        "auto_topup": sent.get("auto_topup", ""),
        "wallet_transaction_id": transaction["id"],
        "wallet_id": wallet["id"],
        "credits_amount": plain(grant.credits),
        "auto_completed": "false",
    }
    if grant.description:
        metadata["description"] = grant.description
    taxes = associations.applying_to(work, associations.CUSTOMER, wallet["customer_id"])
    invoice = creating.create_one_off(
        work,
        {
            "customer_id": wallet["customer_id"],
            "invoice_type": ledger.ONE_OFF,
            "currency": wallet["currency"],
            "subtotal": amount,
            "due_date": Timestamp(work.now, format_time(work.now)),
            "idempotency_key": grant.key,
            "metadata": metadata,
            "tax_rates": [row["tax_rate_id"] for row in taxes],
            "line_items": [
                {"display_name": f"Purchase {plain(grant.credits)} Credits", "amount": amount, "quantity": ONE}
            ],
        },
    )
    return transaction, invoice.row["id"]
