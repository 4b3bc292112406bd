"""What is done quickly for the usual event is done by the same rules as for the unusual one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from mockserver.metering.arriving import Arrival, arrive
from mockserver.metering.events import milliseconds, read_time
from mockserver.store.store import Store

from .test_usage_rollups import START, Bench, asks, event

NOW_MS = 1_775_000_000_000


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def _used(bench: Bench, meter: dict[str, Any]) -> Any:
    window = asks("w", "g", meter, {}, START, START + timedelta(days=1))
    return bench.usage([window])["w"].quantity


def test_properties_that_are_equal_in_python_are_told_apart(store: Store) -> None:
    """behaviour/events-and-usage#values-and-filters: the text of a property decides, and that of true is not that of
    1."""
    bench = Bench(store, "equal", "upstream")
    filters = {"true": ["true"], "one": ["1"]}
    meters = {
        name: bench.meter({"type": "COUNT"}, [{"key": "hd", "values": values}]) for name, values in filters.items()
    }
    sent = (True, 1, 1.0, "true", "1", False, 0)
    bench.send([event(f"e{n}", START, {"hd": value}) for n, value in enumerate(sent)])
    assert {name: _used(bench, meter) for name, meter in meters.items()} == {"true": 2, "one": 3}


def test_a_meter_without_a_field_counts_no_property(store: Store) -> None:
    """behaviour/events-and-usage#numbers-from-properties: also where an event has a property of that name."""
    bench = Bench(store, "nameless", "upstream")
    meter = bench.meter({"type": "SUM", "field": ""})
    bench.send([event("a", START, {"": 5})])
    assert _used(bench, meter) == 0


def test_an_event_that_comes_alone_is_dated_when_it_came(store: Store) -> None:
    sent = event("alone", START, {})
    arrive(store, Arrival("alone", sent, NOW_MS))
    arrive(store, Arrival("alone", sent._replace(id="later"), NOW_MS + 5))
    found = store.connection.execute(
        "SELECT e.ingested_ms FROM events AS e JOIN event_environments AS n ON n.number = e.environment"
        " WHERE n.environment_id = 'alone' ORDER BY e.seq"
    ).fetchall()
    assert found == [(NOW_MS,), (NOW_MS + 5,)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, NOW_MS),
        ("0001-01-01T00:00:00Z", NOW_MS),
        ("2026-04-01T00:00:00Z", milliseconds(START)),
        ("2026-04-01T00:00:00.123Z", milliseconds(START) + 123),
        ("2026-04-01T00:00:00.123999Z", milliseconds(START) + 123),
        ("2026-04-01T00:00:00.123999999Z", milliseconds(START) + 123),
        ("2026-04-01T02:00:00+02:00", milliseconds(START)),
        ("1970-01-01T00:00:00.001Z", 1),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2262-04-11T23:47:16.854Z", 9_223_372_036_854),
        ("9999-12-31T23:59:59Z", -4_852_116_232_934),
    ],
)
def test_times_are_milliseconds(text: str | None, expected: int) -> None:
    """behaviour/events-and-usage#after-the-answer: cut, not rounded, and wrapped where 64 bits of nanoseconds end."""
    assert read_time(text, NOW_MS) == expected


@pytest.mark.parametrize(
    "text",
    ["", "2026-04-01", "2026-W14-3T00:00:00Z", "2026-04-01T0a:00:00Z", "2026-04-01T24:00:00Z", "2026-04-01 00:00:00Z"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_time(text, NOW_MS)
