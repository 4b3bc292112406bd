"""Where cases are played: the emulator, started here or running elsewhere, and a real Flexprice."""

from __future__ import annotations

import ipaddress
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Protocol
from urllib.parse import urlsplit

from mockserver.divergences import REGISTER

from . import clean
from .connection import Answer, Connection, KeyRefused
from .ledger import Ledger
from .normalise import Normaliser, parse_time
from .rewriting import Rewriting

_CREATED = 201
PREFIX = "contract-"
"""What the keys of an emulator's cases begin with."""
_SAFE_NAMES = ("sandbox", "staging", "localhost", "test", "local", "internal", "dev")


class ProductionRefused(Exception):
    """The base URL does not look like a sandbox."""


class World(Protocol):
    """The place one case is played in. Requests and answers are in the case's own words and dates."""

    names: dict[str, Any]
    eventual: bool
    keeps_literal_ids: bool

    def now(self) -> datetime:
        """The target's time, in the case's dates."""

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
        """One request, as the case words it."""


class Target(Protocol):
    """A server cases can be played on."""

    @property
    def kind(self) -> str:
        """``mock`` or ``real``."""

    @property
    def title(self) -> str:
        """What a report calls it."""

    def on(self, divergence: str) -> bool:
        """Does this target behave as the real server does in that respect?"""

    def world(self, name: str, clock: str) -> World:
        """A fresh place for a case whose present is ``clock``."""

    def redact(self, text: str) -> str:
        """A text without the target's key."""


def normaliser(world: World) -> Normaliser:
    """What makes the world's answers comparable."""
    return Normaliser(world.names, world.now())


class MockWorld:
    """An environment of the emulator: a key of its own, and its clock at the case's present."""

    eventual = False
    keeps_literal_ids = True

    def __init__(self, connection: Connection, clock: str) -> None:
        self.connection = connection
        self.names: dict[str, Any] = {}
        self._clock, self._set_at = parse_time(clock), datetime.now(UTC)
        connection.send("PUT", "/_mock/clock", body={"now": clock})

    def now(self) -> datetime:
        return self._clock + (datetime.now(UTC) - self._set_at)

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
        return self.connection.send(method, path, body=body, raw=raw, headers=headers, expected=expected)


class MockTarget:
    """A running emulator. Every case gets a key of its own, ``prefix`` before it."""

    kind = "mock"

    def __init__(self, base: str, prefix: str = PREFIX) -> None:
        self.base, self._prefix = base, prefix
        answer = Connection(base, prefix).send("GET", "/_mock/divergences", expected=frozenset({401}))
        if not isinstance(answer.body, dict) or "divergences" not in answer.body:
            raise KeyRefused(f"{base} does not answer as an emulator with its control routes on ({answer.status})")
        self.profile = str(answer.body["profile"])
        # An emulator of an earlier release may not know every entry: it has its profile's default there.
        self._on = {d.id: d.default(self.profile) for d in REGISTER}
        self._on |= {row["id"]: bool(row["on"]) for row in answer.body["divergences"]}
        self.title = f"mock ({self.profile})"

    def on(self, divergence: str) -> bool:
        return self._on[divergence]

    def world(self, name: str, clock: str) -> World:
        return MockWorld(Connection(self.base, f"{self._prefix}{name}-{secrets.token_hex(4)}"), clock)

    def redact(self, text: str) -> str:
        return text


@contextmanager
def started_mock(
    profile: str, overrides: Mapping[str, bool] | None = None, *, bare: bool = False
) -> Iterator[MockTarget]:
    """An emulator of a profile on a free port of this machine, with the meters the documents take for granted unless
    it is to be ``bare``, as the server was that recordings were made on."""
    from mockserver import fixtures, serving
    from mockserver.app import create_app
    from mockserver.divergences import Divergences
    from mockserver.settings import Settings
    from mockserver.store.store import Store

    store = Store(None)
    catalog = None if bare else fixtures.catalog_path("documented")
    settings = Settings(
        Divergences(profile, overrides), keys=(f"{PREFIX}*",), catalog=catalog, sign_up=True, stock_key=True
    )
    try:
        with serving.background(create_app(settings, store)) as base:
            yield MockTarget(base)
    finally:
        store.close()


