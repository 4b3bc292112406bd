"""Why an event bills nothing: one reason out of a fixed list, what was tried, and what was probably meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mockserver.billing.items import Item
from mockserver.explaining.reading import Share
from mockserver.metering.claims import seconds
from mockserver.metering.events import from_milliseconds
from mockserver.metering.meters import aggregation_of_row
from mockserver.rating.explanation import (
    BEFORE_START,
    DUPLICATE,
    FIELD_UNUSABLE,
    FILTER_MISMATCH,
    NO_METER,
    NO_PRICE,
    NO_SUBSCRIPTION,
    REASONS,
    Reason,
)
from mockserver.rating.expression import variables
from mockserver.rating.matching import Mismatch, filter_keys, key_filters, meter_mismatch, price_texts
from mockserver.rating.near import likeness, nearest
from mockserver.rating.quantity import MISSING, NOT_NUMERIC, Aggregation, MeteredQuantity, ingest_quantity, skip_reason
from mockserver.rating.taking import Considered, Selection, who_takes
from mockserver.store.columns import Row
from mockserver.store.events import StoredEvent
from mockserver.times import format_time


@dataclass(frozen=True, slots=True)
class Trial:
    """A meter that was tried on an event: whether it measures the event, in words, and what it takes from it."""

    meter: Row
    matched: bool
    text: str
    reason: Reason | None = None
    metered: MeteredQuantity | None = None
    hints: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the meter found something to measure."""
        return self.matched and self.reason is None


@dataclass(slots=True)
class Verdict:
    """The end of one event in one reading: its shares, or the reason why there are none. ``selections`` tell by
    subscription and meter who took it, where filters are honoured."""

    shares: list[Share] = field(default_factory=list)
    reason: Reason | None = None
    detail: str = ""
    hints: list[str] = field(default_factory=list)
    selections: dict[tuple[str, str], Selection] = field(default_factory=dict)


def sources(aggregation: Aggregation) -> tuple[str, ...]:
    """The properties a meter measures."""
    if aggregation.expression:
        return variables(aggregation.expression)
    return (aggregation.field,) if aggregation.field and aggregation.type != "COUNT" else ()


def try_meter(meter: Row, event: StoredEvent, properties: Mapping[str, Any], *, metered: bool) -> Trial:
    """What became of the event at a meter of its name; ``metered`` says whether a usage row exists."""
    mismatch = meter_mismatch(key_filters(meter["filters"]), properties)
    if mismatch is not None:
        return Trial(meter, False, mismatch.text(), FILTER_MISMATCH, hints=_filter_hints(mismatch))
    aggregation = aggregation_of_row(meter)
    quantity = ingest_quantity(aggregation, properties, event.event_name)
    wanted = sources(aggregation)
    if quantity is None:
        text = skip_reason(aggregation, properties) or "its formula skips the event"
        return Trial(meter, False, text, FIELD_UNUSABLE, hints=_property_hints(wanted, properties))
    if not metered:
        return Trial(meter, False, _unmetered(meter, event), NO_METER)
    missing = bool(wanted) and not any(name in properties for name in wanted)
    if quantity.note in (MISSING, NOT_NUMERIC) or missing:
        absent = missing or quantity.note == MISSING
        text = f"{' and '.join(wanted)}: {'not sent' if absent else 'not a number'}, so it measures 0"
        return Trial(meter, True, text, FIELD_UNUSABLE, quantity, _property_hints(wanted, properties))
    return Trial(meter, True, f"measures {quantity.source or 'one event'}", None, quantity)


def _unmetered(meter: Row, event: StoredEvent) -> str:
    arrived = from_milliseconds(event.ingested_ms).replace(tzinfo=UTC)
    if meter["created_at"] > arrived:
        return "the meter is younger than the event; events are metered when they arrive, never later"
    if meter["status"] != "published":
        return "the meter is archived"
    return "the event was not metered when it arrived"


def _filter_hints(mismatch: Mismatch) -> tuple[str, ...]:
    if mismatch.found is None:
        return ()
    near = nearest(mismatch.found, mismatch.wanted)
    return () if near is None else (f'{mismatch.key} "{mismatch.found}" is near "{near}"',)


def _property_hints(wanted: Sequence[str], properties: Mapping[str, Any]) -> tuple[str, ...]:
    """What was probably meant by a property of another name: the likeliest pair of all."""
    pairs = [(likeness(sent, name), sent, name) for sent in properties if sent not in wanted for name in wanted]
    like, sent, name = max(pairs, default=(0.0, "", ""), key=lambda pair: pair[0])
    return (f'property "{sent}" was sent, the meter measures "{name}"',) if like > 0 else ()


