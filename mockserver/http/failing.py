"""The last one to answer: what nobody caught is logged once and answered in the envelope of that part of the server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from mockserver.errors import ApiError
from mockserver.http.rendering import to_json
from mockserver.http.request_ids import HEADER, request_id

_LOG = logging.getLogger("flexprice_mock.failures")


def failure_body(path: str, error: ApiError) -> dict[str, Any]:
    """An error as this part of the server tells it: control routes have a small envelope of their own."""
    if path.startswith("/_mock"):
        return {"error": error.message, **error.details}
    body = {"code": error.code, "message": error.message, "http_status_code": error.status}
    return {**body, "details": error.details} if error.details else body


class LastResort:
    """A WSGI wrapper around the application, which hands on what it does not expect: 500 ``internal_error`` in the
    envelope, with the id under which the log tells what happened."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self.inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return self.inner(environ, start_response)
        except OSError as error:
            if type(error).__name__ == "ClientDisconnected":
                # How an answer that is dropped on purpose ends; the server knows what to do with it.
                raise
            return self._fail(environ, start_response)
        except Exception:
            return self._fail(environ, start_response)

    def _fail(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found, path = request_id(environ), environ["PATH_INFO"]
        _LOG.exception("request %s failed: %s %s", found, environ["REQUEST_METHOD"], path)
        message = "the emulator failed on this request; its log tells more under the id of this request"
        body = to_json(failure_body(path, ApiError(message, {"request_id": found})))
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body)))]
        if path.startswith("/_mock"):
            headers.append((HEADER, found))
        start_response("500 INTERNAL SERVER ERROR", headers)
        return [body]
