"""Tax rates and what they are associated with (behaviour/invoices-and-wallets#billing-objects,
behaviour/customers-and-plans#taxes-of-a-new-customer)."""

from __future__ import annotations

from typing import Any

import pytest

GST = {"name": "GST", "code": "gst", "tax_rate_type": "percentage", "percentage_value": "18"}


def rate(api: Any, code: str = "gst", **changes: Any) -> str:
    made: str = api.made("/v1/taxes/rates", {**GST, "code": code, **changes})["id"]
    return made


def linked(api: Any, customer: str) -> list[dict[str, Any]]:
    reply = api.get(f"/v1/taxes/associations?entity_type=customer&entity_id={customer}")
    found: list[dict[str, Any]] = reply.json["items"]
    return found


def test_a_create_answer_shows_only_the_value_sent(api: Any) -> None:
    made = api.made("/v1/taxes/rates", GST)
    assert (made["percentage_value"], made["scope"], made["tax_rate_status"]) == ("18", "INTERNAL", "ACTIVE")
    assert "fixed_value" not in made
    assert "description" not in made
    assert api.get(f"/v1/taxes/rates/{made['id']}").json["fixed_value"] == "0"
    taken = api.post("/v1/taxes/rates", GST)
    assert (taken.status, sorted(taken.details)) == (409, ["error", "taxrate_code", "taxrate_id", "taxrate_name"])


@pytest.mark.parametrize(
    "changes",
    [
        {"percentage_value": None},
        {"percentage_value": "101"},
        {"percentage_value": "-1"},
        {"tax_rate_type": "fixed", "percentage_value": None},
        {"tax_rate_type": "fixed", "percentage_value": None, "fixed_value": "-2"},
        {"tax_rate_type": "other"},
        {"tax_rate_type": None},
        {"scope": "GLOBAL"},
        {"fixed_value": "5"},
    ],
)
def test_refused_rates(api: Any, changes: dict[str, Any]) -> None:
    reply = api.post("/v1/taxes/rates", {**GST, **changes})
    assert (reply.status, reply.code, reply.details) == (400, "validation_error", {})


def test_required_fields(api: Any) -> None:
    assert sorted(api.post("/v1/taxes/rates", {}).details) == ["Code", "Name"]


def test_a_rate_in_use_cannot_change_or_go(api: Any) -> None:
    made = rate(api)
    renamed = api.put(f"/v1/taxes/rates/{made}", {"name": "T", "description": "", "tax_rate_status": "INACTIVE"}).json
    assert (renamed["name"], renamed["tax_rate_status"]) == ("T", "INACTIVE")
    assert api.get(f"/v1/taxes/rates/{made}").json["tax_rate_status"] == "ACTIVE"
    body = {"tax_rate_code": "gst", "entity_type": "customer", "entity_id": "anybody"}
    association = api.made("/v1/taxes/associations", body)["id"]
    assert api.put(f"/v1/taxes/rates/{made}", {"name": "U"}).status == 400
    assert api.delete(f"/v1/taxes/rates/{made}").status == 400
    gone = api.delete(f"/v1/taxes/associations/{association}")
    assert (gone.status, gone.text) == (200, "")
    for _ in range(2):
        assert api.delete(f"/v1/taxes/rates/{made}").status == 204
    assert api.get(f"/v1/taxes/rates/{made}").json["status"] == "archived"
    assert api.post("/v1/taxes/rates", GST).status == 201
    for reply in (api.put("/v1/taxes/rates/none", {"name": "x"}), api.delete("/v1/taxes/rates/none")):
        assert (reply.status, reply.details) == (404, {"taxrate_id": "none"})


def test_an_association(api: Any) -> None:
    made = rate(api)
    body = {"tax_rate_code": "gst", "entity_type": "customer", "entity_id": "c", "priority": 1, "auto_apply": True}
    association = api.post("/v1/taxes/associations", {**body, "start_date": "2026-01-01T00:00:00Z"})
    assert association.status == 200
    shown = association.json
    assert (shown["tax_rate_id"], shown["priority"], shown["start_date"]) == (made, 1, "2026-01-01T00:00:00Z")
    assert "currency" not in shown
    changed = api.put(f"/v1/taxes/associations/{shown['id']}", {"priority": 0, "auto_apply": False}).json
    assert "priority" not in changed
    assert "auto_apply" not in changed
    assert api.get(f"/v1/taxes/associations/{shown['id']}").json["tax_rate"]["code"] == "gst"
    assert "tax_rate" in api.get("/v1/taxes/associations?expand=tax_rate").json["items"][0]
    unknown = api.get("/v1/taxes/associations/none")
    assert (unknown.status, unknown.details) == (404, {"tax_association_id": "none"})


