"""Apps with settings of their own, and real servers with workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.store.store import Store

from ..cli.conftest import serve as serve
from ..conftest import Api

METER = {
    "name": "M",
    "event_name": "call",
    "aggregation": {"type": "SUM", "field": "n"},
    "reset_usage": "BILLING_PERIOD",
}
CLOCK = "2026-04-14T00:00:00Z"


@pytest.fixture
def app_with(tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """``app_with(journal=5)``: a server of its own with other settings."""
    stores = []

    def make(**changes: Any) -> Api:
        store = Store()
        stores.append(store)
        return Api(create_app(replace(Settings(), **changes), store), "key")

    yield make
    for store in stores:
        store.close()
