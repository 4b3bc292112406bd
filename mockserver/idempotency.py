"""Keys the server derives itself, so that the same thing is not done twice
(behaviour/invoices-and-wallets#creating-invoices, behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

import hashlib


def key_of(scope: str, *parts: object) -> str:
    """``<scope>-<16 hex digits>``: the same for the same parts. The real server hashes other texts."""
    joined = "|".join(map(str, parts))
    return f"{scope}-{hashlib.sha256(joined.encode()).hexdigest()[:16]}"
