"""How large a request's body may be (behaviour/http#headers-and-limits): 32 MiB for events, as on the real server,
which limits no others."""

from __future__ import annotations

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from mockserver.errors import BadBody

MEBIBYTE = 1024 * 1024
MAX_EVENT_BODY = 32 * MEBIBYTE
MAX_JSON_BODY = 4 * MEBIBYTE
_EVENTS = ("/v1/events", "/v1/events/bulk", "/v1/events/raw/bulk")
_UPLOADS = "/_mock/snapshots/"


def limit_of(path: str, upload: int) -> int:
    """The most bytes of a body sent to a path; ``upload`` is the most of a snapshot."""
    if path in _EVENTS:
        return MAX_EVENT_BODY
    return upload if path.startswith(_UPLOADS) else MAX_JSON_BODY


def read(request: Request, upload: int, *, cache: bool = True) -> bytes:
    """The body's bytes. ``BadBody`` for more of them than its path takes; they are then not read at all."""
    limit = limit_of(request.path, upload)
    request.max_content_length = limit
    try:
        return request.get_data(cache=cache)
    except RequestEntityTooLarge:
        raise BadBody(f"the request body is larger than {limit} bytes") from None
