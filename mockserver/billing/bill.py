"""An invoice's charges before anything is taken off or added (behaviour/rating#the-pipeline).

Values only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from mockserver.billing.items import Item
from mockserver.rating.charges import Line, without_zero_lines
from mockserver.rating.money import ZERO
from mockserver.store.records.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one subscription. ``items`` are the line items by id that they refer to; a line without one
    belongs to the plan as a whole."""

    subscription: Subscription
    items: Mapping[str, Item]
    lines: tuple[Line, ...] = ()

    @property
    def plan_name(self) -> str:
        return plan_name(self.items.values())


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines of a subscription's invoice.

    The first part is the subscription's own, further ones are of subscriptions it is invoiced for.
    ``description`` is the invoice's.
    """

    parts: tuple[Part, ...]
    description: str = ""

    @property
    def subscription(self) -> Subscription:
        """The one that is invoiced."""
        return self.parts[0].subscription

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for part in self.parts for line in part.lines)

    def without_amounts(self) -> Bill:
        """The same lines for nothing: an invoice that opens a trial
        (behaviour/invoices-and-wallets#when-invoices-come)."""
        return self._with_lines(lambda lines: [replace(line, amount=ZERO) for line in lines])

    def without_zero_lines(self) -> Bill:
        """What a preview keeps with ``hide_zero_charges_line_items``."""
        return self._with_lines(without_zero_lines)

    def _with_lines(self, change: Callable[[Iterable[Line]], list[Line]]) -> Bill:
        return replace(self, parts=tuple(replace(part, lines=tuple(change(part.lines))) for part in self.parts))


def plan_name(items: Iterable[Item]) -> str:
    """The plan's name, as the first item that has one carries it; ``""`` if none does."""
    return next((item.row.plan_display_name for item in items if item.row.plan_display_name), "")
