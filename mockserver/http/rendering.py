"""How answers look on the wire: JSON and the error envelope (behaviour/http#errors, behaviour/http#json)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from flask import Response

from mockserver.divergences import Divergences
from mockserver.errors import ApiError, Crash, DatabaseRefusal, TossUp
from mockserver.http.listing import Mismatch
from mockserver.rating.money import plain
from mockserver.times import format_time

_ESCAPES = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
)

DIVERGENCE_HEADER = "X-Flexprice-Mock-Divergence"


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return format_time(value)
    raise TypeError(f"cannot print {type(value).__name__}")


_ENCODED = 2**63


def _spelled(value: Any) -> Any:
    """The value with whole numbers beyond the encoder's 64 bits, such as a usage of 10^20, written out."""
    if isinstance(value, dict):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_spelled(item) for item in value]
    if isinstance(value, int) and abs(value) >= _ENCODED:
        return orjson.Fragment(str(value))
    return value


def to_json(value: Any) -> bytes:
    """Compact JSON; ``<``, ``>``, ``&`` and the line separators are escaped as the real encoder does."""
    try:
        data = orjson.dumps(value, default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError:
        data = orjson.dumps(_spelled(value), default=_default, option=orjson.OPT_PASSTHROUGH_DATETIME)
    for raw, escaped in _ESCAPES:
        if raw in data:
            data = data.replace(raw, escaped)
    return data


def json_response(status: int, value: Any) -> Response:
    return Response(to_json(value), status, content_type="application/json; charset=utf-8")


def empty_response(status: int) -> Response:
    response = Response(b"", status)
    response.headers.pop("Content-Type", None)
    return response


def settle(error: ApiError, divergences: Divergences, touched: set[str]) -> ApiError | None:
    """The error as this server answers it: switches of the register decide between the documented and the real
    status. None stands for a 500 with an empty body."""
    if isinstance(error, Crash):
        touched.add("crash-is-empty-500")
        if divergences.on("crash-is-empty-500"):
            return None
        return ApiError(error.message, error.details, code="validation_error")
    if isinstance(error, DatabaseRefusal):
        switch = "filter-type-mismatch-is-500" if isinstance(error, Mismatch) else "storage-refusal-is-500"
        touched.add(switch)
        if not divergences.on(switch):
            return ApiError(error.message, error.details, code="validation_error")
    if isinstance(error, TossUp):
        touched.add("random-status")
        if divergences.on("random-status"):
            return ApiError(
                f"{error.message} (a real server answers {error.code} or {error.other} at random)",
                error.details,
                code=error.code,
            )
    return error


def error_response(error: ApiError) -> Response:
    body: dict[str, Any] = {"code": error.code, "message": error.message, "http_status_code": error.status}
    if error.details:
        body["details"] = error.details
    return json_response(error.status, body)
