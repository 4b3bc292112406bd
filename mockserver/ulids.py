"""New ULIDs. ``ulid-transform`` was chosen because every request and row needs one: it is small, quick to import, and
two C calls instead of the many Python ones of others. Its own random numbers can be foretold and are not used."""

from __future__ import annotations

import os
import time

from ulid_transform import bytes_to_ulid


def new_ulid() -> str:
    """A ULID of this moment (the machine's, not an environment's), as fit for a secret as for an id."""
    return bytes_to_ulid((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
