"""Customers: worked examples C1-C35 of behaviour/customers-and-plans#worked-examples."""

from __future__ import annotations

from typing import Any

import pytest


def customer(api: Any, external_id: str = "a", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/v1/customers", {"external_id": external_id, "name": "A", **changes})
    return made


def subscribed(api: Any, customer_id: str, **changes: Any) -> dict[str, Any]:
    plan = api.made("/v1/plans", {"name": "P"})["id"]
    api.made(
        "/v1/prices",
        {
            "entity_type": "PLAN",
            "entity_id": plan,
            "type": "FIXED",
            "billing_model": "FLAT_FEE",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "invoice_cadence": "ADVANCE",
            "currency": "usd",
            "amount": "10",
        },
    )
    body = {"customer_id": customer_id, "plan_id": plan, "currency": "usd", "billing_period": "MONTHLY", **changes}
    made: dict[str, Any] = api.made("/v1/subscriptions", body)
    return made


def test_c1_defaults(api: Any) -> None:
    made = customer(api)
    assert (made["metadata"], made["email"], made["timezone"], made["status"]) == (None, "", "UTC", "published")
    assert "contact" not in made
    assert "integrations" not in made


def test_c2_taken_external_id(api: Any) -> None:
    customer(api)
    again = api.post("/v1/customers", {"external_id": "a", "name": "A"})
    assert (again.status, again.code, again.details) == (409, "already_exists", {"external_id": "a"})


def test_c3_c4_c5_delete_frees_the_external_id(api: Any) -> None:
    first = customer(api)
    gone = api.delete(f"/v1/customers/{first['id']}")
    assert (gone.status, gone.text) == (204, "")
    read = api.get(f"/v1/customers/{first['id']}")
    assert (read.status, read.json["status"]) == (200, "archived")
    assert api.get("/v1/customers/external/a").details == {"lookup_key": "a"}
    again = api.delete(f"/v1/customers/{first['id']}")
    assert (again.status, again.code) == (404, "not_found")
    assert customer(api)["id"] != first["id"]


def test_c6_required(api: Any) -> None:
    refused = api.post("/v1/customers", {})
    assert refused.status == 400
    assert set(refused.details) == {"ExternalID", "Name"}
    assert all("'required' tag" in text for text in refused.details.values())


REFUSED = [
    pytest.param({"address_country": "de"}, "AddressCountry", "iso3166_1_alpha2", id="C7-de"),
    pytest.param({"address_country": "UK"}, "AddressCountry", "iso3166_1_alpha2", id="C7-UK"),
    pytest.param({"address_country": "DEU"}, "AddressCountry", "len", id="C7-DEU"),
    pytest.param({"timezone": "utc"}, "Timezone", "timezone", id="C8-utc"),
    pytest.param({"timezone": "Not/AZone"}, "Timezone", "timezone", id="C8-unknown"),
    pytest.param({"timezone": "Local"}, "Timezone", "timezone", id="C8-Local"),
    pytest.param({"email": "a@b"}, "Email", "email", id="C9-no-dot"),
    pytest.param({"name": "x" * 256}, "Name", "max", id="C11-name"),
]


@pytest.mark.parametrize(("changes", "field", "tag"), REFUSED)
def test_refused_fields(api: Any, changes: dict[str, str], field: str, tag: str) -> None:
    refused = api.post("/v1/customers", {"external_id": "a", "name": "A", **changes})
    assert (refused.status, refused.code) == (400, "validation_error")
    assert refused.details[field].endswith(f"failed on the '{tag}' tag")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"address_country": "XK"}, id="C7-XK"),
        pytest.param({"address_country": ""}, id="C7-empty"),
        pytest.param({"timezone": "Europe/Berlin"}, id="C8-Berlin"),
        pytest.param({"email": "A@B.co"}, id="C9-kept-as-sent"),
    ],
)
def test_accepted_fields(api: Any, changes: dict[str, str]) -> None:
    made = customer(api, **changes)
    assert {name: made[name] for name in changes} == changes


def test_c10_address_bytes(api: Any) -> None:
    refused = api.post("/v1/customers", {"external_id": "a", "name": "A", "address_line1": "ä" * 200})
    assert (refused.status, refused.details) == (400, {})


