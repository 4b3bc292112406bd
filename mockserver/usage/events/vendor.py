"""Raw vendor events: one fixed shape that becomes an event, everything in it a text
(behaviour/events-and-usage#batches)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.errors import BadBody
from mockserver.http.fields import AnyObject, Anything, BindError, Text
from mockserver.http.reading import read_json
from mockserver.http.schema import In
from mockserver.metering.events import Event, milliseconds, read_properties, read_time
from mockserver.metering.waiting import accept
from mockserver.rating.quantity import query_number
from mockserver.rating.text import ingest_text, json_text
from mockserver.usage.events.ingestion import MAX_BATCH
from mockserver.usage.events.reading import MAX_TEXT
from mockserver.work import Work

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class VendorEventIn(In):
    """One raw event; a value of another type drops it."""

    org_id = Text(data_key="orgId")
    method_name = Text(data_key="methodName")
    provider_name = Text(data_key="providerName")
    service_name = Text(data_key="serviceName")
    data = AnyObject()
    id = Text()
    created_at = Text(data_key="createdAt")
    target_item_id = Text(data_key="targetItemId")
    byok = Anything()
    data_interface = Text(data_key="dataInterface")
    reference_cost = Anything(data_key="referenceCost")
    target_item_type = Text(data_key="targetItemType")
    reference_type = Text(data_key="referenceType")
    reference_id = Text(data_key="referenceId")
    started_at = Text(data_key="startedAt")
    updated_at = Text(data_key="updatedAt")
    ended_at = Text(data_key="endedAt")


_SHAPE = VendorEventIn()
_KEPT_TEXTS = (
    "dataInterface",
    "serviceName",
    "providerName",
    "methodName",
    "targetItemType",
    "targetItemId",
    "referenceType",
    "referenceId",
    "startedAt",
    "createdAt",
    "updatedAt",
    "endedAt",
)
_NAMES = {known.data_key or name: name for name, known in _SHAPE.fields.items()}


def bulk(work: Work, body: bytes) -> int:
    """Store a batch of raw events and return how many were sent, dropped ones included. ``BadBody`` unless it is an
    object with 1 to 1000 objects in ``events``."""
    data = read_json(body)
    elements = None
    if isinstance(data, dict):
        elements = next((value for key, value in reversed(data.items()) if key.lower() == "events"), None)
    if not isinstance(elements, list) or not 1 <= len(elements) <= MAX_BATCH:
        raise BadBody(f"events must be an array of 1 to {MAX_BATCH} objects")
    if not all(isinstance(element, dict) for element in elements):
        raise BadBody("every raw event must be an object")
    events = [event for element in elements if (event := event_of(element, work.now)) is not None]
    accept(work, events, milliseconds(work.now))
    return len(elements)


def event_of(raw: Mapping[str, Any], now: datetime) -> Event | None:
    """The event a raw one stands for; None for one that is dropped: a field is missing, of another type or
    longer than an event's may be."""
    try:
        fields = _SHAPE.bind(raw)
    except BindError:
        return None
    provider = fields.get("provider_name") or fields.get("service_name")
    if not provider or not all(fields.get(name) for name in ("org_id", "method_name", "id", "created_at")):
        return None
    properties = _properties(fields)
    name = properties["resolvedProviderName"] + properties["resolvedMethodName"] + properties["resolvedModelName"]
    try:
        time_ms = read_time(fields["created_at"], milliseconds(now))
    except ValueError:
        return None
    values, text = read_properties(properties)
    source = fields.get("target_item_id") or ""
    if max(map(len, (fields["id"], name, fields["org_id"], source))) > MAX_TEXT:
        return None
    return Event(fields["id"], time_ms, name.strip(), fields["org_id"], "", source, values, text)


def _properties(fields: Mapping[str, Any]) -> dict[str, str]:
    result: dict[str, str] = {}
    for key, value in (fields.get("data") or {}).items():
        inner = value["value"] if isinstance(value, Mapping) and "value" in value else value
        result[key] = _text(inner)
    model = result.get("modelName", "")
    method = fields["method_name"]
    result["resolvedProviderName"] = _name(fields.get("provider_name") or fields.get("service_name") or "")
    result["resolvedModelName"] = f"-{_name(model)}" if model else ""
    result["resolvedMethodName"] = "-modeling" if method == "BEDROCK_LLM" else f"-{_name(method)}"
    for key in _KEPT_TEXTS:
        if given := fields.get(_NAMES[key]):
            result[key] = given
    for key in ("byok", "referenceCost"):
        if (given := fields.get(_NAMES[key])) is not None:
            result[key] = _text(given)
    if "promptTokens" in result:
        tokens = _integer(result["promptTokens"]) - _integer(result.get("cachedPromptTokens", ""))
        result["billablePromptTokens"] = str(tokens)
    result["billable_value"], result["billable_unit"] = _billable(result)
    return result


def _billable(properties: Mapping[str, str]) -> tuple[str, str]:
    """What is billed and in which unit: characters, else milliseconds, times the channels."""
    if "numCharacters" in properties:
        value, unit = properties["numCharacters"], "characters"
    elif "durationMS" in properties:
        value, unit = properties["durationMS"], "milliseconds"
    else:
        return "", ""
    channels, amount = query_number(properties.get("channels", "")), query_number(value)
    if channels > 0 and amount > 0:
        value = f"{amount * channels:f}"
    return value, unit


def _name(text: str) -> str:
    return text.strip().lower()


def _integer(text: str) -> int:
    return int(text) if _INTEGER.fullmatch(text) else 0


def _text(value: Any) -> str:
    """A value as a text: null is empty, objects and arrays are compact JSON."""
    if value is None:
        return ""
    if isinstance(value, (Mapping, list)):
        text = json_text(value)
        for raw, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(raw, escaped)
        return text
    return ingest_text(value)
