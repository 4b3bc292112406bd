"""Bodies while they are read, over a socket: what is too large is refused in the envelope and kept by nobody."""

from __future__ import annotations

import http.client
import io
import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mockserver.app import create_app
from mockserver.http.bodies import MAX_EVENT_BODY, MAX_JSON_BODY, MEBIBYTE
from mockserver.http.doors import SNAPSHOT_TYPE
from mockserver.receiving import KeptBody
from mockserver.serving import background
from mockserver.settings import Settings
from mockserver.store.store import Store
from tests.conftest import Api

CUSTOMER = b'{"external_id": "c", "name": "C"}'
EVENT = b'{"event_name": "used", "external_customer_id": "c"}'


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server whose uploads may have 10 MiB."""
    store = Store()
    with background(create_app(Settings(journal=10, max_upload=10 * MEBIBYTE), store)) as url:
        yield urlsplit(url).netloc
    store.close()


def send(address: str, method: str, path: str, body: bytes, *, chunked: bool = False) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(address, timeout=60)
    parts = [body[at : at + MEBIBYTE] for at in range(0, len(body), MEBIBYTE)] if chunked else body
    kind = SNAPSHOT_TYPE if "/snapshots/" in path else "application/json"
    headers = {"x-api-key": "k", "Content-Type": kind}
    connection.request(method, path, body=parts, headers=headers, encode_chunked=chunked)
    answer = connection.getresponse()
    found = json.loads(answer.read())
    # The connection is as good as before.
    connection.request("GET", "/health")
    assert connection.getresponse().status == 200
    connection.close()
    return answer.status, found


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "body", "limit", "status"),
    [
        ("POST", "/v1/events", EVENT, MAX_EVENT_BODY, 202),
        ("POST", "/v1/customers", CUSTOMER, MAX_JSON_BODY, 201),
        ("POST", "/_mock/reset", b"{}", MAX_JSON_BODY, 200),
    ],
)
def test_a_body_is_as_large_as_its_path_takes(
    address: str, method: str, path: str, body: bytes, limit: int, status: int, chunked: bool
) -> None:
    assert send(address, "POST", "/_mock/reset", b"{}")[0] == 200
    assert send(address, method, path, body.ljust(limit), chunked=chunked)[0] == status
    refused, told = send(address, method, path, body.ljust(limit + 1), chunked=chunked)
    assert refused == 400
    assert str(limit) in str(told["error" if path.startswith("/_mock") else "message"])
    assert told.get("code", "validation_error") == "validation_error"


def test_a_snapshot_is_as_large_as_the_option_says(address: str) -> None:
    status, told = send(address, "PUT", "/_mock/snapshots/x", b"x" * (10 * MEBIBYTE))
    assert (status, told) == (400, {"error": "that is no SQLite file"})
    status, told = send(address, "PUT", "/_mock/snapshots/x", b"x" * (10 * MEBIBYTE + 1))
    assert (status, told) == (400, {"error": f"the request body is larger than {10 * MEBIBYTE} bytes"})


def test_a_key_is_asked_for_before_the_body_is_looked_at(api: Api) -> None:
    reply = api.post("/v1/customers", raw=CUSTOMER.ljust(MAX_JSON_BODY + 1), headers={"x-api-key": ""})
    assert (reply.status, reply.json) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize(
    "request_text",
    [
        "nonsense\r\n\r\n",
        "GET /v1/customers HTTP/1.1\r\nbad header\r\n\r\n",
        "POST /v1/x HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST /v1/x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /v1/x HTTP/1.1\r\nA: " + "x" * 300_000 + "\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_in_the_envelope(address: str, request_text: str) -> None:
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request_text.encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        told = json.loads(answer.read())
    assert answer.status == told["http_status_code"]
    assert (answer.status, told["code"]) in ((400, "validation_error"), (501, "not_implemented"))


def test_nothing_is_kept_beyond_the_limit() -> None:
    body = KeptBody(3 * MEBIBYTE)
    for _ in range(4):
        body.append(b"x" * MEBIBYTE)
    assert (len(body), body.refused, body.getfile().read()) == (4 * MEBIBYTE, True, b"")


def no_folder(*args: object, **kwargs: object) -> None:
    raise FileNotFoundError(2, "No usable temporary directory found")


def test_without_a_temporary_folder_bodies_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", no_folder)
    body = KeptBody(8 * MEBIBYTE)
    sent = [bytes([65 + at]) * (MEBIBYTE // 2) for at in range(8)]
    for part in sent:
        body.append(part)
    assert body.getfile().read() == b"".join(sent)


def test_a_full_disk_brings_bodies_back_to_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Full(io.FileIO):
        """A temporary file that takes so much and no more."""

        def __init__(self, **ignored: object) -> None:
            super().__init__(tmp_path / "f", "w+b")

        def write(self, data: object) -> int:
            if self.tell() > 2 * MEBIBYTE:
                raise OSError(28, "No space left on device")
            return super().write(memoryview(data)[: MEBIBYTE // 4])  # type: ignore[arg-type]

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    body = KeptBody(8 * MEBIBYTE)
    sent = [bytes([65 + at]) * (MEBIBYTE // 2) for at in range(10)]
    for part in sent:
        body.append(part)
    assert body.getfile().read() == b"".join(sent)


def test_a_server_without_a_temporary_folder_takes_and_gives_large_bodies(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", no_folder)
    events = [{"event_name": "large", "external_customer_id": "c", "properties": {"a": "x" * 4000}}] * 1000
    assert send(address, "POST", "/v1/events/bulk", json.dumps({"events": events}).encode())[0] == 202
    status, found = send(address, "POST", "/v1/events/query", b'{"event_name": "large", "page_size": 1000}')
    listed = found["events"]
    assert isinstance(listed, list)
    assert (status, len(listed)) == (200, 1000)
