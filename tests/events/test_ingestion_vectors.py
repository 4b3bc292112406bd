"""Ingestion and lists: worked examples 1-28 of behaviour/events-and-usage#worked-events."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.events.conftest import DAY, SEED, event, ids, listed, send_seed

ACCEPTED = "Event accepted for processing"
VIDEO_3, WORLD = "evt_vid_0003", "evt_world_0001"


@pytest.mark.parametrize("times", [1, 2], ids=["1-once", "2-again"])
def test_an_event_is_accepted(api: Any, times: int) -> None:
    for _ in range(times):
        reply = api.post("/v1/events", SEED[0])
    assert (reply.status, reply.json) == (202, {"event_id": "evt_img_0001", "message": ACCEPTED})


def test_3_an_event_without_id_gets_one(api: Any) -> None:
    reply = api.post("/v1/events", event())
    assert reply.status == 202
    assert re.fullmatch(r"event_[0-9A-HJKMNP-TV-Z]{26}", reply.json["event_id"])


REFUSED = [
    pytest.param({"external_customer_id": None, "customer_id": "c"}, id="4-customer_id-alone"),
    pytest.param({"event_name": ""}, id="5-empty-name"),
    pytest.param({"timestamp": "2026-04-14"}, id="6-date"),
    pytest.param({"timestamp": 1776178800}, id="6-unix-time"),
    pytest.param({"timestamp": ""}, id="6-empty-time"),
    pytest.param({"properties": []}, id="11-properties-array"),
    pytest.param({"event_id": 5}, id="event_id-number"),
    pytest.param({"source": True}, id="source-boolean"),
]


@pytest.mark.parametrize("changes", REFUSED)
def test_a_bad_event_is_refused_without_details(api: Any, changes: dict[str, Any]) -> None:
    reply = api.post("/v1/events", {**event("bad"), **changes})
    assert (reply.status, reply.code, reply.details) == (400, "validation_error", {})
    assert ids(api) == []


TOO_LARGE = '{"event_name":"a","external_customer_id":"b","properties":{"n":1e400}}'


@pytest.mark.parametrize("raw", ["", "null", "[]", '"x"', "{", TOO_LARGE])
def test_a_body_that_is_no_event_is_refused(api: Any, raw: str) -> None:
    assert api.post("/v1/events", raw=raw).status == 400


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param(None, "2026-04-20T00:00:00Z", id="7-null-is-now"),
        pytest.param("0001-01-01T00:00:00Z", "2026-04-20T00:00:00Z", id="zero-is-now"),
        pytest.param("2026-04-14T17:00:00+02:00", "2026-04-14T15:00:00Z", id="8-offset"),
        pytest.param("2026-04-14T15:00:05,5Z", "2026-04-14T15:00:05.5Z", id="comma"),
        pytest.param("2026-04-14T7:00:06Z", "2026-04-14T07:00:06Z", id="one-digit-hour"),
        pytest.param("2026-04-14T15:00:00.9999999Z", "2026-04-14T15:00:00.999Z", id="milliseconds-are-cut"),
    ],
)
def test_times_are_kept_in_utc(api: Any, sent: str | None, shown: str) -> None:
    assert api.put("/_mock/clock", {"now": "2026-04-20T00:00:00Z", "frozen": True}).status == 200
    assert api.post("/v1/events", event("a", timestamp=sent)).status == 202
    assert listed(api)[0]["timestamp"] == shown


def test_9_the_far_future_is_accepted(api: Any) -> None:
    assert api.post("/v1/events", event("a", timestamp="2999-01-01T00:00:00Z")).status == 202


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param(
            '{"n":8.0,"b":false,"z":null,"o":{"a":[1]}}', {"b": False, "n": 8, "o": {"a": [1]}, "z": None}, id="10"
        ),
        pytest.param("null", None, id="null"),
        pytest.param("{}", {}, id="empty"),
        pytest.param('{"n":12345678901234567890}', {"n": 12345678901234567000}, id="beyond-doubles"),
        pytest.param('{"n":1,"n":2}', {"n": 2}, id="last-duplicate-counts"),
        pytest.param('{"a":"<&>","u":"\u00e9"}', {"a": "<&>", "u": "\u00e9"}, id="special-characters"),
    ],
)
def test_properties_come_back(api: Any, sent: str, shown: Any) -> None:
    raw = f'{{"event_name":"call","external_customer_id":"c1","timestamp":"2026-04-10T10:00:00Z","properties":{sent}}}'
    assert api.post("/v1/events", raw=raw.encode()).status == 202
    assert listed(api)[0]["properties"] == shown


def test_12_other_fields_are_ignored_and_keys_match_in_any_case(api: Any) -> None:
    raw = {"EVENT_NAME": " call ", "External_Customer_Id": "c1", "metadata": {"x": 1}, "event_id": "a"}
    assert api.post("/v1/events", {**raw, "timestamp": "2026-04-10T10:00:00Z"}).status == 202
    assert [(e["id"], e["event_name"]) for e in listed(api)] == [("a", "call")]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        pytest.param({"events": []}, {"Events"}, id="13-empty"),
        pytest.param({}, {"Events"}, id="missing"),
        pytest.param({"events": [event()] * 1001}, {"Events"}, id="14-too-many"),
        pytest.param({"events": [{"event_id": "x"}]}, {"EventName", "ExternalCustomerID"}, id="two-fields-missing"),
        pytest.param({"events": [event(), None]}, set(), id="null-element"),
        pytest.param({"events": [event(), event(timestamp="x")]}, set(), id="unreadable-element"),
        pytest.param({"events": {}}, set(), id="no-array"),
        pytest.param([event()], set(), id="array-body"),
    ],
)
def test_a_bad_batch_is_refused(api: Any, body: Any, keys: set[str]) -> None:
    reply = api.post("/v1/events/bulk", body)
    assert (reply.status, reply.code, set(reply.details)) == (400, "validation_error", keys)


@pytest.mark.parametrize(("profile", "kept"), [("upstream", ["A"]), ("documented", [])])
def test_15_what_stands_before_a_bad_element(apis: dict[str, Any], profile: str, kept: list[str]) -> None:
    api = apis[profile]
    reply = api.post("/v1/events/bulk", {"events": [event("A"), {"event_name": "call"}]})
    assert (reply.status, set(reply.details)) == (400, {"ExternalCustomerID"})
    assert ids(api) == kept
    assert "bulk-events-partly-ingested" in reply.headers["X-Flexprice-Mock-Divergence"]


@pytest.mark.parametrize("profile", ["upstream", "documented"])
def test_16_a_batch_is_accepted(apis: dict[str, Any], profile: str) -> None:
    api = apis[profile]
    reply = api.post("/v1/events/bulk", {"events": [event("A"), event("B")]})
    assert (reply.status, reply.json) == (202, {"message": "Events accepted for processing"})
    assert ids(api) == ["B", "A"]


def test_17_the_default_range_is_the_last_seven_days(api: Any) -> None:
    api.at("2026-04-22T00:00:00Z")
    send_seed(api)
    assert api.post("/v1/events/query", {}).json == {"events": [], "has_more": False, "offset": 50}
    sent = api.made("/v1/events", {"event_name": "call", "external_customer_id": "c1"})
    assert [e["id"] for e in api.made("/v1/events/query", {})["events"]] == [sent["event_id"]]


def _query(api: Any, **body: Any) -> dict[str, Any]:
    return dict(api.made("/v1/events/query", {"external_customer_id": "cust_001", **DAY, **body}))


def test_18_to_20_pages(seeded: Any) -> None:
    everything = _query(seeded)
    assert [everything[k] for k in ("total_count", "has_more", "offset")] == [6, False, 50]
    assert (everything["events"][0]["id"], everything["events"][-1]["id"]) == (WORLD, "evt_img_0001")
    first = _query(seeded, page_size=2)
    assert [e["id"] for e in first["events"]] == [WORLD, VIDEO_3]
    assert (first["has_more"], first["offset"]) == (True, 2)
    assert first["iter_last_key"] == "1776179040000000000::evt_vid_0003"
    second = _query(seeded, page_size=2, iter_last_key=first["iter_last_key"])
    assert [e["id"] for e in second["events"]] == ["evt_vid_0002", "evt_vid_0001"]
    assert (second["has_more"], second["total_count"], "offset" in second) == (True, 4, False)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        pytest.param({"iter_last_key": "abc"}, set(), id="21-key"),
        pytest.param({"sort": "id"}, {"sort", "allowed_values"}, id="22-sort"),
        pytest.param({"order": "DESC"}, {"order", "allowed_values"}, id="22-order"),
        pytest.param({"start_time": "2026-04-16T00:00:00Z"}, set(), id="24-start-after-end"),
        pytest.param({"start_time": ""}, set(), id="empty-time"),
    ],
)
def test_a_bad_question_is_refused(seeded: Any, body: dict[str, Any], details: set[str]) -> None:
    reply = seeded.post("/v1/events/query", {**DAY, **body})
    assert (reply.status, set(reply.details)) == (400, details)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param({"end_time": "2026-04-14T15:00:00Z"}, ["evt_img_0001"], id="23-end-is-inclusive"),
        pytest.param({"property_filters": {"generate_audio": ["false"]}}, [VIDEO_3, "evt_vid_0002"], id="25-boolean"),
        pytest.param({"property_filters": {"fps": ["24"]}}, [VIDEO_3], id="26-number"),
        pytest.param({"property_filters": {"fps": ["24.0"]}}, [], id="26-other-spelling"),
        pytest.param(
            {"property_filters": {"model": ["dall-e-3", "gpt-image-1"], "quality": ["high"]}},
            ["evt_img_0002"],
            id="27-and-or",
        ),
        pytest.param({"property_filters": {"fps": []}, "page_size": 1}, [WORLD], id="key-without-values"),
        pytest.param({"sort": "timestamp", "order": "asc", "page_size": 1}, ["evt_img_0001"], id="ascending"),
        pytest.param({"event_id": "evt_img_0002"}, ["evt_img_0002"], id="by-id"),
    ],
)
def test_lists_are_narrowed(seeded: Any, body: dict[str, Any], found: list[str]) -> None:
    assert [e["id"] for e in _query(seeded, **body)["events"]] == found


def test_28_a_list_by_query_string(seeded: Any) -> None:
    path = "/v1/events?property_filters=model:dall-e-3&start_time=2026-04-14T00:00:00Z&end_time="
    assert [e["id"] for e in seeded.get(path).json["events"]] == ["evt_img_0001"]
    raw_semicolon = seeded.get("/v1/events?start_time=2026-04-14T00:00:00Z&property_filters=a:b;c:d&page_size=99")
    assert len(raw_semicolon.json["events"]) == 6, "a parameter with a raw ; is dropped"


def test_a_body_over_32_mib_is_refused(api: Any) -> None:
    fits = b'{"event_name":"a","external_customer_id":"b"}'
    assert api.post("/v1/events", raw=fits + b" " * (32 * 1024 * 1024 - len(fits))).status == 202
    assert api.post("/v1/events", raw=fits + b" " * (32 * 1024 * 1024 - len(fits) + 1)).status == 400
