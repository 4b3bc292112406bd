"""What addons do (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.owners.associations import ACTIVE
from mockserver.catalogue.owners.entities import addon as addon_of
from mockserver.errors import AlreadyExists, Invalid, NotFound
from mockserver.http.listing import (
    Style,
    array_order,
    check_page,
    conditions,
    created_between,
    invalid_unknown,
    page,
    status_condition,
)
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In
from mockserver.store.tables.addons import ADDON_ASSOCIATIONS, ADDONS
from mockserver.store.tables.subscriptions import LINE_ITEMS
from mockserver.work import Work

STYLE = Style(invalid_unknown)


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """A new addon; 409 for a ``lookup_key`` a published addon holds."""
    key = body["lookup_key"]
    if work.tx.first(ADDONS, Eq("lookup_key", key), Eq("status", "published")):
        raise AlreadyExists("an addon with this lookup_key exists", {"lookup_key": key})
    own = {name: body.get(name) for name in ("metadata", "description")}
    return work.insert(ADDONS, work.new_row(ADDONS, {"name": body["name"], "lookup_key": key, **own}))


def get_by_lookup_key(work: Work, lookup_key: str) -> Row:
    """The published addon with that key."""
    row = work.tx.first(ADDONS, Eq("lookup_key", lookup_key), Eq("status", "published"))
    if row is None:
        raise NotFound(f"no addon with the lookup_key {lookup_key!r}", {"lookup_key": lookup_key})
    return row


def list_addons(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset."""
    check_page(data)
    for name in ("addon_ids", "lookup_keys"):
        if "" in data.get(name, ()):
            raise Invalid(f"{name} must not hold an empty text")
    where: list[Condition] = [status_condition(data), *created_between(data)]
    for name, column in (("addon_ids", "id"), ("lookup_keys", "lookup_key")):
        if data.get(name):
            where.append(In(column, data[name]))
    where += conditions(ADDONS, data.get("filters", ()), STYLE)
    return page(work, ADDONS, data, where, array_order(ADDONS, data, STYLE))


def update(work: Work, addon_id: str, body: Mapping[str, Any]) -> Row:
    """Change what the body carries; the ``lookup_key`` stays."""
    return work.change(ADDONS, addon_of(work, addon_id), body)


def delete(work: Work, addon_id: str) -> None:
    """Archive; refused while a subscription has the addon or a line item of it, ended ones included."""
    row = addon_of(work, addon_id)
    had = work.tx.first(
        ADDON_ASSOCIATIONS, Eq("addon_id", addon_id), Eq("addon_status", ACTIVE), Eq("status", "published")
    )
    item = work.tx.first(LINE_ITEMS, Eq("entity_id", addon_id), Eq("entity_type", "addon"), Eq("status", "published"))
    if had or item:
        # The real server looks for one of each only.
        counts = {"active_subscriptions_count": int(had is not None), "active_line_items_count": int(item is not None)}
        raise Invalid("a subscription has this addon", {"addon_id": addon_id, **counts})
    work.change(ADDONS, row, {"status": "archived"})
