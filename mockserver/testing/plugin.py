"""The pytest plugin: ``flexprice_server`` and ``flexprice``.

pytest loads this module in every run of a project that has the emulator installed. It therefore imports nothing but
pytest; the server and its dependencies are loaded by the first test that asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.testing.environment import Environment
    from mockserver.testing.servers import Server, Servers

MODES = ("inprocess", "subprocess")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("flexprice", "the Flexprice emulator")
    group.addoption("--flexprice-mode", choices=MODES, help="where the server runs; overrides flexprice_mode")
    group.addoption("--flexprice-profile", metavar="NAME", help="documented or upstream; overrides flexprice_profile")
    group.addoption("--flexprice-url", metavar="URL", help="use the emulator that runs there; overrides flexprice_url")
    group.addoption("--flexprice-key", metavar="PATTERN", help="the keys that server takes; overrides flexprice_key")
    parser.addini("flexprice_mode", "inprocess (default) or subprocess", default="inprocess")
    parser.addini("flexprice_profile", "documented (default) or upstream", default="")
    parser.addini("flexprice_divergences", "switches to flip, one ID=on or ID=off a line", type="linelist", default=[])
    parser.addini("flexprice_catalog", "what fills every test's environment: models, documented or a file", default="")
    parser.addini("flexprice_now", "the time at which every test starts (RFC3339)", default="")
    parser.addini("flexprice_url", "an emulator that already runs, such as a container", default="")
    parser.addini("flexprice_key", "the keys that emulator takes, such as ci-*", default="pytest-*")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "flexprice(profile=, divergences=, catalog=, now=): the emulator that this test's `flexprice` fixture uses",
    )


@pytest.fixture(scope="session")
def _flexprice_servers(pytestconfig: pytest.Config) -> Iterator[Servers]:
    from mockserver.testing.servers import Servers

    servers = Servers.configured(pytestconfig)
    yield servers
    servers.close()


@pytest.fixture(scope="session")
def flexprice_server(_flexprice_servers: Servers) -> Server:
    """The run's server (under pytest-xdist the worker's own): ``url``, ``base_url`` and ``environment()``."""
    return _flexprice_servers.default()


@pytest.fixture
def flexprice(request: pytest.FixtureRequest, _flexprice_servers: Servers) -> Iterator[Environment]:
    """An environment of the test's own on the run's server."""
    from mockserver.testing.wishes import Wishes

    wishes = Wishes.of(request)
    server = _flexprice_servers.get(wishes.profile, wishes.divergences)
    with server.environment(catalog=wishes.catalog, now=wishes.now) as environment:
        yield environment