def test_c11_external_id_width(apis: dict[str, Any]) -> None:
    body = {"external_id": "x" * 256, "name": "A"}
    assert (apis["upstream"].post("/v1/customers", body).status) == 500
    assert (apis["documented"].post("/v1/customers", body).status) == 400


def test_c12_metadata_values(api: Any) -> None:
    refused = api.post("/v1/customers", {"external_id": "a", "name": "A", "metadata": {"n": 1}})
    assert (refused.status, refused.details) == (400, {})
    assert customer(api, metadata={"n": None})["metadata"] == {"n": ""}


def test_c13_tax_metadata(api: Any) -> None:
    assert api.post("/v1/customers", {"external_id": "a", "name": "A", "metadata": {"pan": "123"}}).status == 400


def test_c14_unknown_tax_rate_rolls_back(api: Any) -> None:
    override = {"tax_rate_code": "nope", "currency": "usd"}
    refused = api.post("/v1/customers", {"external_id": "a", "name": "A", "tax_rate_overrides": [override]})
    assert (refused.status, refused.details) == (404, {"taxrate_code": "nope"})
    assert api.get("/v1/customers/external/a").status == 404


def test_c15_integration_mapping(api: Any) -> None:
    part = {"provider_type": "stripe", "provider_entity_id": "c_1"}
    refused = api.post("/v1/customers", {"external_id": "a", "name": "A", "integration_entity_mapping": [part]})
    assert refused.status == 400
    assert set(refused.details) == {"EntityID", "EntityType"}
    made = customer(api, integration_entity_mapping=[{**part, "entity_id": "e", "entity_type": "customer"}])
    assert "integrations" not in api.get(f"/v1/customers/{made['id']}?expand=integrations").json


def test_c16_empty_and_null_on_update(api: Any) -> None:
    made = customer(api, email="a@b.co")
    path = f"/v1/customers/{made['id']}"
    assert set(api.put(path, {"email": ""}).details) == {"Email"}
    assert api.put(path, {"email": None}).json["email"] == "a@b.co"
    assert api.put(path, {"contact": ""}).json["contact"] == ""


def test_c17_empty_name(apis: dict[str, Any]) -> None:
    for profile, status in (("upstream", 500), ("documented", 400)):
        made = customer(apis[profile])
        assert apis[profile].put(f"/v1/customers/{made['id']}", {"name": ""}).status == status


def test_c18_external_id_without_metadata(apis: dict[str, Any]) -> None:
    real = apis["upstream"]
    made = customer(real)
    crashed = real.put(f"/v1/customers/{made['id']}", {"external_id": "b"})
    assert (crashed.status, crashed.text) == (500, "")
    assert real.get(f"/v1/customers/{made['id']}").json["external_id"] == "a"
    made = customer(apis["documented"])
    changed = apis["documented"].put(f"/v1/customers/{made['id']}", {"external_id": "b"})
    assert (changed.status, changed.json["external_id"]) == (200, "b")


def test_c19_external_id_history(apis: dict[str, Any]) -> None:
    for profile, kept in (("upstream", "b"), ("documented", "a")):
        made = customer(apis[profile], metadata={"k": "v"})
        changed = apis[profile].put(f"/v1/customers/{made['id']}", {"external_id": "b"})
        assert changed.json["metadata"] == {"k": "v", "old_external_ids": kept}
        assert "external-id-history-keeps-new-id" in changed.headers["X-Flexprice-Mock-Divergence"]


def test_c20_metadata_is_replaced(api: Any) -> None:
    api.at("2026-04-14T00:00:00Z")
    made = customer(api, metadata={"k": "v"})
    api.at("2026-04-14T01:00:00Z")
    changed = api.put(f"/v1/customers/{made['id']}", {"metadata": {"x": "1"}}).json
    assert changed["metadata"] == {"x": "1"}
    assert changed["updated_at"] == made["updated_at"]
    assert api.get(f"/v1/customers/{made['id']}").json["updated_at"] > made["updated_at"]


def test_c21_c22_c34_who_is_updated(api: Any) -> None:
    first, second = customer(api), customer(api, "b")
    assert api.put("/v1/customers", {}).status == 400
    assert api.put("/v1/customers?external_customer_id=nope", {}).status == 404
    assert api.put(f"/v1/customers/{first['id']}?external_customer_id=b", {}).status == 400
    assert api.put("/v1/customers?external_customer_id=b&id=nope", {}).status == 400
    assert api.put("/v1/customers?external_customer_id=b", {"name": "B"}).json["id"] == second["id"]


