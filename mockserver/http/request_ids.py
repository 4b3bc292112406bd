"""The id of a request, one for all who speak of it (behaviour/http#headers-and-limits)."""

from __future__ import annotations

from typing import Any

from mockserver.ulids import new_ulid

HEADER = "X-Request-Id"
_KEPT = "flexprice.request_id"


def request_id(environ: dict[str, Any]) -> str:
    """What the client named it, or one of our own, kept for the rest of the request."""
    found: str | None = environ.get(_KEPT)
    if found is None:
        found = environ[_KEPT] = environ.get("HTTP_X_REQUEST_ID") or new_ulid()
    return found
