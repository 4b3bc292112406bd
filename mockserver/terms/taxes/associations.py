"""Which taxes apply to whom: the tenant, customers, subscriptions (behaviour/invoices-and-wallets#coupons,
behaviour/invoices-and-wallets#billing-objects; behaviour/customers-and-plans#taxes-of-a-new-customer)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.catalogue.prices.storing import instant
from mockserver.errors import Invalid, NotFound
from mockserver.http.listing import Mismatch, check_page, created_between, names_of, status_condition
from mockserver.lookups.customers import find_by_external_id
from mockserver.store.access import ZERO_ID
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, In, Order
from mockserver.store.tables.taxes import TAX_ASSOCIATIONS, TAX_RATES
from mockserver.terms.taxes import rates
from mockserver.terms.taxes.paging import tax_page
from mockserver.terms.taxes.schemas import ENTITY_TYPES
from mockserver.work import Work

CUSTOMER, SUBSCRIPTION, TENANT = "customer", "subscription", "tenant"


def create(work: Work, body: Mapping[str, Any]) -> Row:
    """Associate a rate, named by its code, with an entity, whose existence is not checked."""
    _check_priority(body)
    _check_entity_type(body.get("entity_type", ""))
    start, end = instant(body.get("start_date")), instant(body.get("end_date"))
    if start is not None and end is not None and end <= start:
        raise Invalid("end_date must be after start_date")
    entity = _entity(work, body)
    rate = rates.get_by_code(work, body["tax_rate_code"])
    values = {
        **entity,
        "tax_rate_id": rate["id"],
        "priority": body.get("priority", 0),
        "auto_apply": body.get("auto_apply", False),
        "currency": body.get("currency") or None,
        "metadata": body.get("metadata"),
        "start_date": start or work.now,
        "end_date": end,
    }
    row = work.new_row(TAX_ASSOCIATIONS, values)
    named = ("tax_rate_id", "entity_type", "entity_id")
    details = {"tax_association_id": row["id"], **{name: row[name] for name in named}}
    return work.insert(TAX_ASSOCIATIONS, row, details)


def _check_priority(body: Mapping[str, Any]) -> None:
    if body.get("priority", 0) < 0:
        raise Invalid("priority must not be negative")


def _check_entity_type(entity_type: str) -> None:
    if entity_type and entity_type not in ENTITY_TYPES:
        raise Invalid(f"entity_type must be one of {', '.join(ENTITY_TYPES)}")


def _entity(work: Work, data: Mapping[str, Any]) -> dict[str, str]:
    """``entity_type`` and ``entity_id``; an ``external_customer_id`` decides both."""
    external, entity_id = data.get("external_customer_id"), data.get("entity_id", "")
    if not external:
        return {"entity_type": data.get("entity_type", ""), "entity_id": entity_id}
    customer = find_by_external_id(work, external)
    if customer is None:
        details = {"external_customer_id": external, "lookup_key": external}
        raise NotFound(f"no customer with the external id {external!r}", details)
    if entity_id and entity_id != customer["id"]:
        raise Invalid(
            "entity_id and external_customer_id name different customers",
            {"entity_id": entity_id, "external_customer_id": external, "resolved_customer_id": customer["id"]},
        )
    return {"entity_type": CUSTOMER, "entity_id": customer["id"]}


def get(work: Work, association_id: str) -> Row:
    """The association of that id, archived ones included."""
    row = work.tx.get(TAX_ASSOCIATIONS, association_id)
    if row is None:
        raise NotFound(f"no tax association {association_id!r}", {"tax_association_id": association_id})
    return row


def with_rates(work: Work, rows: Sequence[Row], *, archived: bool) -> list[Row]:
    """Associations with their rate; ``archived`` rates only where a single association is read."""
    found = work.tx.by_ids(TAX_RATES, (row["tax_rate_id"] for row in rows)) if rows else {}
    kept = {key: rate for key, rate in found.items() if archived or rate["status"] == "published"}
    return [{**row, "tax_rate": kept.get(row["tax_rate_id"])} for row in rows]


def list_associations(work: Work, data: Mapping[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows, total, limit and offset as this list prints them; newest first unless ``sort`` names a column."""
    if data.get("limit") == 0:
        raise Invalid("limit must be between 1 and 1000", {"limit": "must be between 1 and 1000"})
    check_page(data)
    _check_entity_type(data.get("entity_type", ""))
    column = data.get("sort", "created_at")
    if column not in TAX_ASSOCIATIONS.columns:
        raise Mismatch(f"unknown column {column!r}")
    where: list[Condition] = [status_condition(data), *created_between(data)]
    for name, wanted in (("tax_association_ids", "id"), ("tax_rate_ids", "tax_rate_id")):
        if data.get(name):
            where.append(In(wanted, data[name]))
    filters = {**_entity(work, data), "currency": data.get("currency")}
    where += [Eq(name, value) for name, value in filters.items() if value]
    if "auto_apply" in data:
        where.append(Eq("auto_apply", data["auto_apply"]))
    order = (Order(column, data.get("order", "desc") != "asc"),)
    rows, total, limit, offset = tax_page(work, TAX_ASSOCIATIONS, data, where, order)
    if "tax_rate" in names_of(data.get("expand")):
        rows = with_rates(work, rows, archived=False)
    return rows, total, limit, offset


def update(work: Work, association_id: str, body: Mapping[str, Any]) -> Row:
    """Change priority, auto_apply or metadata. The answer still shows the old ``updated_at``."""
    _check_priority(body)
    row = get(work, association_id)
    changes = {name: body[name] for name in ("priority", "auto_apply", "metadata") if name in body}
    work.change(TAX_ASSOCIATIONS, row, changes)
    return {**row, **changes}


def delete(work: Work, association_id: str) -> None:
    """Archive. What was copied from it stays."""
    work.change(TAX_ASSOCIATIONS, get(work, association_id), {"status": "archived"})


def applying_to(work: Work, entity_type: str, *entity_ids: str) -> list[Row]:
    """The published associations of an entity that apply by themselves, newest first, whatever their dates."""
    if work.tx.is_empty(TAX_ASSOCIATIONS):
        return []
    return work.tx.published(
        TAX_ASSOCIATIONS,
        Eq("entity_type", entity_type),
        In("entity_id", list(entity_ids)),
        Eq("auto_apply", True),
    )


def of_tenant(work: Work) -> list[Row]:
    """What every new customer is associated with.

    The id of the stock tenant names the caller's tenant as well: here every key is a tenant of its own, while
    clients of a self-hosted server know that one id (behaviour/http#development-credentials).
    """
    return applying_to(work, TENANT, work.caller.tenant_id, ZERO_ID)
