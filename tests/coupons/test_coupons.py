"""Coupons by themselves (behaviour/invoices-and-wallets#billing-objects, behaviour/http#envelope,
behaviour/http#deletion)."""

from __future__ import annotations

from typing import Any

import pytest

TEN = {"name": "Ten", "type": "percentage", "percentage_off": "10", "cadence": "once"}
FIXED = {"name": "x", "type": "fixed", "amount_off": "1", "currency": "usd", "cadence": "once"}


def test_what_is_not_set(api: Any) -> None:
    made = api.made("/v1/coupons", TEN)
    assert (made["amount_off"], made["currency"], made["total_redemptions"]) == ("0", "", 0)
    for name in ("redeem_after", "redeem_before", "max_redemptions", "rules", "duration_in_periods", "metadata"):
        assert made[name] is None
    assert "coupon_code" not in made
    assert api.get(f"/v1/coupons/{made['id']}").json == made


def test_the_code_is_kept_in_lower_case_and_found_in_any(api: Any) -> None:
    made = api.made("/v1/coupons", {**FIXED, "currency": "USD", "coupon_code": " FIVE "})
    assert (made["coupon_code"], made["currency"]) == ("five", "USD")
    assert api.get("/v1/coupons/code/FiVe").json["id"] == made["id"]
    taken = api.post("/v1/coupons", {**TEN, "coupon_code": "FIVE"})
    assert (taken.status, taken.details) == (409, {"coupon_code": "FIVE", "name": "Ten"})
    unknown = api.get("/v1/coupons/code/NOPE")
    assert (unknown.status, unknown.details) == (404, {"coupon_code": "NOPE"})


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"type": ""},
        {"amount_off": None},
        {"amount_off": "0"},
        {"type": "percentage"},
        {"type": "percentage", "percentage_off": "100.1"},
        {"cadence": "repeated"},
        {"cadence": "repeated", "duration_in_periods": 0},
        {"duration_in_periods": 2},
        {"redeem_after": "2026-12-01T00:00:00Z", "redeem_before": "2026-01-01T00:00:00Z"},
    ],
)
def test_refused_without_details(api: Any, changes: dict[str, Any]) -> None:
    reply = api.post("/v1/coupons", {**FIXED, **changes})
    assert (reply.status, reply.code, reply.details) == (400, "validation_error", {})


@pytest.mark.parametrize("limit", [0, -1, 1_000_001])
def test_the_limit_of_redemptions(api: Any, limit: int) -> None:
    reply = api.post("/v1/coupons", {**FIXED, "max_redemptions": limit})
    assert (reply.status, reply.details) == (400, {"limit": 1_000_000, "max_redemptions": limit})


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"type": "other"}, {"type": "other", "amount_off": "1"}),
        ({"cadence": "weekly"}, {"cadence": "weekly"}),
        ({"currency": None}, {"currency": ""}),
        ({"type": "percentage", "percentage_off": "5"}, {"amount_off": "1", "percentage_off": "5", "currency": ""}),
        ({"rules": {"x": 1}, "metadata": {}}, {"rules": {"x": 1}, "metadata": {}}),
        ({"redeem_after": "2026-01-01T02:00:00+02:00"}, {"redeem_after": "2026-01-01T02:00:00+02:00"}),
    ],
)
def test_what_is_not_checked(api: Any, changes: dict[str, Any], shown: dict[str, Any]) -> None:
    made = api.made("/v1/coupons", {**FIXED, **changes})
    assert {name: made[name] for name in shown} == shown


def test_the_list_prints_the_offset_as_asked(api: Any) -> None:
    first, second = (api.made("/v1/coupons", {**TEN, "name": name})["id"] for name in "ab")
    reply = api.post("/v1/coupons/search", {"limit": 1, "offset": 1}).json
    assert [each["id"] for each in reply["items"]] == [first]
    assert reply["pagination"] == {"total": 2, "limit": 1, "offset": 1}
    assert api.get(f"/v1/coupons?coupon_ids={second}").json["pagination"] == {"total": 1, "limit": 50, "offset": 0}


def test_filters_are_checked(api: Any) -> None:
    condition = {"field": "type", "operator": "eq", "data_type": "string", "value": {"string": "fixed"}}
    api.made("/v1/coupons", FIXED)
    api.made("/v1/coupons", TEN)
    assert [each["name"] for each in api.post("/v1/coupons/search", {"filters": [condition]}).json["items"]] == ["x"]
    assert api.post("/v1/coupons/search", {"filters": [{"field": "type"}]}).status == 400
    unknown = api.post("/v1/coupons/search", {"filters": [{**condition, "field": "nope"}]})
    assert (unknown.status, unknown.headers["X-Flexprice-Mock-Divergence"]) == (400, "random-status")


def test_update_and_delete(api: Any) -> None:
    made = api.made("/v1/coupons", {**TEN, "coupon_code": "ten"})["id"]
    changed = api.put(f"/v1/coupons/{made}", {"name": "T", "metadata": {"k": "v"}, "percentage_off": "50"}).json
    assert (changed["name"], changed["metadata"], changed["percentage_off"]) == ("T", {"k": "v"}, "10")
    for coupon in (made, made, "none"):
        reply = api.delete(f"/v1/coupons/{coupon}")
        assert (reply.status, reply.json) == (200, {"message": "Coupon deleted successfully"})
    assert api.get(f"/v1/coupons/{made}").json["status"] == "archived"
    assert api.get("/v1/coupons/code/ten").status == 404
    assert api.post("/v1/coupons", {**TEN, "coupon_code": "ten"}).status == 201
    unknown = api.put("/v1/coupons/none", {"name": "x"})
    assert (unknown.status, unknown.details) == (404, {"coupon_id": "none"})


def test_an_empty_name_is_what_the_database_refuses(documented: Any, upstream: Any) -> None:
    for api, status in ((documented, 400), (upstream, 500)):
        made = api.made("/v1/coupons", TEN)["id"]
        assert api.put(f"/v1/coupons/{made}", {"name": ""}).status == status
