"""HTTP with one key: requests that must succeed, answers whose numbers are exact."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import requests


class ApiRefused(Exception):
    """An answer other than 2xx: ``status``, the parsed ``body`` (or its text), and its ``code`` if it has one."""

    def __init__(self, request: str, status: int, body: Any) -> None:
        super().__init__(f"{request} answered {status}: {body if isinstance(body, str) else json.dumps(body)}")
        self.status, self.body = status, body
        self.code: str | None = body.get("code") if isinstance(body, dict) else None


class Talk:
    """A session with one server and one key."""

    def __init__(self, root: str, key: str) -> None:
        self.root = root
        self.session = requests.Session()
        self.session.headers["x-api-key"] = key

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON (fractions as ``Decimal``), None when it has no body. ``ApiRefused`` unless it is 2xx."""
        data = None if body is None else json.dumps(body, default=_plain).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        answer = self.session.request(method, self.root + path, data=data, headers=headers, timeout=60)
        value: Any = answer.text or None
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            value = answer.json(parse_float=Decimal)
        if not answer.ok:
            raise ApiRefused(f"{method} {path}", answer.status_code, answer.json() if value != answer.text else value)
        return value

    def close(self) -> None:
        self.session.close()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"cannot be sent as JSON: {value!r}")


def rfc3339(value: str | datetime) -> str:
    """A time as the API reads it; ``ValueError`` for a datetime without a zone, which the API refuses too."""
    if isinstance(value, str):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; use datetime(..., tzinfo=UTC)")
    return value.isoformat().replace("+00:00", "Z")
