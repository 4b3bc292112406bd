"""Porting a catalogue to what a real server can bill.

The documents let prices share a meter and tell them apart by ``filter_values``, which a real server drops
(behaviour/prices-and-meters#filter_values). There the filters must be the meter's: one feature with an inline, filtered
meter for every set of filters, and the price on that meter. What meter filters cannot say is named in ``notes`` and the
price left out, because a bill that is silently double is worse than one that is visibly short.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .connection import Answer

Send = Callable[[str, str, Any], Answer]
"""Method, path, body."""

_PRICE_FIELDS = (
    *("type", "billing_model", "billing_period", "billing_period_count", "invoice_cadence", "currency", "amount"),
    *("price_unit_type", "price_unit_config", "display_name", "lookup_key", "description", "metadata"),
    *("transform_quantity", "tier_mode", "tiers", "min_quantity", "trial_period_days", "start_date", "end_date"),
)
_PLAN_FIELDS = ("name", "lookup_key", "description", "display_order", "metadata")
_METER_FIELDS = ("name", "event_name", "aggregation", "filters", "reset_usage")
_CODE_LENGTH = 3
_PLAIN_NUMBERS_END = 1_000_000
_LONGEST_KEY = 255


class PortingError(Exception):
    """What was given is no catalogue, or a target refused a part of it."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the real server cannot do as the catalogue has it. ``left_out`` says whether the price was dropped."""

    price: str
    kind: str
    text: str
    left_out: bool


@dataclass(slots=True)
class Ported:
    """Request bodies ready to send; prices name their meter by the feature's lookup key in ``feature``."""

    name: str
    units: list[dict[str, Any]] = field(default_factory=list)
    features: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    prices: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def load(file: Path) -> dict[str, Any]:
    """A catalogue file; ``PortingError`` if it is none."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PortingError(f"{file} cannot be read as a catalogue: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("plans"), list):
        raise PortingError(f"{file} is no catalogue: it has no plans")
    return data


def documented_catalogue() -> dict[str, Any]:
    """The documents' own catalogue: the meters they name, and a plan with all prices of the 22 payloads."""
    from mockserver import fixtures

    from .provisioning import catalogue

    prices: list[dict[str, Any]] = []
    plan: dict[str, Any] = {}
    for payload in fixtures.payloads():
        body = json.loads(re.sub(r"<(\w+)>", r"\1", payload.text))
        if payload.path == "/v1/plans":
            plan = body
        elif payload.path == "/v1/prices":
            prices.append(body)
        elif payload.path == "/v1/prices/bulk":
            prices += body["items"]
    meters = [entry["meter"] for entry in catalogue().values()]
    features = [entry["feature"] for entry in catalogue().values() if entry["feature"]]
    return {"name": "documented", "meters": meters, "features": features, "plans": [{**plan, "prices": prices}]}


def read_plan(send: Send, plan_id: str) -> dict[str, Any]:
    """A plan of a target as a catalogue; ``PortingError`` if it cannot be read."""
    answer = send("GET", f"/v1/plans/{plan_id}", None)
    if answer.status != 200:
        raise PortingError(f"plan {plan_id} cannot be read: {answer.status}")
    plan = answer.body
    meters: dict[str, dict[str, Any]] = {}
    prices = []
    for price in reversed(plan.get("prices") or []):
        if price.get("end_date"):
            continue
        if price.get("meter_id"):
            meters.setdefault(price["meter_id"], price.get("meter") or _meter(send, price["meter_id"]))
        prices.append({**price, **_unit_config(price)})
    return {
        "name": plan.get("lookup_key") or plan["name"],
        "meters": [{**meter, "id": meter_id} for meter_id, meter in meters.items()],
        "plans": [{**{key: plan[key] for key in _PLAN_FIELDS if plan.get(key)}, "prices": prices}],
    }


def _meter(send: Send, meter_id: str) -> dict[str, Any]:
    answer = send("GET", f"/v1/meters/{meter_id}", None)
    if answer.status != 200:
        raise PortingError(f"meter {meter_id} cannot be read: {answer.status}")
    meter: dict[str, Any] = answer.body
    return meter


def _unit_config(price: dict[str, Any]) -> dict[str, Any]:
    if price.get("price_unit_type") != "CUSTOM":
        return {}
    config = {"price_unit": price["price_unit"]}
    if price.get("price_unit_tiers"):
        config["price_unit_tiers"] = price["price_unit_tiers"]
    else:
        config["amount"] = price["price_unit_amount"]
    return {"price_unit_config": config, "amount": None, "tiers": None}


