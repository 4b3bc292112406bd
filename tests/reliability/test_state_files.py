"""State files that cannot be used: one line that says what is wrong and what to do, and nothing written into them."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli import main
from mockserver.store.migrations import migrations
from mockserver.store.opening import StateFileError
from mockserver.store.store import DiskFull, Store

from ..cli.conftest import command


def _make(path: Path, kind: str) -> None:
    if kind == "text":
        path.write_text("hello, I am no database " * 400)
    elif kind == "foreign":
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("CREATE TABLE mine (a); INSERT INTO mine VALUES (1);")
    elif kind == "foreign with our names":
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("CREATE TABLE environments (a); CREATE TABLE keys (a);")
    else:
        Store(path).close()
        if kind == "newer":
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                connection.execute(
                    f"INSERT INTO {migrations.migrations_table} (migration_set, name, applied_at) VALUES (?, '9', '')",
                    (migrations.name,),
                )
        elif kind == "cut":
            path.write_bytes(path.read_bytes()[:40_960])
        elif kind == "scratched":
            whole = bytearray(path.read_bytes())
            whole[8192:12288] = b"\xff" * 4096
            path.write_bytes(whole)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "damaged"),
        ("cut", "damaged"),
        ("scratched", "damaged"),
        ("foreign", "no state of this emulator"),
        ("foreign with our names", "no state of this emulator"),
        ("newer", "newer version"),
    ],
)
def test_an_unfit_file_is_told_in_a_line_and_left_alone(tmp_path: Path, kind: str, said: str) -> None:
    path = tmp_path / "state.db"
    _make(path, kind)
    before = path.read_bytes()
    for arguments in (["serve", "--port", "0", "--db", str(path)], ["seed", "--db", str(path), "--key", "k"]):
        run = CliRunner().invoke(main, arguments)
        assert run.exit_code == 2, run.output
        assert said in run.output
        assert "another file" in run.output
        assert run.output.count("\n") == 1
        assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["state.db"]


def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    Store(path).close()
    monkeypatch.setattr("mockserver.store.store.LOCK_SECONDS", 0.1)
    monkeypatch.setattr("mockserver.store.opening.LOCK_SECONDS", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateFileError, match="locked by another program"):
            Store(path)


@pytest.mark.parametrize(("where", "said"), [("nowhere/state.db", "there is no folder"), ("folder", "is a directory")])
def test_a_place_that_is_none(tmp_path: Path, where: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    run = CliRunner().invoke(main, ["serve", "--port", "0", "--db", str(tmp_path / where)])
    assert run.exit_code == 2
    assert said in run.output
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("host", "advice"), [("no-such-host.invalid", "--host"), ("192.0.2.1", "--host")])
def test_a_host_that_is_not_ours(host: str, advice: str) -> None:
    done = subprocess.run(command("serve", "--host", host), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert advice in done.stderr
    assert "--port" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_full_disk_is_told_and_what_was_stored_stays(tmp_path: Path) -> None:
    """SQLite's limit of pages stands for the disk: both are SQLITE_FULL."""
    store = Store(tmp_path / "state.db")
    with store.write() as tx:
        connection = tx.connection
        connection.execute("CREATE TABLE filler (a)")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(DiskFull, match="full") as full, store.write() as tx:
        tx.connection.execute("INSERT INTO filler VALUES (zeroblob(1000000))")
    assert (full.value.status, full.value.code) == (503, "service_unavailable")
    store.clear()
    with store.write() as tx:
        assert tx.connection.execute("SELECT count(*) FROM filler").fetchone() == (0,)
    store.close()
