"""Secrets a target hands out (keys it mints, tokens) never go into recordings and results."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]+\.[\w-]+|sk_01[0-9A-HJKMNP-TV-Z]{24}")
_SECRET_KEYS = frozenset({"api_key", "token", "session_token"})


def redacted(value: Any, key: str = "") -> Any:
    """A copy without secrets a target handed out; placeholders for them stay."""
    if isinstance(value, dict):
        return {name: redacted(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if isinstance(value, str) and not value.startswith("{{"):
        return "<key>" if key in _SECRET_KEYS and len(value) > 20 else _TOKEN.sub("<key>", value)
    return value
