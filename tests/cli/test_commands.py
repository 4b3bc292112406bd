"""``demo``, ``seed``, ``openapi`` and ``--version`` as commands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver import __version__
from mockserver.fixtures import catalog_path

from .conftest import Process, command

REASONS = {
    "documented": {"evt_vid_0002": "no_price", "evt_world_0001": "no_price"},
    "upstream": {"evt_world_0001": "no_price"},
}
TOTALS = {"documented": ("2.0372128", 2.04, "2.04"), "upstream": ("36.0048384", 36, "36.01")}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("profile", ["documented", "upstream"])
def test_the_demo_bills_the_documented_payloads(profile: str) -> None:
    """behaviour/prices-and-meters#the-six-documented-events: 2.0372128 as documented, 36.0048384 as the real server."""
    done = run("demo", "--profile", profile, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    shown: dict[str, Any] = json.loads(done.stdout)
    assert [request["ok"] for request in shown["requests"]] == [True] * 22
    assert (shown["usage_total"], shown["usage_amount"], shown["invoice_total"]) == TOTALS[profile]
    assert {row["event"]: row["reason"] for row in shown["unbilled"]} == REASONS[profile]


def test_the_demo_prints_the_bill_for_people() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert "22 of 22 answers as expected" in done.stdout
    assert "2.0372128 USD exact" in done.stdout
    (veo,) = [line for line in done.stdout.splitlines() if line.startswith("evt_vid_0001")]
    assert veo.split() == ["evt_vid_0001", "video_seconds", "veo_3_1_lite_1080p_sec", "8", "0.64"]
    assert "evt_vid_0002: no_price (no price on the plan matches)" in done.stdout
    assert 'hint: model "kling-v2-6" is near "kling-v2-5-turbo" (price kling_v2_5_turbo_std_sec)' in done.stdout


def test_seed_fills_a_state_file_with_literal_ids(serve: Callable[..., Process], tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    assert "12 meters" in run("seed", "--db", state, "--key", "demo").stdout
    again = run("seed", "--db", state, "--key", "demo")
    assert again.returncode == 1
    assert "already" in again.stderr
    process = serve("--db", state)
    assert process.send("GET", "/v1/meters/meter_img_count", key="demo").json()["name"] == "image_count"
    assert process.send("GET", "/v1/meters/meter_img_count", key="other").status_code == 404


def test_a_catalogue_fills_every_new_environment(serve: Callable[..., Process]) -> None:
    process = serve("--catalog", str(catalog_path("models")))
    for key in ("one", "two"):
        assert process.send("GET", "/v1/plans/plan_ai_models", key=key).status_code == 200
        assert process.send("GET", "/v1/prices", key=key).json()["pagination"]["total"] == 23
    process.send("DELETE", "/v1/plans/plan_ai_models", key="one")
    process.send("POST", "/_mock/reset", key="one")
    assert process.send("GET", "/v1/plans/plan_ai_models", key="one").json()["status"] == "published"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object is expected"),
        ('{"meters": {}}', "must be an array"),
        ('{"meters": [{"name": "x"}]}', "meters[0] needs an id"),
        ('{"meters": [{"id": "m", "name": "x", "event_name": "e", "aggregation": {"type": "SUM"}}]}', "meter m"),
        ('{"plans": [{"id": "p", "name": "P", "prices": [{"id": "q", "type": "USAGE"}]}]}', "price q"),
    ],
)
def test_a_broken_catalogue_is_said_plainly(tmp_path: Path, text: str, said: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text)
    done = run("serve", "--port", "0", "--catalog", str(broken))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_openapi_is_printed() -> None:
    document = json.loads(run("openapi").stdout)
    assert document["openapi"].startswith("3.")
    assert "/v1/subscriptions/usage" in document["paths"]


def test_version() -> None:
    assert run("--version").stdout.strip() == f"flexprice-mock, version {__version__}"


def test_explain_prints_events_subscriptions_and_the_unbilled(serve: Callable[..., Process]) -> None:
    process = serve("--catalog", str(catalog_path("documented")))
    asking = ("--url", process.url, "--key", "k")
    event = {"event_name": "video_generated", "external_customer_id": "c", "event_id": "e/1", "properties": {}}
    assert process.send("POST", "/v1/events", key="k", json=event).status_code == 202
    shown = run("explain", "unbilled", *asking)
    assert "1 events are billed by nobody" in shown.stdout, shown.stderr
    assert "1 customer_unknown: no customer has the event's external customer id" in shown.stdout
    process.send("POST", "/v1/events", key="k", json={**event, "event_id": "e-2"})
    told = run("explain", "event", "e-2", *asking).stdout
    assert "not billed (customer_unknown): no customer has" in told
    missing = run("explain", "subscription", "none", *asking)
    assert (missing.returncode, "Error: no subscription" in missing.stderr) == (1, True)
    nobody = run("explain", "event", "x", "--url", "http://127.0.0.1:9", "--key", "k")
    assert (nobody.returncode, "no server answers" in nobody.stderr) == (1, True)
