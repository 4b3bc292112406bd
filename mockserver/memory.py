"""Giving memory back after a burst of large requests."""

from __future__ import annotations

import contextlib
import ctypes

_LARGE = 128 * 1024
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


def return_freed() -> None:
    """Have the C library (glibc; others do so anyway) return what is freed. By itself it learns from the first large
    block that such come again, and keeps them from then on, for each thread anew: a burst of large requests would stay
    for as long as the process lives. To be called before threads are started."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for setting, value in ((_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, 4 * _LARGE), (_M_ARENA_MAX, 2)):
            mallopt(setting, value)
