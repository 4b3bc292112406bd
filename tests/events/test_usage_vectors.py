"""Usage questions over raw events: worked examples 29-57 and 64 of behaviour/events-and-usage#worked-events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.events.conftest import DAY, event, listed, subscribed

Ask = Callable[..., dict[str, Any]]
VIDEO, IMAGE = "video_generated", "image_generated"
AUDIO, SECONDS = "generate_audio", "duration_seconds"
SEEDANCE = {"model": ["seedance-1-5-pro-251215"], AUDIO: ["false"]}

TOTALS = [
    pytest.param((IMAGE, "COUNT"), {}, 2, id="29"),
    pytest.param((IMAGE, "SUM", "image_count"), {}, 1, id="30"),
    pytest.param((IMAGE, "AVG", "image_count"), {}, 0.5, id="31"),
    pytest.param((IMAGE, "LATEST", "image_count"), {}, None, id="32"),
    pytest.param((IMAGE, "COUNT_UNIQUE", "model"), {}, 2, id="33-model"),
    pytest.param((IMAGE, "COUNT_UNIQUE", "image_count"), {}, 2, id="33-missing-counts"),
    pytest.param((VIDEO, "SUM", "video_seconds"), {}, None, id="34-missing-property"),
    pytest.param((VIDEO, "SUM", SECONDS), {}, 23, id="35"),
    pytest.param((VIDEO, "SUM", SECONDS), {"filters": {AUDIO: ["false"]}}, 15, id="36-false"),
    pytest.param((VIDEO, "SUM", SECONDS), {"filters": {AUDIO: ["true"]}}, 8, id="36-true"),
    pytest.param((VIDEO, "SUM", SECONDS), {"filters": {AUDIO: ["False"]}}, None, id="36-case"),
    pytest.param((VIDEO, "SUM", SECONDS), {"filters": {"fps": ["24"]}}, 5, id="37-number"),
    pytest.param((VIDEO, "SUM", SECONDS), {"filters": {"fps": [""]}}, 18, id="37-missing"),
    pytest.param((VIDEO, "SUM", "completion_tokens"), {"filters": SEEDANCE}, 982344, id="38"),
    pytest.param((VIDEO, "SUM", SECONDS), {"end_time": "2026-04-14T15:02:00Z"}, None, id="39-end-exclusive"),
    pytest.param((VIDEO, "MAX", SECONDS), {}, 10, id="42-max"),
    pytest.param((VIDEO, "SUM_WITH_MULTIPLIER", SECONDS), {"multiplier": "0.5"}, 11.5, id="43"),
    pytest.param((VIDEO, "sum", SECONDS), {}, 23, id="47-lower-case"),
    pytest.param((VIDEO, "SUM", SECONDS), {"customer_id": "any"}, None, id="49"),
    pytest.param((VIDEO, "SUM", SECONDS), {"external_customer_id": "nobody"}, None, id="50-customer"),
    pytest.param(("nothing", "SUM", SECONDS), {}, None, id="50-name"),
]


@pytest.mark.parametrize(("question", "more", "value"), TOTALS)
def test_totals(usage: Ask, question: tuple[str, ...], more: dict[str, Any], value: float | None) -> None:
    answer = usage(*question, **more)
    expected = {} if value is None else {"value": value}
    assert answer == {"event_name": question[0], "type": question[1].upper(), **expected}


WINDOWS = [
    pytest.param("MINUTE", None, {"15:02": 8, "15:03": 10, "15:04": 5}, id="40-minute"),
    pytest.param("WEEK", None, {"2026-04-12": 23}, id="41-week-from-sunday"),
    pytest.param("MONTH", None, {"2026-04-01": 23}, id="41-month"),
    pytest.param("MONTH", "2026-01-20T00:00:00Z", {"2026-03-20": 23}, id="41-anchored-month"),
    pytest.param("FOO", None, {"2026-04-14": 23}, id="41-unknown-is-day"),
]


@pytest.mark.parametrize(("size", "anchor", "windows"), WINDOWS)
def test_windows(usage: Ask, size: str, anchor: str | None, windows: dict[str, float]) -> None:
    answer = usage(VIDEO, "SUM", SECONDS, window_size=size, billing_anchor=anchor)
    assert "value" not in answer
    assert len(answer["results"]) == len(windows)
    for result, (start, value) in zip(answer["results"], windows.items(), strict=True):
        assert start in result["window_size"]
        assert result["value"] == value


def test_42_buckets_are_added_up(usage: Ask) -> None:
    answer = usage(VIDEO, "MAX", SECONDS, bucket_size="MINUTE")
    assert (answer["value"], len(answer["results"])) == (23, 3)


def test_buckets_of_a_group(api: Any) -> None:
    values = [("x", 5, 10), ("x", 9, 11), ("y", 7, 12)]
    events = [
        event(f"e{n}", timestamp=f"2026-04-10T{n}:00:00Z", properties={"n": value, "g": group})
        for group, value, n in values
    ]
    api.made("/v1/events/bulk", {"events": events})
    asked = {"event_name": "call", "aggregation_type": "MAX", "property_name": "n", "bucket_size": "DAY"}
    asked |= {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}
    for grouping in ({"group_by": ["properties.g"]}, {"group_by_property": "g"}):
        answer = api.made("/v1/events/usage", {**asked, **grouping})
        assert ([r["value"] for r in answer["results"]], answer["value"]) == ([9, 7], 16)
    assert api.made("/v1/events/usage", asked)["value"] == 9


@pytest.mark.parametrize(
    ("question", "more", "details"),
    [
        pytest.param((VIDEO, "SUM", SECONDS), {"multiplier": "2"}, {"aggregation_type": "SUM"}, id="44"),
        pytest.param((VIDEO, "SUM"), {"multiplier": "2"}, {"aggregation_type": "COUNT"}, id="44-fallback-first"),
        pytest.param(
            (VIDEO, "SUM_WITH_MULTIPLIER", SECONDS), {"multiplier": "-1"}, {"multiplier": "-1"}, id="negative"
        ),
        pytest.param((VIDEO, "FOO", SECONDS), {}, {"aggregation_type": "FOO"}, id="48-unknown-type"),
        pytest.param(("", "SUM", SECONDS), {}, {}, id="no-name"),
        pytest.param((VIDEO, "", SECONDS), {}, {}, id="no-type"),
        pytest.param((VIDEO, "SUM", SECONDS), {"end_time": "2026-04-13T00:00:00Z"}, {}, id="end-before-start"),
    ],
)
def test_a_bad_question_is_refused(
    seeded: Any, question: tuple[str, ...], more: dict[str, Any], details: dict[str, Any]
) -> None:
    names = ("event_name", "aggregation_type", "property_name")
    reply = seeded.post("/v1/events/usage", {**dict(zip(names, question, strict=False)), **DAY, **more})
    assert (reply.status, reply.code, reply.details) == (400, "validation_error", details)


def test_45_a_weighted_sum(usage: Ask) -> None:
    hour = {"start_time": "2026-04-14T15:00:00Z", "end_time": "2026-04-14T16:00:00Z"}
    assert usage(VIDEO, "WEIGHTED_SUM", SECONDS, **hour)["value"] == pytest.approx(21.9, rel=1e-14)


@pytest.mark.parametrize("aggregation", ["SUM", "FOO"], ids=["46", "48-any-text"])
def test_without_property_it_is_a_count(usage: Ask, aggregation: str) -> None:
    assert usage(VIDEO, aggregation) == {"value": 3, "event_name": VIDEO, "type": "COUNT"}


def test_51_an_unknown_meter(seeded: Any) -> None:
    reply = seeded.post("/v1/events/usage/meter", {"meter_id": "meter_x", **DAY})
    assert (reply.status, reply.code, set(reply.details)) == (404, "not_found", {"meter_id", "tenant_id"})


def _meter_usage(api: Any, meter_id: str, aggregation: str = "SUM", **more: Any) -> dict[str, Any]:
    body = {
        "external_customer_id": "c1",
        "meter_id": meter_id,
        "aggregation_type": aggregation,
        "start_time": "2026-04-01T00:00:00Z",
        "end_time": "2026-05-01T00:00:00Z",
        **more,
    }
    return dict(api.made("/v1/meter-usage/query", body))


def test_52_and_53_only_metering_knows_the_meters_filters(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    made = subscribed(api, {"aggregation": {"type": "COUNT"}, "filters": [{"key": "model", "values": ["x"]}]})
    api.made("/v1/events/bulk", {"events": [event(f"e{n}", properties={"model": "y"}) for n in range(3)]})
    month = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}
    raw = api.made("/v1/events/usage/meter", {"meter_id": made["meters"][0], **month})
    assert raw == {"value": 3, "event_name": "call", "type": "COUNT"}
    metered = _meter_usage(api, made["meters"][0], "COUNT")
    assert (metered["total_value"], metered["event_count"]) == ("0", 0)


def _raw_usage(api: Any, aggregation: str = "SUM", **more: Any) -> float:
    body = {"event_name": "call", "aggregation_type": aggregation, "property_name": "n", **more}
    month = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}
    return float(api.made("/v1/events/usage", {**body, **month}).get("value", 0))


def test_54_an_event_sent_again_a_minute_later(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    meter = subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}})["meters"][0]
    api.made("/v1/events", event("a", properties={"n": 1}))
    api.made("/v1/events", event("a", timestamp="2026-04-10T10:01:00Z", properties={"n": 3}))
    assert len(listed(api)) == 2
    assert _raw_usage(api, "COUNT") == 1
    assert _raw_usage(api) == 3, "the one sent last"
    assert _meter_usage(api, meter)["total_value"] == "4"
    assert _meter_usage(api, meter, "COUNT")["total_value"] == "1"


VALUES = [
    pytest.param([-5, 8], 3, "8", id="55-negative"),
    pytest.param(["8"], 8, "8", id="56-text"),
    pytest.param([True], 0, "0", id="56-boolean"),
    pytest.param(["8s"], 0, "0", id="56-unit"),
    pytest.param([0.1, 0.2], pytest.approx(0.3), "0.3", id="exact-decimals"),
    pytest.param([1e21], 1e21, "1000000000000000000000", id="large"),
]


@pytest.mark.parametrize(("values", "raw", "metered"), VALUES)
def test_values_in_both_engines(api: Any, values: list[Any], raw: Any, metered: str) -> None:
    api.at("2026-04-20T00:00:00Z")
    meter = subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}})["meters"][0]
    for n, value in enumerate(values):
        api.made("/v1/events", event(f"e{n}", properties={"n": value}))
    assert _raw_usage(api) == raw
    assert _meter_usage(api, meter)["total_value"] == metered


def test_57_a_million_has_two_spellings(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    million = [{"key": "n", "values": ["1000000"]}]
    meter = subscribed(api, {"aggregation": {"type": "COUNT"}, "filters": million})["meters"][0]
    api.made("/v1/events", event("a", properties={"n": 1000000}))
    assert _meter_usage(api, meter, "COUNT")["total_value"] == "0"
    assert _raw_usage(api, "COUNT", filters={"n": ["1000000"]}) == 1


def test_a_meter_that_never_resets_adds_what_came_before(api: Any) -> None:
    meter = api.made(
        "/v1/meters",
        {"name": "M", "event_name": "call", "aggregation": {"type": "SUM", "field": "n"}, "reset_usage": "NEVER"},
    )
    api.made("/v1/events", event("a", timestamp="2026-03-10T10:00:00Z", properties={"n": 5}))
    api.made("/v1/events", event("b", properties={"n": 2}))
    month = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}
    asked = {"meter_id": meter["id"], **month}
    assert api.made("/v1/events/usage/meter", asked)["value"] == 7
    windowed = api.made("/v1/events/usage/meter", {**asked, "window_size": "DAY"})
    assert (windowed["value"], [r["value"] for r in windowed["results"]]) == (5, [2])


@pytest.mark.parametrize(
    ("query", "status", "count"),
    [
        pytest.param("start_time=2026-04-14T00:00:00Z", 400, None, id="64-one-bound"),
        pytest.param("start_time=x&end_time=y", 400, None, id="no-times"),
        pytest.param("start_time=2026-04-14T00:00:00Z&end_time=2026-04-15T00:00:00Z", 200, 6, id="a-day"),
        pytest.param("start_time=2026-04-15T00:00:00Z&end_time=2026-04-14T00:00:00Z", 200, 0, id="backwards"),
        pytest.param("", 200, 6, id="the-last-day"),
    ],
)
def test_monitoring(seeded: Any, query: str, status: int, count: int | None) -> None:
    reply = seeded.get(f"/v1/events/monitoring?{query}")
    assert (reply.status, reply.json.get("total_count")) == (status, count)
