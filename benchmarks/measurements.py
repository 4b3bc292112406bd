"""The measurements. Each takes running servers and adds to a report; what is compared is taken in turns, so that both
sides see the same machine."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

from benchmarks import workload
from benchmarks.client import drive, post_bytes
from benchmarks.report import Report
from benchmarks.servers import Server, mock, start_once
from benchmarks.workload import BATCH, Billed

CONNECTIONS = 8


class RawTable:
    """The bulk measurement's events in one table indexed by event id, stored by nothing but ``sqlite3``: no HTTP, no
    JSON, no meters. The connection is set up as the server's is."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        for setting in ("synchronous=OFF", "cache_size=-32000", "wal_autocheckpoint=4000"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute(
            "CREATE TABLE events (event_id TEXT PRIMARY KEY, time TEXT, event_name TEXT, external_customer_id TEXT,"
            " source TEXT, properties TEXT)"
        )

    def store(self, batches: Sequence[Sequence[dict[str, object]]]) -> float:
        """Seconds to store the batches, one transaction and one executemany each."""
        rows = [
            [
                (
                    event["event_id"],
                    event["timestamp"],
                    event["event_name"],
                    event["external_customer_id"],
                    event["source"],
                    json.dumps(event["properties"]),
                )
                for event in batch
            ]
            for batch in batches
        ]
        started = time.perf_counter()
        for batch in rows:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", batch)
            self._connection.execute("COMMIT")
        return time.perf_counter() - started


def _send_bulk(server: Server, key: str, batches: Sequence[Sequence[dict[str, object]]]) -> float:
    bodies = [json.dumps({"events": batch}).encode() for batch in batches]
    client = server.client(key)
    seconds = sum(client.timed("POST", "/v1/events/bulk", body) for body in bodies)
    client.close()
    return seconds


def _batches(events: Iterable[dict[str, object]], batches_a_round: int) -> Iterable[list[list[dict[str, object]]]]:
    batched = iter(lambda: list(itertools.islice(events, BATCH)), [])
    return iter(lambda: list(itertools.islice(batched, batches_a_round)), [])