def no_meter(event: StoredEvent, known_names: Sequence[str]) -> Verdict:
    """No meter has the event's name."""
    near = nearest(event.event_name, known_names)
    hints = [] if near is None else [f'event name "{event.event_name}" is near "{near}"']
    return Verdict(reason=NO_METER, detail=f'no meter measures events named "{event.event_name}"', hints=hints)


def judge(
    event: StoredEvent,
    moment: datetime,
    properties: Mapping[str, Any],
    trials: Sequence[Trial],
    shares: Sequence[Share],
    items: Sequence[Item],
    *,
    honour_filters: bool,
) -> Verdict:
    """Billed by its shares, or the reason nearest to a bill. ``items`` are the customer's usage items."""
    usable = {trial.meter["id"] for trial in trials if trial.usable}
    counted = [s for s in shares if not s.repeated and (s.item.meter_id in usable or s.amount)]
    verdict = Verdict(list(counted))
    second = seconds(moment)
    if counted and not honour_filters:
        return verdict
    selections = _selections(second, properties, usable, items, honour_filters)
    if honour_filters:
        verdict.selections = selections
    if counted:
        return verdict
    found: list[tuple[Reason, str, tuple[str, ...]]] = []
    for trial in trials:
        name = trial.meter["name"]
        if not trial.usable:
            found.append((trial.reason or NO_METER, f"meter {name}: {trial.text}", trial.hints))
        elif any(s.repeated and s.item.meter_id == trial.meter["id"] for s in shares):
            found.append((DUPLICATE, f"meter {name}: an event of this id was counted before", ()))
        else:
            told = [found for (_, meter_id), found in selections.items() if meter_id == trial.meter["id"]]
            reason, text, hints = _no_item(second, properties, trial.meter, items, told)
            found.append((reason, f"meter {name}: {text}", hints))
    # A near miss tells most; after that, the reason nearest to a bill.
    verdict.reason = max(found, key=lambda entry: (bool(entry[2]), REASONS.index(entry[0])))[0]
    verdict.detail = "; ".join(text for reason, text, _ in found if reason == verdict.reason)
    verdict.hints = list(dict.fromkeys(hint for _, _, hints in found for hint in hints))
    return verdict


def _selections(
    second: int, properties: Mapping[str, Any], meter_ids: Collection[str], items: Sequence[Item], honour_filters: bool
) -> dict[tuple[str, str], Selection]:
    """Who takes the event in each subscription by each of these meters, where any item covers its time."""
    rivals: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.meter_id in meter_ids:
            rivals[item.row.subscription_id, item.meter_id].append(item)
    found = {
        place: who_takes((item.candidate for item in together), second, properties, honour_filters=honour_filters)
        for place, together in rivals.items()
    }
    return {place: selection for place, selection in found.items() if selection.considered}


def _no_item(
    second: int, properties: Mapping[str, Any], meter: Row, items: Sequence[Item], selections: Sequence[Selection]
) -> tuple[Reason, str, tuple[str, ...]]:
    """``selections`` are those of the meter."""
    if not items:
        return NO_SUBSCRIPTION, "the customer has no subscription that bills usage at that time", ()
    on_meter = [item for item in items if item.meter_id == meter["id"]]
    if not on_meter:
        return NO_PRICE, "no price on the plan bills this meter", ()
    if not selections:
        earliest = min(item.row.start_date for item in on_meter)
        if second < seconds(earliest):
            return BEFORE_START, f"its line items start at {format_time(earliest)}", ()
        return NO_SUBSCRIPTION, "its line items had ended by then", ()
    if not any(selection.takers for selection in selections):
        considered = [each for selection in selections for each in selection.considered]
        return NO_PRICE, *_nearest_price(considered, on_meter, properties)
    return NO_SUBSCRIPTION, "outside of the window asked about", ()


def _nearest_price(
    considered: Sequence[Considered], items: Sequence[Item], properties: Mapping[str, Any]
) -> tuple[str, tuple[str, ...]]:
    """Of the prices that do not match, the one with the most fitting keys and the nearest value, and what is wrong."""

    def fitting(found: Considered) -> tuple[int, int]:
        filters = found.candidate.filter_values
        texts = price_texts(properties, filter_keys(filters))
        fit = sum(texts.get(key) in filters[key] for key in filter_keys(filters))
        wrong = found.mismatch
        near = wrong is not None and wrong.found is not None and nearest(wrong.found, wrong.wanted) is not None
        return fit, int(near)

    best = max(considered, key=fitting)
    price = next(item.price for item in items if item.id == best.candidate.id)
    label = price.lookup_key or price.display_name or price.id
    assert best.mismatch is not None
    hints = tuple(f"{hint} (price {label})" for hint in _filter_hints(best.mismatch))
    return f"none of {len(considered)} prices matches, nearest is {label}: {best.mismatch.text()}", hints
