"""Creating, reading and ending prices (behaviour/prices-and-meters#creating-a-price,
behaviour/prices-and-meters#other-operations-on-prices)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.groups.rules import check_groups
from mockserver.catalogue.owners import entities
from mockserver.catalogue.prices.checks import Request, check_request, complete
from mockserver.catalogue.prices.drafting import draft
from mockserver.catalogue.prices.storing import check_storable, holder, next_sequence, store
from mockserver.errors import ApiError, Invalid, NotFound
from mockserver.store.columns import Row
from mockserver.store.tables.prices import PRICES
from mockserver.work import Work

MAX_BULK = 100
INTERNAL_NAMES = {"FIXED": "Recurring", "USAGE": "Usage"}
"""Display names of prices the server makes by itself (behaviour/prices-and-meters#derived-values)."""

CLASH_IS_500 = "bulk-lookup-key-clash-is-500"


def create(work: Work, body: Request, entity_id: str | None = None) -> Row:
    """A new price, in the order of checks of behaviour/prices-and-meters#checks-of-a-price; the row is as the create
    answer shows it."""
    request = complete(work, body)
    check_request(work, request)
    entity = entities.find(work, request["entity_type"], request["entity_id"])
    entities.check_room(work, request["entity_type"], request["entity_id"])
    row = draft(work, request, names=_names(request, entity), entity_id=entity_id)
    check_groups(work, [row["group_id"]], "price")
    return store(work, row)


def create_internally(work: Work, request: Request, *, parent_price_id: str | None) -> Row:
    """A price made on somebody's behalf: a new version, or one of a subscription's own. As ``create``, but the
    entity is not looked up and names are not derived (behaviour/prices-and-meters#derived-values,
    behaviour/prices-and-meters#updating-a-price)."""
    check_request(work, request)
    row = draft(work, request, names=INTERNAL_NAMES, parent_price_id=parent_price_id)
    check_groups(work, [row["group_id"]], "price")
    return store(work, row)


def _names(request: Request, entity: Mapping[str, Any]) -> dict[str, str]:
    named = request["entity_type"] in ("PLAN", "ADDON")
    return {"FIXED": entity.get("name", "")} if named else {}


def create_many(work: Work, bodies: Sequence[Request]) -> list[Row]:
    """All of the prices or none, in request order (behaviour/prices-and-meters#bulk-create)."""
    if not bodies:
        raise Invalid("items must hold at least one price")
    if len(bodies) > MAX_BULK:
        raise Invalid(f"items must hold at most {MAX_BULK} prices")
    requests = []
    for index, body in enumerate(bodies):
        try:
            requests.append(complete(work, body))
            check_request(work, requests[-1])
        except ApiError as error:
            error.details.setdefault("index", index)
            raise
    found = entities.check_bulk(work, requests)
    drafts = [draft(work, request, names=_names(request, found[request["entity_id"]])) for request in requests]
    check_groups(work, [row["group_id"] for row in drafts], "price")
    for row in drafts:
        check_storable(row)
    return [_as_bulk_answer(work, row, store(work, row, clash_divergence=CLASH_IS_500)) for row in drafts]


def _as_bulk_answer(work: Work, drafted: Row, stored: Row) -> Row:
    """The answer shows what was drafted: neither the column defaults nor, on the real server, the lower-case
    currency (divergence bulk-currency-echoed)."""
    result = {**stored, **{name: drafted[name] for name in ("price_unit_amount", "conversion_rate")}}
    if drafted["currency"] != stored["currency"] and work.differs("bulk-currency-echoed"):
        result["currency"] = drafted["currency"]
    return result


def get(work: Work, price_id: str) -> Row:
    """The price of that id, ended ones included."""
    row = work.tx.get(PRICES, price_id)
    if row is None:
        raise NotFound(f"no price {price_id!r}", {"price_id": price_id})
    return row


def get_by_lookup_key(work: Work, lookup_key: str) -> Row:
    """The live price of that key; a price with an end, even a future one, is not found
    (behaviour/prices-and-meters#lookup-keys)."""
    row = holder(work, lookup_key)
    if row is None:
        raise NotFound(f"no price with the lookup key {lookup_key!r}", {"lookup_key": lookup_key})
    return row


def end(work: Work, price_id: str, body: Mapping[str, Any]) -> None:
    """Set the price's end, now or as sent; its status stays (behaviour/prices-and-meters#ending-a-price)."""
    row = get(work, price_id)
    if row["end_date"] is not None:
        raise Invalid("the price has an end already", {"price_id": price_id, "end_date": row["end_date"]})
    end_date = body["end_date"].instant if "end_date" in body else work.now
    if end_date < row["start_date"]:
        details = {"price_id": price_id, "start_date": row["start_date"], "end_date": end_date}
        raise Invalid("the price cannot end before it starts", details)
    work.change(PRICES, row, {"end_date": end_date, "sequence": next_sequence(work)})
