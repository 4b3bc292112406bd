"""For Schemathesis: an answer that the register of divergences explains is nobody's failure.

Loaded by the program itself (``SCHEMATHESIS_HOOKS``). An emulator names in each answer the differences it relied on,
and tells under ``/_mock/divergences`` with which statuses; a server that tells nothing is held to every check.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import schemathesis
import schemathesis.openapi
from schemathesis.checks import CHECKS

from mockserver.http.rendering import DIVERGENCE_HEADER


@functools.cache
def statuses_of(base: str) -> Mapping[str, tuple[int, ...]]:
    """The statuses that each difference which is on at a server brings; none for a server that has no register."""
    try:
        told = requests.get(f"{base}/_mock/divergences", timeout=60).json()
        return {row["id"]: tuple(row["statuses"]) for row in told["divergences"] if row["on"]}
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return {}


def is_known(url: str, status: int, named: str, known: Callable[[str], Mapping[str, tuple[int, ...]]]) -> bool:
    """Whether one of the differences an answer names, with commas between, explains its status."""
    if not named:
        return False
    found = urlsplit(url)
    statuses = known(f"{found.scheme}://{found.netloc}")
    return any(status in statuses.get(text.strip(), ()) for text in named.split(","))


def _aware(check: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(check)
    def aware(context: Any, response: Any, case: Any) -> bool | None:
        named = ",".join(response.headers.get(DIVERGENCE_HEADER.lower(), ()))
        if is_known(str(response.request.url), response.status_code, named, statuses_of):
            return True
        found: bool | None = check(context, response, case)
        return found

    return aware


for _name in list(CHECKS.get_all_names()):
    _check = CHECKS.get_one(_name)
    if not isinstance(_check, type):
        schemathesis.check(_aware(_check))
