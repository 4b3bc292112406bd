"""A catalogue in the documents' style becomes one that bills the same on a real server, or says what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts import loading, porting
from contracts.cli import main
from contracts.connection import Connection
from contracts.targets import PREFIX, started_mock
from mockserver import fixtures
from mockserver.divergences import PROFILES

METER = {
    "id": "meter_s",
    "name": "seconds",
    "event_name": "clip",
    "aggregation": {"type": "SUM", "field": "s"},
    "filters": [],
    "reset_usage": "BILLING_PERIOD",
}


def a_price(key: str, filters: dict[str, list[str]] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "USAGE",
        "billing_model": "FLAT_FEE",
        "billing_period": "MONTHLY",
        "billing_period_count": 1,
        "invoice_cadence": "ARREAR",
        "currency": "USD",
        "meter_id": "meter_s",
        "lookup_key": key,
        "amount": "1",
        "filter_values": filters or {},
        **more,
    }


def a_catalogue(*prices: dict[str, Any], **meter: Any) -> dict[str, Any]:
    plan = {"name": "P", "lookup_key": "p", "prices": list(prices)}
    return {"name": "c", "meters": [{**METER, **meter}], "plans": [plan]}


def notes(ported: porting.Ported) -> list[tuple[str, str, bool]]:
    return [(note.price, note.kind, note.left_out) for note in ported.notes]


def test_one_feature_with_a_filtered_meter_for_each_set_of_filters() -> None:
    ported = porting.port(
        a_catalogue(
            a_price("a", {"model": ["a"]}), a_price("b", {"model": ["b"]}), filters=[{"key": "kind", "values": ["x"]}]
        )
    )
    assert [feature["meter"]["filters"] for feature in ported.features] == [
        [{"key": "kind", "values": ["x"]}, {"key": "model", "values": ["a"]}],
        [{"key": "kind", "values": ["x"]}, {"key": "model", "values": ["b"]}],
    ]
    assert [price["feature"] for price in ported.prices] == [feature["lookup_key"] for feature in ported.features]
    assert not any("filter_values" in price or "meter_id" in price for price in ported.prices)
    assert ported.notes == []


def test_a_fallback_beside_a_specific_price_is_named_and_left_out() -> None:
    ported = porting.port(a_catalogue(a_price("rest"), a_price("a", {"model": ["a"]})))
    assert notes(ported) == [("rest", "fallback", True)]
    assert [price["lookup_key"] for price in ported.prices] == ["a"]
    assert [price["lookup_key"] for price in ported.left_out] == ["rest"]


def test_prices_that_share_a_value_are_named() -> None:
    ported = porting.port(a_catalogue(a_price("ab", {"model": ["a", "b"]}), a_price("b", {"model": ["b"]})))
    assert notes(ported) == [("b", "overlap", True)]


def test_prices_that_may_meet_by_other_properties_stay_and_are_named() -> None:
    ported = porting.port(a_catalogue(a_price("m", {"model": ["a"]}), a_price("q", {"quality": ["hd"]})))
    assert notes(ported) == [("q", "may-overlap", False)]
    assert len(ported.prices) == 2


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (
            a_price("u", price_unit_type="CUSTOM", price_unit_config={"price_unit": "CREDIT", "amount": "1"}),
            [("u", "unit-code", True)],
        ),
        (a_price("n", {"size": ["1000000"]}), [("n", "number-text", False)]),
        (a_price("n", {"size": ["1.50"]}), [("n", "number-text", False)]),
        (a_price("n", {"size": ["1080"]}), []),
        (a_price("c", billing_period_count=None), [("c", "period-count", False)]),
        (
            a_price("k", price_unit_type="CUSTOM", price_unit_config={"price_unit": "CRD", "amount": "1"}),
            [("k", "currency-case", False)],
        ),
        (a_price("x", {"kind": ["y"]}), [("x", "bills-nothing", True)]),
    ],
)
def test_what_a_real_server_cannot_do_is_named(price: dict[str, Any], expected: list[tuple[str, str, bool]]) -> None:
    assert notes(porting.port(a_catalogue(price, filters=[{"key": "kind", "values": ["x"]}]))) == expected


def test_the_shipped_case_is_the_ported_documented_catalogue() -> None:
    case = loading.load()["scenario-six-events-on-ported-catalogue"]
    ported = porting.port(porting.documented_catalogue())
    assert [step.body for step in case.steps if step.path == "/v1/features"] == ported.features
    bulk = next(step for step in case.steps if step.path == "/v1/prices/bulk")
    assert [price["amount"] for price in bulk.body["items"]] == [price["amount"] for price in ported.prices]
    assert ported.left_out == []


@pytest.mark.parametrize("profile", PROFILES)
def test_the_files_can_be_made_on_a_target_and_bill_the_same(profile: str, tmp_path: Path) -> None:
    key = f"{PREFIX}porting"
    with started_mock(profile, bare=True) as target:
        words = ["port", "documented", "--target", f"mock:{target.base}", "--api-key", key, "--create"]
        result = CliRunner().invoke(main, [*words, "--out", str(tmp_path), "--start-date", "2026-04-01T00:00:00Z"])
        assert result.exit_code == 0, result.output
        connection = Connection(target.base, key)
        connection.send("PUT", "/_mock/clock", body={"now": "2026-04-14T00:00:00Z"})
        plan = connection.send("GET", "/v1/plans").body["items"][0]["id"]
        customer = connection.send("POST", "/v1/customers", body={"external_id": "cust_001", "name": "C"}).body["id"]
        body = {"plan_id": plan, "customer_id": customer, "billing_period": "MONTHLY", "currency": "USD"}
        made = connection.send("POST", "/v1/subscriptions", body={**body, "start_date": "2026-04-01T00:00:00Z"}).body
        for payload in fixtures.payloads():
            if payload.path == "/v1/events":
                assert connection.send("POST", payload.path, raw=payload.text).status == 202
        usage = connection.send("POST", "/v1/subscriptions/usage", body={"subscription_id": made["id"]}).body
        assert usage["amount"] == 2.04
    assert {path.name for path in tmp_path.iterdir()} == {"features.json", "plans.json", "prices.json", "NOTES.md"}
    assert len(json.loads((tmp_path / "features.json").read_text())) == 13


def test_a_plan_of_a_target_can_be_ported() -> None:
    with started_mock("documented") as target:
        world = target.world("plan", "2026-04-14T00:00:00Z")
        plan = world.send("POST", "/v1/plans", body={"name": "P", "lookup_key": "p"}).body["id"]
        for name in ("a", "b"):
            price = {key: value for key, value in a_price(name, {"model": [name]}).items() if key != "meter_id"}
            body = {**price, "entity_type": "PLAN", "entity_id": plan, "meter_id": "meter_video_seconds"}
            assert world.send("POST", "/v1/prices", body=body).status == 201
        source = porting.read_plan(lambda method, path, body: world.send(method, path, body=body), plan)
    ported = porting.port(source)
    assert [price["lookup_key"] for price in ported.prices] == ["a", "b"]
    assert [feature["meter"]["filters"] for feature in ported.features] == [
        [{"key": "model", "values": ["a"]}],
        [{"key": "model", "values": ["b"]}],
    ]


def test_a_file_that_is_no_catalogue_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("[]")
    result = CliRunner().invoke(main, ["port", str(file)])
    assert result.exit_code == 1
    assert "x.json is no catalogue" in result.output
