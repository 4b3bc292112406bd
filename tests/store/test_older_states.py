"""A state file of the layout before usage rows lay in blocks is brought to this one, and answers as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.settings import Settings
from mockserver.store import blocks, quantities
from mockserver.store.migrations import migrations
from mockserver.store.store import Store

from ..conftest import Api

_OLD_EVENT = (
    "seq INTEGER PRIMARY KEY, environment_id TEXT NOT NULL, id TEXT NOT NULL, time_ms INTEGER NOT NULL,"
    " event_name TEXT NOT NULL, external_customer_id TEXT NOT NULL, customer_id TEXT NOT NULL, source TEXT NOT NULL,"
    " properties TEXT NOT NULL, ingested_ms INTEGER NOT NULL"
)
_OLD_KEY = "stream INTEGER NOT NULL, time INTEGER NOT NULL, event_id TEXT NOT NULL, signature INTEGER NOT NULL"
_OLD = f"""
CREATE TABLE was_events ({_OLD_EVENT});
CREATE TABLE was_events_unlisted ({_OLD_EVENT});
CREATE TABLE usage_rows ({_OLD_KEY}, quantity NOT NULL, unique_key TEXT, event_seq INTEGER NOT NULL,
    environment_id TEXT NOT NULL, PRIMARY KEY (stream, time, event_id)) WITHOUT ROWID;
CREATE TABLE was_usage_repeats ({_OLD_KEY}, environment_id TEXT NOT NULL,
    PRIMARY KEY (stream, time, event_id)) WITHOUT ROWID;
INSERT INTO was_usage_repeats SELECT stream, time, event_id, signature, environment_id FROM usage_repeats;
"""
_OLD_INDEXES = """
CREATE UNIQUE INDEX events_id ON events (environment_id, id, time_ms);
CREATE INDEX events_customer ON events (environment_id, external_customer_id, time_ms);
CREATE INDEX events_time ON events (environment_id, time_ms, id);
CREATE INDEX events_unlisted_id ON events_unlisted (environment_id, id);
CREATE VIEW event_log AS SELECT seq, environment_id, id FROM events;
"""


def _make_old(path: Path) -> None:
    """Turn a state back into the earlier layout."""
    store = Store(path)
    with closing(store):
        connection = store.connection
        connection.executescript(_OLD)
        for table in ("events", "events_unlisted"):
            connection.execute(
                f"INSERT INTO was_{table} SELECT seq, environment_id, id, time_ms, event_name, external_customer_id,"
                f" customer_id, source, properties, ingested_ms FROM {table} JOIN event_environments"
                " ON number = environment"
            )
        for stream, environment_id in connection.execute("SELECT id, environment_id FROM usage_streams").fetchall():
            for row in blocks.rows(connection, stream, 0, 2**32):
                (event_id,) = connection.execute(
                    "SELECT id FROM was_events WHERE seq = ? UNION SELECT id FROM was_events_unlisted WHERE seq = ?",
                    (row.event_seq, row.event_seq),
                ).fetchone()
                value = quantities.value(row.steps)
                old = (stream, row.time, event_id, row.signature, value, row.unique_key, row.event_seq, environment_id)
                connection.execute("INSERT INTO usage_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", old)
        connection.execute("DROP VIEW event_log")
        for table in ("event_environments", "event_ids", "event_ids_new", "usage_blocks"):
            connection.execute(f"DROP TABLE {table}")
        for table in ("events", "events_unlisted", "usage_repeats"):
            connection.execute(f"DROP TABLE {table}")
            connection.execute(f"ALTER TABLE was_{table} RENAME TO {table}")
        connection.executescript(_OLD_INDEXES)
        connection.execute(f"DELETE FROM {migrations.migrations_table} WHERE name = '0002_usage_in_blocks'")


def _api(path: Path) -> Iterator[Api]:
    store = Store(path)
    with closing(store):
        yield Api(create_app(Settings(Divergences("documented"), path), store), "old")


def _event(event_id: str, day: int, **properties: Any) -> dict[str, Any]:
    return {
        "event_name": "call",
        "external_customer_id": "c1",
        "event_id": event_id,
        "timestamp": f"2026-04-{day:02d}T10:20:30Z",
        "properties": properties,
    }


def _told(api: Api) -> list[Any]:
    month = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}
    usage = api.made("/v1/events/analytics", {"external_customer_id": "c1", "window_size": "DAY", **month})
    return [usage["items"], api.made("/v1/events/query", month)["events"]]


@pytest.mark.parametrize("again", [False, True])
def test_it_answers_as_before_and_goes_on(tmp_path: Path, again: bool) -> None:
    path = tmp_path / "state.db"
    aggregations = [{"type": "SUM", "field": "n"}, {"type": "COUNT"}, {"type": "COUNT_UNIQUE", "field": "who"}]
    first = [_event(f"e{n}", 1 + n % 5, n=n, who=f"w{n % 3}") for n in range(20)]
    first += [_event("e1", 9, n=1, who="w"), _event("e2", 3, n=0.25, who="w")]
    later = [_event("e1", 9, n=7), _event("e3", 20, n=1), _event("new", 4, n=2, who="x")]
    for api in _api(path):
        for number, aggregation in enumerate(aggregations):
            meter = {"name": f"M{number}", "event_name": "call", "aggregation": aggregation}
            api.made("/v1/meters", {**meter, "reset_usage": "BILLING_PERIOD"})
        api.made("/v1/events/bulk", {"events": first})
        before = _told(api)
        if again:
            api.made("/v1/events/bulk", {"events": later})
            before = _told(api)
    _make_old(path)
    for api in _api(path):
        assert _told(api) == before
        api.made("/v1/events/bulk", {"events": later})
        after = _told(api)
    fresh = tmp_path / "fresh.db"
    for api in _api(fresh):
        for number, aggregation in enumerate(aggregations):
            meter = {"name": f"M{number}", "event_name": "call", "aggregation": aggregation}
            api.made("/v1/meters", {**meter, "reset_usage": "BILLING_PERIOD"})
        for batch in (first, later, *([later] if again else [])):
            api.made("/v1/events/bulk", {"events": batch})
        expected = _told(api)
    assert [_comparable(each) for each in after] == [_comparable(each) for each in expected]


def _comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what differs between two states, in an order of their own."""
    changing = ("meter_id", "environment_id")
    return sorted(({k: v for k, v in row.items() if k not in changing} for row in rows), key=repr)
