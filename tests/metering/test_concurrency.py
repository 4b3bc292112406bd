"""Many at once: threads of one process, and processes on one state file, lose and double nothing."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

from flask import Flask

from mockserver.app import create_app
from mockserver.divergences import Divergences
from mockserver.settings import Settings
from mockserver.store.store import Store
from tests.conftest import Api

KEY, EACH, WORKERS = "shared-key", 60, 4
MONTH = {"start_time": "2026-04-01T00:00:00Z", "end_time": "2026-05-01T00:00:00Z"}


def _event(event_id: str, second: int, value: Any) -> dict[str, Any]:
    return {
        "event_name": "call",
        "external_customer_id": "c1",
        "event_id": event_id,
        "timestamp": f"2026-04-10T10:{second // 60:02d}:{second % 60:02d}Z",
        "properties": {"n": value, "who": event_id[0]},
    }


def _send(app: Flask, worker: int) -> None:
    """Events of this worker's own, one by one and in batches, and some that every worker sends."""
    api = Api(app, KEY)
    for number in range(EACH):
        api.made("/v1/events", _event(f"w{worker}-{number}", number, "0.1"))
    batch = [_event(f"b{worker}-{number}", number, 2) for number in range(EACH)]
    api.made("/v1/events/bulk", {"events": batch})
    for number in range(EACH):
        api.made("/v1/events", _event(f"common-{number}", number, 1000))


def _meters(api: Api) -> list[str]:
    kinds: list[dict[str, Any]] = [
        {"type": "SUM", "field": "n"},
        {"type": "COUNT"},
        {"type": "MAX", "field": "n"},
        {"type": "COUNT_UNIQUE", "field": "who"},
    ]
    made = []
    for aggregation in kinds:
        body = {"name": "M", "event_name": "call", "aggregation": aggregation, "reset_usage": "BILLING_PERIOD"}
        made.append(api.made("/v1/meters", body)["id"])
    return made


def _usage(api: Api, meters: list[str]) -> list[tuple[str, int]]:
    answer = api.made("/v1/events/analytics", {"external_customer_id": "c1", **MONTH})
    found = {item["meter_id"]: (item["total_usage"], item["event_count"]) for item in answer["items"]}
    return [found[meter] for meter in meters]


def _expected(workers: int) -> list[tuple[str, int]]:
    own, common = workers * EACH, EACH
    whole = common * 1000 + own * 2
    tenths = own
    total = f"{whole + tenths // 10}" + (f".{tenths % 10}" if tenths % 10 else "")
    events = 2 * own + common
    return [(total, events), (str(events), events), ("1000", events), ("3", events)]


def test_threads_lose_nothing() -> None:
    store = Store()
    app = create_app(Settings(Divergences("documented")), store)
    api = Api(app, KEY)
    meters = _meters(api)
    threads = [threading.Thread(target=_send, args=(app, worker)) for worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _usage(api, meters) == _expected(WORKERS)
    listed = api.made("/v1/events/query", {**MONTH, "page_size": 5000})
    assert listed["total_count"] == (2 * WORKERS + 1) * EACH
    store.close()


def _in_process(path: Path, worker: int) -> None:
    store = Store(path)
    _send(create_app(Settings(Divergences("documented")), store), worker)
    store.close()


def test_processes_on_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = Store(path)
    api = Api(create_app(Settings(Divergences("documented")), store), KEY)
    meters = _meters(api)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_in_process, args=(path, worker)) for worker in range(2)]
    for worker in workers:
        worker.start()
    _send(api.app, 2)
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert _usage(api, meters) == _expected(3)
    store.close()
