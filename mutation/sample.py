"""The seeded sample: the same seed takes the same mutants, and an edit moves only the mutants of what was edited."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fnmatch import fnmatch

from mutation.settings import Area


def module_of(mutant: str) -> str:
    """The module a mutant lies in: ``a.b.x_f__mutmut_1`` lies in ``a.b``."""
    return mutant.rpartition(".")[0]


def function_of(mutant: str) -> str:
    """Where a mutant lies, without its number: ``a.b.f``, or ``a.b.C.f`` for a method."""
    module, _, mangled = mutant.rpartition(".")
    name = mangled.partition("__mutmut_")[0].removeprefix("x")
    return f"{module}.{name.strip('ǁ').replace('ǁ', '.')}" if "ǁ" in name else f"{module}.{name.removeprefix('_')}"


def sample(mutants: Iterable[str], area: Area, seed: str) -> list[str]:
    """The area's share of mutants, as many as it asks for, in the order of their names.

    Each mutant has a place in line of its own, the hash of seed and name, so that mutants that come or go do not
    reshuffle the others. Raises ValueError where the area has no mutants at all: its patterns are out of date.
    """
    within = [mutant for mutant in mutants if any(fnmatch(module_of(mutant), pattern) for pattern in area.modules)]
    if not within:
        raise ValueError(f"no mutants in area {area.name!r}: do its modules still exist?")
    return sorted(sorted(within, key=lambda mutant: _place(seed, mutant))[: area.mutants])


def _place(seed: str, mutant: str) -> bytes:
    return hashlib.sha256(f"{seed}\n{mutant}".encode()).digest()
