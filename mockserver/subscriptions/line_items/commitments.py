"""Commitments of items and of the whole subscription (behaviour/subscriptions#terms-of-a-new-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockserver.errors import Invalid
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.line_items.building import has_commitment
from mockserver.vocabulary import CommitmentType


def apply_commitment(item: LineItem, commitment: Mapping[str, Any]) -> LineItem:
    """The item with one entry of ``line_item_commitments``."""
    amount, quantity = commitment.get("commitment_amount"), commitment.get("commitment_quantity")
    by_amount = amount is not None and amount > 0
    by_quantity = quantity is not None and quantity > 0
    named = commitment.get("commitment_type")
    given = CommitmentType(named) if named else None
    return replace(
        item,
        commitment_amount=amount,
        commitment_quantity=quantity,
        commitment_type=given
        or (CommitmentType.AMOUNT if by_amount else CommitmentType.QUANTITY if by_quantity else None),
        commitment_overage_factor=commitment.get("overage_factor"),
        commitment_true_up_enabled=commitment.get("enable_true_up", False),
        commitment_windowed=commitment.get("is_window_commitment", False),
        commitment_duration=commitment.get("commitment_duration"),
    )


def check_commitments(row: Subscription, items: Sequence[LineItem]) -> None:
    """The whole subscription or single items may be committed, not both."""
    amount, factor = row.commitment_amount, row.overage_factor
    if amount is None or amount <= 0 or factor <= 1:
        return
    for item in items:
        if has_commitment(item):
            raise Invalid(
                "a commitment on the subscription and one on a line item exclude each other",
                {
                    "subscription_id": row.id,
                    "subscription_commitment": amount,
                    "line_item_id": item.id,
                    "line_item_commitment_amount": item.commitment_amount,
                    "line_item_commitment_quantity": item.commitment_quantity,
                },
            )
