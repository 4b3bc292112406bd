"""Near misses: names that were probably meant to be the same, such as ``duration_seconds`` and ``video_seconds``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+")
_ALIKE = 0.8
_LONGEST = 200


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return _WORD.findall(spaced.lower())


def likeness(one: str, other: str) -> float:
    """0 for unrelated names; 1 for names that differ only in case and separators. Long texts are no names."""
    if one == other or max(len(one), len(other)) > _LONGEST:
        return 0.0
    return _likeness(one, other)


@lru_cache(maxsize=4096)
def _likeness(one: str, other: str) -> float:
    words, others = _words(one), _words(other)
    if words and words == others:
        return 1.0
    if "".join(words) == "".join(others) != "":
        return 1.0
    shared = len(set(words) & set(others)) / max(min(len(set(words)), len(set(others))), 1)
    alike = SequenceMatcher(None, one.lower(), other.lower()).ratio()
    return max(0.9 * shared if shared >= 0.5 else 0.0, alike if alike >= _ALIKE else 0.0)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like the name, None if none is near it."""
    scored = [(likeness(name, candidate), candidate) for candidate in candidates]
    best = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return best[1] if best[0] > 0 else None
