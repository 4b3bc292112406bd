"""The demo: the 22 documented payloads over real HTTP, and the bill they come to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import requests

from mockserver import fixtures, serving
from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.rating.cost import PriceTerms
from mockserver.rating.explanation import Event, Item, Meter, Story, explain
from mockserver.rating.matching import Candidate, key_filters
from mockserver.rating.money import ZERO, add, parse_decimal, plain
from mockserver.rating.quantity import Aggregation
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
    unbilled: list[dict[str, str]] = field(default_factory=list)
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
                _read_bill(client, bill, made, honour_filters=not divergences.on("price-filter-values-ignored"))
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


def _read_bill(client: Client, bill: Bill, made: dict[str, str], *, honour_filters: bool) -> None:
    # The prices of the last payload are younger than the subscription; a plan sync brings them to it.
    client.ask(f"/v1/plans/{made['plan']}/sync/subscriptions", {})
    usage = client.ask("/v1/subscriptions/usage", {"subscription_id": made["subscription"]})
    preview = client.ask("/v1/invoices/preview", {"subscription_id": made["subscription"]})
    bill.usage_amount, bill.invoice_total = usage["amount"], preview["total"]
    for story in stories(client, made["subscription"], honour_filters=honour_filters):
        for share in story.shares:
            bill.usage_total = add(bill.usage_total, share.amount)
            bill.lines.append(
                {
                    "event": story.event.id,
                    "meter": share.meter.name,
                    "price": share.item.label,
                    "quantity": plain(share.metered.quantity),
                    "amount": plain(share.amount),
                }
            )
        if not story.shares:
            bill.unbilled.append({"event": story.event.id, "reason": story.reason or "", "detail": story.detail})


def stories(client: Client, subscription_id: str, *, honour_filters: bool) -> list[Story]:
    """The explanation of every event of a subscription's customer, from what the API tells."""
    subscription = client.ask(f"/v1/subscriptions/{subscription_id}")
    listed = client.ask(
        "/v1/events/query",
        {
            "external_customer_id": subscription["customer"]["external_id"],
            "start_time": subscription["current_period_start"],
            "end_time": subscription["current_period_end"],
            "page_size": 1000,
        },
    )
    events = [
        Event(row["id"], row["event_name"], _time(row["timestamp"]), row["properties"] or {})
        for row in listed["events"]
    ]
    meters = [_meter(row) for row in client.ask("/v1/meters")["items"]]
    items = [_item(row, subscription_id) for row in subscription["line_items"] if row.get("price_type") == "USAGE"]
    return explain(events, meters, items, honour_filters=honour_filters)


def _meter(row: dict[str, Any]) -> Meter:
    aggregation = row["aggregation"]
    multiplier = aggregation.get("multiplier")
    return Meter(
        row["id"],
        row["name"],
        row["event_name"],
        Aggregation(
            aggregation["type"],
            aggregation.get("field", ""),
            aggregation.get("expression", ""),
            None if multiplier is None else parse_decimal(multiplier),
        ),
        key_filters(row["filters"]),
    )


def _item(row: dict[str, Any], subscription_id: str) -> Item:
    price = row["price"]
    end = _time(row["end_date"])
    return Item(
        row["id"],
        subscription_id,
        row["meter_id"],
        price["lookup_key"] or price["display_name"],
        Candidate(price["id"], price.get("filter_values") or {}, (price["created_at"], price["id"])),
        PriceTerms(price["billing_model"], parse_decimal(price["amount"]), currency=price["currency"]),
        _time(row["start_date"]),
        None if end.year == 1 else end,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
