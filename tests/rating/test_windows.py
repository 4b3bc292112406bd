"""Window and bucket starts (behaviour/events-and-usage#windows, behaviour/events-and-usage#metered-usage,
behaviour/events-and-usage#analytics; behaviour/rating#commitment-of-a-line-item)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.windows import (
    DAY,
    MONTH,
    WEEK,
    WINDOW_SIZES,
    bucket_start,
    commitment_buckets,
    minutes_of,
    rollup_start,
    wider,
    window_start,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def anchored(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "tz", "moment", "start"),
    [
        ("MINUTE", "UTC", "2026-04-14T15:02:59.9Z", "2026-04-14T15:02:00+00:00"),
        ("15MIN", "UTC", "2026-04-06T01:44:59Z", "2026-04-06T01:30:00+00:00"),
        ("15MIN", "UTC", "2026-04-06T01:45:00Z", "2026-04-06T01:45:00+00:00"),
        ("30MIN", "UTC", "2026-04-06T01:44:59Z", "2026-04-06T01:30:00+00:00"),
        ("HOUR", "UTC", "2026-04-05T22:30:00Z", "2026-04-05T22:00:00+00:00"),
        ("3HOUR", "UTC", "2026-04-05T22:30:00Z", "2026-04-05T21:00:00+00:00"),
        ("6HOUR", "UTC", "2026-04-05T22:30:00Z", "2026-04-05T18:00:00+00:00"),
        ("12HOUR", "UTC", "2026-04-05T22:30:00Z", "2026-04-05T12:00:00+00:00"),
        ("DAY", "UTC", "2026-04-05T22:30:00Z", "2026-04-05T00:00:00+00:00"),
        ("WEEK", "UTC", "2026-04-04T23:59:59Z", "2026-03-29T00:00:00+00:00"),
        ("WEEK", "UTC", "2026-04-05T00:00:00Z", "2026-04-05T00:00:00+00:00"),
        ("MONTH", "UTC", "2026-04-30T22:15:00Z", "2026-04-01T00:00:00+00:00"),
        ("FOO", "UTC", "2026-04-14T15:02:00Z", "2026-04-14T00:00:00+00:00"),
        ("", "UTC", "2026-04-14T15:02:00Z", "2026-04-14T00:00:00+00:00"),
        ("DAY", "Europe/Berlin", "2026-04-13T22:30:00Z", "2026-04-14T00:00:00+02:00"),
        ("DAY", "Europe/Berlin", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00+02:00"),
        ("6HOUR", "Europe/Berlin", "2026-04-15T12:00:00Z", "2026-04-15T12:00:00+02:00"),
        ("6HOUR", "America/New_York", "2026-04-01T00:00:00Z", "2026-03-31T18:00:00-04:00"),
        ("HOUR", "Asia/Kolkata", "2026-04-01T00:00:00Z", "2026-04-01T05:00:00+05:30"),
        ("WEEK", "Europe/Berlin", "2026-04-04T23:59:59Z", "2026-04-05T00:00:00+00:00"),
        ("MONTH", "Europe/Berlin", "2026-04-30T22:15:00Z", "2026-05-01T00:00:00+00:00"),
        ("MONTH", "America/New_York", "2026-04-01T00:00:00Z", "2026-03-01T00:00:00+00:00"),
        ("DAY", "Nowhere/Land", "2026-04-05T22:30:00Z", "2026-04-05T00:00:00+00:00"),
    ],
)
def test_window_starts(size, tz, moment, start):
    """behaviour/events-and-usage#windows, every row; the numbers are recorded ones."""
    assert window_start(at(moment), size, tz).isoformat() == start


@pytest.mark.parametrize(
    ("day", "moment", "start"),
    [
        (20, "2026-04-14T15:02:00Z", "2026-03-20"),
        (11, "2026-04-10T10:00:00Z", "2026-03-11"),
        (11, "2026-04-11T09:00:00Z", "2026-04-11"),
        (30, "2026-02-10T00:00:00Z", "2026-01-30"),
        (30, "2026-03-01T23:00:00Z", "2026-01-30"),
        (30, "2026-03-02T00:00:00Z", "2026-03-02"),
        (30, "2026-03-30T00:00:00Z", "2026-03-30"),
        (31, "2026-04-01T00:00:00Z", "2026-03-31"),
        (31, "2026-04-30T23:00:00Z", "2026-03-31"),
    ],
)
def test_months_on_an_anchor(day, moment, start):
    """behaviour/events-and-usage#windows MONTH with billing_anchor, behaviour/events-and-usage#worked-events row 41."""
    assert bucket_start(at(moment), MONTH, anchored(day)) == at(start + "T00:00:00Z")


