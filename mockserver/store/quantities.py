"""Quantities of usage as SQLite holds them: exact, and added by SQLite itself.

In Python a quantity is a whole number of 10^-15, the smallest step the real server keeps (behaviour/rating#numbers).
See ``store.tables.events`` for the three forms in the database: a row's value, the four parts of a sum, the peak.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from functools import lru_cache

PLACES = 15
ONE: int = 10**PLACES
LIMIT: int = 10**23
"""Quantities from here on do not fit the real server's column, and are not recorded
(behaviour/events-and-usage#limits-of-a-quantity)."""
PLAIN_LIMIT: int = 10**12
"""Whole quantities below are integers in a row."""

_CONTEXT = Context(prec=80)


def from_decimal(value: Decimal) -> int:
    """Steps of 10^-15 in a decimal of at most 15 decimals below ``LIMIT``."""
    return int(_CONTEXT.scaleb(value, PLACES))


def to_decimal(steps: int) -> Decimal:
    """The decimal, without trailing zeros."""
    whole, rest = divmod(steps, ONE)
    return Decimal(whole) if not rest else Decimal(text(steps))


def text(steps: int) -> str:
    """Exact plain text; ``steps`` is not negative."""
    whole, rest = divmod(steps, ONE)
    return f"{whole}.{rest:015d}".rstrip("0") if rest else str(whole)


def value(steps: int) -> int | str:
    """A row's value: an integer where it is whole and small, exact text otherwise."""
    if not steps % ONE and steps < PLAIN_LIMIT * ONE:
        return steps // ONE
    return text(steps)


def from_value(stored: int | str) -> int:
    """Steps of a row's value."""
    if isinstance(stored, int):
        return stored * ONE
    whole, _, rest = stored.partition(".")
    return int(whole) * ONE + (int(rest.ljust(PLACES, "0")) if rest else 0)


def added_up(values: Sequence[int | str]) -> tuple[int, int]:
    """The sum and the largest of some rows' values, in steps; there is at least one."""
    if str in set(map(type, values)):
        steps = [from_value(stored) for stored in values]
        return sum(steps), max(steps)
    whole: Sequence[int] = values  # type: ignore[assignment]  # there are no texts among them
    return sum(whole) * ONE, max(whole) * ONE


def parts(steps: int) -> tuple[int, int, int, int]:
    """billions, units, sevenths, fifteenths; those of a negative correction add up to it all the same."""
    rest, fifteenths = divmod(steps, 10**8)
    rest, sevenths = divmod(rest, 10**7)
    billions, units = divmod(rest, 10**9)
    return billions, units, sevenths, fifteenths


def from_parts(billions: int, units: int, sevenths: int, fifteenths: int) -> int:
    """The steps the four parts add up to."""
    return ((billions * 10**9 + units) * 10**7 + sevenths) * 10**8 + fifteenths


@lru_cache(maxsize=4096)
def peak(steps: int) -> str:
    """A text that sorts as the number does: count of digits before the point, then the number."""
    plain = text(steps)
    return f"{len(plain.partition('.')[0]):02d}{plain}"


def from_peak(stored: str) -> int:
    """Steps of a peak."""
    return from_value(stored[2:])
