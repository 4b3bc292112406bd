"""The headers every answer carries (behaviour/http#headers-and-limits), added beneath Flask so that one place decides
for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mockserver.http.request_ids import HEADER, request_id

_CORS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"),
    ("Access-Control-Allow-Headers", "*"),
    ("Access-Control-Max-Age", "86400"),
]
_SECURITY = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Permissions-Policy", "geolocation=(), microphone=(), camera=()"),
]
_REDIRECTS = ("301", "307")


class GlobalHeaders:
    """A WSGI wrapper: request id and CORS on all but redirects, security headers on all but OPTIONS as well. The
    control routes are no part of the emulated API and stay as they are."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/_mock"):
            return self.inner(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if not status.startswith(_REDIRECTS):
                headers.append((HEADER, request_id(environ)))
                headers += _CORS
                if environ["REQUEST_METHOD"] != "OPTIONS":
                    headers += _SECURITY
            return start_response(status, headers, *rest)

        return self.inner(environ, start)
