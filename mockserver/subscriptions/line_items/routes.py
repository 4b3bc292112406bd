"""Which URL calls which line item rule (behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.prices.present import show_prices
from mockserver.http.listing import check_expand, envelope
from mockserver.http.routing import Call, Routes
from mockserver.store.records.subscriptions import LineItem
from mockserver.store.tables.prices import PRICES
from mockserver.subscriptions.line_items import present, rules
from mockserver.subscriptions.line_items.schemas import (
    EndLineItemIn,
    LineItemFilterIn,
    LineItemOut,
    NewLineItemIn,
    UpdateLineItemIn,
)

ROUTES = Routes("Subscription line items")
NEW, UPDATE, END = NewLineItemIn(), UpdateLineItemIn(), EndLineItemIn()
FILTER, OUT = LineItemFilterIn(), LineItemOut()


@ROUTES.post("/v1/subscriptions/<subscription_id>/lineitems", status=201, body=NEW, answer=OUT)
def add(call: Call) -> dict[str, Any]:
    """Add an item to an active subscription, of an existing price or of a new one."""
    body = call.body()
    return OUT.dump(rules.add(call.work, call.params["subscription_id"], body))


@ROUTES.put("/v1/subscriptions/lineitems/<line_item_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Change an item; a change of price or commitment ends it and starts a new one."""
    return OUT.dump(rules.update(call.work, call.params["line_item_id"], call.body()))


@ROUTES.delete("/v1/subscriptions/lineitems/<line_item_id>", body=END, answer=OUT)
def end(call: Call) -> dict[str, Any]:
    """End an item, now or on a date. A body is required."""
    return OUT.dump(rules.end(call.work, call.params["line_item_id"], call.body()))


@ROUTES.search("/v1/subscriptions/lineitems/search", body=FILTER, answer=OUT, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search line items, newest first, ended and archived ones included."""
    data = call.body()
    expand = check_expand(data.get("expand"), rules.EXPANDABLE)
    rows, total, limit, offset = rules.list_items(call.work, data)
    prices: dict[str, dict[str, Any]] = {}
    if any(name == "subscription_line_items.prices" or name.partition(".")[0] == "prices" for name in expand):
        found = list(call.work.tx.by_ids(PRICES, (row["price_id"] for row in rows)).values())
        nested = {name.partition(".")[2] for name in expand if name.startswith("prices.")}
        prices = {price["id"]: price for price in show_prices(call.work, found, nested)}
    shown = [present.show_item(LineItem.of(row), price=prices.get(row["price_id"])) for row in rows]
    return envelope(shown, total, limit, offset)
