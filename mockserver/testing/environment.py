"""What a test holds: an environment of its own on a running emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mockserver.testing.amounts import Amount
from mockserver.testing.clock import Clock
from mockserver.testing.explanation import Explanation
from mockserver.testing.judging import check_billed, check_total, check_unbilled
from mockserver.testing.talk import Talk, rfc3339


class Environment:
    """One key's view of an emulator.

    ``url``       the server's root
    ``base_url``  what SDKs are configured with: the root and ``/v1``
    ``key``       the API key; it owns the environment
    ``clock``     the environment's time
    ``client``    the official SDK, if it is installed

    Subscriptions are given by id, or as what a client answered when they were made. Amounts are exact: give them as
    texts, ``Decimal`` or whole numbers.
    """

    def __init__(self, url: str, key: str, profile: str = "") -> None:
        self.url, self.key, self.profile = url, key, profile
        self._talk = Talk(url, key)
        self.clock = Clock(self._talk)

    @property
    def base_url(self) -> str:
        """What clients are configured with: the server's root and ``/v1``."""
        return f"{self.url}/v1"

    @cached_property
    def client(self) -> Any:
        """A ``flexprice.Flexprice`` that talks to this environment."""
        try:
            from flexprice import Flexprice
        except ImportError:
            raise RuntimeError("the official SDK is not installed: pip install flexprice==2.1.26") from None
        return Flexprice(server_url=self.base_url, api_key_auth=self.key, timeout_ms=60_000)

    def get(self, path: str) -> Any:
        """``GET /v1<path>``; the answer's JSON. ``ApiRefused`` unless it is 2xx, as for the other methods."""
        return self._talk("GET", f"/v1{path}")

    def post(self, path: str, body: Any = None) -> Any:
        """``POST /v1<path>``, by default with an empty object."""
        return self._talk("POST", f"/v1{path}", {} if body is None else body)

    def put(self, path: str, body: Any) -> Any:
        """``PUT /v1<path>``."""
        return self._talk("PUT", f"/v1{path}", body)

    def delete(self, path: str, body: Any = None) -> Any:
        """``DELETE /v1<path>``; an empty answer is None."""
        return self._talk("DELETE", f"/v1{path}", body)

    def seed(self, catalog: str | Path | Mapping[str, Any]) -> dict[str, Any]:
        """Load a catalogue with its literal ids: ``"models"``, ``"documented"``, a file, or the catalogue itself.
        Answers how many meters, features, plans and prices there are in it."""
        body: Any = catalog
        if isinstance(catalog, str | Path):
            path = Path(catalog)
            shipped = isinstance(catalog, str) and not path.suffix
            body = {"shipped": catalog} if shipped else json.loads(path.read_text(encoding="utf-8"))
        result: dict[str, Any] = self._talk("POST", "/_mock/catalog", body)
        return result

    def send(self, event: Mapping[str, Any] | None = None, /, **fields: Any) -> str:
        """Send one event, as a mapping or as keywords; its id. Properties may be of any JSON type."""
        answer: dict[str, Any] = self.post("/events", {**(event or {}), **fields})
        return str(answer["event_id"])

    def usage(
        self, subscription: Any, *, start: str | datetime | None = None, end: str | datetime | None = None
    ) -> dict[str, Any]:
        """The subscription's usage, by default of its current period: ``amount``, ``charges``..."""
        body = {"subscription_id": _id(subscription), **_window(start_time=start, end_time=end)}
        answer: dict[str, Any] = self.post("/subscriptions/usage", body)
        return answer

    def bill(
        self, subscription: Any, *, start: str | datetime | None = None, end: str | datetime | None = None
    ) -> dict[str, Any]:
        """The invoice the subscription would get, by default for its current period: ``total``, ``line_items``..."""
        body = {"subscription_id": _id(subscription), **_window(period_start=start, period_end=end)}
        answer: dict[str, Any] = self.post("/invoices/preview", body)
        return answer

    def explain(self, event_id: str) -> Explanation:
        """What billed an event, or why nothing did. ``ApiRefused`` (404) if no event of that id was sent."""
        return Explanation.read(self._talk("GET", f"/_mock/explain/events/{quote(event_id, safe='')}"))

    def assert_billed(
        self,
        event_id: str,
        *,
        price: Any = None,
        amount: Amount | None = None,
        quantity: Amount | None = None,
        subscription: Any = None,
    ) -> Explanation:
        """That an event was billed: by this price (lookup key, name or id), on this subscription, for exactly this
        amount and quantity. Where several prices bill it their sum is compared."""
        __tracebackhide__ = True
        told = self.explain(event_id)
        wanted_price = None if price is None else _id(price)
        wanted_subscription = None if subscription is None else _id(subscription)
        check_billed(told, wanted_price, wanted_subscription, amount, quantity)
        return told

    def assert_unbilled(self, event_id: str, *, reason: str | None = None) -> Explanation:
        """That nobody pays for an event, for this reason: a word such as ``customer_unknown``, one of the reasons in
        docs/reference/reasons.md."""
        __tracebackhide__ = True
        told = self.explain(event_id)
        check_unbilled(told, reason)
        return told

    def assert_total(
        self,
        subscription: Any,
        total: Amount,
        *,
        start: str | datetime | None = None,
        end: str | datetime | None = None,
    ) -> dict[str, Any]:
        """That the subscription's bill comes to exactly this total; the bill."""
        __tracebackhide__ = True
        bill = self.bill(subscription, start=start, end=end)
        check_total(bill, total)
        return bill

    def reset(self) -> None:
        """Forget everything in the environment; its clock returns to the machine's time."""
        self._talk("POST", "/_mock/reset", {})

    def close(self) -> None:
        """Let go of connections. The environment stays."""
        self._talk.close()
        made = self.__dict__.get("client")
        if made is not None:
            made.__exit__(None, None, None)

    def __repr__(self) -> str:
        return f"<Flexprice environment of {self.key} at {self.url}>"


def _id(thing: Any) -> str:
    found = thing if isinstance(thing, str) else thing["id"] if isinstance(thing, Mapping) else thing.id
    if not isinstance(found, str):
        raise TypeError(f"neither an id nor something with one: {thing!r}")
    return found


def _window(**times: str | datetime | None) -> dict[str, str]:
    return {name: rfc3339(value) for name, value in times.items() if value is not None}
