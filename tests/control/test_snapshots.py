"""Snapshots: taking, restoring, moving between servers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.store.migrations import migrations

from ..cli.conftest import Process
from ..conftest import Api

App = Callable[..., Api]


def _names(api: Api) -> list[str]:
    return [row["external_id"] for row in api.get("/v1/customers").json["items"]]


def _add(api: Api, name: str) -> None:
    api.made("/v1/customers", {"external_id": name, "name": name})


def test_a_restored_state_is_what_it_was(app_with: App) -> None:
    api = app_with()
    api.at("2026-04-14T00:00:00Z")
    _add(api, "one")
    taken = api.post("/_mock/snapshots", {"name": "first"})
    assert taken.status == 201
    assert taken.json["bytes"] > 0
    _add(api, "two")
    api.at("2027-01-01T00:00:00Z")
    assert api.post("/_mock/snapshots/first/restore").status == 200
    assert _names(api) == ["one"]
    assert api.get("/_mock/clock").json["now"].startswith("2026-04-14")
    _add(api, "three")
    assert _names(api) == ["three", "one"]
    assert api.get("/v1/customers").json["pagination"]["total"] == 2


def test_a_state_file_keeps_its_snapshots(app_with: App, tmp_path: Path) -> None:
    from mockserver.app import create_app
    from mockserver.settings import Settings
    from mockserver.store.store import Store

    for _ in range(2):
        store = Store(tmp_path / "state.db")
        api = Api(create_app(Settings(), store), "key")
        if not api.get("/_mock/snapshots").json["snapshots"]:
            _add(api, "one")
            api.post("/_mock/snapshots", {"name": "kept"})
            _add(api, "two")
        store.close()
    api = Api(create_app(Settings(), Store(tmp_path / "state.db")), "key")
    api.post("/_mock/snapshots/kept/restore")
    assert _names(api) == ["one"]


def test_listing_replacing_and_deleting(app_with: App) -> None:
    api = app_with()
    for name in ("b", "a", "b"):
        assert api.post("/_mock/snapshots", {"name": name}).status == 201
    assert [row["name"] for row in api.get("/_mock/snapshots").json["snapshots"]] == ["a", "b"]
    assert api.delete("/_mock/snapshots/a").json == {"deleted": "a"}
    assert [row["name"] for row in api.get("/_mock/snapshots").json["snapshots"]] == ["b"]
    for method, path in (("DELETE", ""), ("GET", ""), ("POST", "/restore")):
        assert api(method, f"/_mock/snapshots/a{path}").status == 404


@pytest.mark.parametrize(
    "name", ["", "../x", "..", ".", ".hidden", "a/b", "a\\b", "x" * 65, "a b", "a\n", "\u00fc", "-x", "a\x00", None, 5]
)
def test_odd_names_are_refused(app_with: App, name: Any) -> None:
    api = app_with()
    reply = api.post("/_mock/snapshots", {"name": name})
    assert (reply.status, set(reply.json)) == (400, {"error"})
    assert api.get("/_mock/snapshots").json["snapshots"] == []


@pytest.mark.parametrize("path", ["..%2Fx", "%2E%2E", "a%20b", "x" * 65, ".x"])
def test_odd_names_in_paths_are_refused(app_with: App, path: str) -> None:
    api = app_with()
    for method, rest in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/restore")):
        assert api(method, f"/_mock/snapshots/{path}{rest}", raw=b"x").status in (400, 404, 415)


def test_moving_a_snapshot_to_another_server(app_with: App) -> None:
    one, other = app_with(), app_with()
    _add(one, "moved")
    one.post("/_mock/snapshots", {"name": "s"})
    data = one.app.test_client().get("/_mock/snapshots/s", headers={"x-api-key": "key"})
    assert data.headers["Content-Type"] == "application/vnd.sqlite3"
    assert other("PUT", "/_mock/snapshots/from-one", raw=data.data).status == 201
    assert other.post("/_mock/snapshots/from-one/restore").status == 200
    assert _names(other) == ["moved"]


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "foreign", "newer"])
def test_unfit_files_are_refused(app_with: App, tmp_path: Path, damage: str) -> None:
    api, path = app_with(), tmp_path / "file.db"
    api.post("/_mock/snapshots", {"name": "good"})
    data = api.app.test_client().get("/_mock/snapshots/good", headers={"x-api-key": "key"}).data
    if damage == "foreign":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE environments (id)")
        data = path.read_bytes()
    elif damage == "newer":
        path.write_bytes(data)
        with sqlite3.connect(path) as connection:
            connection.execute(
                f"INSERT INTO {migrations.migrations_table} (migration_set, name, applied_at) VALUES (?, '9999_x', '')",
                (migrations.name,),
            )
        connection.close()
        data = path.read_bytes()
    else:
        data = {"empty": b"", "text": b"hello", "cut": data[: len(data) // 2]}[damage]
    reply = api("PUT", "/_mock/snapshots/bad", raw=data)
    assert reply.status == 400, damage
    if damage == "newer":
        assert "newer version" in reply.json["error"]
    assert [row["name"] for row in api.get("/_mock/snapshots").json["snapshots"]] == ["good"]


def test_two_workers_see_a_restored_state_at_once(serve: Callable[..., Process]) -> None:
    process = serve("--workers", "2")

    def total() -> set[int]:
        return {process.send("GET", "/v1/customers").json()["pagination"]["total"] for _ in range(12)}

    for name in ("a", "b"):
        process.send("POST", "/v1/customers", json={"external_id": name, "name": name})
    assert process.send("POST", "/_mock/snapshots", json={"name": "two"}).status_code == 201
    process.send("POST", "/v1/customers", json={"external_id": "c", "name": "c"})
    assert total() == {3}
    for _ in range(3):
        assert process.send("POST", "/_mock/snapshots/two/restore").status_code == 200
        assert total() == {2}
        assert process.send("POST", "/v1/customers", json={"external_id": "c", "name": "c"}).status_code == 201
        assert total() == {3}
