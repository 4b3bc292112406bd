"""The control routes from Python::

    control = Control("http://127.0.0.1:8080", "any-key-you-like")
    control.set_clock("2026-04-14T00:00:00Z", frozen=True)
    control.set_fault(path="/v1/events", status=503, count=1)
    control.advance(to="2026-05-01T00:00:00Z")

Needs nothing but requests; a route's answer is returned as the parsed JSON that the README describes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

import requests

Time = str | datetime
TIMEOUT_SECONDS = 120


class ControlFailed(Exception):
    """The server refused; ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Passed(TypedDict):
    """What happened while time passed."""

    periods: int
    invoices: int
    skipped: int
    finalized: int
    trials_ended: int
    cancelled: int
    plan_changes: int
    failed: list[dict[str, Any]]


class _Clock(TypedDict):
    now: str
    frozen: bool
    offset_seconds: float


class Clock(_Clock, total=False):
    """The environment's time; ``passed`` is there after it advanced."""

    passed: Passed


class Snapshot(TypedDict):
    """A copy of the whole state."""

    name: str
    bytes: int
    taken_at: str


class Ingestion(TypedDict):
    """How long events wait before they count, and how many do."""

    delay_seconds: float
    waiting: int


class Match(TypedDict):
    """How many accepted events are as described, whether that is as expected, and which ones come near."""

    matched: int
    ok: bool
    nearest_misses: list[dict[str, Any]]


