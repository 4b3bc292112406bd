"""A server in a thread of a test's process ends cleanly, whenever it is told to."""

from __future__ import annotations

import threading
import time

import pytest
import requests
from waitress import trigger

from mockserver.app import create_app
from mockserver.serving import background
from mockserver.settings import Settings
from mockserver.store.store import Store


def test_it_ends_though_somebody_else_wakes_its_loop_first(monkeypatch: pytest.MonkeyPatch) -> None:
    pull = trigger.trigger._physical_pull

    def twice(waker: trigger.trigger) -> None:
        pull(waker)
        time.sleep(0.05)
        pull(waker)

    before, store = threading.active_count(), Store()
    with background(create_app(Settings(), store)) as url:
        assert requests.get(f"{url}/health", timeout=10).ok
        monkeypatch.setattr(trigger.trigger, "_physical_pull", twice)
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/health", timeout=10)
    store.close()
