"""What the server says: at its start, and of each request."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.fixtures import catalog_path
from mockserver.logs import printable

from .conftest import Process, command

Serve = Callable[..., Process]
KEY = "key-that-nobody-may-see"


def _log(process: Process) -> list[str]:
    assert process.stop() == 0
    assert process.popen.stdout is not None
    return process.popen.stdout.read().splitlines()


def test_a_line_for_each_request(serve: Serve) -> None:
    process = serve("--catalog", str(catalog_path("documented")))
    event = {"event_name": "image_generated", "external_customer_id": "c", "properties": {"image_count": 1}}
    process.send("GET", f"/v1/plans?plan_ids=a,b&api_key={KEY}", key=KEY)
    process.send("POST", "/v1/events", key=KEY, json=event)
    time.sleep(0.3)
    process.send("POST", "/v1/events/bulk", key=KEY, json={"events": [event, event]})
    process.send("GET", "/v1/custmers", key=KEY)
    time.sleep(0.3)
    process.send("GET", "/v1/ai/x\r\n\x1b[31m\u202e", key=KEY)
    process.send("POST", "/_mock/faults", key=KEY, json={"status": 503, "count": 1})
    process.send("GET", "/v1/plans", key=KEY)
    lines = [line for line in _log(process) if " GET /health " not in line]
    assert KEY not in "".join(lines)
    assert all(line.isprintable() for line in lines)
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert all(re.match(rf"{stamp} (GET|POST) /\S* \d{{3}} \d+\.\dms", line) for line in lines), lines
    said = [line.split(" ", 1)[1] for line in lines]
    assert re.fullmatch(r"GET /v1/plans 200 \S+ environment=env_\w+ divergences=comma-lists-not-split", said[0])
    assert re.fullmatch(r"POST /v1/events 202 \S+ environment=env_\w+ \(customer_unknown\)", said[1])
    assert re.fullmatch(r"POST /v1/events/bulk 202 \S+ environment=env_\w+ events=2", said[2])
    assert re.fullmatch(r"GET /v1/custmers 404 \S+ \(no such route; GET /v1/customers is near\)", said[3])
    assert said[4].startswith("GET /v1/ai/x\\r\\n\\x1b[31m\\u202e 404 ")
    assert said[6].endswith("fault=1")


def test_as_json(serve: Serve) -> None:
    process = serve("--log-format", "json")
    process.send("GET", "/v1/plans\u2028\x00", key=KEY)
    process.send("GET", "/v1/plans", key=KEY)
    entries: list[dict[str, Any]] = [json.loads(line) for line in _log(process)]
    odd, plain = entries[-2:]
    assert {"time", "level", "method", "path", "status", "ms"} <= odd.keys()
    assert (odd["path"], odd["status"]) == ("/v1/plans\\u2028\\x00", 404)
    assert (plain["path"], plain["level"], plain["environment"][:4]) == ("/v1/plans", "info", "env_")


@pytest.mark.parametrize("arguments", [("--log-level", "warning"), ("--log-level", "error")])
def test_the_level_leaves_requests_out(serve: Serve, arguments: tuple[str, ...]) -> None:
    process = serve(*arguments)
    process.send("GET", "/v1/plans")
    assert _log(process) == []


def test_quiet_says_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("w") as file:
        process = subprocess.Popen(command("serve", "--port", "0", "--quiet"), stdout=file, stderr=subprocess.STDOUT)
        time.sleep(3)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    assert out.read_text() == ""


def test_nobody_has_to_read_the_log() -> None:
    """A program that starts the server with a pipe and never reads it is served all the same."""
    reader, writer = os.pipe()
    popen = subprocess.Popen(
        command("serve", "--port", "0", "--no-control"), stdout=subprocess.PIPE, stderr=writer, text=True
    )
    os.close(writer)
    try:
        assert popen.stdout is not None
        process = Process(popen, "http" + popen.stdout.readline().rsplit("http", 1)[1].strip(), "")
        path = "/v1/" + "x" * 300
        for _ in range(500):
            assert process.send("GET", path).status_code == 404
        assert process.stop() == 0
    finally:
        os.close(reader)
        popen.kill()
        popen.wait()


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("plain", "plain"), ("a\r\nb", "a\\r\\nb"), ("\x1b[0m", "\\x1b[0m"), ("ü", "ü"), ("\udc80", "\\udc80")],
)
def test_printable(sent: str, shown: str) -> None:
    assert printable(sent) == shown
    assert printable("x" * 1000) == "x" * 400 + "..."
