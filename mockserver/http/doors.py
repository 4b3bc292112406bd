"""Who may come to the control routes: pure functions of a request's line and headers, and of how the server is set up.

The emulated API under ``/v1`` is open to every page and host name, as the real server's is. What is under ``/_mock``
belongs to the person at the keyboard: a page of another origin shall not reach it, neither directly nor under a host
name of its own that it lets point at this machine.
"""

from __future__ import annotations

import fnmatch
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.settings import Settings

CONTROL = "/_mock"
TOKEN_HEADER = "X-Mock-Token"
EXPOSED = "X-Flexprice-Mock-Divergence, X-Flexprice-Mock-Fault"
SNAPSHOT_TYPE = "application/vnd.sqlite3"
_JSON_TYPE = "application/json"
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(r"(https?)://([^/?#@\\\s]+)")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_SNAPSHOT = re.compile(rf"{CONTROL}/snapshots/[^/]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``status`` 0 lets the request in, otherwise it is refused with that status and ``reason``. ``origin`` is the page
    whose scripts may read the answer, if it is another one's; ``preflight``: the browser only asks whether it may."""

    status: int = 0
    reason: str = ""
    origin: str = ""
    preflight: bool = False


def is_control(path: str) -> bool:
    """Whether a path belongs to the control routes."""
    return path.startswith(CONTROL)


def is_loopback(address: str) -> bool:
    """Whether a name or address means this machine and nobody else can make it mean another one."""
    name = address.strip("[]").lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def read_origin(text: str) -> tuple[str, str, str] | None:
    """The scheme, host and port of an origin; None if it is none a page can have."""
    found = _ORIGIN.fullmatch(text)
    authority = _AUTHORITY.fullmatch(found[2]) if found else None
    if found is None or authority is None:
        return None
    return found[1], authority[1].lower(), authority[2] or _DEFAULT_PORTS[found[1]]


def judge(method: str, path: str, headers: Mapping[str, str], settings: Settings) -> Verdict:
    """May this request reach what it asks for? ``headers`` are looked up by their usual spelling.

    403 for a foreign page or host name, 415 for a body that a page could send without being asked first.
    """
    origin = headers.get("Origin", "")
    listed = _is_listed(origin, settings)
    if not (settings.control and is_control(path)):
        return Verdict(origin=origin if listed else "")
    host = headers.get("Host", "")
    if not _answers_to(host, settings):
        return Verdict(403, "this server's controls do not answer to that host name; start it with --allowed-host NAME")
    if origin and not listed and not _is_own(origin, host):
        return Verdict(403, "pages of another origin may not control this server; start it with --cors-origin ORIGIN")
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and not listed:
        opened = method == "GET" and path.rstrip("/") == CONTROL and headers.get("Sec-Fetch-Mode") == "navigate"
        if not opened:
            return Verdict(403, "other pages may not control this server; start it with --cors-origin ORIGIN")
    allowed = origin if listed else ""
    if method == "OPTIONS":
        return Verdict(origin=allowed, preflight=True)
    return _judge_body(method, path, headers, allowed)


def _judge_body(method: str, path: str, headers: Mapping[str, str], origin: str) -> Verdict:
    if method in ("GET", "HEAD") or not _has_body(headers):
        return Verdict(origin=origin)
    wanted = SNAPSHOT_TYPE if method == "PUT" and _SNAPSHOT.fullmatch(path) else _JSON_TYPE
    sent = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if sent != wanted:
        return Verdict(415, f"send this body with Content-Type: {wanted}", origin)
    return Verdict(origin=origin)


def _has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Length", "0").strip("0 ") != "" or "Transfer-Encoding" in headers


def _is_listed(origin: str, settings: Settings) -> bool:
    asked = read_origin(origin)
    return asked is not None and any(asked == read_origin(known) for known in settings.cors_origins)


def _is_own(origin: str, host: str) -> bool:
    """Whether a page came from this server itself, maybe through a proxy that speaks TLS."""
    page, here = read_origin(origin), _AUTHORITY.fullmatch(host)
    if page is None or here is None:
        return False
    scheme, name, port = page
    return (name, port) == (here[1].lower(), here[2] or _DEFAULT_PORTS[scheme])


def _answers_to(host: str, settings: Settings) -> bool:
    found = _AUTHORITY.fullmatch(host)
    if found is None:
        return False
    name = found[1].strip("[]").lower().removesuffix(".")
    if is_loopback(name) or (_is_address(settings.host) and name == settings.host.lower()):
        return True
    return any(fnmatch.fnmatchcase(name, known.strip("[]").lower()) for known in settings.allowed_hosts)


def _is_address(host: str) -> bool:
    """Whether the server listens on one address, rather than on all."""
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def judge_whole_server(token: str, settings: Settings) -> Verdict:
    """May somebody with this token act on every environment at once? Their key is looked at as well, by the caller."""
    wanted = settings.control_token
    if wanted is None and is_loopback(settings.host):
        return Verdict()
    if wanted is None:
        return Verdict(
            403,
            "this server listens beyond loopback and has no control token, so nobody may act on every environment;"
            " start it with --control-token",
        )
    if hmac.compare_digest(token.encode(), wanted.encode()):
        return Verdict()
    return Verdict(401, f"the control token is demanded in the header {TOKEN_HEADER}")
