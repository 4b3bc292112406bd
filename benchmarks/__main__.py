"""``python -m benchmarks [--quick] [--markdown]``"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import measurements, servers, workload
from benchmarks.report import Report


@dataclass(frozen=True, slots=True)
class Size:
    """How much is sent."""

    events: int
    few_events: int
    customers: int
    few_customers: int
    requests: int
    rounds: int
    idle: int


FULL = Size(
    events=1_000_000, few_events=10_000, customers=100_000, few_customers=1000, requests=400, rounds=15, idle=1000
)


def scaled(divisor: int) -> Size:
    """The full size divided, as far as it can be."""
    return Size(
        events=max(FULL.events // divisor, 20),
        few_events=max(FULL.few_events // divisor, 10),
        customers=max(FULL.customers // divisor, 20),
        few_customers=max(FULL.few_customers // divisor, 10),
        requests=max(FULL.requests // divisor, 10) if divisor > 100 else 200,
        rounds=7 if divisor <= 100 else 1,
        idle=FULL.idle if divisor <= 100 else 50,
    )


def run(size: Size) -> Report:
    """Everything, in a folder that is removed afterwards."""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        _tell("starting servers")
        measurements.starts(report, size.rounds)
        for profile in ("documented", "upstream"):
            _usage(report, size, profile, folder)
        with servers.mock() as server, servers.bare(folder) as bare:
            _requests(report, size, server, bare)
        with servers.mock("--log-level", "warning") as quiet:
            _tell("the log, and idle connections")
            measurements.log_and_connections(
                report, quiet, lambda turn: _single_events(turn)[: size.requests], size.rounds, size.requests, size.idle
            )
        with servers.mock() as server:
            _customers(report, size, server)
    return report


def _usage(report: Report, size: Size, profile: str, folder: Path) -> None:
    with servers.mock("--profile", profile) as server:
        few, many = (workload.subscribe(server.client(key)) for key in ("few", "many"))
        own = folder / profile
        own.mkdir()
        _tell(f"{profile}: {size.few_events:,} and {size.events:,} events")
        (own / "few").mkdir()
        measurements.bulk_ingest(Report(), server, "few", few, size.few_events, own / "few", "")
        measurements.bulk_ingest(report, server, "many", many, size.events, own, f", {profile}")
        report.below(f"memory after {size.events:,} events, {profile}", server.megabytes(), 150, "MB")
        measurements.usage(
            report, server, ("few", few, size.few_events), ("many", many, size.events), 2 * size.rounds, profile
        )
        if profile == "documented":
            (own / "scattered").mkdir()
            other = workload.subscribe(server.client("scattered"))
            measurements.scattered_ingest(report, server, "scattered", other, size.rounds, own / "scattered")


def _requests(report: Report, size: Size, server: servers.Server, bare: servers.Server) -> None:
    _tell("single requests")
    billed = workload.subscribe(server.client("single"))

    def events(turn: int) -> list[bytes]:
        found = workload.events(billed.external_id, size.requests, f"single{turn}")
        return [json.dumps(event).encode() for event in found]

    def customers(turn: int) -> list[bytes]:
        found = range(turn * size.requests, (turn + 1) * size.requests)
        return [json.dumps(workload.customer(index, "single")).encode() for index in found]

    for what, path, bodies in (("one event", "/v1/events", events), ("create customer", "/v1/customers", customers)):
        measurements.single_requests(report, server, bare, what, path, "single", bodies, size.rounds, size.requests)


def _customers(report: Report, size: Size, server: servers.Server) -> None:
    _tell(f"{size.customers:,} customers")
    measurements.load_customers(Report(), server, "few-customers", size.few_customers)
    measurements.load_customers(report, server, "many-customers", size.customers)
    small, large = ("few-customers", size.few_customers), ("many-customers", size.customers)
    measurements.listing(report, server, small, large, size.rounds)


def _single_events(turn: int) -> list[bytes]:
    return [json.dumps(event).encode() for event in workload.events("nobody", 400, f"log{turn}")]


_STARTED = time.monotonic()


def _tell(text: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.1f} s  {text}", file=sys.stderr, flush=True)


@click.command()
@click.option("--quick", is_flag=True, help="A twentieth of the size.")
@click.option("--divisor", type=click.IntRange(1), help="Divide the size by this.")
@click.option("--markdown", is_flag=True, help="Print the tables of docs/performance.md.")
def main(quick: bool, divisor: int | None, markdown: bool) -> None:
    """Measure the server against simpler programs on this machine. Takes some minutes."""
    size = scaled(divisor or 20) if quick or divisor else FULL
    load = os.getloadavg()[0]
    print(run(size).text(markdown=markdown))
    print(
        f"\nPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores;"
        f" load before the run {load:.1f}, during it {os.getloadavg()[0]:.1f} (about 1.5 if nothing else runs)."
    )


if __name__ == "__main__":
    main()
