"""How an event's numbers are spelled: by the list of events, by questions about them, by meters
(behaviour/events-and-usage#what-is-stored, behaviour/events-and-usage#filter-comparison).

What is plain takes a quick way to its text; no value may be spelled otherwise because of it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.events.conftest import ids, subscribed

# What is sent, the text the list shows and questions compare, the text meters compare.
NUMBERS = [
    # behaviour/events-and-usage#filter-comparison
    ("24", "24", "24"),
    ("24.0", "24", "24"),
    ("8.5", "8.5", "8.5"),
    ("982344", "982344", "982344"),
    ("1000000", "1000000", "1e+06"),
    ("1234567", "1234567", "1.234567e+06"),
    ("100000", "100000", "100000"),
    ("999999", "999999", "999999"),
    ("123456.789", "123456.789", "123456.789"),
    ("0.0001", "0.0001", "0.0001"),
    ("0.00001", "0.00001", "1e-05"),
    ("12345678901234567890", "12345678901234567000", "1.2345678901234567e+19"),
    # the same rules around the bounds: exponents below 1e-6 and from 1e21 on, doubles beyond 2 to the 53
    ("0.00012", "0.00012", "0.00012"),
    ("0.000099", "0.000099", "9.9e-05"),
    ("0.000001", "0.000001", "1e-06"),
    ("0.00000123", "0.00000123", "1.23e-06"),
    ("0.0000001", "1e-7", "1e-07"),
    ("1.5e-10", "1.5e-10", "1.5e-10"),
    ("-0.00001", "-0.00001", "-1e-05"),
    ("-0.5", "-0.5", "-0.5"),
    ("-24.0", "-24", "-24"),
    ("0.0", "0", "0"),
    ("1e3", "1000", "1000"),
    ("1e15", "1000000000000000", "1e+15"),
    ("9007199254740992", "9007199254740992", "9.007199254740992e+15"),
    ("9007199254740993", "9007199254740992", "9.007199254740992e+15"),
    ("-9007199254740993", "-9007199254740992", "-9.007199254740992e+15"),
    ("1e20", "100000000000000000000", "1e+20"),
    ("1e21", "1e+21", "1e+21"),
    ("0.12345678901234567", "0.12345678901234566", "0.12345678901234566"),
]
OTHERS = [
    ("true", "true", "true"),
    ("false", "false", "false"),
    ('"24.0"', "24.0", "24.0"),
    ('"false"', "false", "false"),
    ("null", "", "<nil>"),
    ('{"a":1.0}', '{"a":1}', "map[a:1]"),
    ('[1,"x",0.00001]', '[1,"x",0.00001]', "[1 x 1e-05]"),
]
CASES = [pytest.param(*row, id=row[0]) for row in NUMBERS + OTHERS]


def send(api: Any, value: str) -> None:
    body = (
        '{"event_id":"e","event_name":"call","external_customer_id":"c1","timestamp":"2026-04-10T10:00:00Z",'
        f'"properties":{{"n":{value}}}}}'
    )
    assert api.post("/v1/events", raw=body).status == 202


@pytest.mark.parametrize(("sent", "text", "metered"), CASES)
def test_a_value_is_found_by_its_text(api: Any, sent: str, text: str, metered: str) -> None:
    send(api, sent)
    assert ids(api, property_filters={"n": [text]}) == ["e"]
    assert ids(api, property_filters={"n": [f"{text}0"]}) == []


@pytest.mark.parametrize(("sent", "shown"), [pytest.param(*row[:2], id=row[0]) for row in NUMBERS])
def test_a_number_is_listed_as_it_is_compared(api: Any, sent: str, shown: str) -> None:
    send(api, sent)
    month = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}
    assert f'"properties":{{"n":{shown}}}' in api.post("/v1/events/query", month).text


@pytest.mark.parametrize(("sent", "text", "metered"), CASES)
def test_a_meter_takes_a_value_by_its_own_text(api: Any, sent: str, text: str, metered: str) -> None:
    api.at("2026-04-20T00:00:00Z")
    count = {"aggregation": {"type": "COUNT"}}
    made = subscribed(
        api,
        {**count, "name": "A", "filters": [{"key": "n", "values": [metered]}]},
        {**count, "name": "B", "filters": [{"key": "n", "values": [f"{metered}0"]}]},
    )
    send(api, sent)
    charges = api.made("/v1/subscriptions/usage", {"subscription_id": made["subscription"]})["charges"]
    assert [charge["quantity"] for charge in charges] == [1, 0]
