"""Behind proxies, on IPv6, on consoles of little learning."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable

import pytest
import requests

from ..cli.conftest import Process, command
from ..cli.conftest import serve as serve
from ..conftest import Api


@pytest.mark.parametrize(
    ("prefix", "location"),
    [
        (None, "/v1/plans?limit=1"),
        ("/billing", "/billing/v1/plans?limit=1"),
        ("/a/b/", "/a/b/v1/plans?limit=1"),
        ("//evil.example", "/v1/plans?limit=1"),
        ("/a//evil", "/v1/plans?limit=1"),
        ("https://evil.example", "/v1/plans?limit=1"),
        ("/a\\b", "/v1/plans?limit=1"),
    ],
)
def test_redirects_are_relative_and_keep_a_prefix(api: Api, prefix: str | None, location: str) -> None:
    headers = {} if prefix is None else {"X-Forwarded-Prefix": prefix}
    reply = api.get("/v1/plans/?limit=1", headers=headers)
    assert (reply.status, reply.headers["Location"]) == (301, location)
    page = api.get("/_mock", headers=headers)
    assert (page.status, page.headers["Location"]) == (308, "_mock/"), "whatever the prefix"


def test_the_url_of_an_ipv6_address_works(serve: Callable[..., Process]) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 loopback here")
    process = serve("--host", "::1")
    assert process.url.startswith("http://[::1]:")
    assert f"curl {process.url}/v1/customers" in process.greeting
    assert requests.get(f"{process.url}/_mock/clock", headers={"x-api-key": "k"}, timeout=20).status_code == 200


def test_a_console_without_arrows_and_events_with_escapes(serve: Callable[..., Process]) -> None:
    process = serve()
    name = "a\u2192b\n\x1b[2Jforged"
    event = {"event_id": "e", "event_name": name, "external_customer_id": "c"}
    assert process.send("POST", "/v1/events", json=event).status_code == 202
    run = subprocess.run(
        command("explain", "event", "e", "--url", process.url, "--key", "test"),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "LC_ALL": "C"},
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert b"a\\u2192b\\n\\x1b[2Jforged" in run.stdout
    assert b"\x1b" not in run.stdout
