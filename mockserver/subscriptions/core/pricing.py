"""Which prices of a plan a subscription takes over (behaviour/subscriptions#which-prices-are-taken)."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.errors import Invalid
from mockserver.store.query import OLDEST_FIRST, AnyOf, Compare, Eq, In, IsNull
from mockserver.store.records.prices import Price
from mockserver.subscriptions.line_items.checks import ONETIME
from mockserver.work import Work


def matching_prices(work: Work, entity_type: str, entity_id: str, period: str, currency: str) -> list[Price]:
    """The plan's published, unexpired prices of that period (or one-time) and currency, in order of creation.

    ``Invalid`` if there is none; some matching is enough.
    """
    prices = work.tx.every(
        Price,
        Eq("entity_type", entity_type),
        Eq("entity_id", entity_id),
        In("billing_period", [period, ONETIME]),
        AnyOf((IsNull("end_date"), Compare("end_date", ">", work.now))),
        order=OLDEST_FIRST,
    )
    details = {"entity_id": entity_id, "entity_type": entity_type}
    if not prices:
        raise Invalid(f"the plan has no current {period} price", details)
    valid = [price for price in prices if price.currency.lower() == currency]
    if not valid:
        raise Invalid(f"the plan has no {period} price in {currency}", details)
    return valid


def trial_days(requested: int | None, prices: Sequence[Price]) -> int:
    """Days of trial: as requested, else those the plan's fixed prices agree on (behaviour/subscriptions#trials).

    ``Invalid`` if they do not agree.
    """
    if requested is not None:
        return requested
    lengths = {price.trial_period_days or 0 for price in prices if price.type == "FIXED"}
    if len(lengths) > 1:
        raise Invalid("the plan's fixed prices have different trial_period_days; send trial_period_days")
    return lengths.pop() if lengths else 0


def plan_sequence(work: Work, plan_id: str) -> int:
    """The highest sequence number of the plan's published usage prices that have not ended, 0 without any
    (behaviour/subscriptions#creating-a-subscription)."""
    prices = work.tx.every(
        Price,
        Eq("entity_type", "PLAN"),
        Eq("entity_id", plan_id),
        Eq("type", "USAGE"),
        AnyOf((IsNull("end_date"), Compare("end_date", ">", work.now))),
    )
    return max((price.sequence or 0 for price in prices), default=0)
