"""What single events cost (behaviour/events-and-usage#costs-of-single-events)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from mockserver.catalogue.prices.terms import terms_of
from mockserver.lookups.customers import find_by_external_id
from mockserver.rating.cost import cost
from mockserver.rating.money import ZERO, multiply
from mockserver.store import events as store
from mockserver.store import quantities
from mockserver.store.records.prices import Price
from mockserver.store.usage import MeteredEvent
from mockserver.usage.events import attribution
from mockserver.work import Work

_NANO = Decimal(10) ** 9


def in_nano_dollars(work: Work, event_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The cost of each event's quantity alone, by the price of one line item of its customer, times 10^9; 0 where
    nothing bills it. The real server looks a customer's price of a meter up once per request, at the time of the
    first event that needs it; where prices have filters the price is looked up for each event."""
    known: dict[tuple[str, str], Price | None] = {}
    return [{"requestId": each, "costNanoUsd": _cost(work, each, known)} for each in event_ids]


def _cost(work: Work, event_id: str, known: dict[tuple[str, str], Price | None]) -> Decimal:
    metered = attribution.metered(work, event_id)
    if metered is None:
        return ZERO
    key = (metered.external_customer_id, metered.meter_id)
    if key not in known:
        price, certain = _price(work, metered)
        if certain:
            known[key] = price
    else:
        price = known[key]
    return ZERO if price is None else multiply(cost(terms_of(price), quantities.to_decimal(metered.steps)), _NANO)


def _price(work: Work, metered: MeteredEvent) -> tuple[Price | None, bool]:
    """The price of the first active line item that bills the event, and whether it bills the meter's other events
    too."""
    customer = find_by_external_id(work, metered.external_customer_id)
    if customer is None:
        return None, True
    items = attribution.usage_items(work, customer["id"], [metered.meter_id])
    event = store.by_seqs(work.tx.connection, [metered.event_seq]).get(metered.event_seq)
    properties = None if event is None else orjson.loads(event.properties)
    billed = attribution.billing(work, items, metered.time, properties)
    price = work.tx.load(Price, billed.items[0].price_id) if billed.items else None
    return price, billed.undivided
