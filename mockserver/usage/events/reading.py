"""Reading event bodies fast. What the fast reader finds unusual goes to the common reader, whose rules count
(behaviour/http#json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.errors import BadBody
from mockserver.metering.events import Event, read_properties, read_time
from mockserver.store.transaction import new_id
from mockserver.usage.events.schemas import BulkIngestIn, IngestEventIn

SINGLE, BULK = IngestEventIn(), BulkIngestIn()
_TEXTS = ("event_name", "external_customer_id", "customer_id", "event_id", "timestamp", "source")
MAX_TEXT = 1024
"""Characters of an id or a name: they are compared and kept in indexes."""
_NAMES = frozenset((*_TEXTS, "properties"))
_BLANKS = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def read_single(body: bytes) -> Mapping[str, Any]:
    """The fields of one event; ``BadBody`` if it cannot be read or lacks a required field."""
    data = _parsed(body)
    fields = data if data is not None and _is_usual(data) else SINGLE.read(body)
    if not fields.get("event_name") or not fields.get("external_customer_id"):
        raise BadBody("event_name and external_customer_id are required")
    return fields


def read_many(body: bytes) -> list[Mapping[str, Any] | None] | None:
    """The elements of ``events`` (None for null), or None where it is absent. ``BadBody`` if a body or an element
    cannot be read; required fields are not looked for."""
    data = _parsed(body)
    if data is not None:
        events = data.get("events")
        others = any(key != "events" and key.lower() == "events" for key in data)
        if not others and isinstance(events, list) and all(_is_usual(e) for e in events):
            return events
    found: list[Mapping[str, Any] | None] | None = BULK.read(body).get("events")
    return found


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return data if isinstance(data, dict) else None


def _is_usual(data: Any) -> bool:
    """Whether every field is spelled as documented and has its type."""
    if type(data) is not dict:
        return False
    for key, value in data.items():
        if key not in _NAMES:
            if key.lower() in _NAMES:
                return False
        elif value is not None and type(value) is not (dict if key == "properties" else str):
            return False
    return True


def _check_lengths(fields: Mapping[str, Any]) -> None:
    for name in _TEXTS:
        if len(fields.get(name) or "") > MAX_TEXT:
            raise BadBody(f"{name} is longer than {MAX_TEXT} characters")


def event_of(fields: Mapping[str, Any], now_ms: int) -> Event:
    """The event that read fields describe (behaviour/events-and-usage#fields-of-an-event). ``BadBody`` for a time that
    is none and for an id or a name of more than ``MAX_TEXT`` characters."""
    try:
        time_ms = read_time(fields.get("timestamp"), now_ms)
    except ValueError as error:
        raise BadBody(f"timestamp: {error}") from None
    properties, text = read_properties(fields.get("properties"))
    event_id, name = fields.get("event_id") or new_id("event"), fields.get("event_name") or ""
    external, customer = fields.get("external_customer_id") or "", fields.get("customer_id") or ""
    source = fields.get("source") or ""
    if len(event_id) + len(name) + len(external) + len(customer) + len(source) > MAX_TEXT:
        # Hardly ever so: one question for each event, all of them only then.
        _check_lengths(fields)
    return Event(event_id, time_ms, name.strip(_BLANKS), external, customer, source, properties, text)
