"""Many connections, slow clients and slow answers: nobody else waits for them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ..cli.conftest import Process
from .conftest import HEALTH, answer, ask, connect, connections

Serve = Callable[..., Process]
OK = b"HTTP/1.1 200 OK"
both = pytest.mark.parametrize("server", ["waitress", "granian"])


@both
def test_a_thousand_idle_connections(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    with connections(process, 1000) as idle:
        for each in idle:
            assert ask(each).startswith(OK)
        assert process.send("POST", "/v1/customers", json={"external_id": "a", "name": "A"}).status_code == 201
        # All of them are still there, and are heard at once when they come back.
        assert all(ask(each).startswith(OK) for each in idle)
    with connections(process, 50) as others:
        assert all(ask(each).startswith(OK) for each in others)


def test_at_the_limit_the_one_idle_longest_makes_room(serve: Serve) -> None:
    process = serve("--max-connections", "3")
    with connections(process, 3) as known:
        for each in known:
            assert ask(each).startswith(OK)
        # The first of them is used again, so that the second is now idle longest.
        assert ask(known[0]).startswith(OK)
        with connect(process) as newcomer:
            assert ask(newcomer).startswith(OK)
            assert ask(known[1]) == b""
            assert ask(known[0]).startswith(OK)
            assert ask(known[2]).startswith(OK)
    assert process.stop() == 0
    assert process.popen.stdout is not None
    assert "all 3 connections are in use; --max-connections allows more" in process.popen.stdout.read()


def test_at_the_limit_nobody_who_is_busy_is_cut_off(serve: Serve) -> None:
    process = serve("--max-connections", "2")
    half = HEALTH[: len(HEALTH) // 2]
    process.send("POST", "/_mock/faults", json={"latency_ms": 7000, "path": "/v1/plans"})
    time.sleep(0.1)
    with connect(process) as reading, connect(process) as waiting, connect(process) as newcomer:
        reading.sendall(half)
        waiting.sendall(b"GET /v1/plans HTTP/1.1\r\nHost: x\r\nx-api-key: test\r\n\r\n")
        newcomer.sendall(HEALTH)
        assert answer(waiting).startswith(OK)
        reading.sendall(HEALTH[len(half) :])
        assert answer(reading).startswith(OK)
        reading.close()
        assert answer(newcomer).startswith(OK)


@both
def test_slow_clients_slow_nobody(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    body = json.dumps({"external_id": "slow", "name": "A"}).encode()
    head = b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nx-api-key: slow\r\nContent-Length: %d\r\n\r\n" % len(body)
    request, over = head + body, threading.Event()
    with connections(process, 400) as slow:

        def trickle() -> None:
            for place in range(len(request) - 1):
                for each in slow:
                    each.sendall(request[place : place + 1])
                if over.wait(0.2):
                    break

        feeder = threading.Thread(target=trickle)
        feeder.start()
        try:
            with ThreadPoolExecutor(4) as pool:
                made = pool.map(
                    lambda n: (
                        process.send("POST", "/v1/customers", json={"external_id": str(n), "name": "A"}).status_code
                    ),
                    range(100),
                )
                assert set(made) == {201}
        finally:
            over.set()
            feeder.join()
    assert process.send("GET", "/v1/customers", key="slow").json()["pagination"]["total"] == 0


@both
def test_a_request_in_single_bytes_is_answered(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    with connect(process) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(HEALTH)):
            connection.sendall(HEALTH[place : place + 1])
        assert answer(connection).startswith(OK)


@both
def test_pipelined_requests_are_answered_in_order(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    paths = [b"/health", b"/v1/plans", b"/nothing", b"/health"] * 25
    with connect(process) as connection:
        reader = connection.makefile("rb")
        connection.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\nx-api-key: k\r\n\r\n" % path for path in paths))
        found = []
        for _ in paths:
            found.append(reader.readline().split()[1])
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            reader.read(length)
    assert found == [b"200", b"200", b"404", b"200"] * 25


def test_a_large_answer_to_a_slow_reader_keeps_no_thread(serve: Serve) -> None:
    process = serve()
    long = {"n": "x" * 100_000}
    for number in range(60):
        customer = {"external_id": str(number), "name": "A", "metadata": long}
        assert process.send("POST", "/v1/customers", json=customer).status_code == 201
    asked = b"GET /v1/customers?limit=100 HTTP/1.1\r\nHost: x\r\nx-api-key: test\r\n\r\n"
    with connections(process, 20) as readers:
        for each in readers:
            each.sendall(asked)
        for _ in range(20):
            assert requests.get(f"{process.url}/health", timeout=10).ok
        for each in readers:
            assert len(answer(each)) > 6_000_000


@both
def test_latency_of_one_key_is_no_latency_of_another(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    assert process.send("POST", "/_mock/faults", key="slow", json={"latency_ms": 6000}).status_code == 201
    with ThreadPoolExecutor(40) as pool:
        slow = [
            pool.submit(process.send, "POST", "/v1/customers", "slow", json={"external_id": str(n), "name": "A"})
            for n in range(40)
        ]
        # All forty come to wait before the first has waited, though there are eight threads; others are answered.
        while process.send("GET", "/_mock/faults", key="slow").json()["faults"][0]["hits"] < 40:
            assert process.send("GET", "/v1/customers", key="quick").status_code == 200
            assert not any(each.done() for each in slow)
        assert [each.result().status_code for each in slow] == [201] * 40
    assert process.send("GET", "/v1/customers", key="slow").json()["pagination"]["total"] == 40


@both
@pytest.mark.parametrize(("after", "total"), [(False, 0), (True, 1)])
def test_a_request_waits_before_or_after_it_takes_effect(serve: Serve, server: str, after: bool, total: int) -> None:
    process = serve("--journal", "5", "--server", server)
    fault = {"latency_ms": 3000, "after": after, "method": "POST", "count": 1, "path": "/v1/customers"}
    assert process.send("POST", "/_mock/faults", json=fault).status_code == 201
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            process.send,
            "POST",
            "/v1/customers",
            "test",
            json={"external_id": "a", "name": "A", "metadata": {"m": "b"}},
        )
        deadline = time.monotonic() + 60
        while not process.send("GET", "/_mock/faults").json()["faults"][0]["hits"]:
            assert time.monotonic() < deadline
        time.sleep(0.3)
        assert process.send("GET", "/v1/customers").json()["pagination"]["total"] == total
        made = waiting.result()
    assert (made.status_code, made.json()["metadata"], made.headers["X-Flexprice-Mock-Fault"]) == (201, {"m": "b"}, "1")
    assert process.send("GET", "/v1/customers").json()["pagination"]["total"] == 1
    noted = process.send("GET", "/_mock/journal", params={"method": "POST"}).json()["requests"]
    assert [(entry["status"], entry["body"]["name"], entry["milliseconds"] >= 3000) for entry in noted] == [
        (201, "A", True)
    ]


def test_who_hangs_up_while_waiting_leaves_nothing(serve: Serve) -> None:
    process = serve()
    fault = {"latency_ms": 1500, "method": "POST"}
    assert process.send("POST", "/_mock/faults", json=fault).status_code == 201
    for number in range(30):
        body = json.dumps({"external_id": str(number), "name": "A"}).encode()
        with connect(process) as gone:
            gone.sendall(
                b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nx-api-key: test\r\nContent-Length: %d\r\n\r\n" % len(body)
                + body
            )
    deadline = time.monotonic() + 60
    while process.send("GET", "/v1/customers").json()["pagination"]["total"] < 30:
        # What was sent takes effect though nobody waits for the answer, as behind any slow network.
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert process.stop() == 0


@both
def test_a_server_told_to_stop_does_not_wait_for_faults(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    process.send("POST", "/_mock/faults", json={"latency_ms": 60_000, "path": "/v1/plans"})
    with connect(process) as waiting:
        waiting.sendall(b"GET /v1/plans HTTP/1.1\r\nHost: x\r\nx-api-key: test\r\n\r\n")
        while not process.send("GET", "/_mock/faults").json()["faults"][0]["hits"]:
            pass
        assert process.stop() == 0


@both
def test_a_dropped_connection_gets_no_answer(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    assert process.send("POST", "/_mock/faults", json={"drop": True, "count": 1}).status_code == 201
    with pytest.raises(requests.RequestException):
        process.send("GET", "/v1/plans")
    assert process.send("GET", "/v1/plans").status_code == 200


@both
def test_a_request_that_comes_while_the_one_before_waits_is_heard_afterwards(serve: Serve, server: str) -> None:
    process = serve("--server", server)
    fault = {"latency_ms": 1000, "path": "/v1/plans", "count": 1}
    assert process.send("POST", "/_mock/faults", json=fault).status_code == 201
    with connect(process) as connection:
        connection.sendall(b"GET /v1/plans HTTP/1.1\r\nHost: x\r\nx-api-key: test\r\n\r\n")
        while not process.send("GET", "/_mock/faults").json()["faults"][0]["hits"]:
            pass
        connection.sendall(HEALTH)
        assert b'"items"' in answer(connection)
        assert answer(connection).startswith(OK)
