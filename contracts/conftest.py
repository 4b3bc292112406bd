"""``pytest contracts --target mock|real``: options, and the one target all cases of a session are played on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.divergences import PROFILES

from . import opening
from .connection import Stop
from .ledger import DEFAULT_FOLDER
from .runner import Patience
from .targets import ProductionRefused, Target


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contracts", "the Flexprice contract suite")
    group.addoption("--target", choices=["mock", "real"], default="mock", help="what the cases are played on")
    group.addoption("--profile", choices=PROFILES, default=PROFILES[0], help="profile of a mock started here")
    group.addoption("--base-url", default="", help="a running target; for real also FLEXPRICE_BASE_URL")
    group.addoption("--api-key", default="", help="better given as FLEXPRICE_API_KEY")
    group.addoption("--environment-id", default="", help="also FLEXPRICE_ENVIRONMENT_ID")
    group.addoption("--rate", type=float, default=5.0, help="most requests a second to a real target; 0: no limit")
    group.addoption("--wait", type=float, default=60.0, help="seconds to wait for usage to appear")
    group.addoption("--i-know-this-is-production", action="store_true", help="run against any base URL")
    group.addoption("--runs", type=Path, default=DEFAULT_FOLDER, help="folder for the records of runs")
    group.addoption("--recordings", action="store_true", help="also play the shipped recordings of a real server")


def _terminal(config: pytest.Config, text: str) -> None:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(text)


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Iterator[Target]:
    """The target; if it cannot be had, that is said once and the session ends with the suite's own exit code."""
    option = pytestconfig.getoption
    choice = opening.Choice(
        base_url=option("--base-url"),
        api_key=option("--api-key"),
        environment_id=option("--environment-id"),
        rate=option("--rate"),
        production=option("--i-know-this-is-production"),
        folder=option("--runs"),
        say=lambda text: _terminal(pytestconfig, text),
    )
    kind = option("--target")
    words = kind if kind == "real" or choice.base_url else f"mock:{option('--profile')}"
    try:
        with opening.opened(words, choice) as opened:
            yield opened
    except Stop as stop:
        pytest.exit(str(stop), returncode=stop.exit_code)
    except (ProductionRefused, opening.BadTarget) as refused:
        pytest.exit(str(refused), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session")
def recorded_target(pytestconfig: pytest.Config) -> Iterator[Target]:
    """An emulator as bare as the server was that the recordings were made on."""
    with opening.opened("mock:upstream", opening.Choice(bare=True)) as opened:
        yield opened


@pytest.fixture(scope="session")
def patience(pytestconfig: pytest.Config) -> Patience:
    """How long to wait for usage; progress goes to the terminal."""
    return Patience(pytestconfig.getoption("--wait"), lambda text: _terminal(pytestconfig, text))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A target that is gone ends the session at once instead of failing every case."""
    try:
        return (yield)
    except Stop as stop:
        pytest.exit(str(stop), returncode=stop.exit_code)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "recording" in metafunc.fixturenames:
        from . import recordings

        if metafunc.config.getoption("--recordings"):
            loaded = list(recordings.load())
            metafunc.parametrize("recording", loaded, ids=[f"{one.topic}/{one.name}" for one in loaded])
        else:
            # Recordings are a folder the user names; a report without this line would look as if they had been played.
            skip = pytest.mark.skip(reason="recordings are played with --recordings")
            metafunc.parametrize("recording", [pytest.param(None, marks=skip)], ids=["none"])