class RealWorld:
    """A corner of a shared environment: everything unique to run and case, dates moved to the present."""

    eventual = True
    keeps_literal_ids = False

    def __init__(self, connection: Connection, ledger: Ledger, suffix: str, clock: str) -> None:
        self.connection, self.ledger = connection, ledger
        self.names: dict[str, Any] = {}
        self._shift = datetime.now(UTC) - parse_time(clock)
        self.rewriting = Rewriting(suffix, self._shift.days)

    def now(self) -> datetime:
        moved = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return parse_time(self.rewriting.answer(moved))

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
        sent = self.rewriting.body(body)
        creates = method == "POST" and not path.partition("?")[0].endswith(("/search", "/query", "/usage", "/preview"))
        if creates:
            self.ledger.intend(path, sent)
        answer = self.connection.send(
            method, self.rewriting.path(path), body=sent, raw=raw, headers=headers, expected=expected
        )
        # A changed price comes back as a new one; a wallet is created with 200.
        if (creates or method == "PUT") and answer.status in (200, _CREATED):
            self.ledger.answered(path, sent, answer.body)
        elif creates and answer.status < 500:
            self.ledger.refused(sent)
        return Answer(
            answer.status, self.rewriting.answer(answer.body), answer.location, answer.divergences, answer.retries
        )


@dataclass
class RealTarget:
    """A real Flexprice. ``close`` archives what was made; ``say`` hears about it."""

    connection: Connection
    ledger: Ledger
    say: Callable[[str], None] = lambda text: None
    kind: str = field(default="real", init=False)
    _count: int = field(default=0, init=False)

    @property
    def title(self) -> str:
        return f"real ({self.connection.base})"

    def check(self) -> None:
        """One read: ``Unreachable`` if nobody answers, ``KeyRefused`` if the key or environment is not accepted."""
        answer = self.connection.send("GET", "/v1/customers?limit=1", expected=frozenset({403}))
        if answer.status == 403:
            raise KeyRefused(
                f"{self.connection.base} refuses the environment (403): a key that is bound to none needs "
                "FLEXPRICE_ENVIRONMENT_ID"
            )
        if answer.status != 200:
            raise KeyRefused(f"{self.connection.base} answers {answer.status} to GET /v1/customers")
        self.ledger.start(self.connection.base, self.connection.environment)

    def on(self, divergence: str) -> bool:
        return True

    def world(self, name: str, clock: str) -> World:
        self._count += 1
        return RealWorld(self.connection, self.ledger, f"{self.ledger.run}_{_base36(self._count)}", clock)

    def redact(self, text: str) -> str:
        return self.connection.redact(text)

    def close(self) -> list[str]:
        """Archive everything the run made; what could not be archived, in words."""
        return clean.archive(self.connection, self.ledger, self.say)


def new_run() -> str:
    """A run's name: short, unique, usable inside ids and codes."""
    return f"r{secrets.token_hex(3)}"


def check_base(base: str, production: bool) -> None:
    """``ProductionRefused`` unless the URL is a local or sandbox one, or the caller insists."""
    host = (urlsplit(base).hostname or "").lower()
    if not host:
        raise ProductionRefused(f"{base!r} is not a base URL such as https://sandbox.example.com/v1")
    if production or _is_local(host) or any(label in _SAFE_NAMES for label in host.replace("-", ".").split(".")):
        return
    raise ProductionRefused(
        f"{host} is neither a local address nor named a sandbox. The suite creates and archives objects there; if the "
        "key is that of a sandbox environment on a shared host, say --i-know-this-is-production"
    )


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return address.is_loopback or address.is_private


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text or "0"


@contextmanager
def _stopping_in_order() -> Iterator[None]:
    """A CI that cancels a job sends SIGTERM; it is to end like Ctrl-C, so that what was made is archived."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def real_target(
    base: str,
    key: str,
    environment: str | None,
    *,
    rate: float,
    ledger: Ledger,
    say: Callable[[str], None],
    keep: bool = False,
) -> Iterator[RealTarget]:
    """A checked real target; what the run made is archived at the end, also after Ctrl-C, unless ``keep``."""
    with ExitStack() as stack:
        connection = Connection(base, key, environment=environment, rate=rate, attempts=6)
        stack.callback(connection.close)
        target = RealTarget(connection, ledger, say)
        # The first look is not repeated: nobody there is said once and at once.
        first = RealTarget(Connection(base, key, environment=environment), ledger)
        first.check()
        stack.enter_context(_stopping_in_order())
        try:
            yield target
        finally:
            if keep:
                say(f"kept what was made; archive it with: flexprice-mock contracts clean {ledger.run}")
            else:
                for text in target.close():
                    say(text)
