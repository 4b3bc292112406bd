"""A browser on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import fixtures, serving
from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.settings import Settings
from mockserver.store.store import Store

from .browser import CHROMIUM, DRIVER, MISSING, Browser, driver


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """A served emulator with the documents' meters in every environment and a journal; its URL."""
    store = Store()
    settings = Settings(Divergences("documented"), catalog=fixtures.catalog_path("documented"), journal=100)
    with serving.background(create_app(settings, store)) as url:
        yield url
    store.close()


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None or DRIVER is None:
        pytest.skip(MISSING)
    with driver() as base:
        opened = Browser(base, Path(tmp_path_factory.mktemp("chromium")))
        try:
            yield opened
        finally:
            opened.quit()


@pytest.fixture
def browser(window: Browser, site: str) -> Browser:
    """The browser on the dashboard, with nothing remembered of earlier tests."""
    window.size(1280)
    window.prefers("light")
    window.open(f"{site}/_mock/")
    window.run("sessionStorage.clear(); localStorage.clear(); history.replaceState(null, '', location.pathname)")
    window.open(f"{site}/_mock/")
    window.log()
    return window
