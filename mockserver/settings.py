"""How one server is set up; every option is also an environment variable of the command line."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from pathlib import Path

from mockserver.divergences import Divergences

STOCK_KEY = "sk_local_flexprice_test_key"
"""The development key a self-hosted Flexprice ships with; it is bound to no environment (facts/01 §2.2)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``keys`` are names or patterns of accepted keys; empty means any non-empty key.

    ``control`` is whether the routes under ``/_mock`` exist; ``control_token`` is what they demand, if anything.
    ``journal`` is how many requests of each environment are remembered; 0 for none. ``max_upload`` is the most bytes of
    a snapshot that is sent.
    """

    divergences: Divergences = field(default_factory=Divergences)
    db: Path | None = None
    keys: tuple[str, ...] = ()
    catalog: Path | None = None
    control: bool = True
    control_token: str | None = None
    journal: int = 0
    max_upload: int = 1024**3

    def accepts_key(self, key: str) -> bool:
        return not self.keys or any(fnmatch.fnmatchcase(key, pattern) for pattern in self.keys)
