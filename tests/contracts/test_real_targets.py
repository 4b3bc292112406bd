"""Runs against a stand-in for a real server that is late, fails now and then, asks to wait and forgets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import contracts
from contracts import loading, runner
from contracts.cli import main
from contracts.connection import KeyRefused, Unreachable
from contracts.ledger import Ledger
from contracts.negative import play
from contracts.opening import Choice, opened
from contracts.runner import DRIFT, KNOWN, PASS, SKIPPED, Patience
from contracts.targets import ProductionRefused, check_base
from tests.contracts.standin import KEY, StandIn, standing_in

CASES = loading.load()
NOTHING = {"customers": 0, "plans": 0, "features": 0, "prices/units": 0, "prices": 0, "subscriptions": 0}


def choice(base: str, folder: Path, **more: Any) -> Choice:
    return Choice(base_url=f"{base}/v1", api_key=KEY, rate=0, folder=folder, **more)


def cli(base: str, folder: Path, *words: str, env: dict[str, str | None] | None = None) -> Any:
    given = {"FLEXPRICE_BASE_URL": base, "FLEXPRICE_API_KEY": KEY, "FLEXPRICE_ENVIRONMENT_ID": None, **(env or {})}
    with_rate = ("--rate", "0") if words[0] in ("run", "record", "clean") else ()
    return CliRunner().invoke(main, [*words, *with_rate, "--runs", str(folder)], env=given)


def test_every_case_holds_on_a_server_that_is_late_and_fails_now_and_then(tmp_path: Path) -> None:
    stand_in = StandIn(late=0.2, fail_every=41, wait_every=29)
    with standing_in(stand_in) as base:
        with opened("real", choice(base, tmp_path)) as target:
            results = [runner.play(target, case, CASES, Patience(10)) for case in CASES.values()]
        problems = [text for result in results for text in result.problems()]
        assert not problems, "\n".join(problems[:20])
        verdicts = [result.verdict for result in results]
        assert verdicts.count(KNOWN) > 20
        assert all(result.case.only == "mock" for result in results if result.verdict == SKIPPED)
        assert stand_in.failed > 5
        assert stand_in.asked_to_wait > 5
        assert any(step.answer.retries for result in results for step in result.steps)
        assert any(step.waited > 0.1 for result in results for step in result.steps)
        assert stand_in.left() == NOTHING


def test_a_forgotten_event_is_drift_after_the_limit_and_is_named(tmp_path: Path) -> None:
    heard: list[str] = []
    with standing_in(StandIn(late=0.1, forgets="clip_1")) as base, opened("real", choice(base, tmp_path)) as target:
        case = CASES["scenario-month-from-plan-to-bill"]
        started = time.monotonic()
        result = runner.play(target, case, CASES, Patience(1.0, heard.append))
        assert 1.0 < time.monotonic() - started < 15
    assert result.verdict == DRIFT
    assert any("never listed: clip_1" in text for text in result.problems())
    assert any("waiting for usage" in text for text in heard)


def test_requests_keep_below_the_rate(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        given = choice(base, tmp_path)
        given.rate = 25
        with opened("real", given) as target:
            runner.play(target, CASES["error-not-found"], CASES)
    times = [moment for moment, request in stand_in.seen if request.startswith("GET")][1:]
    assert len(times) > 5
    assert (times[-1] - times[0]) / (len(times) - 1) > 0.035


def test_ids_are_unique_and_dates_are_moved(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        for _ in range(2):
            with opened("real", choice(base, tmp_path, keep=True)) as target:
                for name in ("payload-01-create-customer", "scenario-late-event"):
                    assert runner.play(target, CASES[name], CASES, Patience(3)).verdict == PASS
        customers = stand_in.ask("POST", "/v1/customers/search", {"limit": 100})["items"]
        assert len({customer["external_id"] for customer in customers}) == 4
        subscription = stand_in.ask("POST", "/v1/subscriptions/search", {})["items"][0]
        assert not subscription["start_date"].startswith("2026-04")


def interrupted(stand_in: StandIn, given: Choice) -> None:
    with opened("real", given) as target:
        runner.play(target, CASES["scenario-unit-in-credits"], CASES, Patience(3))
        assert stand_in.left() != NOTHING
        raise KeyboardInterrupt


def test_what_an_interrupted_run_made_is_archived(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        with pytest.raises(KeyboardInterrupt):
            interrupted(stand_in, choice(base, tmp_path))
        assert stand_in.left() == NOTHING


def test_a_run_that_is_told_to_end_archives_what_it_made(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        words = [sys.executable, "-m", "mockserver.cli", "contracts", "run", "--target", "real", "--rate", "60"]
        env = {**os.environ, "FLEXPRICE_BASE_URL": base, "FLEXPRICE_API_KEY": KEY}
        root = Path(contracts.__file__).parent.parent
        with subprocess.Popen(
            [*words, "--runs", str(tmp_path)], env=env, cwd=root, stderr=subprocess.DEVNULL
        ) as running:
            deadline = time.monotonic() + 20
            while len(stand_in.seen) < 60 and time.monotonic() < deadline:
                time.sleep(0.05)
            assert stand_in.left() != NOTHING
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) != 0
        assert stand_in.left() == NOTHING


def test_a_run_is_archived_later_from_its_record(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        kept = cli(base, tmp_path, "run", "--target", "real", "--case", "scenario-resent", "--keep")
        assert kept.exit_code == 0, kept.output
        assert stand_in.left() != NOTHING
        name = next(path.name for path in tmp_path.iterdir())
        assert "contracts clean " + name in kept.output
        cleaned = cli(base, tmp_path, "clean", name)
        assert cleaned.exit_code == 0, cleaned.output
        assert stand_in.left() == NOTHING
        assert cli(base, tmp_path, "clean", name).output.strip() == f"nothing of run {name} is left"
    assert cli(base, tmp_path, "clean", "r00000").exit_code == 2


def test_a_create_without_an_answer_is_found_by_its_key(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        given = choice(base, tmp_path)
        with opened("real", given):
            stand_in.ask("POST", "/v1/customers", {"external_id": "lost", "name": "Lost"})
            Ledger(given.run, tmp_path).intend("/v1/customers", {"external_id": "lost"})
        assert stand_in.left() == NOTHING


def test_a_record_cut_off_in_mid_line_is_read(tmp_path: Path) -> None:
    ledger = Ledger("r1", tmp_path)
    ledger.start("http://localhost", None)
    ledger.answered("/v1/plans", {"lookup_key": "a"}, {"id": "plan_1"})
    with ledger.file.open("a") as out:
        out.write('{"made": "plan_2", "pa')
    assert [made.id for made in ledger.left()] == ["plan_1"]


def test_nobody_there_is_said_once_with_its_own_exit_code(tmp_path: Path) -> None:
    result = cli("http://127.0.0.1:9", tmp_path, "run", "--target", "real")
    assert result.exit_code == Unreachable.exit_code == 3
    assert result.output.count("does not answer") == 1


def test_a_refused_key_is_said_once_with_its_own_exit_code(tmp_path: Path) -> None:
    with standing_in(StandIn()) as base:
        result = cli(base, tmp_path, "run", "--target", "real", env={"FLEXPRICE_API_KEY": "sk_wrong_and_private"})
    assert result.exit_code == KeyRefused.exit_code == 4
    assert result.output.count("refuses the key") == 1
    assert "sk_wrong_and_private" not in result.output


@pytest.mark.parametrize(
    "base",
    ["https://us.api.flexprice.io/v1", "https://billing.example.com", "http://8.8.8.8:8080"],
)
def test_production_is_refused(base: str, tmp_path: Path) -> None:
    with pytest.raises(ProductionRefused):
        check_base(base, production=False)
    check_base(base, production=True)
    result = cli(base, tmp_path, "run", "--target", "real")
    assert result.exit_code == 2
    assert "--i-know-this-is-production" in result.output


@pytest.mark.parametrize(
    "base",
    ["http://localhost:8080/v1", "http://10.1.2.3", "https://sandbox.example.com", "https://api-sandbox.example.com", "http://flexprice:8080"],
)  # fmt: skip
def test_sandboxes_and_local_servers_are_not(base: str) -> None:
    check_base(base, production=False)


def test_the_key_is_in_no_output(tmp_path: Path) -> None:
    with standing_in(StandIn()) as base:
        words = (
            "--case",
            "error-",
            "--case",
            "payload-01",
            "--html",
            str(tmp_path / "r.html"),
            "--markdown",
            str(tmp_path / "r.md"),
        )
        ran = cli(base, tmp_path / "runs", "run", "--target", "real", *words)
        assert ran.exit_code == 0, ran.output
        recorded = cli(base, tmp_path / "runs", "record", "--case", "error-", "--out", str(tmp_path / "recorded"))
        assert recorded.exit_code == 0, recorded.output
    assert KEY not in ran.output + recorded.output
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if KEY in path.read_text(encoding="utf-8")]


def test_a_recording_stands_in_for_the_target(tmp_path: Path) -> None:
    with standing_in(StandIn(late=0.1)) as base:
        words = ("--case", "scenario-", "--case", "payload-", "--wait", "5", "--out", str(tmp_path / "recorded"))
        recorded = cli(base, tmp_path / "runs", "record", *words)
        assert recorded.exit_code == 0, recorded.output
    played = CliRunner().invoke(
        main, ["diff", "mock:upstream", f"recording:{tmp_path / 'recorded'}", "--runs", str(tmp_path / "runs")]
    )
    assert played.exit_code == 0, played.output
    one = json.loads((tmp_path / "recorded" / "scenario-tier-boundary.json").read_text())
    assert one["steps"][-1]["response"]["amount"] == 80.08
    one["steps"][-1]["response"]["amount"] = 80.09
    (tmp_path / "recorded" / "scenario-tier-boundary.json").write_text(json.dumps(one))
    played = CliRunner().invoke(
        main,
        ["diff", f"recording:{tmp_path / 'recorded'}", "mock:upstream", "--runs", str(tmp_path / "runs"), "--quiet"],
    )
    assert played.exit_code == 1
    assert "amount: 80.09 / 80.08" in played.output


def test_every_mutation_holds_on_a_server_that_is_shared(tmp_path: Path) -> None:
    stand_in = StandIn()
    with standing_in(stand_in) as base:
        with opened("real", choice(base, tmp_path)) as target:
            outcomes = [outcome for number in ("01", "03", "06", "15", "16", "22") for outcome in play(target, number)]
        drifts = [(one.name, one.fields) for outcome in outcomes for one in outcome.exchanges if one.verdict == DRIFT]
        assert drifts == []
        assert sum(len(outcome.exchanges) for outcome in outcomes) > 300
        assert stand_in.left() == NOTHING


def test_the_emulator_and_a_server_that_behaves_like_it_do_not_differ(tmp_path: Path) -> None:
    with standing_in(StandIn(late=0.05)) as base:
        compared = cli(base, tmp_path, "diff", "mock:upstream", "real", "--quiet", "--wait", "5", "--rate", "0")
    assert compared.exit_code == 0, compared.output
