"""Whose usage a parent's invoice bills (behaviour/rating#quantity-of-a-meter, behaviour/subscriptions#inheritance,
behaviour/rating#the-usage-question)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import APRIL, Shop

STATUSES = [("active", 7), ("trialing", 7), ("draft", 7), ("paused", 7), ("cancelled", 3), ("incomplete", 3)]


def use(shop: Shop, external_id: str, quantity: int) -> None:
    event = {"event_name": "used", "external_customer_id": external_id, "timestamp": "2026-04-14T15:00:00Z"}
    shop.api.made("/v1/events", {**event, "properties": {"q": quantity}})


def customer(shop: Shop, external_id: str) -> str:
    made: str = shop.api.made("/v1/customers", {"external_id": external_id, "name": external_id})["id"]
    return made


def child_of(shop: Shop, customer_id: str) -> dict[str, Any]:
    (found,) = shop.api.made("/v1/subscriptions/search", {"customer_id": customer_id})["items"]
    child: dict[str, Any] = found
    return child


@pytest.fixture
def family(shop: Shop) -> dict[str, str]:
    """A parent that used 3 and a child that used 4, at 1 each."""
    shop.price(shop.meter(), amount="1")
    child = customer(shop, "d")
    parent = shop.subscribe(inheritance={"external_customer_ids_to_inherit_subscription": ["d"]})
    shop.use(q=3)
    use(shop, "d", 4)
    return {"parent": parent, "customer": child, "child": child_of(shop, child)["id"]}


@pytest.mark.parametrize(("status", "amount"), STATUSES)
def test_a_child_is_billed_by_its_parent_unless_it_has_ended(
    shop: Shop, family: dict[str, str], status: str, amount: int
) -> None:
    changed = shop.api.put(f"/v1/subscriptions/{family['child']}", {"status": status})
    assert changed.json["subscription_status"] == status
    assert shop.usage(family["parent"])["amount"] == amount
    assert shop.preview(family["parent"])["subtotal"] == str(amount)


def test_a_child_whose_customer_is_archived_is_left_out(shop: Shop, family: dict[str, str]) -> None:
    # A customer with a running subscription cannot be archived; a paused one does not hold it.
    shop.api.put(f"/v1/subscriptions/{family['child']}", {"status": "paused"})
    deleted = shop.api.delete(f"/v1/customers/{family['customer']}")
    assert deleted.status == 204, deleted.text
    assert shop.usage(family["parent"])["amount"] == 3


def test_every_child_is_billed_once(shop: Shop, family: dict[str, str]) -> None:
    customer(shop, "e")
    body = {"action": "add", "external_customer_ids_to_inherit_subscription": ["e"]}
    modified = shop.api.post(
        f"/v1/subscriptions/{family['parent']}/modify/execute", {"type": "inheritance", "inheritance_params": body}
    )
    assert modified.status == 200, modified.text
    use(shop, "e", 5)
    use(shop, "stranger", 100)
    assert shop.usage(family["parent"])["amount"] == 12


def test_a_subscription_invoiced_jointly_is_billed_by_itself(shop: Shop) -> None:
    """Its usage is a line of its own on the parent's invoice, not part of the parent's usage."""
    shop.price(shop.meter(), amount="1")
    child = shop.subscribe(customer_id=customer(shop, "d"))
    parent = shop.subscribe(inheritance={"subscriptions_ids_for_grouped_invoicing": [child]})
    shop.use(q=3)
    use(shop, "d", 4)
    assert (shop.usage(parent)["amount"], shop.usage(child)["amount"]) == (3, 4)


@pytest.mark.parametrize(
    ("status", "amounts"), [("active", ["3", "4"]), ("trialing", ["3", "4"]), ("paused", ["3"]), ("cancelled", ["3"])]
)
def test_only_running_subscriptions_are_invoiced_jointly(shop: Shop, status: str, amounts: list[str]) -> None:
    shop.price(shop.meter(), amount="1")
    child = shop.subscribe(customer_id=customer(shop, "d"))
    parent = shop.subscribe(inheritance={"subscriptions_ids_for_grouped_invoicing": [child]})
    shop.use(q=3)
    use(shop, "d", 4)
    shop.api.put(f"/v1/subscriptions/{child}", {"status": status})
    assert [line["amount"] for line in shop.preview(parent, APRIL)["line_items"]] == amounts


def test_nobody_left_to_bill(shop: Shop) -> None:
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe()
    shop.api.put(f"/v1/subscriptions/{subscription}", {"status": "paused"})
    assert shop.api.delete(f"/v1/customers/{shop.customer}").status == 204
    reply = shop.api.post("/v1/subscriptions/usage", {"subscription_id": subscription})
    assert (reply.status, reply.code) == (400, "invalid_operation")
