"""New ULIDs. ``ulid-transform`` was chosen because every request and row needs one: it is small, quick to import, and
one C call instead of the many Python ones of others. Its own random numbers can be foretold and are not used."""

from __future__ import annotations

import os
import threading
import time

from ulid_transform import bytes_to_ulid

_RANDOM = 2**80
_lock = threading.Lock()
_last = 0


def new_ulid() -> str:
    """A ULID of this moment (the machine's, not an environment's), greater than all that this process made before: what
    is made later also sorts later."""
    global _last
    fresh = (time.time_ns() // 1_000_000) * _RANDOM + int.from_bytes(os.urandom(10), "big")
    with _lock:
        if fresh // _RANDOM <= _last // _RANDOM:
            fresh = _last + 1 + int.from_bytes(os.urandom(5), "big")
        _last = fresh
    return bytes_to_ulid(fresh.to_bytes(16, "big"))


def secret_ulid() -> str:
    """A ULID of this moment that no other one tells anything about."""
    return bytes_to_ulid((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
