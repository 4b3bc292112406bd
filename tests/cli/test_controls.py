"""``clock``, ``reset``, ``snapshot``, ``faults`` and ``journal`` against a running server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.serving import background
from mockserver.settings import Settings
from mockserver.store.store import Store

from ..conftest import Api
from .conftest import command


class Line:
    """Runs commands against one server."""

    def __init__(self, url: str, api: Api) -> None:
        self.api = api
        self._environment = {"FLEXPRICE_MOCK_URL": url, "FLEXPRICE_MOCK_KEY": api.key}

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=self._environment)

    def said(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def line() -> Iterator[Line]:
    store = Store()
    app = create_app(Settings(journal=20), store)
    with background(app) as url:
        yield Line(url, Api(app, "key"))
    store.close()


def test_clock(line: Line) -> None:
    assert line.said("clock", "set", "2026-04-14T00:00:00Z", "--freeze") == "2026-04-14T00:00:00Z (stopped)\n"
    assert line.said("clock", "advance", "1d").startswith("2026-04-15T00:00:00Z")
    assert line.said("clock", "advance", "1.5h").startswith("2026-04-15T01:30:00Z")
    assert line.said("clock", "advance", "--to", "2026-05-01T00:00:00Z").startswith("2026-05-01T00:00:00Z")
    assert "(stopped)" not in line.said("clock", "run")
    assert "(stopped)" in line.said("clock", "freeze")
    assert "2026-05-01" in line.said("clock", "show")
    assert "2026-05-01" not in line.said("clock", "set", "machine")


def test_what_passed_is_said(line: Line) -> None:
    api = line.api.at("2026-04-01T00:00:00Z")
    customer = api.made("/v1/customers", {"external_id": "c", "name": "C"})["id"]
    plan = api.made("/v1/plans", {"name": "P"})["id"]
    price = {"entity_type": "PLAN", "entity_id": plan, "type": "FIXED", "amount": "30", "currency": "usd",
             "billing_model": "FLAT_FEE", "billing_period": "MONTHLY", "billing_period_count": 1,
             "invoice_cadence": "ADVANCE", "display_name": "Base", "start_date": "2020-01-01T00:00:00Z"}  # fmt: skip
    api.made("/v1/prices", price)
    body = {"customer_id": customer, "plan_id": plan, "currency": "usd", "billing_period": "MONTHLY"}
    api.made("/v1/subscriptions", {**body, "start_date": "2026-04-01T00:00:00Z"})
    assert "passed: 1 periods, 1 invoices, 1 finalized" in line.said("clock", "advance", "31d")


@pytest.mark.parametrize(
    "arguments",
    [("clock", "advance"), ("clock", "advance", "1y"), ("clock", "advance", "1d", "--to", "2026-05-01T00:00:00Z"),
     ("journal", "match", "--property", "x"), ("snapshot", "take")],
)  # fmt: skip
def test_bad_usage(line: Line, arguments: tuple[str, ...]) -> None:
    assert line.run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clock", "set", "never"), "RFC3339"),
        (("faults", "add"), "what goes wrong"),
        (("faults", "clear", "99"), "no fault 99"),
        (("snapshot", "restore", "none"), "no snapshot"),
        (("snapshot", "take", "../x"), "name"),
    ],
)
def test_refusals(line: Line, arguments: tuple[str, ...], said: str) -> None:
    result = line.run(*arguments)
    assert result.exit_code == 1
    assert said in result.output


def test_reset(line: Line) -> None:
    line.api.made("/v1/customers", {"external_id": "c", "name": "C"})
    line.said("reset")
    assert line.api.get("/v1/customers").json["pagination"]["total"] == 0
    assert "every environment" in line.said("reset", "--all")


def test_snapshots(line: Line, tmp_path: Path) -> None:
    line.api.made("/v1/customers", {"external_id": "c", "name": "C"})
    assert "bytes" in line.said("snapshot", "take", "one")
    line.said("snapshot", "download", "one", str(tmp_path / "one.db"))
    line.said("snapshot", "upload", "two", str(tmp_path / "one.db"))
    line.said("reset")
    line.said("snapshot", "restore", "two")
    assert line.api.get("/v1/customers").json["pagination"]["total"] == 1
    line.said("snapshot", "delete", "one")
    assert line.said("snapshot", "list").startswith("two  ")


def test_faults(line: Line) -> None:
    fault = json.loads(line.said("faults", "add", "--path", "/v1/plans", "--status", "503", "--count", "1"))
    assert [line.api.get("/v1/plans").status for _ in range(2)] == [503, 200]
    assert json.loads(line.said("faults", "list"))["hits"] == 1
    line.said("faults", "clear", str(fault["id"]))
    assert line.said("faults", "clear") == "taken back: 0\n"


def test_journal(line: Line) -> None:
    event = {"event_name": "x", "external_customer_id": "c", "event_id": "e1", "properties": {"n": 2, "m": "a"}}
    line.api.made("/v1/events", event)
    line.api.get("/v1/plans?limit=5")
    assert "GET /v1/plans?limit=5  200" in line.said("journal", "show", "--limit", "1")
    assert json.loads(line.said("journal", "show", "--method", "post", "--json"))["body"] == event
    assert line.said("journal", "match", "--event-name", "x", "--property", "n=2", "--property", "m=a") == "1 matched\n"
    missed = line.run("journal", "match", "--property", "n=3", "--exactly", "1")
    assert missed.exit_code == 1
    assert "properties.n: wanted 3, found 2" in missed.output
    assert line.said("journal", "clear") == "forgotten: 2\n"


def test_no_server_is_said_plainly() -> None:
    asked = command("clock", "show", "--url", "http://127.0.0.1:1", "--key", "k")
    run = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 1
    assert "no server answers at http://127.0.0.1:1" in run.stderr
    assert "Traceback" not in run.stderr
