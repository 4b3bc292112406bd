"""Ids sort in the order in which they were made, as on the real server (behaviour/http#ids-and-base-fields)."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver import ulids

ULID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")


def test_they_ascend_within_a_millisecond() -> None:
    made = [ulids.new_ulid() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(map(ULID.fullmatch, made))


def test_they_ascend_though_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(ulids, "_last", 0)
    moments = iter([now, now - 10**9, now - 2 * 10**9, now + 10**9])
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    made = [ulids.new_ulid() for _ in range(4)]
    assert made == sorted(made)


def test_threads_never_make_the_same_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ulids.new_ulid(), range(4000)))
    assert len(set(made)) == len(made)


def test_secrets_do_not_follow_each_other() -> None:
    one, other = ulids.secret_ulid(), ulids.secret_ulid()
    assert ULID.fullmatch(one)
    assert one[10:18] != other[10:18]
