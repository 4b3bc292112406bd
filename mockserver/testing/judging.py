"""The assertions, with messages that say what was billed instead."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mockserver.rating.explanation import Reason
from mockserver.testing.amounts import Amount, exact, text
from mockserver.testing.explanation import Explanation


def check_billed(
    told: Explanation, price: str | None, subscription: str | None, amount: Amount | None, quantity: Amount | None
) -> None:
    """``AssertionError`` unless the event was billed so."""
    __tracebackhide__ = True
    shares = [
        share
        for share in told.billed
        if (price is None or price in (share.price, share.price_id))
        and (subscription is None or share.subscription_id == subscription)
    ]
    if not shares:
        asked = [f"by {price}"] * (price is not None) + [f"on {subscription}"] * (subscription is not None)
        raise AssertionError(f"event {told.event_id} was not billed {' '.join(asked)}".rstrip() + f"\n{told}")
    for name, wanted, found in (
        ("amount", amount, sum((share.amount for share in shares), Decimal())),
        ("quantity", quantity, sum((share.quantity for share in shares), Decimal())),
    ):
        if wanted is not None and exact(wanted) != found:
            raise AssertionError(
                f"{name} of event {told.event_id}: expected {text(exact(wanted))}, billed {text(found)}\n{told}"
            )


def check_unbilled(told: Explanation, reason: str | None) -> None:
    """``AssertionError`` if the event was billed, or is not for another reason; ``ValueError`` for a reason that does
    not exist."""
    __tracebackhide__ = True
    if reason is not None and reason not in set(Reason):
        raise ValueError(f"there is no reason {reason!r}; the reasons are {', '.join(Reason)}")
    if told.billed or (reason is not None and told.reason != reason):
        raise AssertionError(f"event {told.event_id} should not be billed{f' ({reason})' if reason else ''}\n{told}")


def check_total(bill: dict[str, Any], total: Amount) -> None:
    """``AssertionError`` unless an invoice comes to that total."""
    __tracebackhide__ = True
    found = Decimal(bill["total"])
    if exact(total) == found:
        return
    lines = [
        f"  {line.get('display_name') or line.get('price_id')}: {line.get('quantity')} = {line.get('amount')}"
        for line in bill.get("line_items") or ()
    ]
    heading = f"expected a total of {text(exact(total))} {bill['currency']}, the bill comes to {text(found)}"
    raise AssertionError("\n".join([heading, *lines]))
