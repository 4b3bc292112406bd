"""The Python client covers every control route and says what was refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.app import create_app
from mockserver.control.client import Control, ControlFailed
from mockserver.serving import background
from mockserver.settings import Settings
from mockserver.store.store import Store


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Any]]:
    store = Store()
    app = create_app(Settings(control_token="sesame", journal=50), store)
    with background(app) as url:
        yield url, app
    store.close()


@pytest.fixture
def control(server: tuple[str, Any], request: pytest.FixtureRequest) -> Iterator[Control]:
    with Control(server[0], f"key-{request.node.name}", "sesame") as control:
        yield control


def _v1(control: Control, method: str, path: str, body: Any = None) -> requests.Response:
    headers = {"x-api-key": control.key}
    return requests.request(method, f"{control.url}/v1/{path}", json=body, headers=headers, timeout=9)


def test_every_route_has_its_method(server: tuple[str, Any], control: Control, tmp_path: Path) -> None:
    url, app = server
    asked = set()
    send = control._session.request

    def noting(method: str, target: str, **kw: Any) -> requests.Response:
        adapter = app.url_map.bind("")
        rule, _ = adapter.match(target.removeprefix(url), method=method, return_rule=True)
        asked.add((method, rule.rule))
        return send(method, target, **kw)

    control._session.request = noting  # type: ignore[method-assign,assignment]  # a spy
    control.set_clock("2026-04-14T00:00:00Z", frozen=True)
    assert control.clock()["now"] == "2026-04-14T00:00:00Z"
    made = control.seed("documented")
    assert made["meters"] > 0
    assert control.set_ingestion(1.5) == control.ingestion() == {"delay_seconds": 1.5, "waiting": 0}
    event = {"event_name": "image.generated", "external_customer_id": "c", "event_id": "e", "properties": {"n": 1}}
    assert _v1(control, "POST", "events", event).status_code == 202
    assert control.advance(2)["passed"]["failed"] == []
    assert control.match_events(event_name="image.generated", properties={"n": 1}, exactly=1)["ok"]
    assert control.explain_event("e")["events"]
    assert control.unbilled("c")["total"] == 1
    assert control.divergences()["profile"] == "documented"
    with pytest.raises(ControlFailed) as refused:
        control.explain_subscription("subs_none", datetime(2026, 4, 1, tzinfo=UTC))
    assert refused.value.status == 404
    fault = control.set_fault(path="/v1/plans", status=503)
    assert _v1(control, "GET", "plans").status_code == 503
    assert [row["hits"] for row in control.faults()] == [1]
    assert [row["status"] for row in control.journal(path="/v1/plans")] == [503]
    control.delete_fault(fault["id"])
    assert control.delete_faults() == 0
    assert control.clear_journal() == 2
    assert control.snapshot("one")["name"] == "one"
    control.download_snapshot("one", tmp_path / "one.db")
    control.upload_snapshot("two", tmp_path / "one.db")
    assert [row["name"] for row in control.snapshots()] == ["one", "two"]
    assert control.restore("two")["name"] == "two"
    control.delete_snapshot("one")
    control.reset()
    assert control.match_events(at_least=0)["matched"] == 0
    rules = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("control.")  # what the dashboard's page asks is no control of a program
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert asked == rules


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.advance(-1), "not negative"),
        (lambda c: c.set_clock("never"), "RFC3339"),
        (lambda c: c.set_fault(), "what goes wrong"),
        (lambda c: c.snapshot("../x"), "name"),
        (lambda c: c.restore("none"), "no snapshot"),
        (lambda c: c.seed("nonsense"), "shipped"),
        (lambda c: c.set_ingestion(-1), "delay_seconds"),
        (lambda c: c.match_events(at_least=-1), "at_least"),
    ],
)
def test_refusals_are_told(control: Control, call: Any, said: str) -> None:
    with pytest.raises(ControlFailed, match=re.escape(said)):
        call(control)


def test_the_token_and_the_machines_time(server: tuple[str, Any], control: Control) -> None:
    with Control(server[0], "key") as other, pytest.raises(ControlFailed, match="X-Mock-Token"):
        other.snapshots()
    control.set_clock("2001-01-01T00:00:00Z", frozen=True)
    control.set_clock(machine=True, frozen=False)
    assert abs(control.clock()["offset_seconds"]) < 2
    with pytest.raises(ValueError, match="how far"):
        control.advance()


def test_another_server_is_recognised(server: tuple[str, Any]) -> None:
    with Control(f"{server[0]}/elsewhere", "key") as control, pytest.raises(ControlFailed, match="is that"):
        control.clock()
