"""What a case's requests must become on a server that other people and earlier runs use too: every external id, lookup
key, event id, event name and unit code unique to the run, and the documents' dates moved to the present. Answers are
turned back, so that expectations read as the documents do."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, unquote

_UNIQUE_KEYS = frozenset(
    (
        "external_id",
        "external_customer_id",
        "lookup_key",
        "customer_lookup_key",
        "event_id",
        "event_name",
        "code",
        "price_unit",
    )
)
_UNIQUE_LISTS = frozenset(("external_ids", "external_customer_ids", "lookup_keys", "event_ids", "event_names"))
_CODES = frozenset({"code", "price_unit"})
_COMPARED = frozenset({"string", "array"})
"""Members of a filter's value: what is compared with there may be a text that was made unique."""

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$")
_YEARS = range(1971, 2200)
_LONG = 200


class Rewriting:
    """``suffix`` is unique to run and case; ``days`` is what is added to dates that go out."""

    def __init__(self, suffix: str, days: int) -> None:
        self.suffix, self.days = suffix, days
        self._out: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def body(self, value: Any) -> Any:
        """A request body as the target gets it."""
        return self._walk(value, "")

    def path(self, path: str) -> str:
        """A path and query: known texts are replaced, times shifted."""
        place, _, query = path.partition("?")
        place = "/".join(self._segment(segment) for segment in place.split("/"))
        if not query:
            return place
        pairs = [pair.partition("=") for pair in query.split("&")]
        return f"{place}?" + "&".join(f"{key}{eq}{self._query(key, value)}" for key, eq, value in pairs)

    def answer(self, value: Any) -> Any:
        """An answer's body in the documents' own words and dates."""
        return _deep(value, self._returned)

    def _walk(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: self._walk(item, name.lower()) for name, item in value.items()}
        if isinstance(value, list):
            return [
                self._unique(x, key) if key in _UNIQUE_LISTS and isinstance(x, str) else self._walk(x, key)
                for x in value
            ]
        if isinstance(value, str):
            if key in _UNIQUE_KEYS:
                return self._unique(value, key)
            known = self._out.get(value) if key in _COMPARED else None
            return known or self._shifted(value, self.days)
        return value

    def _segment(self, segment: str) -> str:
        known = self._out.get(unquote(segment))
        return quote(known, safe="") if known else segment

    def _query(self, key: str, value: str) -> str:
        text = unquote(value)
        if key in _UNIQUE_KEYS | _UNIQUE_LISTS:
            return quote(",".join(self._unique(part, key) for part in text.split(",")), safe=",")
        moved = self._out.get(text, self._shifted(text, self.days))
        return value if moved == text else quote(moved, safe="")

    def _unique(self, text: str, key: str) -> str:
        if not text.strip() or text in self._back:
            return text
        if text not in self._out:
            made = self._code(text) if key in _CODES else self._text(text)
            self._out[text], self._back[made] = made, text
        return self._out[text]

    def _text(self, text: str) -> str:
        tail = f"_{self.suffix}"
        return text[: -len(tail)] + tail if len(text) >= _LONG else text + tail

    def _code(self, text: str) -> str:
        """Codes keep their length, which is what a target judges them by."""
        letters = string.ascii_uppercase + string.digits
        number = int(self.suffix.replace("_", "") or "0", 36)
        while True:
            rest, made = number, ""
            for _ in text:
                rest, digit = divmod(rest, len(letters))
                made += letters[digit]
            if made not in self._back:
                return made
            number += 1

    def _returned(self, text: str) -> str:
        return self._back.get(text) or self._shifted(text, -self.days)

    @staticmethod
    def _shifted(text: str, days: int) -> str:
        found = _TIME.match(text)
        if not found or int(found[1]) not in _YEARS:
            return text
        try:
            moved = date(int(found[1]), int(found[2]), int(found[3])) + timedelta(days=days)
        except ValueError:
            return text
        return moved.isoformat() + found[4]


def _deep(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _deep(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_deep(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