def test_the_anchor_moves_months_only():
    assert bucket_start(at("2026-04-14T15:02:00Z"), WEEK, anchored(20)) == at("2026-04-12T00:00:00Z")


@pytest.mark.parametrize(
    ("moment", "size", "start"),
    [
        ("2026-04-05T12:00:00Z", WEEK, "2026-03-30T00:00:00Z"),
        ("2026-04-06T00:00:00Z", WEEK, "2026-04-06T00:00:00Z"),
        ("2026-04-06T00:00:00Z", MONTH, "2026-04-01T00:00:00Z"),
        ("2026-04-06T05:00:00Z", DAY, "2026-04-06T00:00:00Z"),
    ],
)
def test_rollups_use_monday_weeks(moment, size, start):
    """behaviour/events-and-usage#windows note, behaviour/events-and-usage#analytics."""
    assert rollup_start(at(moment), size) == at(start)


@pytest.mark.parametrize(
    ("a", "b", "widest"),
    [
        ("HOUR", "DAY", "DAY"),
        ("WEEK", "DAY", "WEEK"),
        ("MONTH", "WEEK", "MONTH"),
        ("FOO", "HOUR", "FOO"),
        ("15MIN", "MINUTE", "15MIN"),
    ],
)
def test_the_wider_of_two(a, b, widest):
    """behaviour/events-and-usage#analytics: points of bucketed meters."""
    assert wider(a, b) == wider(b, a) == widest


def test_how_long_a_window_is():
    """behaviour/events-and-usage#analytics: months count 30 days; what is no size has no length."""
    minutes = [1, 15, 30, 60, 180, 360, 720, 1440, 10080, 43200]
    assert [minutes_of(size) for size in WINDOW_SIZES] == minutes
    assert minutes_of("FOO") == 0


class TestCommitmentBuckets:
    """behaviour/rating#commitment-of-a-line-item: all buckets of a period are filled."""

    def starts(self, start: str, end: str, size: str, anchor: datetime | None = None) -> list[str]:
        return [found.strftime("%m-%dT%H:%M") for found in commitment_buckets(at(start), at(end), size, anchor)]

    def test_a_month_of_days(self):
        assert len(self.starts("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", DAY)) == 30
        assert len(self.starts("2026-04-01T00:00:00Z", "2026-04-04T00:00:00Z", DAY)) == 3

    def test_the_first_bucket_may_precede_the_start(self):
        assert self.starts("2026-04-01T10:30:00Z", "2026-04-02T00:00:00Z", "6HOUR") == [
            "04-01T06:00",
            "04-01T12:00",
            "04-01T18:00",
        ]
        assert self.starts("2026-04-01T00:00:00Z", "2026-04-08T00:00:00Z", WEEK) == ["03-30T00:00", "04-06T00:00"]

    def test_months_clamp_and_come_back(self):
        assert self.starts("2026-01-31T08:00:00Z", "2026-05-01T00:00:00Z", MONTH) == [
            "01-31T00:00",
            "02-28T00:00",
            "03-31T00:00",
            "04-30T00:00",
        ]
        assert self.starts("2026-12-10T00:00:00Z", "2027-02-01T00:00:00Z", MONTH, anchored(5)) == [
            "12-05T00:00",
            "01-05T00:00",
        ]

    def test_an_empty_period(self):
        assert self.starts("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z", DAY) == []


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(WINDOW_SIZES),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"]),
    st.integers(1, 31),
)
def test_windows_hold_their_instant(moment, size, tz, day):
    """A start is not after the instant (dates: not after its local date) and starts its own window."""
    start = window_start(moment, size, tz, anchored(day))
    assert start <= moment + timedelta(hours=14)
    if size not in (WEEK, MONTH):
        assert start <= moment
        assert window_start(start, size, tz) == start
