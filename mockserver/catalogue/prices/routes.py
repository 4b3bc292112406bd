"""Which URL calls which price rule (behaviour/prices-and-meters#routes)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.prices import listing, rules, versions
from mockserver.catalogue.prices.present import show_price, show_prices, show_whole
from mockserver.catalogue.prices.schemas import (
    BulkPricesIn,
    BulkPricesOut,
    CreatePriceIn,
    EndPriceIn,
    PriceFilterIn,
    PriceOut,
    PriceWithPartsOut,
    UpdatePriceIn,
)
from mockserver.http.listing import envelope
from mockserver.http.messages import MessageOut, message
from mockserver.http.routing import Call, Routes

ROUTES = Routes("Prices")
CREATE, BULK, UPDATE, END, FILTER = CreatePriceIn(), BulkPricesIn(), UpdatePriceIn(), EndPriceIn(), PriceFilterIn()
OUT, WHOLE = PriceOut(), PriceWithPartsOut()


@ROUTES.post("/v1/prices", status=201, body=CREATE, answer=OUT)
def create(call: Call) -> dict[str, Any]:
    """Create a price of a plan, addon, subscription or cost sheet."""
    body = call.unchecked_body()
    return show_price(call.work, rules.create(call.work, body))


@ROUTES.post("/v1/prices/bulk", status=201, body=BULK, answer=BulkPricesOut())
def create_bulk(call: Call) -> dict[str, Any]:
    """Create up to 100 prices, all or none."""
    body = call.body()
    rows = rules.create_many(call.work, body.get("items", []))
    return {"items": [show_price(call.work, row) for row in rows]}


def _listed(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    rows, expand, total, limit, offset = listing.list_prices(call.work, data)
    return envelope(show_prices(call.work, rows, expand), total, limit, offset)


@ROUTES.get("/v1/prices", query=FILTER, answer=WHOLE, items=True)
def list_(call: Call) -> dict[str, Any]:
    """List prices that have not ended, newest first."""
    return _listed(call, call.query())


@ROUTES.search("/v1/prices/search", body=FILTER, answer=WHOLE, items=True)
def search(call: Call) -> dict[str, Any]:
    """Search prices with filters and sorting."""
    return _listed(call, call.body())


@ROUTES.get("/v1/prices/<price_id>", answer=WHOLE)
def get(call: Call) -> dict[str, Any]:
    """Read a price by id, ended ones included, with its meter, group and price unit."""
    return show_whole(call.work, rules.get(call.work, call.params["price_id"]))


@ROUTES.get("/v1/prices/lookup/<lookup_key>", answer=OUT)
def lookup(call: Call) -> dict[str, Any]:
    """Read the price without an end that has your own key."""
    return show_price(call.work, rules.get_by_lookup_key(call.work, call.params["lookup_key"]))


@ROUTES.put("/v1/prices/<price_id>", body=UPDATE, answer=OUT)
def update(call: Call) -> dict[str, Any]:
    """Update a price; changing what it charges ends it and answers with its new version."""
    body = call.body()
    return show_price(call.work, versions.update(call.work, call.params["price_id"], body))


@ROUTES.delete("/v1/prices/<price_id>", body=END, answer=MessageOut())
def end(call: Call) -> dict[str, Any]:
    """End a price, now or at a given time."""
    body = call.body()
    rules.end(call.work, call.params["price_id"], body)
    return message("price deleted successfully")
