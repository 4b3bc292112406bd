"""Uploaded snapshots bring our tables and rows, and no code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mockserver.store.snapshots import SnapshotError, Snapshots
from mockserver.store.store import Store

from ..conftest import Api

App = Callable[..., Api]


def _downloaded(api: Api) -> bytes:
    api.post("/_mock/snapshots", {"name": "good"})
    data: bytes = api.app.test_client().get("/_mock/snapshots/good", headers={"x-api-key": "key"}).data
    return data


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER boom AFTER INSERT ON customers BEGIN UPDATE customers SET name = name; END",
        "DROP TRIGGER customers_added;"
        "CREATE TRIGGER customers_added AFTER INSERT ON customers BEGIN DELETE FROM keys; END",
        "CREATE VIEW mine AS SELECT 1",
        "DROP VIEW event_log; CREATE VIEW event_log AS SELECT 1 AS seq",
        "CREATE VIRTUAL TABLE mine USING fts5(a)",
        "CREATE TABLE mine (a)",
        "DROP TABLE wallets",
        "ALTER TABLE customers ADD COLUMN mine TEXT",
        "ALTER TABLE customers DROP COLUMN updated_by",
        "ALTER TABLE customers ADD COLUMN mine GENERATED ALWAYS AS (1) VIRTUAL",
        "DROP INDEX customers_id; CREATE INDEX customers_id ON customers (id)",
        "DROP TRIGGER customers_added",
        "UPDATE customers SET metadata = '{'",
        "UPDATE customers SET created_at = 'yesterday'",
        "UPDATE keys SET roles = '5'",
        "UPDATE environments SET clock_frozen_at = 'x'",
    ],
)
def test_what_is_not_ours_is_refused(app_with: App, tmp_path: Path, change: str) -> None:
    api, path = app_with(), tmp_path / "file.db"
    api.made("/v1/customers", {"external_id": "a", "name": "A"})
    path.write_bytes(_downloaded(api))
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("fold", 1, str)
        connection.executescript(change)
        connection.commit()
    reply = api.put("/_mock/snapshots/bad", raw=path.read_bytes())
    assert (reply.status, set(reply.json)) == (400, {"error"}), change
    assert [row["name"] for row in api.get("/_mock/snapshots").json["snapshots"]] == ["good"]
    assert api.post("/_mock/snapshots/bad/restore", {}).status == 404


def test_what_is_ours_is_taken_with_its_own_indexes(app_with: App, tmp_path: Path) -> None:
    api, path = app_with(), tmp_path / "file.db"
    api.made("/v1/customers", {"external_id": "a", "name": "A"})
    path.write_bytes(_downloaded(api))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX customers_by_name_asc ON customers (name)")
        connection.commit()
    assert api.put("/_mock/snapshots/again", raw=path.read_bytes()).status == 201
    api.post("/_mock/reset", {})
    assert api.post("/_mock/snapshots/again/restore", {}).status == 200
    assert api.get("/v1/customers").json["pagination"]["total"] == 1


def test_a_snapshot_deleted_while_it_is_restored_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "state.db")
    snapshots = Snapshots(store)
    path = snapshots.path("s")
    snapshots.take("s")
    found = snapshots._snapshot(path)

    def deleted(seen: Path) -> object:
        seen.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(snapshots, "_snapshot", deleted)
    with pytest.raises(SnapshotError) as missing:
        snapshots.restore("s")
    assert missing.value.missing
    assert not path.exists(), "nor does it come back empty"
    assert store.connection.execute("SELECT count(*) FROM sqlite_master").fetchone() > (10,)
    store.close()
