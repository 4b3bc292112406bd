"""Keys of the server's making, passwords and control characters stay out of what others read; files are private."""

from __future__ import annotations

import io
import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.control.client import Control
from mockserver.logs import TextFormatter
from mockserver.secrets import one_line, without_secrets
from mockserver.settings import Settings
from mockserver.store.store import Store

from ..cli.conftest import Process
from ..conftest import Api

App = Callable[..., Api]
PASSWORD = "correct horse"


def test_the_journal_knows_no_secret(app_with: App) -> None:
    api = app_with(journal=100)
    made = api.post("/v1/secrets/api/keys", {"name": "x", "type": "private_key"}).json
    key = made["api_key"]
    public = api.post("/v1/secrets/api/keys", {"name": "p", "type": "publishable_key"}).json["api_key"]
    session = api.post("/v1/auth/signup", {"email": "a@example.com", "password": PASSWORD}).json["token"]
    padding = "x" * (64 * 1024 - 60)
    for secret in (key, public, session):
        api.post("/v1/customers", {"external_id": secret, "name": secret})
        api.post("/v1/customers", {"name": padding, "external_id": secret})
        api.get(f"/v1/customers/{secret}?q={secret}")
        api.get(f"/v1/nowhere/{secret}")
    kept = api.get("/_mock/journal?limit=1000").text
    assert kept.count('"method"') == 14
    for secret in (key, public, session, PASSWORD):
        assert secret not in kept
        assert secret[: len(secret) // 2 + 5] not in kept
    assert made["secret"]["id"] in kept, "what is no secret stays"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sk_local_flexprice_test_key", "sk_local_flexprice_test_key"),
        ("a sk_01M8H3Y21E0FRY6N6FH0YBD83C b", "a sk_*** b"),
        ('{"Password" : "a\\"b", "c": 1}', '{"Password" : "***", "c": 1}'),
        ('{"password":"cut of', '{"password":"***"'),
        ("session_" + "01M8H3Y21E0FRY6N6FH0YBD83C" * 2, "session_***"),
    ],
)
def test_what_is_a_secret(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter())
    logger = logging.getLogger("test-secrets")
    logger.propagate = False
    logger.addHandler(handler)
    yield stream.getvalue
    logger.removeHandler(handler)


def test_log_lines_cannot_be_forged(logged: Callable[[], str]) -> None:
    logger = logging.getLogger("test-secrets")
    nasty = "a\nERROR forged\r\x1b[31m\x00\x85\u2028 sk_01M8H3Y21E0FRY6N6FH0YBD83C"
    logger.warning("path %s", nasty)
    try:
        raise ValueError(nasty)
    except ValueError:
        logger.exception("failed: %s", nasty)
    lines = logged().split("\n")
    assert lines.pop() == ""
    assert [line.split(" ", 1)[1] for line in lines if not line.startswith("  ")] == [
        "warning path a\\nERROR forged\\r\\x1b[31m\\x00\\x85\\u2028 sk_***",
        "error failed: a\\nERROR forged\\r\\x1b[31m\\x00\\x85\\u2028 sk_***",
    ]
    assert any("ValueError" in line for line in lines)
    assert all(one_line(line) == line for line in lines)
    assert "01M8H3Y" not in logged()


def test_files_are_their_owners_only(serve: Callable[..., Process], tmp_path: Path) -> None:
    folder, temporary = tmp_path / "data", tmp_path / "tmp"
    for each in (folder, temporary):
        each.mkdir()
    before = os.umask(0o022)
    try:
        kept = serve("--db", str(folder / "state.db"), "--journal", "5")
        thrown_away = serve("--journal", "5", environment={"TMPDIR": str(temporary)})
    finally:
        os.umask(before)
    for process in (kept, thrown_away):
        with Control(process.url, "test") as control:
            control.seed("models")
            control.snapshot("s")
            control.download_snapshot("s", folder / "downloaded.db")
            control.upload_snapshot("t", folder / "downloaded.db")
            assert process.send("GET", "/v1/customers").ok
    paths = [*folder.rglob("*"), *temporary.rglob("*")]
    assert {"state.db", "state.db-wal", "journal.db", "s.db", "t.db"} <= {path.name for path in paths}
    assert [path for path in paths if path.stat().st_mode & 0o077] == []


def test_a_state_file_that_others_could_read_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Store(path).close()
    path.chmod(0o644)
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_listing_of_snapshots_names_no_key(app_with: App) -> None:
    api = app_with()
    key = api.post("/v1/secrets/api/keys", {"name": "x", "type": "private_key"}).json["api_key"]
    api.post("/_mock/snapshots", {"name": "s"})
    assert key not in api.get("/_mock/snapshots").text


def test_the_state_holds_no_minted_key(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = Store(path)
    api = Api(create_app(Settings(), store), "key")
    key = api.post("/v1/secrets/api/keys", {"name": "x", "type": "private_key"}).json["api_key"]
    store.close()
    held = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"SQLite format 3" in held
    assert key.encode() not in held
