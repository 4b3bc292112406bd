"""The emulator's own document says what is inside of what."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def schemas(documented: Any) -> dict[str, Any]:
    found: dict[str, Any] = documented.get("/openapi.json").json["components"]["schemas"]
    return found


def _reference(schema: dict[str, Any]) -> str:
    schema = schema.get("items", schema)
    return str((schema.get("allOf") or [schema])[0]["$ref"]).rpartition("/")[2]


@pytest.mark.parametrize(
    ("owner", "field", "inside", "nullable"),
    [
        ("Subscription", "line_items", "LineItem", False),
        ("Subscription", "plan", "PlanWithParts", True),
        ("Subscription", "customer", "Customer", True),
        ("LineItem", "price", "Price", False),
        ("LineItem", "meter", "WholeMeter", False),
    ],
)
def test_what_is_embedded_is_typed(
    schemas: dict[str, Any], owner: str, field: str, inside: str, nullable: bool
) -> None:
    declared = schemas[owner]["properties"][field]
    assert _reference(declared) == inside
    assert declared.get("nullable", False) is nullable
    assert ("items" in declared) is field.endswith("s")


def test_what_is_embedded_is_as_declared(documented: Any, schemas: dict[str, Any]) -> None:
    customer = documented.made("/v1/customers", {"external_id": "c", "name": "C"})
    plan = documented.made("/v1/plans", {"name": "P"})
    price = {"type": "FIXED", "billing_model": "FLAT_FEE", "billing_period": "MONTHLY", "billing_period_count": 1}
    price |= {"invoice_cadence": "ADVANCE", "currency": "usd", "amount": "5", "entity_type": "PLAN"}
    documented.made("/v1/prices", {**price, "entity_id": plan["id"]})
    asked = {"customer_id": customer["id"], "plan_id": plan["id"], "currency": "usd", "billing_period": "MONTHLY"}
    made = documented.made("/v1/subscriptions", asked)
    read = documented.get(f"/v1/subscriptions/{made['id']}").json
    (item,) = read["line_items"]
    embedded = [(item, "LineItem"), (item["price"], "Price"), (read["plan"], "PlanWithParts")]
    for value, name in [*embedded, (read["customer"], "Customer")]:
        declared = schemas[name]
        assert set(declared["required"]) <= set(value) <= set(declared["properties"])
