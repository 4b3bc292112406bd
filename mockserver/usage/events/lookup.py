"""What became of one event (behaviour/events-and-usage#looking-up-one-event)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.catalogue.meters.schemas import WholeMeterOut
from mockserver.catalogue.owners.entities import unended
from mockserver.catalogue.prices.present import show_price
from mockserver.customers.schemas import CustomerOut
from mockserver.errors import Invalid, NotFound, TossUp
from mockserver.lookups.customers import find_by_external_id
from mockserver.metering.events import from_milliseconds
from mockserver.rating.charges import USAGE
from mockserver.rating.matching import key_filters, meter_matches
from mockserver.rating.money import plain
from mockserver.store import events as store
from mockserver.store import quantities
from mockserver.store.columns import Row
from mockserver.store.events import StoredEvent
from mockserver.store.query import NEWEST_FIRST, Eq, In, Query
from mockserver.store.records.subscriptions import LineItem
from mockserver.store.tables.meters import FEATURES, METERS
from mockserver.store.tables.prices import PRICES
from mockserver.store.usage import MeteredEvent
from mockserver.subscriptions.line_items.present import show_item
from mockserver.times import format_time
from mockserver.usage.events import attribution
from mockserver.usage.events.listing import row_of
from mockserver.usage.events.schemas import EventOut
from mockserver.work import Work

EVENT, CUSTOMER, METER = EventOut(), CustomerOut(), WholeMeterOut()
_OPEN_END = "0001-01-01T00:00:00Z"
_STEPS = ("customer_lookup", "meter_matching", "price_lookup", "subscription_line_item_lookup")


def look_up(work: Work, event_id: str) -> dict[str, Any]:
    """The event and the line items that bill it, or how far it got. ``TossUp`` for an unknown id: the real server
    answers 404 or 500 at random."""
    if not event_id:
        raise Invalid("an event id is needed")
    found = store.same_id(work.tx.connection, work.tx.environment_id, event_id)
    if not found:
        raise TossUp(f"no event {event_id!r}", {"event_id": event_id}, code="not_found", other="database_error")
    event = found[0]
    result: dict[str, Any] = {"event": EVENT.dump(row_of(work, event))}
    metered = attribution.metered(work, event_id)
    if metered is not None:
        processed = _processed(work, event, metered)
        if processed:
            return {**result, "status": "processed", "processed_events": processed}
    tracker = _Tracker(work, event).track(metered)
    status = "processing" if tracker["failure_point"] is None else "failed"
    return {**result, "status": status, "debug_tracker": tracker}


def _processed(work: Work, event: StoredEvent, metered: MeteredEvent) -> list[dict[str, Any]]:
    customer = find_by_external_id(work, metered.external_customer_id)
    if customer is None:
        return []
    items = attribution.usage_items(work, customer["id"], [metered.meter_id])
    origin = store.by_seqs(work.tx.connection, [metered.event_seq]).get(metered.event_seq, event)
    feature = work.tx.find(FEATURES, Query((Eq("meter_id", metered.meter_id),), NEWEST_FIRST))
    return [
        {
            "customer_id": customer["id"],
            "subscription_id": item.subscription_id,
            "sub_line_item_id": item.id,
            "price_id": item.price_id,
            "meter_id": item.meter_id,
            "feature_id": feature[-1]["id"] if feature else "",
            "qty_total": plain(quantities.to_decimal(metered.steps)),
            "processed_at": format_time(from_milliseconds(origin.ingested_ms)),
        }
        for item in attribution.billing(work, items, metered.time, _properties(origin)).items
    ]


def _properties(event: StoredEvent) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = orjson.loads(event.properties)
    return found or {}


class _Failed(Exception):
    """The step that an event does not pass."""

    def __init__(self, kind: str, message: str) -> None:
        self.point = {"failure_point_type": kind, "error": _not_found(message)}


def _not_found(message: str) -> dict[str, Any]:
    """An error inside the tracker."""
    error = NotFound(message)
    return {"code": error.code, "message": error.message, "http_status_code": error.status}


class _Tracker:
    """Walks from the customer to the line item and stops at the first step that finds nothing."""

    def __init__(self, work: Work, event: StoredEvent) -> None:
        self.work, self.event, self.properties = work, event, _properties(event)
        self.moment = from_milliseconds(event.time_ms)
        self.steps: dict[str, Any] = {name: {"status": "unprocessed"} for name in _STEPS}

    def track(self, metered: MeteredEvent | None) -> dict[str, Any]:
        """All steps, and the point of failure or None."""
        try:
            customer = self._customer()
            meters = self._meters()
            prices = self._prices(meters)
            self._line_items(customer, meters, prices)
        except _Failed as failed:
            return {**self.steps, "failure_point": failed.point}
        if metered is None:
            return {**self.steps, "attributed_to_customer": {"status": "processing"}, "failure_point": None}
        attributed = {
            "status": "attributed",
            "meter_usage": {
                "meter_id": metered.meter_id,
                "external_customer_id": metered.external_customer_id,
                "qty_total": plain(quantities.to_decimal(metered.steps)),
            },
        }
        return {**self.steps, "attributed_to_customer": attributed, "failure_point": None}

    def _fail(self, kind: str, step: str, message: str, *, with_error: bool, status: str = "not_found") -> _Failed:
        failed = _Failed(kind, message)
        self.steps[step] = {**self.steps[step], "status": status}
        if with_error:
            self.steps[step]["error"] = failed.point["error"]
        return failed

    def _customer(self) -> Row:
        customer = find_by_external_id(self.work, self.event.external_customer_id)
        if customer is None:
            message = f"no customer with the external id {self.event.external_customer_id!r}"
            raise self._fail("customer_lookup", "customer_lookup", message, with_error=True, status="error")
        self.steps["customer_lookup"] = {"status": "found", "customer": CUSTOMER.dump(customer)}
        return customer

    def _meters(self) -> list[Row]:
        where = (Eq("event_name", self.event.event_name), In("status", ("published", "archived")))
        matched = [
            meter
            for meter in self.work.tx.find(METERS, Query(where))
            if meter_matches(key_filters(meter["filters"]), self.properties)
        ]
        if not matched:
            message = f"no meter takes events of the name {self.event.event_name!r} with these properties"
            raise self._fail("meter_lookup", "meter_matching", message, with_error=False)
        self.steps["meter_matching"] = {
            "status": "found",
            "matched_meters": [
                {"meter_id": meter["id"], "event_name": meter["event_name"], "meter": METER.dump(meter)}
                for meter in matched
            ],
        }
        return matched

    def _prices(self, meters: Sequence[Row]) -> list[Row]:
        listed = self.work.tx.published(
            PRICES, In("meter_id", [meter["id"] for meter in meters]), Eq("type", USAGE), unended(self.work)
        )
        prices = attribution.matching_prices(self.work, listed, self.properties)
        if not prices:
            raise self._fail("price_lookup", "price_lookup", "no usage price bills the event", with_error=False)
        self.steps["price_lookup"] = {
            "status": "found",
            "matched_prices": [
                {
                    "price_id": price["id"],
                    "meter_id": price["meter_id"],
                    "status": price["status"],
                    "price": show_price(self.work, price),
                }
                for price in prices
            ],
        }
        return prices

    def _line_items(self, customer: Row, meters: Sequence[Row], prices: Sequence[Row]) -> None:
        wanted = {price["id"] for price in prices}
        items = [
            item
            for item in attribution.usage_items(self.work, customer["id"], [meter["id"] for meter in meters])
            if item.price_id in wanted
        ]
        kind = step = "subscription_line_item_lookup"
        if not items:
            raise self._fail(kind, step, "no line item has one of the matched prices", with_error=True)
        self.steps[step]["matched_line_items"] = [self._line_item(item) for item in items]
        if not any(self._within(item) for item in items):
            raise self._fail(kind, step, "no line item covers the event's time", with_error=True)
        self.steps[step]["status"] = "found"

    def _within(self, item: LineItem) -> bool:
        """The real server leaves out both ends here."""
        return bool(item.start_date < self.moment and (item.end_date is None or self.moment < item.end_date))

    def _is_active(self, item: LineItem) -> bool:
        """And here it includes both. Neither decides what is billed; they are only shown."""
        return bool(item.start_date <= self.moment and (item.end_date is None or self.moment <= item.end_date))

    def _line_item(self, item: LineItem) -> dict[str, Any]:
        return {
            "sub_line_item_id": item.id,
            "subscription_id": item.subscription_id,
            "price_id": item.price_id,
            "start_date": format_time(item.start_date),
            "end_date": _OPEN_END if item.end_date is None else format_time(item.end_date),
            "is_active_for_event": self._is_active(item),
            "timestamp_within_range": self._within(item),
            "subscription_line_item": show_item(item),
        }