def port(catalogue: dict[str, Any]) -> Ported:
    """What the real server needs to bill the catalogue, and what it cannot."""
    result = Ported(str(catalogue.get("name") or "catalogue"))
    meters = {meter["id"]: meter for meter in catalogue.get("meters", ())}
    features = {feature.get("meter_id"): feature for feature in catalogue.get("features", ())}
    for unit in catalogue.get("price_units", ()):
        if len(unit.get("code", "")) == _CODE_LENGTH:
            result.units.append({key: value for key, value in unit.items() if key not in ("id", "origin", "note")})
        else:
            text = f"the code {unit.get('code')!r} is not of three characters; the unit cannot exist on a real server"
            result.notes.append(Note(str(unit.get("name", "")), "unit-code", text, left_out=True))
    made: dict[str, dict[str, Any]] = {}
    for plan in catalogue["plans"]:
        result.plans.append({key: plan[key] for key in _PLAN_FIELDS if plan.get(key) is not None})
        prices = list(plan.get("prices", ()))
        dropped = _cannot_stay(result, prices, meters)
        for price in prices:
            if id(price) in dropped:
                result.left_out.append(price)
                continue
            body = _body(result, price)
            body["plan"] = plan.get("lookup_key") or plan["name"]
            if price.get("type") == "USAGE":
                meter = meters.get(price.get("meter_id", ""))
                if meter is None:
                    raise PortingError(f"price {label(price)} is on meter {price.get('meter_id')}, which is not here")
                feature = _feature(result, price, meter, features.get(meter["id"]) or {})
                made.setdefault(feature["lookup_key"], feature)
                body["feature"] = feature["lookup_key"]
            result.prices.append(body)
    result.features = list(made.values())
    return result


def label(price: dict[str, Any]) -> str:
    """What a person calls the price."""
    return str(price.get("lookup_key") or price.get("display_name") or price.get("id") or "without a name")


