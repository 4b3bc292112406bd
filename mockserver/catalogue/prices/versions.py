"""Updating a price: what it is called changes in place, what it charges makes a new version
(behaviour/prices-and-meters#updating-a-price)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.catalogue.groups.rules import check_groups
from mockserver.catalogue.prices.checks import CUSTOM, FIAT, Request
from mockserver.catalogue.prices.rules import CLASH_IS_500, create_internally, get
from mockserver.catalogue.prices.storing import check_key_is_free, instant, next_sequence
from mockserver.catalogue.tax_metadata import check_tax_metadata
from mockserver.errors import Invalid
from mockserver.store.columns import Row
from mockserver.store.tables.prices import PRICES
from mockserver.times import Timestamp
from mockserver.work import Work


def update(work: Work, price_id: str, body: Request) -> Row:
    """The changed price, or its new version, as the answer shows it."""
    given = _given(body)
    if (given["amount"] or given["tiers"]) and (given["price_unit_amount"] or given["price_unit_tiers"]):
        raise Invalid(
            "amount and tiers do not go with price_unit_amount and price_unit_tiers",
            {f"has_{name}": value for name, value in given.items()},
        )
    if "effective_from" in body and not is_critical(body):
        raise Invalid("effective_from needs something that makes a new version")
    check_tax_metadata(body.get("metadata"))
    row = get(work, price_id)
    _check_unit_fields(row, given)
    return _new_version(work, row, body) if is_critical(body) else _in_place(work, row, body)


def _given(body: Request) -> dict[str, bool]:
    return {
        "amount": "amount" in body,
        "tiers": bool(body.get("tiers")),
        "price_unit_amount": "price_unit_amount" in body,
        "price_unit_tiers": bool(body.get("price_unit_tiers")),
    }


def is_critical(body: Request) -> bool:
    """True if the request changes what the price charges."""
    return (
        any(_given(body).values())
        or "transform_quantity" in body
        or bool(body.get("billing_model") or body.get("tier_mode"))
    )


def _check_unit_fields(row: Row, given: Mapping[str, bool]) -> None:
    """Real-currency fields belong to FIAT prices, unit fields to CUSTOM ones."""
    kind = row["price_unit_type"]
    foreign = {FIAT: ("price_unit_amount", "price_unit_tiers"), CUSTOM: ("amount", "tiers")}.get(kind, ())
    if any(given[name] for name in foreign):
        details = {"existing_price_unit_type": kind, **{f"has_{name}": given[name] for name in foreign}}
        raise Invalid(f"{' and '.join(foreign)} do not go with a {kind} price", details)


def _in_place(work: Work, row: Row, body: Request) -> Row:
    """Empty texts keep what is there. The answer still shows the old ``updated_at``."""
    changes = {name: body[name] for name in ("lookup_key", "description", "display_name") if body.get(name)}
    changes |= {name: body[name] for name in ("metadata", "group_id") if name in body}
    if body.get("group_id"):
        check_groups(work, [body["group_id"]], "price")
    PRICES.encode(changes)
    if "lookup_key" in changes and row["end_date"] is None:
        check_key_is_free(work, row, changes["lookup_key"], CLASH_IS_500)
    changed = work.change(PRICES, row, changes)
    return {**changed, "updated_at": row["updated_at"], "updated_by": row["updated_by"]}


def _new_version(work: Work, row: Row, body: Request) -> Row:
    """End the price and start its successor at the same instant; both or neither happen."""
    if row["end_date"] is not None:
        raise Invalid("the price has an end already", {"price_id": row["id"]})
    start = body.get("effective_from", work.now)
    moment = start.instant if isinstance(start, Timestamp) else start
    if moment < row["start_date"]:
        details = {
            "price_id": row["id"],
            "price_start_date": row["start_date"],
            "effective_from": start.echo if isinstance(start, Timestamp) else start,
        }
        raise Invalid("a new version cannot start before the price does", details)
    changes: dict[str, Any] = {"end_date": instant(start), "sequence": next_sequence(work)}
    if "group_id" in body:
        check_groups(work, [body["group_id"]], "price")
        changes["group_id"] = body["group_id"]
    work.change(PRICES, row, changes)
    request = {**successor(row, body), "start_date": start}
    return create_internally(work, request, parent_price_id=root_id(row))


def root_id(row: Row) -> str:
    """The id of the first version, which every version names as its parent."""
    return str(row["parent_price_id"] or row["id"])


_KEPT = (
    "entity_type",
    "entity_id",
    "price_unit_type",
    "currency",
    "type",
    "billing_period",
    "billing_period_count",
    "invoice_cadence",
    "trial_period_days",
    "meter_id",
)


def successor(row: Row, body: Request) -> dict[str, Any]:
    """The request that makes a price like ``row`` with the changes of ``body``, without dates."""
    request: dict[str, Any] = {name: row[name] for name in _KEPT}
    if row["min_quantity"] is not None:
        request["min_quantity"] = int(row["min_quantity"])
    if row["filter_values"]:
        request["filter_values"] = row["filter_values"]
    request["group_id"] = body.get("group_id", row["group_id"] or "")
    for name in ("lookup_key", "description", "display_name"):
        request[name] = body.get(name) or row[name] or ""
    request["metadata"] = body.get("metadata", row["metadata"])
    return {**request, **charge_terms(row, body)}


def charge_terms(row: Row, body: Request) -> dict[str, Any]:
    """What a changed price charges: billing model and the parts that carry over to it (second table of
    behaviour/prices-and-meters#updating-a-price)."""
    model = body.get("billing_model") or row["billing_model"]
    custom = row["price_unit_type"] == CUSTOM
    terms: dict[str, Any] = {"billing_model": model}
    config: dict[str, Any] = {"price_unit": row["price_unit"]} if custom else {}
    if model == "TIERED":
        name = "price_unit_tiers" if custom else "tiers"
        tiers = body.get(name) or sendable_tiers(row[name])
        if tiers:
            (config if custom else terms)[name] = tiers
        terms["tier_mode"] = body.get("tier_mode") or row["tier_mode"] or ""
    elif model in ("FLAT_FEE", "PACKAGE"):
        name = "price_unit_amount" if custom else "amount"
        (config if custom else terms)["amount"] = body.get(name, row[name])
        if model == "PACKAGE":
            terms["transform_quantity"] = body.get("transform_quantity", row["transform_quantity"])
    if custom:
        terms["price_unit_config"] = config
    return terms


def sendable_tiers(tiers: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Stored tiers as a request carries them."""
    result = []
    for tier in tiers or ():
        sent: dict[str, Any] = {"unit_amount": Decimal(tier["unit_amount"])}
        if tier.get("up_to") is not None:
            sent["up_to"] = tier["up_to"]
        if tier.get("flat_amount") is not None:
            sent["flat_amount"] = Decimal(tier["flat_amount"])
        result.append(sent)
    return result
