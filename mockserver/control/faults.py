"""Faults: answers that go wrong on purpose, counted in the state so that all workers agree on them."""

from __future__ import annotations

import fnmatch
import random
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask import Request, Response

from mockserver import pausing
from mockserver.control.errors import ControlError
from mockserver.control.values import pattern, storable
from mockserver.http.rendering import json_response
from mockserver.http.request_log import SEEN
from mockserver.store import faults as stored
from mockserver.store.faults import StoredFault
from mockserver.store.store import Store

MAX_LATENCY_MS = 60_000
FAULT_HEADER = "X-Flexprice-Mock-Fault"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CODES = {
    400: "validation_error",
    403: "permission_denied",
    404: "not_found",
    409: "already_exists",
    429: "too_many_requests",
    500: "internal_error",
    501: "not_implemented",
    503: "service_unavailable",
}
_KEYS = (
    "method", "path", "key", "count", "probability", "seed",
    "status", "body", "headers", "latency_ms", "drop", "malformed", "after",
)  # fmt: skip


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """A checked rule with its defaults; ``ControlError`` says what is wrong."""
    unknown = sorted(set(given) - set(_KEYS))
    if unknown:
        raise ControlError(f"unknown: {', '.join(unknown)}; known: {', '.join(_KEYS)}")
    rule: dict[str, Any] = {
        "method": _text(given, "method", "*").upper(),
        "path": _text(given, "path", "/v1/*"),
        "key": _text(given, "key", "*"),
        "count": _whole(given, "count", None, 1, 10**9),
        "probability": _probability(given),
        "seed": _whole(given, "seed", 0, -(2**53), 2**53),
        "status": _whole(given, "status", None, 200, 599),
        "headers": _headers(given),
        "latency_ms": _whole(given, "latency_ms", 0, 0, MAX_LATENCY_MS),
    }
    rule |= {name: _switch(given, name) for name in ("drop", "malformed", "after")}
    if given.get("body") is not None:
        rule["body"] = storable(given["body"])
    if rule["method"] not in ("*", *_METHODS):
        raise ControlError(f"method must be one of {', '.join(_METHODS)}")
    if not rule["path"].startswith("/v1"):
        raise ControlError("path must begin with /v1: nothing else is struck")
    if rule["drop"] and (rule["malformed"] or rule["status"] is not None):
        raise ControlError("a dropped connection has no status and no body")
    if not (rule["drop"] or rule["malformed"] or rule["status"] is not None or rule["latency_ms"]):
        raise ControlError("say what goes wrong: status, latency_ms, drop or malformed")
    if ("body" in rule or rule["headers"]) and rule["status"] is None:
        raise ControlError("body and headers go with a status")
    return rule


def _text(given: Mapping[str, Any], name: str, default: str) -> str:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} must be a text that is not empty")
    return pattern(name, value)


def _whole(given: Mapping[str, Any], name: str, default: int | None, least: int, most: int) -> int | None:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ControlError(f"{name} must be a whole number from {least} to {most}")
    return value


def _switch(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name)
    if value is not None and not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    return bool(value)


def _probability(given: Mapping[str, Any]) -> float:
    value = given.get("probability")
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 < value <= 1:
        raise ControlError("probability must be a number above 0, up to 1")
    return float(value)


def _headers(given: Mapping[str, Any]) -> dict[str, str]:
    value = given.get("headers")
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) and text.isprintable() for text in value.values()):
        raise ControlError("headers must be an object of texts")
    return value


def show(fault: StoredFault) -> dict[str, Any]:
    """A fault as the routes print it; ``seen`` and ``hits`` count requests."""
    return {"id": fault.id, **fault.rule, "seen": fault.seen, "hits": fault.hits}


def find(store: Store, environment_id: str, request: Request) -> StoredFault | None:
    """The first fault, in the order they were set, that strikes this request; it is counted."""
    if not any(_meets(fault, request) for fault in stored.of_environment(store.connection, environment_id)):
        return None
    with store.write(environment_id) as tx:
        for fault in stored.of_environment(tx.connection, environment_id):
            if not _meets(fault, request):
                continue
            struck = _strikes(fault)
            stored.met(tx.connection, fault.id, struck=struck)
            if struck:
                return fault
    return None


def _meets(fault: StoredFault, request: Request) -> bool:
    rule = fault.rule
    return (
        rule["method"] in ("*", request.method)
        and fnmatch.fnmatchcase(request.path, rule["path"])
        and fnmatch.fnmatchcase(request.headers.get("x-api-key", ""), rule["key"])
        and (rule["count"] is None or fault.hits < rule["count"])
    )


def _strikes(fault: StoredFault) -> bool:
    """By chance, but the same for the same seed and running number of the request."""
    probability: float = fault.rule["probability"]
    return probability >= 1 or random.Random(f"{fault.rule['seed']}:{fault.seen}").random() < probability


def strike(fault: StoredFault, request: Request, respond: Callable[[], Response]) -> Response:
    """The answer under a fault. With ``after`` the request takes effect before its answer goes wrong."""
    rule = fault.rule
    request.environ.get(SEEN, {})["fault"] = str(fault.id)
    kept = pausing.kept(request.environ)
    if rule["after"] and "answer" not in kept:
        kept["answer"] = respond()
    if rule["latency_ms"]:
        pausing.wait(request.environ, rule["latency_ms"] / 1000)
    only_late = not (rule["drop"] or rule["malformed"] or rule["status"] is not None)
    answer: Response | None = kept.get("answer") or (respond() if only_late else None)
    if rule["drop"]:
        return Response(_hung_up(request.environ), 502)
    if rule["status"] is not None:
        answer = _answer(rule)
    if rule["malformed"]:
        whole = b'{"items":[{"id":"' if answer is None else answer.get_data()
        status = 200 if answer is None else answer.status_code
        answer = Response(whole[: (len(whole) + 1) // 2], status, content_type="application/json; charset=utf-8")
    assert answer is not None
    answer.headers[FAULT_HEADER] = str(fault.id)
    return answer


def _answer(rule: Mapping[str, Any]) -> Response:
    status: int = rule["status"]
    if "body" in rule:
        answer = json_response(status, rule["body"])
    elif status == 401:
        answer = json_response(status, {"error": "Unauthorized"})
    elif status < 400:
        answer = Response(b"", status)
    else:
        code = _CODES.get(status, "invalid_operation" if status < 500 else "system_error")
        message = "this answer was asked for under /_mock/faults"
        answer = json_response(status, {"code": code, "message": message, "http_status_code": status})
    for name, text in rule["headers"].items():
        answer.headers[name] = text
    return answer


def _hung_up(environ: Mapping[str, Any]) -> Iterator[bytes]:
    """A body that never comes: the connection is closed before anything is sent."""
    from waitress.channel import ClientDisconnected

    hang_up = environ.get(pausing.HANG_UP)
    if hang_up is not None:
        hang_up()
    raise ClientDisconnected
    yield b""  # never reached: it makes this a body, which fails when it is read
