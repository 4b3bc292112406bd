"""What an installation brings: the suite inside the package, nothing under a name of its own, everything declared."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = "payload-01"

Python = Callable[..., subprocess.CompletedProcess[str]]


def _site_packages(venv: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)}))


def _environment(folder: Path) -> Python:
    """A virtual environment that has the dependencies of this one and none of its editable installs: files of paths
    are read in an environment's own folder only. Programs run in an empty folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    shared = _site_packages(folder / "venv") / "shared.pth"
    shared.write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    (folder / "empty").mkdir()

    def python(*words: str, cwd: Path = folder / "empty") -> subprocess.CompletedProcess[str]:
        interpreter = str(folder / "venv" / "bin" / "python")
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run([interpreter, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)

    return python


def _built(version: str, folder: Path) -> Path:
    words = [sys.executable, "-m", "hatchling", "build", "-t", f"wheel:{version}", "-d", str(folder / "dist")]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def _installed(version: str, folder: Path) -> Python:
    python = _environment(folder)
    shutil.unpack_archive(_built(version, folder), _site_packages(folder / "venv"), "zip")
    return python


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Where the wheel was installed."""
    return _installed("standard", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Python:
    """Where the checkout was installed as editable."""
    return _installed("editable", tmp_path_factory.mktemp("editable"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Python:
    """In a checkout where nothing was installed but the dependencies."""
    python = _environment(tmp_path_factory.mktemp("checkout"))
    return lambda *words: python(*words, cwd=ROOT)


def test_a_wheel_takes_one_name_in_site_packages(wheel: Python) -> None:
    taken = wheel("-c", "import contracts")
    assert "No module named 'contracts'" in taken.stderr
    listed = wheel(
        "-c", "import pathlib, mockserver; print(*pathlib.Path(mockserver.__file__).parents[1].iterdir(), sep='\\n')"
    )
    names = {Path(line).name for line in listed.stdout.splitlines()}
    assert {name for name in names if Path(name).suffix not in (".dist-info", ".pth")} == {"mockserver"}


@pytest.mark.parametrize("how", ["wheel", "editable", "checkout"])
def test_the_suite_runs(how: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    python: Python = request.getfixturevalue(how)
    page = tmp_path / "report.html"
    words = ["-m", "mockserver.cli", "contracts", "run", "--case", SAMPLE]
    ran = python(*words, "--runs", str(tmp_path), "--html", str(page))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"\b1 pass", ran.stdout), ran.stdout
    assert "<html" in page.read_text(encoding="utf-8")


def test_a_folder_called_contracts_is_not_taken_for_the_suite(wheel: Python, tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "__init__.py").write_text("raise SystemExit('somebody else')", encoding="utf-8")
    ran = wheel("-m", "mockserver.cli", "contracts", "run", "--help", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {re.split(r"[<>=\[;~! ]", words)[0].lower() for one in lists for words in one}


def _imported(folder: str) -> set[str]:
    """The distributions a folder's modules import, on top or inside; recipes belong to the libraries they are for."""
    of = packages_distributions()
    found: set[str] = set()
    for file in (ROOT / folder).rglob("*.py"):
        if "recipes" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module or "")
    tops = {name.split(".")[0] for name in found} - set(sys.stdlib_module_names)
    own = {"mockserver", "contracts", "tests", "benchmarks"}
    return {of.get(top, [top])[0].lower() for top in tops - own}


@pytest.mark.parametrize(
    ("folder", "declared"),
    [
        # The plugin is loaded by pytest, and gives the official client to those who have it.
        ("mockserver", _declared() | {"pytest", "flexprice"}),
        ("contracts", _declared("contracts")),
    ],
)
def test_what_is_imported_is_declared(folder: str, declared: set[str]) -> None:
    assert _imported(folder) <= declared