class Control:
    """The controls of one server for the environment of one key; ``token`` is the server's control token."""

    def __init__(self, url: str, key: str, token: str | None = None) -> None:
        self.url, self.key = url.rstrip("/"), key
        self._session = requests.Session()
        self._session.headers["x-api-key"] = key
        if token is not None:
            self._session.headers["X-Mock-Token"] = token

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Time

    def clock(self) -> Clock:
        """The environment's time."""
        found: Clock = self._ask("GET", "clock")
        return found

    def set_clock(self, now: Time | None = None, *, frozen: bool | None = None, machine: bool = False) -> Clock:
        """Set the time without anything else happening, or return to the machine's; ``frozen`` stops the clock."""
        body: dict[str, Any] = {} if now is None else {"now": _text(now)}
        if machine:
            body["now"] = None
        if frozen is not None:
            body["frozen"] = frozen
        found: Clock = self._ask("PUT", "clock", body)
        return found

    def advance(self, seconds: float | None = None, *, to: Time | None = None) -> Clock:
        """Let time pass, by so many seconds or up to a time; periods end on the way."""
        body: dict[str, Any] = {} if seconds is None else {"advance_seconds": seconds}
        if to is not None:
            body["advance_to"] = _text(to)
        if not body:
            raise ValueError("say how far: seconds or to")
        found: Clock = self._ask("PUT", "clock", body)
        return found

    # State

    def reset(self, *, everything: bool = False) -> None:
        """Forget what is in the environment, or in every environment."""
        self._ask("POST", "reset", {"scope": "all" if everything else "environment"})

    def seed(self, catalog: str | Mapping[str, Any]) -> dict[str, Any]:
        """Load a catalogue: a shipped one by its name (``documented``, ``models``), or its JSON. Says what was made."""
        body = {"shipped": catalog} if isinstance(catalog, str) else dict(catalog)
        made: dict[str, Any] = self._ask("POST", "catalog", body)
        return made

    def snapshots(self) -> list[Snapshot]:
        """All snapshots by name."""
        found: list[Snapshot] = self._ask("GET", "snapshots")["snapshots"]
        return found

    def snapshot(self, name: str) -> Snapshot:
        """Copy the whole state under a name."""
        taken: Snapshot = self._ask("POST", "snapshots", {"name": name})
        return taken

    def restore(self, name: str) -> Snapshot:
        """Make the whole state what it was."""
        restored: Snapshot = self._ask("POST", f"snapshots/{_part(name)}/restore")
        return restored

    def download_snapshot(self, name: str, file: Path) -> None:
        """Write a snapshot to a file that only its owner reads."""
        content = self._send("GET", f"snapshots/{_part(name)}").content
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_bytes(content)

    def upload_snapshot(self, name: str, file: Path) -> Snapshot:
        """Keep a file as a snapshot."""
        path = f"snapshots/{_part(name)}"
        kept: Snapshot = self._send("PUT", path, data=file.read_bytes(), kind="application/vnd.sqlite3").json()
        return kept

    def delete_snapshot(self, name: str) -> None:
        """Remove a snapshot."""
        self._ask("DELETE", f"snapshots/{_part(name)}")

    # Testing

    def faults(self) -> list[dict[str, Any]]:
        """The faults set, with how many requests each met and struck."""
        found: list[dict[str, Any]] = self._ask("GET", "faults")["faults"]
        return found

    def set_fault(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        key: str | None = None,
        count: int | None = None,
        probability: float | None = None,
        seed: int | None = None,
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        latency_ms: int | None = None,
        drop: bool = False,
        malformed: bool = False,
        after: bool = False,
    ) -> dict[str, Any]:
        """Set a fault; its ``id`` takes it back."""
        rule = {
            "method": method,
            "path": path,
            "key": key,
            "count": count,
            "probability": probability,
            "seed": seed,
            "status": status,
            "body": body,
            "headers": None if headers is None else dict(headers),
            "latency_ms": latency_ms,
            "drop": drop,
            "malformed": malformed,
            "after": after,
        }
        made: dict[str, Any] = self._ask("POST", "faults", {n: v for n, v in rule.items() if v is not None})
        return made

    def delete_fault(self, fault_id: int) -> None:
        """Take back one fault."""
        self._ask("DELETE", f"faults/{fault_id}")

    def delete_faults(self) -> int:
        """Take back all faults; how many there were."""
        return int(self._ask("DELETE", "faults")["deleted"])

    def ingestion(self) -> Ingestion:
        """How long events wait before they count."""
        found: Ingestion = self._ask("GET", "ingestion")
        return found

    def set_ingestion(self, delay_seconds: float) -> Ingestion:
        """Let events wait before they count; 0 for not at all."""
        found: Ingestion = self._ask("PUT", "ingestion", {"delay_seconds": delay_seconds})
        return found

    def journal(
        self, *, method: str | None = None, path: str | None = None, status: int | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """The last requests, newest first; ``path`` is a pattern."""
        given = {"method": method, "path": path, "status": status, "limit": limit}
        found: list[dict[str, Any]] = self._ask("GET", "journal", query=given)["requests"]
        return found

    def clear_journal(self) -> int:
        """Forget the requests; how many there were."""
        return int(self._ask("DELETE", "journal")["deleted"])

    def match_events(
        self,
        *,
        event_name: str | None = None,
        external_customer_id: str | None = None,
        event_id: str | None = None,
        source: str | None = None,
        properties: Mapping[str, Any] | None = None,
        at_least: int | None = None,
        exactly: int | None = None,
    ) -> Match:
        """Whether the expected events were accepted."""
        expected = {
            "event_name": event_name,
            "external_customer_id": external_customer_id,
            "event_id": event_id,
            "source": source,
            "properties": None if properties is None else dict(properties),
            "at_least": at_least,
            "exactly": exactly,
        }
        body = {name: value for name, value in expected.items() if value is not None}
        found: Match = self._ask("POST", "journal/events/match", body)
        return found

    # Explaining

    def divergences(self) -> dict[str, Any]:
        """The profile and the state of each switch of the register."""
        found: dict[str, Any] = self._ask("GET", "divergences")
        return found

    def explain_event(self, event_id: str) -> dict[str, Any]:
        """Why an event was billed, or not."""
        found: dict[str, Any] = self._ask("GET", f"explain/events/{_part(event_id)}")
        return found

    def explain_subscription(
        self, subscription_id: str, start_time: Time | None = None, end_time: Time | None = None
    ) -> dict[str, Any]:
        """The same for every event of a period."""
        found: dict[str, Any] = self._ask(
            "GET", f"explain/subscriptions/{_part(subscription_id)}", query=_window(start_time, end_time)
        )
        return found

    def unbilled(
        self,
        external_customer_id: str | None = None,
        *,
        start_time: Time | None = None,
        end_time: Time | None = None,
        reading: str | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """The events nobody pays for, by reason."""
        given = {"external_customer_id": external_customer_id, "reading": reading, "limit": limit}
        found: dict[str, Any] = self._ask("GET", "unbilled", query={**given, **_window(start_time, end_time)})
        return found

    def _ask(self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body)
        return self._send(method, path, data=data, query=query).json()

    def _send(
        self,
        method: str,
        path: str,
        *,
        data: str | bytes | None = None,
        query: Mapping[str, Any] | None = None,
        kind: str = "application/json",
    ) -> requests.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self.url}/_mock/{path}"
        headers = {} if data is None else {"Content-Type": kind}
        response = self._session.request(method, url, params=given, data=data, headers=headers, timeout=TIMEOUT_SECONDS)
        if not response.ok:
            raise ControlFailed(_refusal(response), response.status_code)
        return response


def _refusal(response: requests.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}; is that a flexprice-mock server with controls?"


def _part(text: str) -> str:
    return quote(text, safe="")


def _text(time: Time) -> str:
    return time if isinstance(time, str) else time.isoformat().replace("+00:00", "Z")


def _window(start: Time | None, end: Time | None) -> dict[str, str | None]:
    return {
        "start_time": None if start is None else _text(start),
        "end_time": None if end is None else _text(end),
    }
