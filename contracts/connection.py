"""One HTTP connection to a target: its key, its pace, its patience. The key never leaves this module."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

_TIMEOUT = 60
_RETRIED = frozenset({429, 502, 503, 504})
_LONGEST_WAIT = 30.0
_UNAUTHORIZED = 401


class Stop(Exception):
    """The whole run ends here; ``exit_code`` says why."""

    exit_code = 1


class Unreachable(Stop):
    """Nobody answers at the base URL."""

    exit_code = 3


class KeyRefused(Stop):
    """The target does not accept the key or the environment."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is parsed JSON, or the text where it is none, or ``None`` where there is nothing."""

    status: int
    body: Any
    location: str | None = None
    divergences: tuple[str, ...] = ()
    retries: int = 0
    """How often the request had to be repeated, after a 429 or a failure nobody expected."""


class Connection:
    """``rate`` is the most requests a second (0: no limit), ``attempts`` how often a failing request is sent."""

    def __init__(
        self,
        base: str,
        key: str,
        *,
        environment: str | None = None,
        rate: float = 0,
        attempts: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base = base.rstrip("/").removesuffix("/v1")
        self.environment = environment
        self._key = key
        self._rate, self._attempts, self._sleep = rate, attempts, sleep
        self._next = 0.0
        self._session = requests.Session()
        # A proxy or a .netrc of the machine must not change what is sent.
        self._session.trust_env = False

    def redact(self, text: str) -> str:
        """A text without the key."""
        return text.replace(self._key, "<key>") if self._key else text

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> Answer:
        """One request. A 429, a 50x and a 500 nobody expects are tried again; ``Unreachable`` if nobody answers and
        ``KeyRefused`` if the connection's own key is refused."""
        sent: dict[str, str | None] = {"x-api-key": self._key, "Content-Type": "application/json"}
        if self.environment:
            sent["X-Environment-ID"] = self.environment
        for name, value in (headers or {}).items():
            sent = {k: v for k, v in sent.items() if k.lower() != name.lower()}
            sent[name] = value
        final = {name: value for name, value in sent.items() if value is not None}
        data = raw if raw is not None else None if body is None else json.dumps(body)
        attempt = 1
        while True:
            self._pace()
            answer = self._once(method, path, None if data is None else data.encode(), final, attempt)
            if answer is not None:
                failed = answer.status in _RETRIED or answer.status >= 500
                if answer.status in expected or not failed or attempt >= self._attempts:
                    break
            attempt += 1
        if answer.status == _UNAUTHORIZED and _UNAUTHORIZED not in expected and not headers:
            raise KeyRefused(f"{self.base} refuses the key (401)")
        return answer

    def _once(self, method: str, path: str, data: bytes | None, headers: dict[str, str], attempt: int) -> Answer | None:
        try:
            reply = self._session.request(
                method, self.base + path, data=data, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            if attempt >= self._attempts:
                raise Unreachable(f"{self.base} does not answer: {self.redact(_reason(error))}") from None
            self._sleep(min(2.0 ** (attempt - 1) / 2, _LONGEST_WAIT))
            return None
        answer = Answer(
            reply.status_code,
            _parsed(reply),
            reply.headers.get("Location"),
            tuple(filter(None, reply.headers.get("X-Flexprice-Mock-Divergence", "").replace(" ", "").split(","))),
            attempt - 1,
        )
        if answer.status in _RETRIED and attempt < self._attempts:
            self._sleep(_wait(reply.headers.get("Retry-After"), attempt))
        return answer

    def _pace(self) -> None:
        if not self._rate:
            return
        now = time.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self._rate

    def close(self) -> None:
        self._session.close()


def _parsed(reply: requests.Response) -> Any:
    if not reply.content:
        return None
    try:
        return json.loads(reply.content)
    except ValueError:
        return reply.text


def _reason(error: Exception) -> str:
    return type(error).__name__


def _wait(retry_after: str | None, attempt: int) -> float:
    try:
        asked = float(retry_after or "")
    except ValueError:
        asked = 2.0 ** (attempt - 1) / 2
    return min(max(asked, 0), _LONGEST_WAIT)
