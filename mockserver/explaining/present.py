"""Explanations as JSON. Amounts are exact decimals in strings, in the price's currency; times are RFC3339 in UTC."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

import orjson

from mockserver.explaining.reading import READINGS, Share
from mockserver.explaining.stories import Story, SubscriptionStory
from mockserver.explaining.why import Trial, Verdict
from mockserver.rating.explanation import REASONS, Reason
from mockserver.rating.money import plain
from mockserver.rating.taking import Selection
from mockserver.times import format_time


def show_story(story: Story) -> dict[str, Any]:
    """One event: what it carried, the meters tried, and for each reading what billed it or why nothing did."""
    event = story.event
    return {
        "event_id": event.id,
        "event_name": event.event_name,
        "external_customer_id": event.external_customer_id,
        "timestamp": format_time(story.moment.replace(tzinfo=UTC)),
        "properties": orjson.loads(event.properties),
        "meters": [_trial(trial) for trial in story.trials],
        **{name: _verdict(story.verdicts[name], story.trials) for name in READINGS},
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "meter_id": trial.meter["id"],
        "meter": trial.meter["name"],
        "matched": trial.matched,
        "explanation": trial.text,
        "hints": list(trial.hints),
    }


def _verdict(verdict: Verdict, trials: Sequence[Trial]) -> dict[str, Any]:
    names = {trial.meter["id"]: trial.meter["name"] for trial in trials}
    return {
        "billed": [_share(share, trials, verdict.selections) for share in verdict.shares],
        "reason": verdict.reason,
        "meaning": verdict.reason and verdict.reason.sentence,
        "explanation": verdict.detail,
        "hints": verdict.hints,
        "prices_considered": [
            {"meter": names.get(meter_id, meter_id), **found}
            for (_, meter_id), selection in verdict.selections.items()
            for found in _considered(selection)
        ],
    }


def _share(share: Share, trials: Sequence[Trial], selections: Mapping[tuple[str, str], Selection]) -> dict[str, Any]:
    price, row = share.item.price, share.item.row
    trial = next((t for t in trials if t.meter["id"] == row.meter_id), None)
    selection = selections.get((row.subscription_id, share.item.meter_id))
    return {
        "meter_id": row.meter_id,
        "meter": trial.meter["name"] if trial else row.meter_display_name,
        "subscription_id": row.subscription_id,
        "subscription_line_item_id": row.id,
        "price_id": price.id,
        "price": price.lookup_key or price.display_name or price.id,
        "quantity": plain(share.quantity),
        "property": trial.metered.source if trial and trial.metered else None,
        "amount": plain(share.amount),
        "currency": price.currency,
        "ambiguous": selection.ambiguous if selection else False,
    }


def _considered(selection: Selection) -> Iterable[dict[str, Any]]:
    for found in selection.considered:
        yield {
            "subscription_line_item_id": found.candidate.id,
            "filter_values": dict(found.candidate.filter_values),
            "specificity": found.score,
            "matched": found.matched,
            "won": selection.takes(found.candidate.id),
            "explanation": found.mismatch.text() if found.mismatch else "every filter key has a matching value",
        }


def show_subscription(found: SubscriptionStory, reading: str) -> dict[str, Any]:
    """A subscription's window: the totals of both readings and every event. ``reading`` is the server's own."""
    asked = found.question
    return {
        "subscription_id": asked.subscription.id,
        "start_time": format_time(asked.start),
        "end_time": format_time(asked.end),
        "currency": asked.subscription.currency,
        "reading": reading,
        "totals": {name: plain(found.readings[name].total) for name in READINGS},
        "billed_events": {name: sum(1 for s in found.stories if s.verdicts[name].reason is None) for name in READINGS},
        "unbilled_events": {
            name: sum(1 for s in found.stories if s.verdicts[name].reason is not None) for name in READINGS
        },
        "events": [show_story(story) for story in found.stories],
    }


def show_unbilled(stories: Sequence[Story], reading: str, limit: int) -> dict[str, Any]:
    """Events nobody pays for, grouped by reason; at most ``limit`` events are listed per reason, all are counted."""
    groups: dict[Reason | None, list[Story]] = defaultdict(list)
    for story in stories:
        groups[story.verdicts[reading].reason].append(story)
    return {
        "reading": reading,
        "total": len(stories),
        "reasons": [
            {
                "reason": reason,
                "meaning": reason.sentence,
                "count": len(groups[reason]),
                "events": [_brief(story, reading) for story in groups[reason][:limit]],
            }
            for reason in REASONS
            if reason in groups
        ],
    }


def _brief(story: Story, reading: str) -> dict[str, Any]:
    verdict = story.verdicts[reading]
    return {
        "event_id": story.event.id,
        "event_name": story.event.event_name,
        "external_customer_id": story.event.external_customer_id,
        "timestamp": format_time(story.moment.replace(tzinfo=UTC)),
        "explanation": verdict.detail,
        "hints": verdict.hints,
    }
