"""JSON values on their way through control routes."""

from __future__ import annotations

from typing import Any

from mockserver.control.errors import ControlError
from mockserver.http.reading import decoded
from mockserver.rating.money import parse_whole


def storable(value: Any) -> Any:
    """A value read from a body as plain JSON, its numbers as events hold them; ``ControlError`` for one that is too
    large for that."""
    try:
        return decoded(value)
    except ValueError as error:
        raise ControlError(str(error)) from None


def whole(name: str, text: str | None, default: int, least: int, most: int) -> int:
    """A whole number of a query string; ``ControlError`` for anything else."""
    if not text:
        return default
    try:
        number = parse_whole(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise ControlError(f"{name} must be a whole number from {least} to {most}")
    return number


MAX_PATTERN = 1000
"""Characters of a pattern that paths or keys are compared with."""


def pattern(name: str, text: str) -> str:
    """A pattern as it was given; ``ControlError`` for one that is too long to be compared with."""
    if len(text) > MAX_PATTERN:
        raise ControlError(f"{name} must have at most {MAX_PATTERN} characters")
    return text
