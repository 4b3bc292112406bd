"""A project of ten tests that uses the plugin, run as its users run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.demo import running
from mockserver.divergences import Divergences
from mockserver.settings import Settings

ROOT = Path(__file__).parents[2]
SAMPLE = Path(__file__).with_name("sample")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """pytest in a project of its own, a copy of the sample unless ``files`` are given."""

    def start(*arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
        project = tmp_path / "project"
        if files:
            project.mkdir()
            for name, text in files.items():
                (project / name.replace("_ini", ".ini").replace("_py", ".py")).write_text(text)
        else:
            shutil.copytree(SAMPLE, project)
        # Without the other plugins of this environment: they are slow to load and no part of what is tested.
        load = ("-p", "mockserver.testing.plugin", "-p", "xdist")
        variables = {
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "FLEXPRICE_MOCK_DB": "/nowhere/at/all",
        }
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *load, *arguments],
            cwd=project,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start


@pytest.mark.parametrize(
    "arguments",
    [("-n", "2"), ("-n", "2", "--flexprice-mode", "subprocess")],
    ids=["in-process", "subprocess"],
)
def test_the_sample_passes_on_two_workers(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert "10 passed" in done.stdout, done.stdout + done.stderr


def test_workers_may_share_a_server_that_already_runs(run: Run) -> None:
    with running(Settings(Divergences("documented"))) as url:
        done = run("-n", "2", "--flexprice-url", f"{url}/v1")
    # The two tests that want another profile or switch cannot have it there, and say so.
    assert "8 passed, 2 errors" in done.stdout, done.stdout + done.stderr
    assert f"the emulator at {url} has the documented profile, not upstream" in done.stdout
    assert f"the emulator at {url} does not have price-filter-values-ignored on" in done.stdout


LIGHT = """
import sys
import tomllib

def test_nothing_is_loaded():
    mine = sorted(name for name in sys.modules if name.split(".")[0] == "mockserver")
    assert mine == ["mockserver", "mockserver.testing", "mockserver.testing.plugin"]
    assert not {"flask", "requests", "flexprice", "sqlite_utils"} & set(sys.modules)
"""


def test_runs_that_do_not_use_the_plugin_load_nothing(run: Run) -> None:
    done = run("--strict-markers", "--strict-config", "-W", "error", test_light_py=LIGHT)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("ini", "test", "said"),
    [
        ("flexprice_mode = remote", "", "flexprice_mode must be inprocess or subprocess, not 'remote'"),
        ("flexprice_profile = real", "", "the profile must be documented or upstream, not 'real'"),
        ("flexprice_divergences = price-filter-values-ignored", "", "takes ID=on or ID=off"),
        ("flexprice_divergences = nothing=on", "", "nothing"),
        ("flexprice_url = http://127.0.0.1:9", "", "no emulator answers at http://127.0.0.1:9"),
        ("", "@pytest.mark.flexprice('upstream')", "takes profile=, divergences=, catalog= and now= only"),
        ("", "@pytest.mark.flexprice(mode='x')", "only, not mode"),
        ("flexprice_now = yesterday", "", "now must be an RFC3339 time"),
        ("flexprice_catalog = nowhere.json", "", "nowhere.json"),
    ],
)
def test_a_wrong_setting_is_named(run: Run, ini: str, test: str, said: str) -> None:
    body = f"import pytest\n\n{test}\ndef test_it(flexprice):\n    flexprice.get('/customers')\n"
    done = run(pytest_ini=f"[pytest]\n{ini}\n", test_it_py=body)
    assert done.returncode == 1
    assert said in done.stdout, done.stdout + done.stderr


def test_an_installed_emulator_brings_the_plugin() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert declared["pytest11"] == {"flexprice": "mockserver.testing.plugin"}