def test_c23_subscriptions_block(api: Any) -> None:
    first, second = customer(api), customer(api, "b")
    subscribed(api, first["id"])
    refused = api.delete(f"/v1/customers/{first['id']}")
    assert (refused.status, refused.code) == (400, "invalid_operation")
    subscribed(api, second["id"], subscription_status="draft")
    assert api.delete(f"/v1/customers/{second['id']}").status == 204


def test_c24_list(api: Any) -> None:
    for external_id in "abc":
        customer(api, external_id)
    listed = api.get("/v1/customers").json
    assert listed["pagination"] == {"total": 3, "limit": 50, "offset": 50}
    assert [item["external_id"] for item in listed["items"]] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("query", "details"),
    [
        pytest.param("limit=1001", {"limit"}, id="C25-limit"),
        pytest.param("limit=-1", {"limit"}, id="C25-negative"),
        pytest.param("order=up", {"order"}, id="C25-order"),
        pytest.param("sort=name", set(), id="C25-sort"),
        pytest.param("order=", {"order"}, id="C33-order"),
    ],
)
def test_refused_queries(api: Any, query: str, details: set[str]) -> None:
    refused = api.get(f"/v1/customers?{query}")
    assert (refused.status, set(refused.details)) == (400, details)


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        pytest.param("limit=0", 50, id="C25-zero"),
        pytest.param("limit=%201", 1, id="C33-blank"),
        pytest.param("limit=2&limit=1", 2, id="C33-repeated"),
    ],
)
def test_limits(api: Any, query: str, limit: int) -> None:
    assert api.get(f"/v1/customers?{query}").json["pagination"]["limit"] == limit


def test_c26_unknown_sort_column(api: Any) -> None:
    refused = api.post("/v1/customers/search", {"sort": [{"field": "nope", "direction": "asc"}]})
    assert (refused.status, refused.code) == (400, "validation_error")
    assert refused.headers["X-Flexprice-Mock-Divergence"] == "random-status"


@pytest.mark.parametrize(
    ("text", "names"), [pytest.param("STUD", ["Studio"], id="C27"), pytest.param("%", ["100% D_"], id="C32")]
)
def test_contains(api: Any, text: str, names: list[str]) -> None:
    for index, name in enumerate(("Studio", "100% D_", "Gamma")):
        customer(api, str(index), name=name)
    condition = {"field": "name", "operator": "contains", "data_type": "string", "value": {"string": text}}
    found = api.post("/v1/customers/search", {"filters": [condition]})
    assert [item["name"] for item in found.json["items"]] == names


def test_c28_searches(api: Any) -> None:
    customer(api, metadata={"segment": "pro", "x": "y"})
    customer(api, "b")
    assert api.post("/v1/customers/search", raw="").status == 400
    found = api.post("/v1/customers/search", {"metadata": {"segment": "pro"}}).json
    assert [item["external_id"] for item in found["items"]] == ["a"]
    assert api.post("/v1/customers/search", {"email": "bad"}).status == 400
    assert api.post("/v1/customers/search", {"expand": "foo"}).details == {"field": "foo"}


def test_c35_expand_is_checked_first(api: Any) -> None:
    assert api.get("/v1/customers/external/nope?expand=bogus").details == {"field": "bogus"}


def test_ties_of_a_sort_follow_the_order(api: Any) -> None:
    for external_id in "abc":
        customer(api, external_id)
    for order, expected in (("asc", "abc"), ("desc", "cba")):
        body = {"sort": [{"field": "timezone", "direction": "asc"}], "order": order}
        found = api.post("/v1/customers/search", body).json["items"]
        assert "".join(item["external_id"] for item in found) == expected


@pytest.mark.parametrize(("text", "status"), [("2026-04-14", 200), ("yesterday", 200), ("epoch", 200), ("soon", 500)])
def test_texts_against_a_time_column(upstream: Any, text: str, status: int) -> None:
    condition = {"field": "created_at", "operator": "eq", "data_type": "string", "value": {"string": text}}
    assert upstream.post("/v1/customers/search", {"filters": [condition]}).status == status
