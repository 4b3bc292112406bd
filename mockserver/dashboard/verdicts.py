"""How single events are told: in full as explanations are, or in one line of the event stream."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from mockserver.billing.items import Item
from mockserver.explaining.alone import is_linear
from mockserver.explaining.present import show_story
from mockserver.explaining.reading import READINGS
from mockserver.explaining.stories import Story
from mockserver.explaining.why import Verdict
from mockserver.metering.events import from_milliseconds
from mockserver.rating.money import plain
from mockserver.store.records.prices import Price
from mockserver.times import format_time

SHOWN_PROPERTIES = 400
"""Characters of an event's properties that the stream shows."""


def price_name(price: Price) -> str:
    """What people call a price."""
    return str(price.lookup_key or price.display_name or price.id)


def in_full(story: Story, items: Iterable[Item] = ()) -> dict[str, Any]:
    """The event as ``/_mock/explain/events`` tells it; ``items`` give the prices considered their names. An amount that
    depends on the rest of the period is null."""
    shown = show_story(story)
    names = {item.id: price_name(item.price) for item in items}
    for reading in READINGS:
        told = shown[reading]
        for billed, share in zip(told["billed"], story.verdicts[reading].shares, strict=True):
            if not is_linear(share.item):
                billed["amount"] = None
        for considered in told["prices_considered"]:
            considered["price"] = names.get(considered["subscription_line_item_id"])
    return shown


def in_brief(story: Story) -> dict[str, Any]:
    """The event in one line: what billed it, or the reason and hint, in either reading."""
    event = story.event
    return {
        "seq": event.seq,
        "event_id": event.id,
        "event_name": event.event_name,
        "external_customer_id": event.external_customer_id,
        "source": event.source,
        "timestamp": format_time(story.moment.replace(tzinfo=UTC)),
        "arrived_at": format_time(from_milliseconds(event.ingested_ms).replace(tzinfo=UTC)),
        "properties": event.properties[:SHOWN_PROPERTIES],
        "properties_cut": len(event.properties) > SHOWN_PROPERTIES,
        **{name: _brief(story.verdicts[name]) for name in READINGS},
    }


def _brief(verdict: Verdict) -> dict[str, Any]:
    return {
        "billed": [
            {
                "price": price_name(share.item.price),
                "quantity": plain(share.quantity),
                "amount": plain(share.amount) if is_linear(share.item) else None,
                "currency": share.item.price.currency,
            }
            for share in verdict.shares
        ],
        "reason": verdict.reason,
        "meaning": verdict.reason and verdict.reason.sentence,
        "explanation": verdict.detail,
        "hints": verdict.hints,
    }
