"""Raw vendor events and their reprocessing (behaviour/events-and-usage#batches)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.events.conftest import listed

RAW: dict[str, Any] = {
    "orgId": "org-1",
    "methodName": "Text_Gen",
    "providerName": " Acme ",
    "id": "rw1",
    "createdAt": "2026-04-10T08:00:00.5Z",
    "targetItemId": "item-9",
    "data": {"modelName": "M One", "n": 5, "b": True, "z": None, "o": {"value": 7}, "p": {"k": 1}},
}


def _sent(api: Any, **changes: Any) -> dict[str, Any] | None:
    raw = {key: value for key, value in {**RAW, **changes}.items() if value is not ...}
    assert api.made("/v1/events/raw/bulk", {"events": [raw]})["batch_size"] == 1
    found = listed(api)
    return found[0] if found else None


def test_a_raw_event_becomes_an_event_of_texts(api: Any) -> None:
    found = _sent(api)
    assert found is not None
    assert found["event_name"] == "acme-text_gen-m one"
    assert (found["external_customer_id"], found["source"], found["id"]) == ("org-1", "item-9", "rw1")
    expected = {"n": "5", "b": "true", "z": "", "o": "7", "p": '{"k":1}', "resolvedModelName": "-m one"}
    assert {key: found["properties"][key] for key in expected} == expected
    assert found["properties"]["billable_unit"] == ""


@pytest.mark.parametrize(
    ("data", "value", "unit"),
    [
        ({"numCharacters": 12}, "12", "characters"),
        ({"durationMS": 1500}, "1500", "milliseconds"),
        ({"durationMS": 1500, "channels": 2}, "3000.000000", "milliseconds"),
    ],
)
def test_what_is_billable(api: Any, data: dict[str, Any], value: str, unit: str) -> None:
    found = _sent(api, data=data)
    assert found is not None
    assert (found["properties"]["billable_value"], found["properties"]["billable_unit"]) == (value, unit)


@pytest.mark.parametrize("name", ["orgId", "methodName", "providerName", "id", "createdAt"])
def test_an_incomplete_raw_event_is_dropped(api: Any, name: str) -> None:
    assert _sent(api, **{name: ...}) is None


@pytest.mark.parametrize("changes", [{"createdAt": "yesterday"}, {"orgId": 5}, {"data": []}])
def test_an_unreadable_raw_event_is_dropped(api: Any, changes: dict[str, Any]) -> None:
    assert _sent(api, **changes) is None


@pytest.mark.parametrize(
    "body", [{}, {"events": []}, {"events": {}}, {"events": [1]}, {"events": [None]}, {"events": [{}] * 1001}]
)
def test_a_bad_batch_has_no_details(api: Any, body: dict[str, Any]) -> None:
    reply = api.post("/v1/events/raw/bulk", body)
    assert (reply.status, reply.details) == (400, {})


@pytest.mark.parametrize("which", ["all", "pending"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"start_date": "2026-04-10"}, 400),
        ({"start_date": "2026-05-01T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"}, 400),
        ({"start_date": "2026-04-01T00:00:00Z"}, 200),
    ],
)
def test_reprocessing(api: Any, which: str, body: dict[str, Any], status: int) -> None:
    reply = api.post(f"/v1/events/raw/reprocess/{which}", body)
    assert (reply.status, reply.details) == (status, {})
    if status == 200:
        assert reply.json["workflow_id"].startswith("wf_ReprocessRawEventsWorkflow_")