def bulk_ingest(report: Report, server: Server, key: str, billed: Billed, count: int, folder: Path, label: str) -> None:
    """Load ``count`` events, in turns with the raw table."""
    raw = RawTable(folder)
    raw_rates: list[float] = []
    rates: list[float] = []
    for batches in _batches(workload.events(billed.external_id, count, "bulk"), 20):
        size = sum(map(len, batches))
        raw_rates.append(size / raw.store(batches))
        rates.append(size / _send_bulk(server, key, batches))
    detail = f"{median(rates):,.0f} of {median(raw_rates):,.0f} events/s"
    report.at_least(
        f"bulk ingest over HTTP, 1,000 events a request{label}", median(rates) / median(raw_rates), 0.4, detail
    )
    edge = max(1, len(rates) // 10)
    first, last = (1000 * BATCH / median(part) for part in (rates[:edge], rates[-edge:]))
    report.grew(f"storing 1,000 events{label}", ("the first tenth", f"the last tenth of {count:,}"), (first, last))


def scattered_ingest(report: Report, server: Server, key: str, billed: Billed, rounds: int, folder: Path) -> None:
    """Batches whose events lie anywhere in the month: the worst order for the sums, and no aim of its own."""
    raw, raw_rates, rates = RawTable(folder), [], []
    events = workload.events(billed.external_id, rounds * 5 * BATCH, "scattered", scattered=True)
    for batches in _batches(events, 5):
        size = sum(map(len, batches))
        raw_rates.append(size / raw.store(batches))
        rates.append(size / _send_bulk(server, key, batches))
    ratio = median(rates) / median(raw_rates)
    detail = f"{median(rates):,.0f} of {median(raw_rates):,.0f} events/s"
    report.note("bulk ingest in the worst order, each batch scattered over the month", f"{ratio:.2f} ({detail})")


def single_requests(
    report: Report,
    server: Server,
    bare: Server,
    what: str,
    path: str,
    key: str,
    bodies: Callable[[int], list[bytes]],
    rounds: int,
    size: int,
) -> None:
    """One object a request, in turns with the bare endpoint."""
    rates: list[float] = []
    bare_rates: list[float] = []
    for turn in range(rounds):
        sent = bodies(turn)
        bare_rates.append(size / drive(bare.address, [post_bytes("/items", key, body) for body in sent], CONNECTIONS))
        rates.append(size / drive(server.address, [post_bytes(path, key, body) for body in sent], CONNECTIONS))
    detail = f"{median(rates):,.0f} of {median(bare_rates):,.0f} requests/s"
    report.at_least(f"{what} over HTTP, {CONNECTIONS} connections", median(rates) / median(bare_rates), 0.6, detail)


def log_and_connections(
    report: Report, quiet: Server, bodies: Callable[[int], list[bytes]], rounds: int, size: int, idle: int
) -> None:
    """What the log costs a request, and what idle connections cost it: the same events to a server that logs them and
    one that does not, and to the latter while so many connections are open, in turns."""
    with mock() as logging:
        rates: dict[str, list[float]] = {"quiet": [], "logging": [], "idle": []}
        for turn in range(rounds):
            sent = [post_bytes("/v1/events", "log", body) for body in bodies(turn)]
            rates["quiet"].append(size / drive(quiet.address, sent, CONNECTIONS))
            rates["logging"].append(size / drive(logging.address, sent, CONNECTIONS))
            with contextlib.ExitStack() as stack:
                for _ in range(idle):
                    stack.enter_context(socket.create_connection(quiet.address))
                rates["idle"].append(size / drive(quiet.address, sent, CONNECTIONS))
    found = {name: median(each) for name, each in rates.items()}
    for what, name, target in (
        ("one event over HTTP with the log against without", "logging", 0.95),
        (f"one event over HTTP beside {idle:,} idle connections", "idle", 0.9),
    ):
        detail = f"{found[name]:,.0f} of {found['quiet']:,.0f} requests/s"
        report.at_least(what, found[name] / found["quiet"], target, detail)


def usage(
    report: Report,
    server: Server,
    small: tuple[str, Billed, int],
    large: tuple[str, Billed, int],
    rounds: int,
    label: str,
) -> None:
    """Usage and preview after few and after many events, in turns. ``small`` and ``large`` are a key, the customer and
    the number of events."""
    for what, path, ceiling in (
        ("/subscriptions/usage", "/v1/subscriptions/usage", 25),
        ("/invoices/preview", "/v1/invoices/preview", 40),
    ):
        times: tuple[list[float], list[float]] = ([], [])
        asking = [
            (server.client(key), json.dumps({"subscription_id": billed.subscription_id}).encode())
            for key, billed, _ in (small, large)
        ]
        for _ in range(rounds):
            for (client, body), found in zip(asking, times, strict=True):
                found.append(1000 * client.timed("POST", path, body))
        few, many = (median(found[len(found) // 5 :]) for found in times)
        name = f"{what}, {workload.PRICES} prices, {label}"
        report.below(f"{name}, {large[2]:,} events", many, ceiling, "ms")
        report.grew(name, (f"{small[2]:,} events", f"{large[2]:,} events"), (few, many), 1.3)


def load_customers(report: Report, server: Server, key: str, count: int) -> None:
    """Create many customers, noting how the time of one grows."""
    path, chunk = "/v1/customers", max(1, min(count // 10, 2500))
    times = []
    for start in range(0, count, chunk):
        bodies = [json.dumps(workload.customer(i)).encode() for i in range(start, min(start + chunk, count))]
        requests = [post_bytes(path, key, body) for body in bodies]
        times.append(1000 * drive(server.address, requests, CONNECTIONS) / len(bodies))
    report.grew("creating a customer", ("the first tenth", f"the last tenth of {count:,}"), (times[0], times[-1]))


def listing(report: Report, server: Server, small: tuple[str, int], large: tuple[str, int], rounds: int) -> None:
    """Pages of 50 in every order, and by what one looks for. ``small`` and ``large`` are a key and its customers."""
    count = large[1]
    questions: dict[str, list[tuple[str, str, bytes | None]]] = {
        "listing customers, newest first": [("list", "/v1/customers", None)],
        "listing customers, from the middle": [("list", f"/v1/customers?offset={count // 2}", None)],
        "searching customers, any sort": [
            (f"{column} {direction}", "/v1/customers/search", _sorted_by(column, direction))
            for column in workload.SORTS
            for direction in ("asc", "desc")
        ],
        "searching customers, equal to": [
            (column, "/v1/customers/search", _equal(column, workload.customer(count // 2)))
            for column in ("external_id", "name", "email", "address_city", "address_country", "address_postal_code")
        ],
    }
    for name, asked in questions.items():
        worst: tuple[float, float, str] = (0, 0, "")
        first = 0.0
        for detail, path, body in asked:
            method = "GET" if body is None else "POST"
            clients = [server.client(key) for key, _ in (small, large)]
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(rounds):
                for client, found in zip(clients, times, strict=True):
                    found.append(1000 * client.timed(method, path, body))
            first = max(first, times[1][0])
            worst = max(worst, (median(times[1]), median(times[0]), detail))
        slowest = f"slowest of {len(asked)}: {worst[2]}" if len(asked) > 1 else ""
        report.below(f"{name}, {count:,} customers", worst[0], 10, "ms", slowest)
        if len(asked) > 1:
            report.note(f"{name}: the first time, when an index is made", f"{first:.1f} ms (slowest)")
        report.grew(name, (f"{small[1]:,} customers", f"{count:,}"), (worst[1], worst[0]))


def _sorted_by(column: str, direction: str) -> bytes:
    return json.dumps({"sort": [{"field": column, "direction": direction}]}).encode()


def _equal(column: str, customer: dict[str, object]) -> bytes:
    condition = {"field": column, "operator": "eq", "data_type": "string", "value": {"string": customer[column]}}
    return json.dumps({"filters": [condition]}).encode()


def starts(report: Report, rounds: int) -> None:
    """Fresh servers, after one whose modules had to be compiled perhaps."""
    start_once()
    found = [start_once() for _ in range(rounds)]
    report.below("start to first answer", median(seconds for seconds, _ in found), 0.5, "s")
    report.below("memory of a fresh server", median(megabytes for _, megabytes in found), 80, "MB")
