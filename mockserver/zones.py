"""Time zones by name, as the real server loads them: case-sensitive, ``Local`` refused
(behaviour/customers-and-plans#creating-a-customer)."""

from __future__ import annotations

import functools
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@functools.lru_cache(maxsize=1024)
def load(name: str) -> ZoneInfo | None:
    """The zone, or None if there is none of exactly that name."""
    if not name or name == "Local" or name not in _names():
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@functools.cache
def _names() -> frozenset[str]:
    # The names come from the tzdata package, so that they do not depend on the machine.
    from importlib.resources import files

    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(listed)


def is_zone(name: str) -> bool:
    return load(name) is not None
