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
    """``keys`` are names or patterns of accepted keys; empty means any non-empty key."""

    divergences: Divergences = field(default_factory=Divergences)
    db: Path | None = None
    keys: tuple[str, ...] = ()
    catalog: Path | None = None

    def accepts_key(self, key: str) -> bool:
        return not self.keys or any(fnmatch.fnmatchcase(key, pattern) for pattern in self.keys)
