"""The journal: what was asked and answered; and whether the events a test expects have come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from mockserver.control.errors import ControlError
from mockserver.control.values import storable
from mockserver.metering.events import from_milliseconds
from mockserver.rating.text import check_nesting
from mockserver.store import events as stored
from mockserver.store import waiting
from mockserver.store.events import EventQuery
from mockserver.store.journal import Entry
from mockserver.store.transaction import Transaction
from mockserver.times import format_time

MAX_LIMIT, MAX_MISSES, _LOOKED_THROUGH = 1000, 5, 5000
_ALL_MS = 2**53
_TEXTS = ("event_name", "external_customer_id", "event_id", "source")
_KEYS = (*_TEXTS, "properties", "at_least", "exactly")


def show(number: int, entry: Entry) -> dict[str, Any]:
    """A request as the route prints it; bodies that are JSON are printed as such."""
    return {
        "id": number,
        "at": entry.at,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "body": _parsed(entry.body),
        "status": entry.status,
        "answer": _parsed(entry.answer),
        "milliseconds": round(entry.milliseconds, 3),
        "divergences": entry.divergences.split(", ") if entry.divergences else [],
        "fault": entry.fault,
    }


def _parsed(text: str) -> Any:
    if not text:
        return None
    try:
        parsed = orjson.loads(text)
        check_nesting(parsed)
    except ValueError:
        return text
    return parsed


def match(tx: Transaction, body: Mapping[str, Any]) -> dict[str, Any]:
    """How many accepted events are as described, whether that is as many as expected, and which ones come near.

    An event that was sent again under its id and time counts once.
    """
    wanted, least, most = _expectation(body)
    matched = 0
    for event in _candidates(tx, wanted):
        matched += not _differences(wanted, event)
    ok = least <= matched and (most is None or matched <= most)
    return {"matched": matched, "ok": ok, "nearest_misses": [] if ok else _near(tx, wanted)}


def _expectation(body: Mapping[str, Any]) -> tuple[dict[str, Any], int, int | None]:
    unknown = sorted(set(body) - set(_KEYS))
    if unknown:
        raise ControlError(f"unknown: {', '.join(unknown)}; known: {', '.join(_KEYS)}")
    for name in _TEXTS:
        if name in body and not isinstance(body[name], str):
            raise ControlError(f"{name} must be a text")
    if not isinstance(body.get("properties", {}), dict):
        raise ControlError("properties must be an object")
    for name in ("at_least", "exactly"):
        if name in body and (isinstance(body[name], bool) or not isinstance(body[name], int) or body[name] < 0):
            raise ControlError(f"{name} must be a whole number that is not negative")
    if "at_least" in body and "exactly" in body:
        raise ControlError("give at_least or exactly, not both")
    wanted = {name: body[name] for name in _TEXTS if name in body}
    wanted |= {f"properties.{name}": value for name, value in storable(body.get("properties", {})).items()}
    exactly = body.get("exactly")
    return wanted, body.get("at_least", 1) if exactly is None else exactly, exactly


def _candidates(tx: Transaction, wanted: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    query = EventQuery(
        external_customer_id=wanted.get("external_customer_id", ""),
        event_name=wanted.get("event_name", ""),
        event_id=wanted.get("event_id", ""),
        source=wanted.get("source", ""),
        from_ms=-_ALL_MS,
        before_ms=_ALL_MS,
    )
    for event in stored.page(tx.connection, tx.environment_id, query, ("time_ms", "desc")):
        yield _shown(event)
    for held in waiting.all_of(tx.connection, tx.environment_id):
        yield _shown(held)


def _shown(event: Any) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "event_name": event.event_name,
        "external_customer_id": event.external_customer_id,
        "source": event.source,
        "timestamp": format_time(from_milliseconds(event.time_ms)),
        "properties": orjson.loads(event.properties) or {},
    }


def _differences(wanted: Mapping[str, Any], event: Mapping[str, Any]) -> list[dict[str, Any]]:
    result = []
    for name, value in wanted.items():
        if name.startswith("properties."):
            key = name.removeprefix("properties.")
            found, known = event["properties"].get(key), key in event["properties"]
        else:
            found, known = event[name], True
        if not known:
            result.append({"field": name, "wanted": value, "missing": True})
        elif not _same(value, found):
            result.append({"field": name, "wanted": value, "found": found})
    return result


def _same(wanted: Any, found: Any) -> bool:
    """Equal as JSON: 1 is 1.0, but neither "1" nor true."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_same(wanted[key], found[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    return bool(wanted == found)


def _near(tx: Transaction, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The latest events that differ in the fewest things."""
    newest = EventQuery(from_ms=-_ALL_MS, before_ms=_ALL_MS)
    found = stored.page(tx.connection, tx.environment_id, newest, ("time_ms", "desc"), _LOOKED_THROUGH)
    events = [*map(_shown, found), *map(_shown, waiting.all_of(tx.connection, tx.environment_id)[-_LOOKED_THROUGH:])]
    compared = ((event, _differences(wanted, event)) for event in events)
    misses = sorted((pair for pair in compared if pair[1]), key=lambda pair: len(pair[1]))
    return [{"event": event, "differences": differences} for event, differences in misses[:MAX_MISSES]]
