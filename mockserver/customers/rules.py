"""What customers do (behaviour/customers-and-plans#customers)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockserver.catalogue.tax_metadata import check_tax_metadata
from mockserver.customers.schemas import IntegrationMappingIn
from mockserver.errors import AlreadyExists, Crash, Invalid, NotFound, Refused
from mockserver.http.listing import (
    Style,
    array_order,
    check_expand,
    check_page,
    conditions,
    page,
    status_condition,
    toss_up_unknown,
)
from mockserver.lookups.customers import find_by_external_id
from mockserver.lookups.in_use import has_active_subscription, has_active_wallet
from mockserver.store.columns import Row
from mockserver.store.query import Condition, Eq, HasPairs, In
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.transaction import KeyTaken
from mockserver.terms.taxes.linking import link_customer
from mockserver.work import Work

STYLE = Style(toss_up_unknown)
_EMAIL_FILTER = re.compile(r"[a-zA-Z0-9._%+\-]+@[a-zA-Z0-9.\-]+\.[a-zA-Z]{2,}", re.ASCII)
_BYTE_LIMITS = {
    "address_line1": 255,
    "address_line2": 255,
    "address_city": 100,
    "address_state": 100,
    "address_postal_code": 20,
}


def _check_address_bytes(body: Mapping[str, Any]) -> None:
    for name, limit in _BYTE_LIMITS.items():
        if len(body.get(name, "").encode("utf-8", "surrogatepass")) > limit:
            raise Invalid(f"{name} is longer than {limit} bytes")


def _check_before_storing(body: Mapping[str, Any]) -> None:
    """The order of behaviour/customers-and-plans#creating-a-customer: tax overrides, integration mappings, tax
    metadata, address bytes."""
    for override in body.get("tax_rate_overrides", ()):
        if override.get("priority", 0) < 0:
            raise Invalid("priority of a tax rate override must not be negative")
    for mapping in body.get("integration_entity_mapping", ()):
        IntegrationMappingIn().check(mapping)
    check_tax_metadata(body.get("metadata"))
    _check_address_bytes(body)


def create(work: Work, body: dict[str, Any]) -> Row:
    """A new customer; 409 for an ``external_id`` a published customer holds."""
    _check_before_storing(body)
    row = work.new_row(CUSTOMERS, {name: value for name, value in body.items() if name in CUSTOMERS.columns})
    row["timezone"] = body.get("timezone") or "UTC"
    for name in ("email", "address_country", *_BYTE_LIMITS):
        row[name] = body.get(name, "")
    try:
        work.insert(CUSTOMERS, row)
    except KeyTaken:
        raise AlreadyExists("a customer with this external_id exists", {"external_id": row["external_id"]}) from None
    link_customer(work, row, body.get("tax_rate_overrides"))
    return row


def get(work: Work, customer_id: str) -> Row:
    """The customer of that id, archived ones included."""
    row = work.tx.get(CUSTOMERS, customer_id)
    if row is None:
        raise NotFound(f"no customer {customer_id!r}", {"customer_id": customer_id})
    return row


def get_by_external_id(work: Work, external_id: str) -> Row:
    """The published customer of that external id."""
    row = find_by_external_id(work, external_id)
    if row is None:
        raise NotFound(f"no customer with the external id {external_id!r}", {"lookup_key": external_id})
    return row


def list_customers(work: Work, data: dict[str, Any]) -> tuple[list[Row], int, int, int]:
    """Rows of the page, total, limit, next offset. start_time and end_time are checked and have no effect."""
    check_page(data)
    if "email" in data and data["email"] and not _EMAIL_FILTER.fullmatch(data["email"]):
        raise Invalid("email is not an address")
    check_expand(data.get("expand"), ("integrations",))
    where: list[Condition] = [status_condition(data)]
    if data.get("customer_ids"):
        where.append(In("id", data["customer_ids"]))
    if data.get("external_ids"):
        where.append(In("external_id", data["external_ids"]))
    for name in ("external_id", "email"):
        if data.get(name):
            where.append(Eq(name, data[name]))
    if data.get("metadata"):
        where.append(HasPairs("metadata", data["metadata"]))
    where += conditions(CUSTOMERS, data.get("filters", ()), STYLE)
    return page(work, CUSTOMERS, data, where, array_order(CUSTOMERS, data, STYLE))


def resolve(work: Work, customer_id: str, external_customer_id: str) -> Row:
    """The customer an update means: by id, by external id, or both if they agree
    (behaviour/customers-and-plans#updating-a-customer)."""
    if not customer_id and not external_customer_id:
        raise Invalid("either id or external_customer_id is needed")
    if external_customer_id:
        found = get_by_external_id(work, external_customer_id)
        if customer_id and found["id"] != customer_id:
            raise Invalid("id and external_customer_id name different customers")
        return found
    return get(work, customer_id)


def update(work: Work, row: Row, body: dict[str, Any]) -> Row:
    """Change what the body carries. The answer still shows the old ``updated_at``."""
    check_tax_metadata(body.get("metadata"))
    _check_address_bytes(body)
    changes = {name: value for name, value in body.items() if name in CUSTOMERS.columns}
    new_external_id = body.get("external_id")
    if new_external_id is not None and new_external_id != row["external_id"]:
        if row["metadata"] is None:
            if work.divergences.on("crash-is-empty-500"):
                raise Crash("external_id of a customer without metadata cannot change on the real server")
            work.touched.add("crash-is-empty-500")
        changes.setdefault("metadata", _with_history(work, row, new_external_id))
        taken = work.tx.first(CUSTOMERS, Eq("external_id", new_external_id), Eq("status", "published"))
        if taken is not None and taken["id"] != row["id"] and row["status"] == "published":
            raise AlreadyExists(
                "a customer with this external_id exists",
                {"external_id": new_external_id, "email": row["email"]},
            )
    changed = work.change(CUSTOMERS, row, changes)
    return {**changed, "updated_at": row["updated_at"], "updated_by": row["updated_by"]}


def _with_history(work: Work, row: Row, new_external_id: str) -> dict[str, str]:
    """``old_external_ids`` grows by one; the real server records the new id
    (behaviour/customers-and-plans#updating-a-customer)."""
    kept = new_external_id if work.differs("external-id-history-keeps-new-id") else row["external_id"]
    metadata: dict[str, str] = dict(row["metadata"] or {})
    earlier = metadata.get("old_external_ids", "")
    metadata["old_external_ids"] = f"{earlier},{kept}" if earlier else kept
    return metadata


def delete(work: Work, customer_id: str) -> None:
    """Archive; refused while an active subscription or wallet exists. Other subscriptions and closed wallets do not
    block (behaviour/customers-and-plans#deleting-a-customer)."""
    row = get(work, customer_id)
    if row["status"] != "published":
        raise NotFound(f"no customer {customer_id!r}")
    if has_active_subscription(work, customer_id=customer_id):
        raise Refused("the customer has an active subscription")
    if has_active_wallet(work, customer_id):
        raise Refused("the customer has an active wallet")
    work.change(CUSTOMERS, row, {"status": "archived"})
