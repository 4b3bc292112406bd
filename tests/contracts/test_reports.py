"""The report in a real browser, and what it and the command line say about drift."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts import outcomes, report
from contracts.cli import main
from mockserver.divergences import REGISTER

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def cli(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(main, [*words, "--runs", str(folder / "runs")])


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> outcomes.Report:
    """Three cases against recordings of which one has been changed: a pass, a known divergence and a drift."""
    folder = tmp_path_factory.mktemp("drifted")
    names = ("payload-01", "payload-03", "scenario-tier")
    words = [word for name in names for word in ("--case", name)]
    recorded = cli(folder, "record", "--target", "mock", "--out", str(folder / "recorded"), *words)
    assert recorded.exit_code == 0, recorded.output
    file = folder / "recorded" / "scenario-tier-boundary.json"
    data = json.loads(file.read_text())
    data["steps"][-1]["response"]["amount"] = 80.09
    data["steps"][-1]["response"]["charges"][0]["extra"] = "<script>alert('here')</script>"
    file.write_text(json.dumps(data))
    compared = cli(folder, "diff", f"recording:{folder / 'recorded'}", "mock:documented")
    assert compared.exit_code == 1, compared.output
    (results,) = (folder / "runs").rglob("results.json")
    return outcomes.read_report(results)


def test_the_page_shows_both_answers_side_by_side_and_marks_what_differs(drifted: outcomes.Report) -> None:
    page = report.html(drifted)
    marked = re.findall(r"<mark>(.*?)</mark>", page)
    assert "80.09" in marked
    assert "80.08" in marked
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import""", page)


def test_markdown_names_the_fields(drifted: outcomes.Report) -> None:
    text = report.markdown(drifted)
    assert "| `scenario-tier-boundary` | `POST /v1/subscriptions/usage` | `amount` | `80.09` | `80.08` |" in text


def _browse(words: list[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_page(drifted: outcomes.Report, tmp_path: Path) -> None:
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    page.write_text(report.html(drifted), encoding="utf-8")
    flags = [str(CHROMIUM), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    shown = subprocess.run(
        [*flags, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    assert shown.stdout.count('<details class="case') == 3
    assert re.search(r'<details class="case drift" open', shown.stdout)
    size = "--window-size=1200,1000"
    subprocess.run(
        [*flags, size, f"--screenshot={picture}", page.as_uri()], capture_output=True, timeout=120, check=True
    )
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000


def test_the_profiles_differ_in_the_register_s_entries_and_nothing_else(tmp_path: Path) -> None:
    compared = cli(tmp_path, "diff", "mock:documented", "mock:upstream", "--html", str(tmp_path / "d.html"))
    assert compared.exit_code == 0, compared.output
    (results,) = tmp_path.rglob("results.json")
    found = outcomes.read_report(results)
    assert set(found.register()) == {entry.id for entry in REGISTER}
    assert all(exchange.register for one in found.outcomes for exchange in one.exchanges if exchange.fields)


def test_a_report_can_be_made_again_later(tmp_path: Path) -> None:
    ran = cli(tmp_path, "run", "--case", "error-no-key", "--quiet")
    assert ran.exit_code == 0, ran.output
    (results,) = tmp_path.rglob("results.json")
    again = cli(tmp_path, "report", results.parent.name)
    assert again.exit_code == 0
    assert "| 1 | 0 | 0 | 0 |" in again.output
    assert cli(tmp_path, "report", "r00000").exit_code == 2


def test_known_divergences_alone_are_no_failure(tmp_path: Path) -> None:
    ran = cli(tmp_path, "run", "--profile", "upstream", "--case", "divergence-", "--quiet")
    assert ran.exit_code == 0, ran.output
    assert "known divergence" in ran.output
