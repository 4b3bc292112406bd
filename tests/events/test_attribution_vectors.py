"""Analytics, look-ups and event costs: worked examples 58-63 of behaviour/events-and-usage#worked-events, and both
readings of price filters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.events.conftest import SEED, event, send_seed, subscribed

MONTH = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}


def test_58_a_property_nobody_sends_costs_nothing(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    made = subscribed(api, {"event_name": "video_generated", "aggregation": {"type": "SUM", "field": "video_seconds"}})
    assert made
    for sent in SEED:
        api.made("/v1/events", {**sent, "external_customer_id": "c1"})
    answer = api.made("/v1/events/analytics", {"external_customer_id": "c1", **MONTH})
    item = answer["items"][0]
    assert (item["total_usage"], item["event_count"], item["total_cost"]) == ("0", 3, "0")


@pytest.mark.parametrize("path", ["/v1/events/lookup", "/v1/events/lookup?id="], ids=["59", "empty"])
def test_a_look_up_needs_an_id(api: Any, path: str) -> None:
    assert api.get(path).status == 400


@pytest.mark.parametrize("path", ["/v1/events/lookup?id=nope", "/v1/events/nope"], ids=["60", "by-path"])
def test_an_unknown_event(api: Any, path: str) -> None:
    reply = api.get(path)
    assert (reply.status, reply.code, reply.details) == (404, "not_found", {"event_id": "nope"})


def test_61_the_customer_is_missing(api: Any) -> None:
    send_seed(api)
    found = api.get("/v1/events/lookup?id=evt_img_0001").json
    assert found["status"] == "failed"
    tracker = found["debug_tracker"]
    assert tracker["failure_point"]["failure_point_type"] == "customer_lookup"
    assert tracker["customer_lookup"]["status"] == "error"
    assert tracker["meter_matching"] == {"status": "unprocessed"}


def test_a_processed_event_names_its_line_item(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    made = subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}})
    api.made("/v1/events", event("a", properties={"n": 4}))
    found = api.get("/v1/events/a").json
    assert found["status"] == "processed"
    assert "debug_tracker" not in found
    (processed,) = found["processed_events"]
    assert processed["price_id"] == made["prices"][0]
    assert (processed["qty_total"], processed["meter_id"]) == ("4", made["meters"][0])


@pytest.mark.parametrize(
    ("changes", "failure", "status"),
    [
        ({"event_name": "other"}, "meter_lookup", "failed"),
        ({"timestamp": "2026-03-10T10:00:00Z"}, "subscription_line_item_lookup", "failed"),
        ({"external_customer_id": "c2"}, "customer_lookup", "failed"),
    ],
)
def test_how_far_an_event_got(api: Any, changes: dict[str, Any], failure: str, status: str) -> None:
    api.at("2026-04-20T00:00:00Z")
    subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}})
    api.made("/v1/events", event("a", **changes))
    found = api.get("/v1/events/lookup?id=a").json
    assert found["status"] == status
    assert found["debug_tracker"]["failure_point"]["failure_point_type"] == failure


def test_an_event_older_than_its_meter_stays_processing(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    api.made("/v1/events", event("a"))
    subscribed(api, {"aggregation": {"type": "COUNT"}})
    found = api.get("/v1/events/lookup?id=a").json
    assert (found["status"], found["debug_tracker"]["failure_point"]) == ("processing", None)
    assert found["debug_tracker"]["attributed_to_customer"] == {"status": "processing"}


@pytest.mark.parametrize("entry", ["foo", "properties.", "properties.a b", ""], ids=["62", "no-name", "blank", "empty"])
@pytest.mark.parametrize("path", ["/v1/events/analytics", "/v1/meter-usage/detailed-analytics"])
def test_groups_are_checked(api: Any, path: str, entry: str) -> None:
    reply = api.post(path, {"external_customer_id": "c1", "group_by": [entry]})
    assert (reply.status, reply.details) == (400, {"group_by_entry": entry})


def test_63_costs_of_single_events(upstream: Any, documented: Any) -> None:
    for api in (upstream, documented):
        reply = api.post("/v1/events/huggingface-billing", {"requestIds": ["x"]})
        assert reply.json == {"requests": [{"requestId": "x", "costNanoUsd": "0"}]}
        assert api.post("/v1/events/huggingface-billing", {"requestIds": []}).status == 400
    missing = upstream.post("/v1/events/huggingface-inference", {"requestIds": ["x"]})
    assert (missing.status, missing.text) == (404, "404 page not found")
    assert documented.post("/v1/events/huggingface-inference", {"requestIds": ["x"]}).status == 200


def _filtered_prices(api: Any) -> dict[str, Any]:
    api.at("2026-04-20T00:00:00Z")
    made = subscribed(
        api,
        {"aggregation": {"type": "SUM", "field": "n"}},
        prices=[
            {"amount": "1"},
            {"amount": "10", "filter_values": {"model": ["a"]}},
            {"amount": "100", "filter_values": {"model": ["a"], "hd": ["true"]}},
        ],
    )
    sent = [("a", True, 1), ("a", False, 2), ("b", True, 4)]
    events = [event(f"e{n}", properties={"model": model, "hd": hd, "n": n}) for model, hd, n in sent]
    api.made("/v1/events/bulk", {"events": events})
    return made


def test_price_filters_in_analytics_by_the_documents(documented: Any) -> None:
    made = _filtered_prices(documented)
    reply = documented.post("/v1/events/analytics", {"external_customer_id": "c1", **MONTH})
    usage = {item["price_id"]: item["total_usage"] for item in reply.json["items"]}
    assert usage == dict(zip(made["prices"], ["4", "2", "1"], strict=True))
    assert reply.json["total_cost"] == "124"
    assert "price-filter-values-ignored" in reply.headers["X-Flexprice-Mock-Divergence"]


def test_price_filters_in_analytics_on_the_real_server(upstream: Any) -> None:
    made = _filtered_prices(upstream)
    answer = upstream.made("/v1/events/analytics", {"external_customer_id": "c1", **MONTH})
    assert {item["price_id"]: item["total_usage"] for item in answer["items"]} == dict.fromkeys(made["prices"], "7")
    assert answer["total_cost"] == "777"


@pytest.mark.parametrize(("profile", "costs"), [("documented", ["100", "20", "4"]), ("upstream", None)])
def test_price_filters_and_single_events(apis: dict[str, Any], profile: str, costs: list[str] | None) -> None:
    api = apis[profile]
    made = _filtered_prices(api)
    billed = [p["price_id"] for p in api.get("/v1/events/e1").json["processed_events"]]
    assert sorted(billed) == sorted([made["prices"][2]] if profile == "documented" else made["prices"])
    answer = api.made("/v1/events/huggingface-billing", {"requestIds": ["e1", "e2", "e4"]})["requests"]
    if costs is not None:
        assert [item["costNanoUsd"] for item in answer] == [f"{cost}000000000" for cost in costs]


def test_slices_of_usage(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}})
    sent = [("web", "eu", 1), ("web", "us", 2), ("app", "eu", 4)]
    events = [event(f"e{n}", source=source, properties={"r": region, "n": n}) for source, region, n in sent]
    api.made("/v1/events/bulk", {"events": events})

    def slices(**body: Any) -> dict[str, str]:
        answer = api.made("/v1/events/analytics", {"external_customer_id": "c1", **MONTH, **body})
        return {i.get("source", "") + i.get("properties", {}).get("r", ""): i["total_cost"] for i in answer["items"]}

    assert slices() == {"": "7"}
    assert slices(group_by=["source"]) == {"app": "4", "web": "3"}
    assert slices(group_by=["properties.r", "source"]) == {"appeu": "4", "webeu": "1", "webus": "2"}
    assert slices(sources=["web"]) == {"": "3"}
    assert slices(property_filters={"r": ["eu"]}) == {"": "5"}
    assert slices(property_filters={"r": ["nowhere"]}) == {}


def test_a_commitment_acts_on_the_whole_usage_only(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    made = subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}})
    customer = api.made("/v1/customers", {"external_id": "c2", "name": "C2"})["id"]
    subscription = {
        "customer_id": customer,
        "plan_id": made["plan"],
        "currency": "usd",
        "billing_period": "MONTHLY",
        "billing_period_count": 1,
        "billing_cadence": "RECURRING",
        "billing_cycle": "anniversary",
        "start_date": "2026-04-01T00:00:00Z",
        "line_item_commitments": {
            made["prices"][0]: {
                "commitment_type": "amount",
                "commitment_amount": "10",
                "overage_factor": "2",
                "enable_true_up": True,
            }
        },
    }
    api.made("/v1/subscriptions", subscription)
    asked = {"external_customer_id": "c2", **MONTH}
    idle = api.made("/v1/events/analytics", asked)["items"]
    assert [item["total_cost"] for item in idle] == ["10"], "the commitment is due without usage"
    api.made("/v1/events", event("a", external_customer_id="c2", source="web", properties={"n": 13}))
    (item,) = api.made("/v1/events/analytics", asked)["items"]
    assert item["total_cost"] == "16"
    assert item["commitment_info"]["computed_overage_amount"] == "6"
    (part,) = api.made("/v1/events/analytics", {**asked, "sources": ["web"]})["items"]
    assert (part["total_cost"], "commitment_info" in part) == ("13", False)


@pytest.mark.parametrize(
    ("profile", "status"), [("upstream", 500), ("documented", 400)], ids=["a-crash", "a-bad-request"]
)
def test_an_average_over_nothing(apis: dict[str, Any], profile: str, status: int) -> None:
    api = apis[profile]
    api.at("2026-04-20T00:00:00Z")
    meter = subscribed(api, {"aggregation": {"type": "AVG", "field": "n"}})["meters"][0]
    asked = {"external_customer_id": "c1", "meter_id": meter, "aggregation_type": "AVG", **MONTH}
    assert api.post("/v1/meter-usage/query", asked).status == status
    assert api.post("/v1/meter-usage/query", {**asked, "window_size": "DAY"}).json["total_value"] == "0"


@pytest.mark.parametrize("left_out", ["external_customer_id", "meter_id", "aggregation_type", "start_time", "end_time"])
def test_a_question_about_a_meter_is_complete(api: Any, left_out: str) -> None:
    asked = {"external_customer_id": "c", "meter_id": "m", "aggregation_type": "SUM", **MONTH}
    del asked[left_out]
    reply = api.post("/v1/meter-usage/query", asked)
    assert (reply.status, reply.details) == (400, {})


def test_questions_about_several_meters(api: Any) -> None:
    api.at("2026-04-20T00:00:00Z")
    made = subscribed(api, {"aggregation": {"type": "SUM", "field": "n"}}, {"aggregation": {"type": "COUNT"}})
    api.made("/v1/events", event("a", properties={"n": 3}))
    asked = {"external_customer_id": "c1", "aggregation_type": "SUM", **MONTH}
    answer = api.made("/v1/meter-usage/analytics", {**asked, "meter_ids": [*made["meters"], "meter_x"]})
    assert [(item["meter_id"], item["total_value"]) for item in answer["items"]] == [
        (made["meters"][0], "3"),
        (made["meters"][1], "1"),
    ]
    empty = api.post("/v1/meter-usage/analytics", {**asked, "meter_ids": []})
    assert (empty.status, set(empty.details)) == (400, {"MeterIDs"})