def filters_of(price: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The filters that count: keys with at least one value."""
    given = price.get("filter_values") or {}
    return {key: tuple(sorted(set(values))) for key, values in sorted(given.items()) if values}


def _cannot_stay(result: Ported, prices: list[dict[str, Any]], meters: dict[str, Any]) -> set[int]:
    """Prices that would bill events another one of the same meter bills too, and those in an impossible unit."""
    dropped: set[int] = set()
    for price in prices:
        code = (price.get("price_unit_config") or {}).get("price_unit", "")
        if price.get("price_unit_type") == "CUSTOM" and len(code) != _CODE_LENGTH:
            text = f"its unit's code {code!r} is not of three characters, which is all a real server can hold"
            result.notes.append(Note(label(price), "unit-code", text, left_out=True))
            dropped.add(id(price))
    for price in prices:
        meter = meters.get(price.get("meter_id", ""))
        for entry in (meter or {}).get("filters") or ():
            wanted = filters_of(price).get(entry["key"])
            if wanted and not set(wanted) & set(entry["values"]):
                text = (
                    f"its filter on {entry['key']} and its meter's have no value in common; it bills nothing anywhere"
                )
                result.notes.append(Note(label(price), "bills-nothing", text, left_out=True))
                dropped.add(id(price))
    usage = [price for price in prices if price.get("type") == "USAGE" and price.get("meter_id") in meters]
    for one, other in itertools.combinations(usage, 2):
        if one["meter_id"] != other["meter_id"] or id(one) in dropped or id(other) in dropped:
            continue
        if not _can_meet(filters_of(one), filters_of(other)):
            continue
        # The documents give an event to the more specific price, and of equals to the earlier one.
        loser, winner = (one, other) if _specific(other) > _specific(one) else (other, one)
        keys = filters_of(loser).keys(), filters_of(winner).keys()
        certain = keys[0] <= keys[1]
        if not certain:
            kind = "may-overlap"
            text = f"an event that matches {label(winner)} too, by other properties, would be billed by both"
        elif not keys[0] or keys[0] < keys[1]:
            kind = "fallback"
            text = f"it takes what the more specific {label(winner)} leaves; a meter cannot filter for the rest"
        else:
            kind = "overlap"
            text = f"it and {label(winner)} have filter values in common; on a real server both would bill those events"
        result.notes.append(Note(label(loser), kind, text, left_out=certain))
        if certain:
            dropped.add(id(loser))
    return dropped


def _specific(price: dict[str, Any]) -> int:
    filters = filters_of(price)
    return 10 * len(filters) + sum(map(len, filters.values()))


def _can_meet(one: dict[str, tuple[str, ...]], other: dict[str, tuple[str, ...]]) -> bool:
    """Can one event match both? Not if some key they share has no value in common."""
    return all(set(one[key]) & set(other[key]) for key in one.keys() & other.keys())


def _body(result: Ported, price: dict[str, Any]) -> dict[str, Any]:
    body = {key: price[key] for key in _PRICE_FIELDS if price.get(key) not in (None, "", {}, [])}
    if not body.get("billing_period_count"):
        text = "billing_period_count was missing and is 1 now; a real server has no default for it"
        result.notes.append(Note(label(price), "period-count", text, left_out=False))
        body["billing_period_count"] = 1
    if body.get("price_unit_type") == "CUSTOM" and body["currency"] != body["currency"].lower():
        text = "its currency is in lower case now; a real server compares it with the unit's as sent"
        result.notes.append(Note(label(price), "currency-case", text, left_out=False))
        body["currency"] = body["currency"].lower()
    if body.get("billing_model") == "FLAT_FEE" and body.get("transform_quantity") == {"divide_by": 1}:
        del body["transform_quantity"]
    return body


def _feature(result: Ported, price: dict[str, Any], meter: dict[str, Any], feature: dict[str, Any]) -> dict[str, Any]:
    filters = {entry["key"]: tuple(entry["values"]) for entry in meter.get("filters") or ()}
    for key, values in filters_of(price).items():
        for value in values:
            if _reads_differently(value):
                text = f"{key}={value} matches the text only: a real server writes such a number in another way"
                result.notes.append(Note(label(price), "number-text", text, left_out=False))
        filters[key] = tuple(value for value in values if value in filters.get(key, values))
    suffix = "_".join(_word(value) for values in filters_of(price).values() for value in values)
    key = f"{meter['name']}_{suffix}".rstrip("_")[:_LONGEST_KEY]
    shown = {name: meter[name] for name in _METER_FIELDS if meter.get(name) is not None}
    listed = [{"key": name, "values": list(values)} for name, values in filters.items()]
    units = {name: feature[name] for name in ("unit_singular", "unit_plural") if feature.get(name)}
    about = ", ".join(f"{name} {' or '.join(values)}" for name, values in filters_of(price).items())
    name = feature.get("name") or meter["name"]
    return {
        "name": f"{name}: {about}"[:_LONGEST_KEY] if about else name,
        "type": "metered",
        "lookup_key": key,
        **units,
        "meter": {**shown, "name": key, "filters": listed},
    }


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _reads_differently(text: str) -> bool:
    """A JSON number's text on a real server: plain below a million, no trailing zeros
    (behaviour/prices-and-meters#which-events-which-quantity)."""
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return False
    return abs(float(text)) >= _PLAIN_NUMBERS_END or ("." in text and text.endswith("0")) or 0 < abs(float(text)) < 1e-4


def write(ported: Ported, folder: Path) -> list[Path]:
    """The ported catalogue as files: bodies to send, and ``NOTES.md`` with what could not be ported."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Any] = {
        "price_units": ported.units,
        "features": ported.features,
        "plans": ported.plans,
        "prices": ported.prices,
        "left_out": ported.left_out,
    }
    written = []
    for name, value in parts.items():
        if value:
            file = folder / f"{name}.json"
            file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            written.append(file)
    file = folder / "NOTES.md"
    file.write_text(notes_markdown(ported), encoding="utf-8")
    return [*written, file]


def notes_markdown(ported: Ported) -> str:
    """What a person must know before using the ported catalogue."""
    lines = [
        f"# {ported.name}, ported to meters a real server can filter by",
        "",
        f"{len(ported.features)} features with a meter of their own, {len(ported.prices)} prices, "
        f"{len(ported.left_out)} left out.",
        "",
        "Create in this order: price units, features, plans, prices. A price's `feature` and `plan` are lookup keys;",
        "send the feature's `meter_id` as `meter_id` and the plan's id as `entity_id` instead.",
        "",
    ]
    if ported.notes:
        lines += ["| price | what | why |", "|---|---|---|"]
        for note in ported.notes:
            lines.append(f"| {note.price} | {note.kind}{', **left out**' if note.left_out else ''} | {note.text} |")
    else:
        lines.append("Everything could be ported.")
    return "\n".join(lines) + "\n"


def create(ported: Ported, send: Send, start_date: str | None = None) -> dict[str, str]:
    """Make it all through the API of a target; ids by ``plan:KEY``, ``meter:KEY`` and ``price:KEY``. ``PortingError``
    at the first refusal, naming what was refused and what already exists."""
    made: dict[str, str] = {}

    def post(path: str, body: dict[str, Any], what: str) -> dict[str, Any]:
        answer = send("POST", path, body)
        if answer.status != 201:
            raise PortingError(
                f"{what} was refused: {answer.status} {json.dumps(answer.body)}; made: {made or 'nothing'}"
            )
        body_made: dict[str, Any] = answer.body
        return body_made

    for unit in ported.units:
        made[f"unit:{unit['code']}"] = post("/v1/prices/units", unit, f"unit {unit['code']}")["id"]
    for feature in ported.features:
        key = feature["lookup_key"]
        made[f"meter:{key}"] = post("/v1/features", feature, f"feature {key}")["meter_id"]
    for plan in ported.plans:
        made[f"plan:{plan.get('lookup_key') or plan['name']}"] = post("/v1/plans", plan, f"plan {plan['name']}")["id"]
    for body in price_bodies(ported, made, start_date):
        made[f"price:{label(body)}"] = post("/v1/prices", body, f"price {label(body)}")["id"]
    return made


def price_bodies(ported: Ported, made: dict[str, str], start_date: str | None = None) -> Iterable[dict[str, Any]]:
    """The prices as they are sent, with the ids of plans and meters."""
    for price in ported.prices:
        body = {key: value for key, value in price.items() if key not in ("plan", "feature")}
        body |= {"entity_type": "PLAN", "entity_id": made[f"plan:{price['plan']}"]}
        if "feature" in price:
            body["meter_id"] = made[f"meter:{price['feature']}"]
        if start_date:
            body.setdefault("start_date", start_date)
        yield body
