"""The demo: the 22 documented payloads over real HTTP, and the bill they come to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import requests

from mockserver import fixtures, serving
from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.rating.money import ZERO, parse_decimal, plain
from mockserver.settings import Settings
from mockserver.store.store import Store

DOCUMENTS_DAY = "2026-04-14T00:00:00Z"
"""The day of the documents' events, so that they fall into the subscription's first period."""

EXPECTED = {
    "documented": {"usage_total": "2.0372128", "usage_amount": 2.04, "invoice_total": "2.04"},
    "upstream": {"usage_total": "36.0048384", "usage_amount": 36, "invoice_total": "36.01"},
}


@dataclass(slots=True)
class Step:
    """One request and whether its answer was the expected one."""

    step: str
    title: str
    request: str
    status: int
    expected_status: int
    code: str | None = None
    expected_code: str | None = None
    divergences: str = ""

    @property
    def ok(self) -> bool:
        return (self.status, self.code) == (self.expected_status, self.expected_code)


@dataclass(slots=True)
class Bill:
    """What the demo ends with. ``usage_total`` is exact; amounts are US dollars."""

    steps: list[Step] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    unbilled: list[dict[str, Any]] = field(default_factory=list)
    usage_total: Decimal = ZERO
    usage_amount: Any = None
    invoice_total: str | None = None
    failure: str = ""

    def problems(self, profile: str) -> list[str]:
        """What differs from the expected; empty when all is well."""
        expected = EXPECTED[profile]
        found = [
            f"step {s.step} {s.title}: expected {s.expected_status} {s.expected_code or ''},"
            f" got {s.status} {s.code or ''}"
            for s in self.steps
            if not s.ok
        ]
        if self.failure:
            found.append(self.failure)
        for name, value in (
            ("usage_total", plain(self.usage_total)),
            ("usage_amount", self.usage_amount),
            ("invoice_total", self.invoice_total),
        ):
            if value != expected[name]:
                found.append(f"{name}: expected {expected[name]}, got {value}")
        return found


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[str]:
    """A server on a free loopback port; its URL."""
    store = Store(settings.db)
    try:
        with serving.background(create_app(settings, store)) as url:
            yield url
    finally:
        store.close()


class Client:
    """The demo's HTTP client: one session with one key."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.headers.update({"x-api-key": "demo", "Content-Type": "application/json"})

    def send(self, method: str, path: str, text: str | None = None) -> requests.Response:
        return self.session.request(method, self.base + path, data=text, timeout=30)

    def ask(self, path: str, body: Any = None) -> Any:
        """A request that must succeed: GET without a body, POST with one."""
        method = "GET" if body is None else "POST"
        response = self.session.request(method, self.base + path, json=body, timeout=30)
        response.raise_for_status()
        return response.json()


def run(profile: str, on_step: Callable[[Step], None]) -> Bill:
    """Replay the payloads on a fresh server of the profile; ``on_step`` hears of each answer as it comes."""
    # The price sync of a real server needs its job runner; the demo shows the bill of a complete deployment.
    divergences = Divergences(profile, {"plan-sync-unavailable": False})
    with running(Settings(divergences, catalog=fixtures.catalog_path("documented"))) as base:
        client = Client(base)
        client.session.put(f"{base}/_mock/clock", json={"now": DOCUMENTS_DAY}, timeout=30).raise_for_status()
        bill, made = _replay(client, profile, on_step)
        if "subscription" in made and "plan" in made:
            try:
                _read_bill(client, bill, made)
            except requests.HTTPError as error:
                bill.failure = str(error)
    return bill


def _replay(client: Client, profile: str, on_step: Callable[[Step], None]) -> tuple[Bill, dict[str, str]]:
    bill = Bill()
    values: dict[str, str] = {}
    made: dict[str, str] = {}
    for payload in fixtures.payloads():
        response = client.send(payload.method, payload.path, payload.filled(values))
        answer = response.json() if response.content else {}
        expected = payload.expected[profile]
        step = Step(
            payload.step,
            payload.title,
            f"{payload.method} {payload.path}",
            response.status_code,
            expected["status"],
            None if response.ok else answer.get("code"),
            expected["error_code"],
            response.headers.get("X-Flexprice-Mock-Divergence", ""),
        )
        bill.steps.append(step)
        on_step(step)
        for placeholder, key in payload.provides.items():
            values[placeholder] = answer.get(key, "")
        if response.ok:
            made[payload.path.rsplit("/", 1)[-1].removesuffix("s")] = answer.get("id", "")
    return bill, made


def _read_bill(client: Client, bill: Bill, made: dict[str, str]) -> None:
    # The prices of the last payload are younger than the subscription; a plan sync brings them to it.
    client.ask(f"/v1/plans/{made['plan']}/sync/subscriptions", {})
    usage = client.ask("/v1/subscriptions/usage", {"subscription_id": made["subscription"]})
    preview = client.ask("/v1/invoices/preview", {"subscription_id": made["subscription"]})
    bill.usage_amount, bill.invoice_total = usage["amount"], preview["total"]
    told = client.ask(f"/_mock/explain/subscriptions/{made['subscription']}")
    bill.usage_total = parse_decimal(told["totals"][told["reading"]])
    for event in told["events"]:
        verdict = event[told["reading"]]
        for share in verdict["billed"]:
            bill.lines.append(
                {"event": event["event_id"], **{name: share[name] for name in ("meter", "price", "quantity", "amount")}}
            )
        if verdict["reason"]:
            bill.unbilled.append(
                {
                    "event": event["event_id"],
                    "reason": verdict["reason"],
                    "meaning": verdict["meaning"],
                    "detail": verdict["explanation"],
                    "hints": verdict["hints"],
                }
            )
