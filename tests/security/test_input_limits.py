"""Absurd input is refused where it is read, and nothing of it is stored; each value here was once a crash or worse."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.control.values import MAX_PATTERN
from mockserver.http.listing import MAX_TERMS
from mockserver.rating.expression import MAX_LENGTH
from mockserver.rating.text import MAX_NESTING
from mockserver.settings import Settings
from mockserver.store.store import Store
from mockserver.usage.events.reading import MAX_TEXT
from tests.conftest import Api

METER = {"name": "m", "event_name": "used", "aggregation": {"type": "SUM", "field": "n"}, "reset_usage": "NEVER"}
CUSTOMER = '{"external_id": "c", "name": "C", '


def refused(reply: Any) -> None:
    assert (reply.status, reply.code, reply.json["http_status_code"]) == (400, "validation_error", 400), reply.text


def event(properties: str, **more: str) -> str:
    fields = "".join(f', "{name}": "{text}"' for name, text in more.items())
    return f'{{"event_name": "used", "external_customer_id": "c"{fields}, "properties": {properties}}}'


def nested(depth: int) -> str:
    """Objects in objects; the properties themselves are one of them."""
    return '{"n":' * depth + "1" + "}" * depth


@pytest.mark.parametrize("number", ["0e99999999999999999999", "0e-99999999999999999999", "1e-70000", "-1e-70000"])
def test_a_number_nearer_to_0_than_all_doubles_is_0(api: Api, number: str) -> None:
    reply = api.post("/v1/prices", raw=f'{{"a": {number}}}')
    refused(reply)
    assert "Currency" in reply.details
    assert api.post("/v1/events", raw=event(f'{{"n": {number}}}', event_id="e")).status == 202
    assert abs(api.get("/v1/events/e").json["event"]["properties"]["n"]) == 0
    made = api.post("/v1/coupons", raw=f'{{"name": "x", "type": "fixed", "cadence": "once", "amount_off": {number}}}')
    assert made.status < 500


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "1e99999999999999999999", "9" * 400, "9" * 4301, "1." + "3" * 9000]
)
def test_a_number_that_no_field_can_hold_refuses_the_body(api: Api, number: str) -> None:
    refused(api.post("/v1/prices", raw=f'{{"amount": {number}}}'))
    assert api.put("/_mock/clock", raw=f'{{"advance_seconds": {number}}}').status == 400
    if not number.startswith("1.3"):
        refused(api.post("/v1/events", raw=event(f'{{"n": {number}}}')))
        assert api.get("/v1/events").json["events"] == []


@pytest.mark.parametrize("text", ["1e-70000", "1e5001", "0." + "0" * 5000 + "1", "9" * 5002, "1e99999999999999999999"])
def test_a_decimal_with_digits_too_far_from_its_point_is_refused(api: Api, text: str) -> None:
    refused(
        api.post(
            "/v1/meters", {**METER, "aggregation": {"type": "SUM_WITH_MULTIPLIER", "field": "n", "multiplier": text}}
        )
    )
    assert api.get("/v1/meters").json["items"] == []


def test_whole_numbers_of_300_digits_in_events_do_no_harm(api: Api) -> None:
    api.made("/v1/meters", METER)
    digits = "9" * 300
    batch = (
        f'{{"events": [{event(f"""{{"n": {digits}}}""", event_id="big")}, {event("""{"n": 1}""", event_id="one")}]}}'
    )
    assert api.post("/v1/events/bulk", raw=batch).status == 202
    assert {row["id"] for row in api.get("/v1/events").json["events"]} == {"big", "one"}
    for path in ("/_mock/stream?details=true", "/_mock/explain/events/big", "/v1/events/big"):
        assert api.get(path).status == 200
    question = {"event_name": "used", "aggregation_type": "SUM", "property_name": "n"}
    assert api.post("/v1/events/usage", question).json["value"] == 1e300


def test_a_number_beyond_all_doubles_refuses_its_batch_whole(api: Api) -> None:
    batch = f'{{"events": [{event("""{"n": 1}""")}, {event("""{"n": """ + "9" * 310 + "}")}]}}'
    refused(api.post("/v1/events/bulk", raw=batch))
    assert api.get("/v1/events").json["events"] == []


@pytest.mark.parametrize("digits", [4300, 4301])
def test_query_numbers_of_thousands_of_digits(api: Api, digits: int) -> None:
    for path in ("/v1/customers?limit=", "/v1/customers?offset="):
        refused(api.get(path + "9" * digits))
    for path in ("/_mock/stream?limit=", "/_mock/unbilled?limit=", "/_mock/stream?after="):
        reply = api.get(path + "9" * digits)
        assert (reply.status, set(reply.json)) == (400, {"error"})
    refused(api.post("/v1/events/query", {"iter_first_key": "9" * digits + "::x"}))


def test_query_numbers_are_ascii_digits(api: Api) -> None:
    refused(api.get("/v1/customers?limit=\u0663"))
    assert api.get("/_mock/stream?limit=\u00b2").status == 400


@pytest.mark.parametrize(
    "constant",
    ["0x" + "f" * 300, "0x8000000000000000", "0x" + "f" * 900, "1e999", "9" * 400],
    ids=lambda text: text[:9],
)
def test_a_formula_with_too_large_a_number_is_refused(api: Api, constant: str) -> None:
    meter = {**METER, "aggregation": {"type": "SUM", "expression": f"n * {constant}"}}
    reply = api.post("/v1/meters", meter)
    refused(reply)
    assert set(reply.details) == {"expression", "error"}
    assert api.get("/v1/meters").json["items"] == []


def test_a_formula_has_a_length(api: Api) -> None:
    longest = "n" + "+n" * ((MAX_LENGTH - 1) // 2)
    assert api.post("/v1/meters", {**METER, "aggregation": {"type": "SUM", "expression": longest}}).status == 201
    too_long = longest + "+" + "n" * (MAX_LENGTH - len(longest))
    refused(api.post("/v1/meters", {**METER, "aggregation": {"type": "SUM", "expression": too_long}}))


@pytest.mark.parametrize("name", ["event_name", "external_customer_id", "customer_id", "event_id", "source"])
def test_ids_and_names_of_events_have_a_length(api: Api, name: str) -> None:
    good = {"event_name": "used", "external_customer_id": "c"}
    for body in ({**good, name: "x" * MAX_TEXT}, {**good, name: "\u00e9" * MAX_TEXT}):
        assert api.post("/v1/events", body).status == 202
    refused(api.post("/v1/events", {**good, name: "x" * (MAX_TEXT + 1)}))
    refused(api.post("/v1/events/bulk", {"events": [good, {**good, name: "x" * (MAX_TEXT + 1)}]}))
    assert api.get("/v1/events").json["total_count"] == 2


def test_names_of_an_event_may_be_long_together(api: Api) -> None:
    names = ("event_name", "external_customer_id", "customer_id", "event_id", "source")
    assert api.post("/v1/events", dict.fromkeys(names, "x" * MAX_TEXT)).status == 202


def test_what_is_nested_as_deep_as_it_may_be_is_shown_everywhere(api: Api) -> None:
    deepest = nested(MAX_NESTING - 3)
    assert api.post("/v1/events", raw=event(deepest, event_id="deep")).status == 202
    assert (
        api.post(
            "/v1/events/bulk", raw=f'{{"events": [{event(deepest, event_id="deeper", EVENT_ID="deeper")}]}}'
        ).status
        == 202
    )
    for path in (
        "/_mock/stream",
        "/_mock/stream?details=true",
        "/_mock/explain/events/deep",
        "/v1/events/deep",
        "/v1/events",
    ):
        assert api.get(path).status == 200, path
    assert api.post("/_mock/journal/events/match", raw=f'{{"properties": {deepest}, "exactly": 2}}').json["ok"]


@pytest.mark.parametrize("more", [1, 50, 800, 10_000, 100_000])
def test_what_is_nested_deeper_is_refused(api: Api, more: int) -> None:
    properties = nested(MAX_NESTING - 3 + more)
    refused(api.post("/v1/events", raw=event(properties)))
    refused(api.post("/v1/events/bulk", raw=f'{{"events": [{event(properties)}]}}'))
    refused(api.post("/v1/events/bulk", raw=f'{{"EVENTS": [{event(properties)}]}}'))
    refused(api.post("/v1/events/raw/bulk", raw=f'{{"events": [{nested(MAX_NESTING + more)}]}}'))
    refused(api.post("/v1/customers", raw=CUSTOMER + f'"metadata": {nested(MAX_NESTING + more)}}}'))
    assert api.post("/_mock/faults", raw=f'{{"status": 500, "body": {nested(MAX_NESTING + more)}}}').status == 400
    assert api.get("/v1/events").json["events"] == []


@pytest.mark.parametrize("resource", ["customers", "plans", "features", "subscriptions", "invoices", "coupons"])
def test_a_search_takes_so_many_filters_and_sorts(api: Api, resource: str) -> None:
    condition = {"field": "id", "operator": "eq", "data_type": "string", "value": {"string": "x"}}
    path = f"/v1/{resource}/search"
    assert api.post(path, {"filters": [condition] * MAX_TERMS}).status == 200
    for count in (MAX_TERMS + 1, 1000, 3000):
        refused(api.post(path, {"filters": [condition] * count}))
        refused(api.post(path, {"sort": [{"field": "id", "direction": "asc"}] * count}))


@pytest.mark.parametrize("count", [2, 500, 501, 260_000])
def test_a_filter_takes_as_many_values_as_there_are(api: Api, count: int) -> None:
    made = [api.made("/v1/customers", {"external_id": f"c{i}", "name": "C"}) for i in range(3)]
    asked = [made[0]["id"], made[2]["id"], *(f'x"{i}' for i in range(count - 2))]
    condition = {"field": "id", "operator": "in", "data_type": "array", "value": {"array": asked}}
    found = api.post("/v1/customers/search", {"filters": [condition]}).json["items"]
    assert {row["id"] for row in found} == {made[0]["id"], made[2]["id"]}
    condition["operator"] = "not_in"
    found = api.post("/v1/customers/search", {"filters": [condition]}).json["items"]
    assert [row["id"] for row in found] == [made[1]["id"]]


@pytest.mark.parametrize("number", [2**53 + 1, 2**64, 10**30, -(10**30)])
def test_a_fault_answers_with_large_numbers_as_doubles(api: Api, number: int) -> None:
    made = api.post("/_mock/faults", {"status": 503, "body": {"n": number}, "path": "/v1/customers"})
    assert made.status == 201
    reply = api.get("/v1/customers")
    assert (reply.status, reply.json) == (503, {"n": float(number)})


def test_a_fault_does_not_take_a_number_beyond_all_doubles(api: Api) -> None:
    reply = api.post("/_mock/faults", raw=f'{{"status": 503, "body": {{"n": {"9" * 400}}}}}')
    assert (reply.status, set(reply.json)) == (400, {"error"})
    assert api.get("/_mock/faults").json == {"faults": []}


@pytest.mark.parametrize(
    "now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]
)
def test_a_clock_stays_where_time_can_be_reckoned(api: Api, now: str) -> None:
    api.at("2026-04-14T00:00:00Z")
    for body in ({"now": now}, {"now": now, "frozen": True}, {"advance_to": now}):
        reply = api.put("/_mock/clock", body)
        assert (reply.status, set(reply.json)) == (400, {"error"})
    assert api.put("/_mock/clock", {"advance_seconds": 10**10}).status == 400
    assert api.get("/_mock/clock").json["now"].startswith("2026-04-14T00:00:0")


@pytest.mark.parametrize("now", ["1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_an_environment_lives_at_the_ends_of_its_clock(api: Api, now: str) -> None:
    assert api.put("/_mock/clock", {"now": now, "frozen": True}).status == 200
    api.made("/v1/customers", {"external_id": "c", "name": "C"})
    api.made("/v1/events", {"event_name": "used", "external_customer_id": "c"})
    for path in ("/v1/customers", "/v1/events", "/_mock/stream", "/_mock/unbilled"):
        assert api.get(path).status == 200
    question = {"event_name": "used", "aggregation_type": "COUNT"}
    assert api.post("/v1/events/usage", question).status == 200


def test_a_usage_beyond_64_bits_is_printed_whole(api: Api) -> None:
    api.made("/v1/events", {"event_name": "used", "external_customer_id": "c", "properties": {"n": 10**20}})
    reply = api.post("/v1/events/usage", {"event_name": "used", "aggregation_type": "SUM", "property_name": "n"})
    assert reply.status == 200
    assert '"value":100000000000000000000' in reply.text


def test_a_pattern_has_a_length() -> None:
    store = Store()
    api = Api(create_app(Settings(journal=10), store), "key")
    for length, status in ((MAX_PATTERN, 200), (MAX_PATTERN + 1, 400), (60_000, 400)):
        assert api.get("/_mock/journal?path=/" + "x" * (length - 1)).status == status
        made = api.post("/_mock/faults", {"status": 500, "path": "/v1/" + "*" * (length - 4)})
        assert made.status == (201 if status == 200 else 400)
    store.close()
