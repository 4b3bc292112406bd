"""From words on a command line to a target: ``mock``, ``mock:upstream``, ``mock:http://localhost:8080``, ``real``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockserver.divergences import PROFILES

from .connection import Answer, Connection
from .ledger import DEFAULT_FOLDER, Ledger
from .targets import PREFIX, MockTarget, Target, check_base, new_run, real_target, started_mock


class BadTarget(Exception):
    """A target that cannot be opened as it is described."""


@dataclass(slots=True)
class Choice:
    """What the options say. An empty text means the environment variable of ``real`` targets."""

    base_url: str = ""
    api_key: str = ""
    environment_id: str = ""
    rate: float = 5.0
    production: bool = False
    keep: bool = False
    bare: bool = False
    overrides: dict[str, bool] = field(default_factory=dict)
    folder: Path = DEFAULT_FOLDER
    run: str = field(default_factory=new_run)
    say: Callable[[str], None] = lambda text: None

    def real_base(self) -> str:
        return self.base_url or os.environ.get("FLEXPRICE_BASE_URL", "")

    def key(self) -> str:
        return self.api_key or os.environ.get("FLEXPRICE_API_KEY", "")

    def environment(self) -> str | None:
        return self.environment_id or os.environ.get("FLEXPRICE_ENVIRONMENT_ID") or None


@contextmanager
def opened(words: str, choice: Choice) -> Iterator[Target]:
    """The target of those words; ``BadTarget``, ``ProductionRefused`` or a ``Stop`` if it cannot be had."""
    kind, _, rest = words.partition(":")
    if kind == "real":
        with _real(choice) as target:
            yield target
    elif kind != "mock":
        raise BadTarget(f"{words!r} is no target; choose mock, mock:documented, mock:upstream, mock:URL or real")
    elif rest.startswith("http") or (not rest and choice.base_url):
        yield MockTarget((rest or choice.base_url).rstrip("/"), choice.api_key or PREFIX)
    elif rest and rest not in PROFILES:
        raise BadTarget(f"there is no profile {rest!r}; choose one of {', '.join(PROFILES)}")
    else:
        with started_mock(rest or PROFILES[0], choice.overrides, bare=choice.bare) as target:
            yield target


@contextmanager
def _real(choice: Choice) -> Iterator[Target]:
    base, key = choice.real_base(), choice.key()
    if not base:
        raise BadTarget("a real target needs FLEXPRICE_BASE_URL or --base-url")
    if not key:
        raise BadTarget("a real target needs FLEXPRICE_API_KEY or --api-key")
    check_base(base, choice.production)
    with real_target(
        base,
        key,
        choice.environment(),
        rate=choice.rate,
        ledger=Ledger(choice.run, choice.folder),
        say=choice.say,
        keep=choice.keep,
    ) as target:
        yield target


def sender(words: str, choice: Choice) -> Callable[[str, str, Any], Answer]:
    """Plain requests to a running target, nothing rewritten and nothing recorded: what is made there is to stay."""
    kind, _, rest = words.partition(":")
    base = rest if rest.startswith("http") else choice.real_base()
    if kind not in ("mock", "real") or not base:
        raise BadTarget(f"{words!r} is no running target; choose real or mock:URL")
    if not choice.key():
        raise BadTarget("the target needs a key: FLEXPRICE_API_KEY or --api-key")
    check_base(base, choice.production)
    rate = choice.rate if kind == "real" else 0
    connection = Connection(base, choice.key(), environment=choice.environment(), rate=rate, attempts=3)
    expected = frozenset({201, 400, 404, 409, 500})
    return lambda method, path, body: connection.send(method, path, body=body, expected=expected)
