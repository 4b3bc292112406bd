"""JSON values on their way through control routes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def storable(value: Any) -> Any:
    """A value read from a body as plain JSON: decimals become numbers again."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: storable(item) for name, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value
