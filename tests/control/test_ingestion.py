"""Events that count only after a while."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Api
from .conftest import METER

START = "2026-04-14T10:00:00Z"
MONTH = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}


def _event(event_id: str, value: Any = 1) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event_name": "call",
        "external_customer_id": "c1",
        "timestamp": "2026-04-14T09:00:00Z",
        "properties": {"n": value},
    }


@pytest.fixture
def slow(api: Api) -> Api:
    """An environment whose events wait for ten seconds, with a meter."""
    api.put("/_mock/clock", {"now": START, "frozen": True})
    assert api.put("/_mock/ingestion", {"delay_seconds": 10}).json == {"delay_seconds": 10, "waiting": 0}
    api.meter = api.made("/v1/meters", METER)["id"]  # type: ignore[attr-defined]  # carried along for _seen
    return api


def _seen(api: Api) -> tuple[int, str]:
    """How many events are listed, and what the meter has."""
    listed = len(api.post("/v1/events/query", MONTH).json["events"])
    found = api.post("/v1/events/analytics", {"external_customer_id": "c1", **MONTH}).json["items"]
    return listed, str(found[0]["total_usage"]) if found else "0"


def test_events_count_after_the_delay(slow: Api) -> None:
    assert slow.made("/v1/events", _event("a", 2))["event_id"] == "a"
    slow.made("/v1/events/bulk", {"events": [_event("b", 3), _event("c", 4)]})
    assert _seen(slow) == (0, "0")
    assert slow.get("/_mock/ingestion").json == {"delay_seconds": 10, "waiting": 3}
    slow.put("/_mock/clock", {"advance_seconds": 9.9})
    assert _seen(slow) == (0, "0")
    slow.put("/_mock/clock", {"advance_seconds": 0.1})
    assert _seen(slow) == (3, "9")
    assert slow.get("/_mock/ingestion").json == {"delay_seconds": 10, "waiting": 0}


def test_each_event_waits_for_itself(slow: Api) -> None:
    slow.made("/v1/events", _event("a"))
    slow.put("/_mock/clock", {"advance_seconds": 6})
    slow.made("/v1/events", _event("b"))
    slow.put("/_mock/clock", {"advance_seconds": 6})
    assert _seen(slow) == (1, "1")
    slow.put("/_mock/clock", {"advance_seconds": 6})
    assert _seen(slow) == (2, "2")


def test_a_meter_made_while_an_event_waits_counts_it(slow: Api) -> None:
    """behaviour/events-and-usage#after-the-answer: an event is metered by the meters there are when it is consumed."""
    slow.made("/v1/events", _event("a"))
    late = slow.made("/v1/meters", {**METER, "aggregation": {"type": "COUNT"}})["id"]
    slow.put("/_mock/clock", {"advance_seconds": 10})
    later = slow.made("/v1/meters", {**METER, "aggregation": {"type": "COUNT"}})["id"]
    found = slow.post("/v1/events/analytics", {"external_customer_id": "c1", **MONTH}).json["items"]
    assert late in {item["meter_id"] for item in found}
    assert later not in {item["meter_id"] for item in found}


def test_repeated_ids_are_told_apart_as_without_delay(slow: Api) -> None:
    for value in (2, 5):
        slow.made("/v1/events", _event("same", value))
    slow.put("/_mock/clock", {"advance_seconds": 10})
    assert _seen(slow) == (1, "5")


def test_waiting_events_are_told_to_a_test_that_expects_them(slow: Api) -> None:
    slow.made("/v1/events", _event("a"))
    assert slow.post("/_mock/journal/events/match", {"event_id": "a", "exactly": 1}).json["ok"] is True


def test_without_delay_again(slow: Api) -> None:
    slow.made("/v1/events", _event("a"))
    slow.put("/_mock/ingestion", {"delay_seconds": 0})
    slow.made("/v1/events", _event("b"))
    assert _seen(slow) == (1, "1")
    slow.put("/_mock/clock", {"advance_seconds": 10})
    assert _seen(slow) == (2, "2")


def test_reset_forgets_the_delay_and_what_waits(slow: Api) -> None:
    slow.made("/v1/events", _event("a"))
    slow.post("/_mock/reset")
    assert slow.get("/_mock/ingestion").json == {"delay_seconds": 0, "waiting": 0}


def test_it_stays_in_its_environment(slow: Api) -> None:
    other = slow.get("/_mock/ingestion", headers={"x-api-key": f"{slow.key}-other"})
    assert other.json == {"delay_seconds": 0, "waiting": 0}


@pytest.mark.parametrize(
    "body",
    [{}, {"delay_seconds": -1}, {"delay_seconds": "1"}, {"delay_seconds": None}, {"delay_seconds": True},
     {"delay_seconds": 10**9}, {"delay_seconds": 1, "x": 2}, [], {"delay_seconds": [1]}],
)  # fmt: skip
def test_bad_delays_are_refused(documented: Api, body: Any) -> None:
    reply = documented.put("/_mock/ingestion", body)
    assert (reply.status, set(reply.json)) == (400, {"error"})
    assert documented.get("/_mock/ingestion").json["delay_seconds"] == 0
