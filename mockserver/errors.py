"""Everything that can go wrong with a request, as the API names it (behaviour/http#errors).

Rules and stores raise these; only ``mockserver.http`` knows how they look on the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATUS_BY_CODE: Mapping[str, int] = {
    "validation_error": 400,
    "invalid_operation": 400,
    "permission_denied": 403,
    "not_found": 404,
    "already_exists": 409,
    "version_conflict": 409,
    "too_many_requests": 429,
    "http_client_error": 500,
    "database_error": 500,
    "system_error": 500,
    "internal_error": 500,
    "service_unavailable": 503,
    "not_implemented": 501,
}


class ApiError(Exception):
    """An answer in the error envelope: ``code`` decides the HTTP status, ``details`` are left out when empty."""

    code = "internal_error"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})
        if code is not None:
            self.code = code

    @property
    def status(self) -> int:
        return STATUS_BY_CODE[self.code]


class Invalid(ApiError):
    """400 ``validation_error``."""

    code = "validation_error"


class BadBody(Invalid):
    """400 ``validation_error`` for a body or query string that cannot be read into the request's shape.

    ``reason`` is the reader's own words; only the price-unit routes print it
    (behaviour/customers-and-plans#common-rules).
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class Refused(ApiError):
    """400 ``invalid_operation``: the request is well formed, the state forbids it."""

    code = "invalid_operation"


class NotFound(ApiError):
    """404 ``not_found``."""

    code = "not_found"


class AlreadyExists(ApiError):
    """409 ``already_exists``."""

    code = "already_exists"


class Forbidden(ApiError):
    """403 ``permission_denied`` from a handler (middleware refusals look different, see ``http.auth``)."""

    code = "permission_denied"


class Unavailable(ApiError):
    """503 ``service_unavailable``."""

    code = "service_unavailable"


class DatabaseRefusal(ApiError):
    """The real server's database refuses the value: 500 ``database_error`` there
    (behaviour/customers-and-plans#column-limits).

    Under the documented reading (divergence ``storage-refusal-is-500`` off) it is a 400 ``validation_error``
    with the same details.
    """

    code = "database_error"


class TossUp(ApiError):
    """The real server answers one of two statuses at random for this request (behaviour/http#two-statuses-at-random).

    ``code`` is the sensible one, which both profiles give; ``other`` is what a caller of the real server may see
    as well.
    """

    def __init__(self, message: str, details: Mapping[str, Any] | None = None, *, code: str, other: str) -> None:
        super().__init__(message, details, code=code)
        self.other = other


class Crash(ApiError):
    """The real server panics: 500 with an empty body (behaviour/http#crashes).

    Under the documented reading (divergence ``crash-is-empty-500`` off) it is a 400 ``validation_error``.
    """
