"""How one server is set up; every option is also an environment variable of the command line."""

from __future__ import annotations

import fnmatch
import functools
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from mockserver.divergences import Divergences
from mockserver.store.access import SIGN_UP_MARK, STOCK_MARK

STOCK_KEY = "sk_local_flexprice_test_key"
"""The development key a self-hosted Flexprice ships with; it is bound to no environment
(behaviour/http#development-credentials)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``keys`` are names or patterns of accepted keys; empty means any non-empty key. ``sign_up`` and ``stock_key`` let
    those two in where ``keys`` are given.

    ``control`` is whether the routes under ``/_mock`` exist; ``control_token`` is what those demand that act on every
    environment, if anything. ``host`` is the address the server listens on; ``allowed_hosts`` and ``cors_origins`` are
    the host names and pages the control routes answer to besides their own (``mockserver.http.doors``).
    ``journal`` is how many requests of each environment are remembered; 0 for none. ``max_upload`` is the
    most bytes of a snapshot that is sent.
    """

    divergences: Divergences = field(default_factory=Divergences)
    db: Path | None = None
    keys: tuple[str, ...] = ()
    catalog: Path | None = None
    control: bool = True
    control_token: str | None = None
    journal: int = 0
    max_upload: int = 1024**3
    sign_up: bool = False
    stock_key: bool = False
    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()

    @property
    def anybody_signs_up(self) -> bool:
        """Whether people may sign up and log in, and use what they got by it."""
        return self.sign_up or not self.keys

    @property
    def takes_stock_key(self) -> bool:
        """Whether the development key opens its two environments."""
        return self.stock_key or not self.keys

    def admitting(self, key: str) -> str | None:
        """The mark of the pattern that lets a chosen key in, empty where any key is let in; None for a key that is
        refused. The mark gives away nothing about a pattern without wildcards, which is a key."""
        if not self.keys:
            return ""
        return next((mark(pattern) for pattern in self.keys if fnmatch.fnmatchcase(key, pattern)), None)

    def admits(self, marked: str) -> bool:
        """Whether what was minted by a credential of this mark is let in."""
        if marked in (STOCK_MARK, SIGN_UP_MARK):
            return self.takes_stock_key if marked == STOCK_MARK else self.anybody_signs_up
        return not self.keys or marked in map(mark, self.keys)


@functools.lru_cache(maxsize=256)
def mark(pattern: str) -> str:
    """What stands for a pattern of accepted keys in the state."""
    return hashlib.sha256(pattern.encode("utf-8", "surrogatepass")).hexdigest()
