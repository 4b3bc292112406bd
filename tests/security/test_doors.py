"""Who may come to the control routes, as a table: host names, origins, bodies, tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockserver.http.doors import Verdict, is_loopback, judge, judge_whole_server
from mockserver.settings import Settings

HERE = {"Host": "127.0.0.1:8080"}
FOREIGN = {"Origin": "https://evil.example"}
JSON = {"Content-Type": "application/json", "Content-Length": "2"}
PLAIN = Settings()
OPEN = Settings(cors_origins=("http://localhost:3000", "https://app.test"))


ANSWERED = ("localhost", "LOCALHOST:8080", "localhost.", "a.localhost", "127.0.0.1", "127.9.9.9:1")
ANSWERED_IPV6 = ("[::1]", "[::1]:8080", "[::ffff:127.0.0.1]:8080")
FOREIGN_NAMES = (
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "notlocalhost",
)
OTHER_ADDRESSES = ("192.168.1.7", "[2001:db8::1]", "0.0.0.0:8080", "127.1", "2130706433")
NO_HOSTS = ("", "user@localhost", "localhost:x", "localhost/", "[::1", "localhost, evil.example", "\u217docalhost")


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        *((name, True) for name in (*ANSWERED, *ANSWERED_IPV6)),
        *((name, False) for name in (*FOREIGN_NAMES, *OTHER_ADDRESSES, *NO_HOSTS)),
    ],
)
def test_hosts(host: str, answered: bool) -> None:
    assert (judge("POST", "/_mock/reset", {"Host": host}, PLAIN).status == 0) is answered
    assert judge("POST", "/v1/customers", {"Host": host}, PLAIN) == Verdict()


@pytest.mark.parametrize(
    ("settings", "host", "answered"),
    [
        (Settings(allowed_hosts=("flexprice",)), "flexprice:8080", True),
        (Settings(allowed_hosts=("flexprice",)), "FlexPrice", True),
        (Settings(allowed_hosts=("flexprice",)), "flexprice.evil.example", False),
        (Settings(allowed_hosts=("*.test",)), "a.test", True),
        (Settings(allowed_hosts=("*.test",)), "a.test.evil.example", False),
        (Settings(allowed_hosts=("[fd00::2]",)), "[fd00::2]:8080", True),
        (Settings(host="192.168.1.7"), "192.168.1.7:8080", True),
        (Settings(host="192.168.1.7"), "192.168.1.8:8080", False),
        (Settings(host="0.0.0.0"), "0.0.0.0:8080", False),
        (Settings(host="0.0.0.0"), "192.168.1.7:8080", False),
        (Settings(host="0.0.0.0"), "localhost:8080", True),
    ],
)
def test_hosts_that_were_named(settings: Settings, host: str, answered: bool) -> None:
    assert (judge("GET", "/_mock/clock", {"Host": host}, settings).status == 0) is answered


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize(
    ("headers", "status", "origin"),
    [
        ({}, 0, ""),
        ({"Origin": "http://127.0.0.1:8080"}, 0, ""),
        ({"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}, 0, ""),
        ({"Sec-Fetch-Site": "none"}, 0, ""),
        ({"Origin": "http://localhost:3000"}, 0, "http://localhost:3000"),
        ({"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"}, 0, "http://localhost:3000"),
        ({"Origin": "https://app.test:443", "Sec-Fetch-Site": "cross-site"}, 0, "https://app.test:443"),
        ({"Origin": "http://localhost:3001"}, 403, ""),
        ({"Origin": "http://app.test"}, 403, ""),
        ({"Origin": "http://127.0.0.1:8081"}, 403, ""),
        ({"Origin": "http://127.0.0.1"}, 403, ""),
        ({"Origin": "null"}, 403, ""),
        ({"Origin": "https://evil.example"}, 403, ""),
        ({"Origin": "http://127.0.0.1:8080.evil.example"}, 403, ""),
        ({"Origin": "http://127.0.0.1:8080@evil.example"}, 403, ""),
        ({"Sec-Fetch-Site": "cross-site"}, 403, ""),
        ({"Sec-Fetch-Site": "same-site"}, 403, ""),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403, ""),
        ({"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "cross-site"}, 403, ""),
    ],
)
def test_origins(method: str, headers: dict[str, str], status: int, origin: str) -> None:
    found = judge(method, "/_mock/reset", {**HERE, **headers}, OPEN)
    assert (found.status, found.origin) == (status, origin)
    assert found.preflight is (method == "OPTIONS" and not status)


def test_a_link_opens_the_page_and_nothing_else() -> None:
    link = {**HERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert judge("GET", "/_mock/", link, PLAIN).status == 0
    for method, path in (("POST", "/_mock/"), ("GET", "/_mock/clock"), ("GET", "/_mock/snapshots/s")):
        assert judge(method, path, link, PLAIN).status == 403


@pytest.mark.parametrize(
    ("method", "path", "kind", "status"),
    [
        ("POST", "/_mock/reset", "application/json", 0),
        ("POST", "/_mock/reset", "Application/JSON; charset=utf-8", 0),
        *(("POST", "/_mock/reset", kind, 415) for kind in ("", "text/plain", "application/x-www-form-urlencoded")),
        *(("PUT", "/_mock/clock", kind, 415) for kind in ("multipart/form-data; boundary=x", "application/jsonp")),
        ("PUT", "/_mock/snapshots/s", "application/vnd.sqlite3", 0),
        ("PUT", "/_mock/snapshots/s", "application/json", 415),
        ("POST", "/_mock/snapshots/s", "application/vnd.sqlite3", 415),
        ("PUT", "/_mock/clock", "application/vnd.sqlite3", 415),
        ("GET", "/_mock/clock", "text/plain", 0),
    ],
)
def test_bodies(method: str, path: str, kind: str, status: int) -> None:
    for length in ({"Content-Length": "10"}, {"Transfer-Encoding": "chunked"}):
        assert judge(method, path, {**HERE, "Content-Type": kind, **length}, PLAIN).status == status
    assert judge(method, path, {**HERE, "Content-Length": "0"}, PLAIN).status == 0


def test_without_controls_nothing_is_judged() -> None:
    assert judge("POST", "/_mock/reset", {"Host": "evil.example", **FOREIGN}, Settings(control=False)) == Verdict()


@pytest.mark.parametrize(
    ("host", "token", "sent", "status"),
    [
        *((host, None, "", 0) for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost")),
        *((host, None, "x", 403) for host in ("0.0.0.0", "::", "192.168.1.7", "fd00::1")),
        *((host, "t", "t", 0) for host in ("127.0.0.1", "0.0.0.0")),
        *((host, "t", sent, 401) for host in ("127.0.0.1", "0.0.0.0") for sent in ("", "T", "tt", "\u00fc")),
    ],
)
def test_acting_on_everybody(host: str, token: str | None, sent: str, status: int) -> None:
    assert judge_whole_server(sent, replace(PLAIN, host=host, control_token=token)).status == status


def test_what_is_loopback_is_not_a_matter_of_dns() -> None:
    assert not is_loopback("localtest.me")
    assert not is_loopback("ip6-localhost")