@pytest.mark.parametrize(
    ("changes", "status", "details"),
    [
        ({"tax_rate_code": "nope"}, 404, {"taxrate_code": "nope"}),
        ({"tax_rate_code": None}, 400, {}),
        ({"entity_type": "plan"}, 400, {}),
        ({"priority": -1}, 400, {}),
        ({"start_date": "2026-01-02T00:00:00Z", "end_date": "2026-01-02T00:00:00Z"}, 400, {}),
        ({"external_customer_id": "x"}, 404, {"external_customer_id": "x", "lookup_key": "x"}),
    ],
)
def test_refused_associations(api: Any, changes: dict[str, Any], status: int, details: dict[str, Any]) -> None:
    rate(api)
    body = {"tax_rate_code": "gst", "entity_type": "customer", "entity_id": "c", **changes}
    reply = api.post("/v1/taxes/associations", body)
    assert (reply.status, reply.details) == (status, details)


def test_an_external_customer(api: Any) -> None:
    rate(api)
    customer = api.made("/v1/customers", {"external_id": "me", "name": "Me"})["id"]
    made = api.made("/v1/taxes/associations", {"tax_rate_code": "gst", "external_customer_id": "me"})
    assert (made["entity_type"], made["entity_id"]) == ("customer", customer)
    assert len(api.get("/v1/taxes/associations?external_customer_id=me").json["items"]) == 1
    body = {"tax_rate_code": "gst", "external_customer_id": "me", "entity_id": "other"}
    assert api.post("/v1/taxes/associations", body).details["resolved_customer_id"] == customer


def test_the_lists_say_where_the_next_page_starts(api: Any) -> None:
    rate(api)
    assert api.get("/v1/taxes/rates?limit=7").json["pagination"] == {"total": 1, "limit": 7, "offset": 7}
    assert api.get("/v1/taxes/rates").json["pagination"] == {"total": 1, "limit": 50, "offset": 50}
    assert api.get("/v1/taxes/rates?status=published").json["pagination"] == {"total": 1, "limit": 0, "offset": 0}


def test_a_new_customer_gets_the_tenants_taxes(api: Any) -> None:
    tenant = api.made("/v1/customers", {"external_id": "x", "name": "X"})["tenant_id"]
    own, other = rate(api, "v7"), rate(api, "v19")
    body = {"entity_type": "tenant", "entity_id": tenant, "currency": "usd"}
    api.made("/v1/taxes/associations", {**body, "tax_rate_code": "v7", "auto_apply": True, "priority": 1})
    api.made("/v1/taxes/associations", {**body, "tax_rate_code": "v19"})

    def customer(**changes: Any) -> list[dict[str, Any]]:
        made = api.made("/v1/customers", {"external_id": str(changes), "name": "C", **changes})["id"]
        return linked(api, made)

    for changes in ({}, {"tax_rate_overrides": None}):
        (copied,) = customer(**changes)
        assert (copied["tax_rate_id"], copied["priority"], copied["auto_apply"]) == (own, 1, True)
    assert customer(tax_rate_overrides=[]) == []
    (override,) = customer(tax_rate_overrides=[{"tax_rate_code": "v19", "currency": "eur"}])
    assert (override["tax_rate_id"], override["currency"]) == (other, "eur")
    assert "auto_apply" not in override


def test_the_stock_tenant_stands_for_the_callers(api: Any) -> None:
    own = rate(api)
    body = {"tax_rate_code": "gst", "entity_type": "tenant", "auto_apply": True}
    api.made("/v1/taxes/associations", {**body, "entity_id": "00000000-0000-0000-0000-000000000000"})
    customer = api.made("/v1/customers", {"external_id": "c", "name": "C"})["id"]
    assert [each["tax_rate_id"] for each in linked(api, customer)] == [own]


def test_what_the_database_refuses(documented: Any, upstream: Any) -> None:
    body = {"name": "F", "code": "f", "tax_rate_type": "fixed", "fixed_value": "1000"}
    for api, status in ((documented, 400), (upstream, 500)):
        reply = api.post("/v1/taxes/rates", body)
        assert (reply.status, sorted(reply.details)) == (status, ["taxrate_code", "taxrate_id", "taxrate_name"])
