"""The gate before the control routes: applies what ``mockserver.http.doors`` says to every request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mockserver.http.doors import CONTROL, EXPOSED, TOKEN_HEADER, Verdict, is_control, judge
from mockserver.http.rendering import to_json
from mockserver.settings import Settings

_LOOKED_AT = {
    "Host": "HTTP_HOST",
    "Origin": "HTTP_ORIGIN",
    "Sec-Fetch-Site": "HTTP_SEC_FETCH_SITE",
    "Sec-Fetch-Mode": "HTTP_SEC_FETCH_MODE",
    "Content-Type": "CONTENT_TYPE",
    "Content-Length": "CONTENT_LENGTH",
    "Transfer-Encoding": "HTTP_TRANSFER_ENCODING",
}
_ASKED_FOR = f"x-api-key, authorization, content-type, x-environment-id, {TOKEN_HEADER.lower()}"
_REASONS = {200: "OK", 403: "Forbidden", 415: "Unsupported Media Type"}


class Gate:
    """A WSGI wrapper. Answers of the emulated API pass through untouched, but for pages named by ``--cors-origin``,
    which may read the emulator's own headers."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], settings: Settings) -> None:
        self.inner, self.settings = inner, settings

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        control = self.settings.control and is_control(path)
        if not self.settings.cors_origins and not control:
            return self.inner(environ, start_response)
        verdict = judge(environ["REQUEST_METHOD"], path, _headers(environ), self.settings)
        if verdict.status or (verdict.preflight and control):
            return _answer(verdict, start_response)
        if control and path == CONTROL:
            # Relative, so that a prefix that a proxy took off the path stays.
            start_response("308 Permanent Redirect", [("Location", f"{CONTROL[1:]}/"), ("Content-Length", "0")])
            return [b""]
        if not verdict.origin:
            return self.inner(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, *_readable(verdict.origin, control)], *rest)

        return self.inner(environ, start)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    return {name: environ[key] for name, key in _LOOKED_AT.items() if environ.get(key)}


def _readable(origin: str, control: bool) -> list[tuple[str, str]]:
    """What lets a listed page read an answer; the emulated API's own headers let every page read already."""
    exposed = [("Access-Control-Expose-Headers", EXPOSED)]
    return [*exposed, ("Access-Control-Allow-Origin", origin), ("Vary", "Origin")] if control else exposed


def _answer(verdict: Verdict, start_response: Callable[..., Any]) -> Iterable[bytes]:
    status = verdict.status or 200
    body = to_json({"error": verdict.reason}) if verdict.status else b""
    headers = [("Content-Length", str(len(body))), ("Vary", "Origin")]
    if body:
        headers += [("Content-Type", "application/json; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    if verdict.origin:
        headers += [
            ("Access-Control-Allow-Origin", verdict.origin),
            ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"),
            ("Access-Control-Allow-Headers", _ASKED_FOR),
            ("Access-Control-Expose-Headers", EXPOSED),
            ("Access-Control-Max-Age", "600"),
        ]
    start_response(f"{status} {_REASONS[status]}", headers)
    return [body]
