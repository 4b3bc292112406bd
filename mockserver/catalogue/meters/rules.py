"""What meters do (behaviour/prices-and-meters#meters)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.meters.definition import check_definition, merged_filters
from mockserver.errors import Invalid, NotFound
from mockserver.http.listing import Mismatch, check_page, created_between, limit_of, page, status_condition
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In, Order
from mockserver.store.tables.meters import METERS
from mockserver.work import Work

LISTED_STATUSES = ("published", "archived")


def create(work: Work, body: Mapping[str, Any], entity_id: str | None = None) -> Row:
    """A new meter; ``reset_usage`` is stored as sent (behaviour/prices-and-meters#creating-a-meter)."""
    event_name = body["event_name"].strip()
    if not event_name:
        raise Invalid("event_name must not be blank")
    aggregation, filters = body.get("aggregation", {}), body.get("filters", [])
    check_definition(aggregation, filters)
    row = work.new_row(
        METERS,
        {
            "name": body["name"],
            "event_name": event_name,
            "aggregation": aggregation,
            "filters": [{"key": item["key"], "values": item["values"]} for item in filters],
            "reset_usage": body["reset_usage"],
        },
        entity_id,
    )
    return insert(work, row)


def insert(work: Work, row: Row) -> Row:
    """Store a meter; returns it as it will be read back."""
    work.insert(METERS, row, {"meter_id": row["id"], "tenant_id": row["tenant_id"]})
    return row


def copy(work: Work, meter: Row) -> Row:
    """A published meter of its own with the same definition (behaviour/prices-and-meters#operations-on-features,
    clone)."""
    names = ("name", "event_name", "aggregation", "filters", "reset_usage")
    return insert(work, work.new_row(METERS, {name: meter[name] for name in names}))


def get(work: Work, meter_id: str) -> Row:
    """The meter of that id, archived ones included."""
    row = work.tx.get(METERS, meter_id)
    if row is None:
        raise NotFound(f"no meter {meter_id!r}", {"meter_id": meter_id, "tenant_id": work.caller.tenant_id})
    return row


def list_meters(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset; archived meters are listed too."""
    check_page(data)
    where: list[Condition] = [status_condition(data, LISTED_STATUSES), *created_between(data)]
    if data.get("event_name"):
        where.append(Eq("event_name", data["event_name"]))
    if data.get("meter_ids"):
        where.append(In("id", data["meter_ids"]))
    sort = data.get("sort", "created_at")
    if sort not in METERS.columns:
        details = {"filter": {**data, "limit": limit_of(data)}, "tenant_id": work.caller.tenant_id}
        raise Mismatch(f"unknown column {sort!r}", details)
    return page(work, METERS, data, where, (Order(sort, data.get("order") != "asc"),))


def add_filters(work: Work, meter_id: str, filters: list[dict[str, Any]]) -> Row:
    """Unite filters into the meter's own. The answer still shows the old ``updated_at``."""
    if not filters:
        raise Invalid("filters must hold at least one filter")
    row = get(work, meter_id)
    changed = work.change(METERS, row, {"filters": merged_filters(row["filters"] or [], filters)})
    return {**changed, "updated_at": row["updated_at"]}


def archive(work: Work, meter_id: str) -> None:
    """Archive a meter. An unknown id is no error, and prices or features on it do not matter
    (behaviour/prices-and-meters#operations-on-meters)."""
    row = work.tx.get(METERS, meter_id)
    if row is not None:
        work.change(METERS, row, {"status": "archived"})
