"""A rated charge together with the line item, price and meter it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mockserver.billing.items import Item
from mockserver.rating import charges as rating


@dataclass(frozen=True, slots=True)
class Charge:
    """What one line item costs, or the part of it within or beyond a commitment."""

    item: Item
    rated: rating.Charge

    @property
    def quantity(self) -> Decimal:
        return self.rated.quantity

    @property
    def exact(self) -> Decimal:
        """The unrounded cost in the price's currency."""
        return self.rated.exact

    @property
    def amount(self) -> Decimal:
        """The rounded cost."""
        return self.rated.amount
