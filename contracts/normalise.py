"""Answers made comparable: ids, times near the run, owners and error texts are replaced by what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

_ID = re.compile(r"([a-z]+(?:_[a-z]+)*)_[0-9A-HJKMNP-TV-Z]{26}$")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_OWNERS = {
    "created_by": "<user>",
    "updated_by": "<user>",
    "user_id": "<user>",
    "tenant_id": "<tenant>",
    "environment_id": "<env>",
}
_NEAR = timedelta(minutes=15)
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_SHORTEST_NAMED = 4
_SHORTEST_INSIDE = 9


def parse_time(text: str) -> datetime:
    """RFC3339; digits beyond microseconds are cut. ``ValueError`` if it is none."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))


class Normaliser:
    """``names`` are the values captured so far; ``now`` is the target's time."""

    def __init__(self, names: Mapping[str, Any], now: datetime) -> None:
        self.now = now
        self.back: dict[str, str] = {}
        for name, value in names.items():
            if isinstance(value, str) and len(value) >= _SHORTEST_NAMED:
                self.back[value] = "{{" + name + "}}"

    def __call__(self, value: Any, key: str | None = None) -> Any:
        """The comparable form of a value that stands under ``key``."""
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self(item, key) for item in value]
        return self._text(value, key) if isinstance(value, str) else value

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        refused = "http_status_code" in value and "message" in value
        result: dict[str, Any] = {}
        for key, item in value.items():
            name = self.back.get(key, key)
            if (refused and key == "message") or (key == "error" and isinstance(item, str)):
                result[name] = "<text>"
            elif refused and key == "details" and isinstance(item, dict):
                result[name] = {k: self._detail(k, v) for k, v in item.items()}
            else:
                result[name] = self(item, key)
        return result

    def _detail(self, key: str, value: Any) -> Any:
        return "<text>" if isinstance(value, str) and " " in value else self(value, key)

    def _text(self, text: str, key: str | None) -> str:
        if text in self.back:
            return self.back[text]
        if key in _OWNERS:
            return _OWNERS[key]
        found = _ID.match(text)
        if found:
            return f"<id:{found[1]}>"
        if _TIME.match(text):
            return self._time(text)
        if _UUID.match(text):
            return "<uuid>"
        for value, name in self.back.items():
            if len(value) >= _SHORTEST_INSIDE and value in text:
                text = text.replace(value, name)
        return text

    def _time(self, text: str) -> str:
        try:
            moment = parse_time(text)
            distance = moment - self.now
        except (ValueError, OverflowError):
            return text
        if moment.astimezone(UTC).time() == _MIDNIGHT:
            # A day somebody chose, not a moment that happens to be near.
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if abs(distance) < _NEAR:
            return "<now>"
        if distance > timedelta(0) and abs((distance + _DAY / 2) % _DAY - _DAY / 2) < _NEAR:
            return f"<now+{round(distance / _DAY)}d>"
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
