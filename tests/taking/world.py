"""A small world to ask who takes an event in, and every way there is to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

APRIL = ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z")
NOW, MIDDLE = "2026-04-25T00:00:00Z", "2026-04-14T12:00:00Z"
RUNNING = ("active", "trialing")
NAME = "call"


@dataclass(frozen=True)
class Item:
    """A line item as the API shows it."""

    id: str
    subscription_id: str
    price_id: str
    meter_id: str


class World:
    """Meters of one event name, plans on them, customers that subscribe and inherit, and their events.

    The meters add up ``n``. The nth event sends the nth power of two, so that a quantity names the events in it.
    """

    def __init__(self, api: Any) -> None:
        self.api = api.at(NOW)
        self.meters: list[str] = []
        self.customers: dict[str, str] = {}
        self.subscriptions: list[str] = []
        self.sent: dict[str, dict[str, Any]] = {}

    def meter(self, **changes: Any) -> str:
        body = {
            "name": "M",
            "event_name": NAME,
            "aggregation": {"type": "SUM", "field": "n"},
            "reset_usage": "BILLING_PERIOD",
            **changes,
        }
        self.meters.append(self.api.made("/v1/meters", body)["id"])
        return self.meters[-1]

    def plan(self) -> str:
        return str(self.api.made("/v1/plans", {"name": "P"})["id"])

    def price(self, plan: str, meter: str, filters: Mapping[str, Sequence[str]] | None = None) -> str:
        body = {
            "entity_type": "PLAN",
            "entity_id": plan,
            "type": "USAGE",
            "billing_model": "FLAT_FEE",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "invoice_cadence": "ARREAR",
            "currency": "usd",
            "amount": "1",
            "meter_id": meter,
            "start_date": APRIL[0],
            **({} if filters is None else {"filter_values": filters}),
        }
        return str(self.api.made("/v1/prices", body)["id"])

    def customer(self, name: str) -> str:
        if name not in self.customers:
            made = self.api.made("/v1/customers", {"external_id": name, "name": name})
            self.customers[name] = made["id"]
        return self.customers[name]

    def archive(self, name: str) -> None:
        """Archive a customer, whose active subscriptions are cancelled first so that nothing forbids it."""
        for subscription in self._active(name):
            self.relabel(subscription["id"], "cancelled")
        assert self.api.delete(f"/v1/customers/{self.customers[name]}").status == 204

    def relabel(self, subscription: str, status: str) -> None:
        assert self.api.put(f"/v1/subscriptions/{subscription}", {"status": status}).status == 200

    def subscribe(self, name: str, plan: str, *, start: str = APRIL[0], heirs: Sequence[str] = ()) -> str:
        body = {
            "plan_id": plan,
            "customer_id": self.customer(name),
            "billing_period": "MONTHLY",
            "currency": "usd",
            "start_date": start,
            **({"inheritance": {"external_customer_ids_to_inherit_subscription": list(heirs)}} if heirs else {}),
        }
        made = str(self.api.made("/v1/subscriptions", body)["id"])
        self.subscriptions.append(made)
        return made

    def inherited(self, name: str) -> list[str]:
        """The active subscriptions that a customer has inherited."""
        return [row["id"] for row in self._active(name) if row["subscription_type"] == "inherited"]

    def _active(self, name: str) -> list[dict[str, Any]]:
        """What is listed where no status is asked for."""
        return list(self.api.get(f"/v1/subscriptions?customer_id={self.customers[name]}&limit=100").json["items"])

    def item(self, subscription: str, price: str, start: str, end: str | None = None) -> str:
        body = {"price_id": price, "start_date": start, **({} if end is None else {"end_date": end})}
        return str(self.api.made(f"/v1/subscriptions/{subscription}/lineitems", body)["id"])

    def end(self, item: str, moment: str) -> None:
        assert self.try_to_end(item, moment)

    def try_to_end(self, item: str, moment: str) -> bool:
        """Whether the API lets the item end then."""
        reply = self.api.delete(f"/v1/subscriptions/lineitems/{item}", {"effective_from": moment})
        assert reply.status in (200, 400), reply.text
        return bool(reply.status == 200)

    def items(self, subscription: str) -> dict[str, Item]:
        """The subscription's line items by id, in the order they were made."""
        asked = {"subscription_ids": [subscription], "sort": [{"field": "created_at", "direction": "asc"}]}
        found = self.api.made("/v1/subscriptions/lineitems/search", asked)["items"]
        return {row["id"]: Item(row["id"], subscription, row["price_id"], row["meter_id"]) for row in found}

    def send(self, name: str, events: Iterable[Mapping[str, Any]], at: str = MIDDLE) -> list[str]:
        """Send events with these properties; their ids."""
        made = []
        for properties in events:
            event_id = f"e{len(self.sent)}"
            self.sent[event_id] = {
                "event_name": NAME,
                "external_customer_id": name,
                "timestamp": at,
                "properties": {**properties, "n": 2 ** len(self.sent)},
            }
            self.api.made("/v1/events", {**self.sent[event_id], "event_id": event_id})
            made.append(event_id)
        return made

    def by_usage(self, subscription: str, window: tuple[str, str] = APRIL) -> dict[str, list[str]]:
        """Which line items bill each event, by the quantities of the subscription's usage."""
        taken: dict[str, list[str]] = {event_id: [] for event_id in self.sent}
        body = {"subscription_id": subscription, "start_time": window[0], "end_time": window[1]}
        reply = self.api.post("/v1/subscriptions/usage", body)
        if reply.status == 400:
            return taken
        assert reply.status == 200, reply.text
        for charge in reply.json["charges"] or ():
            quantity = int(charge["quantity"])
            for place, event_id in enumerate(self.sent):
                if quantity >> place & 1:
                    taken[event_id].append(charge["subscription_line_item_id"])
        return taken

    def explained_event(self, event_id: str) -> Any:
        return self.api.get(f"/_mock/explain/events/{event_id}").json

    def by_explanation(self, event_id: str) -> list[str]:
        told = self.explained_event(event_id)
        return [taker for event in told["events"] for taker in _billed(event[told["reading"]])]

    def by_explained_subscription(self, subscription: str) -> dict[str, list[str]]:
        asked = f"start_time={APRIL[0]}&end_time={APRIL[1]}"
        reply = self.api.get(f"/_mock/explain/subscriptions/{subscription}?{asked}")
        if reply.status == 400:
            return {}
        assert reply.status == 200, reply.text
        return {event["event_id"]: _billed(event[reply.json["reading"]]) for event in reply.json["events"]}

    def by_stream(self) -> dict[str, list[str]]:
        told = self.api.get("/_mock/stream?details=true&limit=200").json
        return {event["event_id"]: _billed(event[told["reading"]]) for event in told["events"]}

    def by_lookup(self, event_id: str) -> tuple[str, list[str]]:
        """The meter whose usage is looked at, and the line items; no meter where there are none."""
        found = self.api.get(f"/v1/events/lookup?id={event_id}").json.get("processed_events", [])
        meters = {each["meter_id"] for each in found}
        assert len(meters) <= 1
        return "".join(meters), [each["sub_line_item_id"] for each in found]

    def by_trial(self, event_id: str) -> list[str]:
        """What would bill the event if it were sent again."""
        told = self.api.made("/_mock/what-if", self.sent[event_id])
        billed = _billed(told[told["reading"]])
        if told["against"] == "subscriptions":
            assert Counter(billed) == Counter(
                taker for payer in told["payers"] for taker in _billed(payer[told["reading"]])
            )
        return billed

    def agree(self) -> dict[str, list[str]]:
        """Every way to ask names the same line items for every event that was sent; returns them."""
        items = {item.id: item for subscription in self.subscriptions for item in self.items(subscription).values()}
        usage = [self.by_usage(subscription) for subscription in self.subscriptions]
        whole = [self.by_explained_subscription(subscription) for subscription in self.subscriptions]
        stream = self.by_stream()
        shown = [self.api.get(f"/v1/subscriptions/{subscription}").json for subscription in self.subscriptions]
        running = {row["id"] for row in shown if row["subscription_status"] in RUNNING}
        result = {}
        for event_id in self.sent:
            takers = result[event_id] = sorted(taker for each in usage for taker in each[event_id])
            assert len(set(takers)) == len(takers)
            assert sorted(self.by_explanation(event_id)) == takers, event_id
            assert sorted(taker for each in whole for taker in each.get(event_id, ())) == takers, event_id
            assert sorted(stream[event_id]) == takers, event_id
            assert sorted(self.by_trial(event_id)) == takers, event_id
            listed = [taker for taker in takers if items[taker].subscription_id in running]
            self._looked_up(event_id, [items[taker] for taker in listed])
            self._consistent(event_id, takers)
        return result

    def _looked_up(self, event_id: str, takers: Sequence[Item]) -> None:
        """The look-up lists the takers on running subscriptions, by one of the meters that measured the event."""
        meter, found = self.by_lookup(event_id)
        if found or len(self.meters) == 1:
            assert sorted(found) == [taker.id for taker in takers if taker.meter_id == (meter or taker.meter_id)], (
                event_id
            )
        else:
            assert {taker.meter_id for taker in takers} < set(self.meters), event_id

    def _consistent(self, event_id: str, takers: Sequence[str]) -> None:
        """What the explanation says won is what it says was billed."""
        told = self.explained_event(event_id)
        if told["reading"] != "documented":
            return
        won = [
            row["subscription_line_item_id"]
            for event in told["events"]
            for row in event["documented"]["prices_considered"]
            if row["won"]
        ]
        assert sorted(won) == sorted(takers), event_id


def _billed(verdict: Mapping[str, Any]) -> list[str]:
    return [share["subscription_line_item_id"] for share in verdict["billed"]]
