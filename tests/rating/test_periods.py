"""Billing periods: anchors, ends, clock changes and trials (behaviour/subscriptions#creating-a-subscription)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.periods import (
    ANNIVERSARY,
    CALENDAR,
    DAILY,
    MONTHLY,
    MONTHS,
    ONETIME,
    WEEKLY,
    Period,
    billing_anchor,
    calendar_anchor,
    next_period_end,
    period_containing,
    periods,
    previous_period_start,
    trial_window,
)
from mockserver.rating.zones import zone


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# cycle | period | count | zone | start | anchor given | end_date | stored anchor, and below it the first period ends
DATES = """
ann | MONTHLY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | start
  -> 2026-05-14T15:00:00Z 2026-06-14T15:00:00Z 2026-07-14T15:00:00Z
ann | MONTHLY | 1 | UTC | 2026-04-14T15:00:00.123Z | - | - | start
  -> 2026-05-14T15:00:00Z 2026-06-14T15:00:00Z 2026-07-14T15:00:00Z
ann | MONTHLY | 1 | UTC | 2026-01-31T00:00:00Z | - | - | start
  -> 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z 2026-04-30T00:00:00Z
ann | MONTHLY | 1 | UTC | 2028-01-31T10:30:00Z | - | - | start
  -> 2028-02-29T10:30:00Z 2028-03-31T10:30:00Z 2028-04-30T10:30:00Z
ann | MONTHLY | 1 | UTC | 2026-01-30T00:00:00Z | - | - | start
  -> 2026-02-28T00:00:00Z 2026-03-30T00:00:00Z 2026-04-30T00:00:00Z
ann | MONTHLY | 2 | UTC | 2026-12-31T00:00:00Z | - | - | start
  -> 2027-02-28T00:00:00Z 2027-04-30T00:00:00Z 2027-06-30T00:00:00Z
ann | MONTHLY | 3 | UTC | 2026-04-14T00:00:00Z | - | - | start
  -> 2026-07-14T00:00:00Z 2026-10-14T00:00:00Z 2027-01-14T00:00:00Z
ann | MONTHLY | 1 | UTC | 2026-04-14T15:00:00Z | - | 2026-05-01T00:00:00Z | start
  -> 2026-05-01T00:00:00Z 2026-05-01T00:00:00Z
ann | MONTHLY | 1 | UTC | 2026-04-10T12:00:00Z | 2026-01-15T00:00:00Z | - | 2026-01-15T00:00:00Z
  -> 2026-04-15T00:00:00Z 2026-05-15T00:00:00Z 2026-06-15T00:00:00Z
ann | MONTHLY | 1 | UTC | 2026-04-20T12:00:00Z | 2026-01-15T00:00:00Z | - | 2026-01-15T00:00:00Z
  -> 2026-05-15T00:00:00Z 2026-06-15T00:00:00Z 2026-07-15T00:00:00Z
ann | MONTHLY | 1 | UTC | 2026-02-10T12:00:00Z | 2026-01-31T00:00:00Z | - | 2026-01-31T00:00:00Z
  -> 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z 2026-04-30T00:00:00Z
ann | MONTHLY | 1 | UTC | 2026-02-28T12:00:00Z | 2026-01-31T00:00:00Z | - | 2026-01-31T00:00:00Z
  -> 2026-03-31T00:00:00Z 2026-04-30T00:00:00Z 2026-05-31T00:00:00Z
ann | MONTHLY | 2 | UTC | 2026-04-10T12:00:00Z | 2026-01-15T00:00:00Z | - | 2026-01-15T00:00:00Z
  -> 2026-04-15T00:00:00Z 2026-06-15T00:00:00Z 2026-08-15T00:00:00Z
ann | MONTHLY | 1 | UTC | 2026-04-15T12:00:00Z | 2026-01-15T18:00:00Z | - | 2026-01-15T18:00:00Z
  -> 2026-05-15T18:00:00Z 2026-06-15T18:00:00Z 2026-07-15T18:00:00Z
ann | ANNUAL | 1 | UTC | 2024-02-29T08:00:00Z | - | - | start
  -> 2025-02-28T08:00:00Z 2026-02-28T08:00:00Z 2027-02-28T08:00:00Z
ann | ANNUAL | 4 | UTC | 2024-02-29T08:00:00Z | - | - | start
  -> 2028-02-29T08:00:00Z 2032-02-29T08:00:00Z 2036-02-29T08:00:00Z
ann | ANNUAL | 1 | UTC | 2026-04-14T15:00:00Z | 2026-06-01T00:00:00Z | - | 2026-06-01T00:00:00Z
  -> 2027-06-01T00:00:00Z 2028-06-01T00:00:00Z 2029-06-01T00:00:00Z
ann | QUARTERLY | 1 | UTC | 2026-11-30T00:00:00Z | - | - | start
  -> 2027-02-28T00:00:00Z 2027-05-30T00:00:00Z 2027-08-30T00:00:00Z
ann | QUARTERLY | 1 | UTC | 2026-04-14T15:00:00Z | 2026-09-01T00:00:00Z | - | 2026-09-01T00:00:00Z
  -> 2026-09-01T00:00:00Z 2026-12-01T00:00:00Z 2027-03-01T00:00:00Z
ann | HALF_YEARLY | 1 | UTC | 2026-08-31T00:00:00Z | - | - | start
  -> 2027-02-28T00:00:00Z 2027-08-31T00:00:00Z 2028-02-29T00:00:00Z
ann | WEEKLY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | start
  -> 2026-04-21T15:00:00Z 2026-04-28T15:00:00Z 2026-05-05T15:00:00Z
ann | WEEKLY | 2 | UTC | 2026-04-14T15:00:00Z | - | - | start
  -> 2026-04-28T15:00:00Z 2026-05-12T15:00:00Z 2026-05-26T15:00:00Z
ann | WEEKLY | 2 | UTC | 2026-04-14T15:00:00Z | 2026-04-17T09:00:00Z | - | 2026-04-17T09:00:00Z
  -> 2026-04-24T09:00:00Z 2026-05-08T09:00:00Z 2026-05-22T09:00:00Z
ann | DAILY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | start
  -> 2026-04-15T15:00:00Z 2026-04-16T15:00:00Z 2026-04-17T15:00:00Z
ann | DAILY | 10 | UTC | 2026-04-25T15:00:00Z | - | - | start
  -> 2026-05-05T15:00:00Z 2026-05-15T15:00:00Z 2026-05-25T15:00:00Z
cal | DAILY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | 2026-04-15T00:00:00Z
  -> 2026-04-15T00:00:00Z 2026-04-16T00:00:00Z 2026-04-17T00:00:00Z
cal | WEEKLY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | 2026-04-20T00:00:00Z
  -> 2026-04-20T00:00:00Z 2026-04-27T00:00:00Z 2026-05-04T00:00:00Z
cal | WEEKLY | 1 | UTC | 2026-04-13T00:00:00Z | - | - | 2026-04-20T00:00:00Z
  -> 2026-04-20T00:00:00Z 2026-04-27T00:00:00Z 2026-05-04T00:00:00Z
cal | MONTHLY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | 2026-05-01T00:00:00Z
  -> 2026-05-01T00:00:00Z 2026-06-01T00:00:00Z 2026-07-01T00:00:00Z
cal | MONTHLY | 1 | UTC | 2026-04-01T00:00:00Z | - | - | 2026-05-01T00:00:00Z
  -> 2026-05-01T00:00:00Z 2026-06-01T00:00:00Z 2026-07-01T00:00:00Z
cal | MONTHLY | 3 | UTC | 2026-04-14T15:00:00Z | - | - | 2026-05-01T00:00:00Z
  -> 2026-07-01T00:00:00Z 2026-10-01T00:00:00Z 2027-01-01T00:00:00Z
cal | QUARTERLY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | 2026-07-01T00:00:00Z
  -> 2026-07-01T00:00:00Z 2026-10-01T00:00:00Z 2027-01-01T00:00:00Z
cal | QUARTERLY | 2 | UTC | 2026-11-14T15:00:00Z | - | - | 2027-01-01T00:00:00Z
  -> 2027-01-01T00:00:00Z 2027-07-01T00:00:00Z 2028-01-01T00:00:00Z
cal | HALF_YEARLY | 1 | UTC | 2026-04-14T15:00:00Z | - | - | 2026-07-01T00:00:00Z
  -> 2026-07-01T00:00:00Z 2027-01-01T00:00:00Z 2027-07-01T00:00:00Z
cal | ANNUAL | 1 | UTC | 2026-04-14T15:00:00Z | - | - | 2027-01-01T00:00:00Z
  -> 2027-01-01T00:00:00Z 2028-01-01T00:00:00Z 2029-01-01T00:00:00Z
cal | MONTHLY | 1 | Europe/Berlin | 2026-04-14T15:00:00Z | - | - | 2026-04-30T22:00:00Z
  -> 2026-04-30T22:00:00Z 2026-05-31T22:00:00Z 2026-06-30T22:00:00Z
cal | MONTHLY | 1 | Europe/Berlin | 2026-04-30T22:30:00Z | - | - | 2026-05-31T22:00:00Z
  -> 2026-05-31T22:00:00Z 2026-06-30T22:00:00Z 2026-07-31T22:00:00Z
cal | MONTHLY | 1 | Asia/Kolkata | 2026-04-14T15:00:00Z | - | - | 2026-04-30T18:30:00Z
  -> 2026-04-30T18:30:00Z 2026-05-31T18:30:00Z 2026-06-30T18:30:00Z
cal | MONTHLY | 1 | America/New_York | 2026-10-20T15:00:00Z | - | - | 2026-11-01T04:00:00Z
  -> 2026-11-01T04:00:00Z 2026-12-01T05:00:00Z 2027-01-01T05:00:00Z
ann | MONTHLY | 1 | Europe/Berlin | 2026-03-10T15:00:00Z | - | - | start
  -> 2026-04-10T14:00:00Z 2026-05-10T14:00:00Z 2026-06-10T14:00:00Z
ann | MONTHLY | 1 | America/New_York | 2026-01-31T03:00:00Z | - | - | start
  -> 2026-03-01T03:00:00Z 2026-03-31T02:00:00Z 2026-05-01T02:00:00Z
ann | DAILY | 1 | Europe/Berlin | 2026-03-28T12:00:00Z | - | - | start
  -> 2026-03-29T11:00:00Z 2026-03-30T11:00:00Z 2026-03-31T11:00:00Z
ann | MONTHLY | 1 | Europe/Berlin | 2026-02-28T01:30:00Z | - | - | start
  -> 2026-03-28T01:30:00Z 2026-04-28T00:30:00Z 2026-05-28T00:30:00Z
"""


def rows() -> list:
    lines = [line for line in DATES.strip().splitlines() if line]
    cases = []
    for number, (terms, ends) in enumerate(zip(lines[::2], lines[1::2], strict=True), 1):
        cycle, period, count, tz, start, anchor, end_date, stored = terms.split(" | ")
        values = (
            {"ann": ANNIVERSARY, "cal": CALENDAR}[cycle],
            period,
            int(count),
            tz,
            at(start),
            None if anchor == "-" else at(anchor),
            None if end_date == "-" else at(end_date),
            at(start if stored == "start" else stored),
            [at(text) for text in ends.split()[1:]],
        )
        cases.append(pytest.param(*values, id=f"row{number}-{cycle}-{period}x{count}-{tz}"))
    return cases


@pytest.mark.parametrize(
    ("cycle", "period", "count", "tz", "start", "given_anchor", "end_date", "stored", "ends"), rows()
)
def test_worked_dates(cycle, period, count, tz, start, given_anchor, end_date, stored, ends):
    """behaviour/subscriptions#anchor, every row."""
    anchor = billing_anchor(cycle, start, period, tz, given_anchor)
    assert anchor == stored
    found, begin = [], start
    for _ in ends:
        begin = next_period_end(begin, anchor, period, count, tz, end_date)
        found.append(begin)
    assert found == ends
    assert all(end.tzinfo is UTC for end in found)


@pytest.mark.parametrize(
    ("tz", "start", "clock", "end"),
    [
        ("Europe/Berlin", "2026-10-24T00:30:00Z", "autumn", "2026-10-25T01:30:00Z"),
        ("America/New_York", "2026-10-31T05:30:00Z", "autumn", "2026-11-01T05:30:00Z"),
        ("Europe/Berlin", "2026-03-28T01:30:00Z", "spring", "2026-03-29T01:30:00Z"),
        ("America/New_York", "2026-03-07T07:15:00Z", "spring", "2026-03-08T06:15:00Z"),
    ],
)
def test_a_clock_that_is_missing_or_doubled(tz, start, clock, end):
    """behaviour/subscriptions#anchor rule 8."""
    assert next_period_end(at(start), at(start), DAILY, 1, tz) == at(end)


def test_quarterly_start_before_anchor_keeps_the_fraction_and_ignores_the_count():
    """behaviour/subscriptions#anchor rule 3."""
    anchor = at("2026-09-01T00:00:00.250Z")
    assert next_period_end(at("2026-04-14T15:00:00Z"), anchor, "QUARTERLY", 3) == anchor


@pytest.mark.parametrize(("period", "count"), [(ONETIME, 1), ("FORTNIGHTLY", 1), (MONTHLY, 0), (MONTHLY, -1)])
def test_periods_without_length_are_refused(period, count):
    """behaviour/subscriptions#anchor."""
    start = at("2026-04-14T15:00:00Z")
    with pytest.raises(ValueError, match="period"):
        next_period_end(start, start, period, count)
    with pytest.raises(ValueError, match="period"):
        previous_period_start(start, start, period, count)


def test_onetime_has_no_calendar_anchor():
    """behaviour/subscriptions#anchor."""
    with pytest.raises(ValueError, match="ONETIME"):
        calendar_anchor(at("2026-04-14T15:00:00Z"), ONETIME)


def test_dates_past_the_last_year_are_refused():
    """Python's calendar ends with the year 9999."""
    start = at("9999-12-14T15:00:00Z")
    with pytest.raises(OverflowError):
        next_period_end(start, start, MONTHLY)


def test_the_last_year_is_a_year():
    start = at("9998-12-14T15:00:00Z")
    assert next_period_end(start, start, "ANNUAL") == at("9999-12-14T15:00:00Z")
    assert previous_period_start(at("0002-01-14T15:00:00Z"), start, "ANNUAL") == at("0001-01-14T15:00:00Z")
    with pytest.raises(OverflowError):
        previous_period_start(at("0001-01-14T15:00:00Z"), start, MONTHLY)


@pytest.mark.parametrize(
    ("end", "anchor", "period", "count", "tz", "start"),
    [
        ("2026-05-01T00:00:00Z", "2026-05-01T00:00:00.5Z", DAILY, 2, None, "2026-04-29T00:00:00Z"),
        ("2026-05-01T00:00:00Z", "2026-05-01T06:00:00Z", WEEKLY, 2, None, "2026-04-17T06:00:00Z"),
        ("2026-03-31T00:00:00Z", "2026-01-31T00:00:00Z", MONTHLY, 1, None, "2026-02-28T00:00:00Z"),
        ("2026-01-15T00:00:00Z", "2026-01-15T00:00:00Z", "QUARTERLY", 2, None, "2025-07-15T00:00:00Z"),
        ("2026-04-10T14:00:00Z", "2026-03-10T15:00:00Z", MONTHLY, 1, "Europe/Berlin", "2026-03-10T15:00:00Z"),
        ("2026-04-30T22:30:00Z", "2026-04-30T22:30:00Z", DAILY, 1, "Europe/Berlin", "2026-04-29T22:30:00Z"),
    ],
)
def test_one_full_period_back(end, anchor, period, count, tz, start):
    """behaviour/subscriptions#opening-invoice: on the anchor's day and clock, whole seconds."""
    assert previous_period_start(at(end), at(anchor), period, count, tz) == at(start)


@pytest.mark.parametrize(
    ("start", "period", "tz", "boundary"),
    [
        ("2026-12-14T15:00:00Z", "QUARTERLY", "UTC", "2027-01-01T00:00:00Z"),
        ("2026-07-01T00:00:00Z", "HALF_YEARLY", "UTC", "2027-01-01T00:00:00Z"),
        ("2026-04-19T23:00:00Z", "WEEKLY", "Europe/Berlin", "2026-04-26T22:00:00Z"),
        ("2026-12-31T23:30:00Z", "ANNUAL", "Asia/Kolkata", "2027-12-31T18:30:00Z"),
    ],
)
def test_calendar_anchor(start, period, tz, boundary):
    """behaviour/subscriptions#anchor."""
    assert calendar_anchor(at(start), period, tz) == at(boundary)


@pytest.mark.parametrize(
    ("days", "end"),
    [
        (None, None),
        (0, None),
        (-1, None),
        (1, "2026-04-15T15:00:00Z"),
        (14, "2026-04-28T15:00:00Z"),
        (31, "2026-05-15T15:00:00Z"),
    ],
)
def test_trial_window(days, end):
    """behaviour/subscriptions#trials."""
    start = at("2026-04-14T15:00:00Z")
    assert trial_window(start, days) == (None if end is None else Period(start, at(end)))


def test_unknown_zones_are_utc():
    """behaviour/events-and-usage#usage-by-event-name."""
    assert zone("Mars/Olympus") is UTC
    assert zone("") is UTC
    assert zone("Europe") is UTC
    assert zone("../etc/passwd") is UTC


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        next_period_end(datetime(2026, 4, 14), at("2026-04-14T15:00:00Z"), MONTHLY)


def test_periods_stop_at_the_end_date():
    """behaviour/subscriptions#anchor rule 7."""
    start, end = at("2026-04-14T15:00:00Z"), at("2026-06-01T00:00:00Z")
    found = list(periods(start, start, MONTHLY, end_date=end))
    assert [period.end for period in found] == [at("2026-05-14T15:00:00Z"), end]
    assert period_containing(end, start, start, MONTHLY, end_date=end) is None
    assert period_containing(start - timedelta(seconds=1), start, start, MONTHLY) is None
    first, second = found
    assert period_containing(start, start, start, MONTHLY, end_date=end) == first
    assert period_containing(first.end, start, start, MONTHLY, end_date=end) == second
    in_two = Period(start, at("2026-06-14T15:00:00Z"))
    assert period_containing(first.end, start, start, MONTHLY, 2) == in_two
    berlin = next(periods(at("2026-03-10T15:00:00Z"), at("2026-03-10T15:00:00Z"), MONTHLY, tz="Europe/Berlin"))
    assert berlin.end == at("2026-04-10T14:00:00Z")


def test_period_arithmetic():
    whole = Period(at("2026-04-01T00:00:00Z"), at("2026-05-01T00:00:00Z"))
    half = Period(at("2026-04-16T00:00:00Z"), at("2026-06-01T00:00:00Z"))
    assert whole.seconds == 30 * 86400
    assert whole.overlap(half) == Period(half.start, whole.end)
    assert half.overlap(Period(half.end, half.end)) is None
    assert whole.contains(whole.start)
    assert not whole.contains(whole.end)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
moments = st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


@settings(max_examples=60, deadline=None)
@given(
    start=moments,
    anchor=st.none() | moments,
    cycle=st.sampled_from([ANNIVERSARY, CALENDAR]),
    period=st.sampled_from([DAILY, WEEKLY, *MONTHS]),
    count=st.integers(1, 5),
    tz=st.sampled_from(ZONES),
    share=st.floats(0, 1),
)
def test_periods_tile_the_time_line(start, anchor, cycle, period, count, tz, share):
    """Every period is longer than nothing and begins where the one before ended; each instant lies in exactly one."""
    stored = billing_anchor(cycle, start, period, tz, anchor)
    found = list(islice(periods(start, stored, period, count, tz), 8))
    assert found[0].start == start
    assert all(item.start < item.end for item in found)
    assert all(one.end == other.start for one, other in pairwise(found))
    moment = start + (found[-1].end - start) * share
    if moment < found[-1].end:
        holding = [item for item in found if item.contains(moment)]
        assert len(holding) == 1
        assert period_containing(moment, start, stored, period, count, tz) == holding[0]


@settings(max_examples=60, deadline=None)
@given(
    start=moments,
    period=st.sampled_from([DAILY, WEEKLY, *MONTHS]),
    count=st.integers(1, 3),
)
def test_stepping_back_undoes_a_full_period(start, period, count):
    """The day is taken from the anchor again, so even month ends come back."""
    begin = start.replace(microsecond=0)
    end = next_period_end(begin, begin, period, count)
    assert previous_period_start(end, begin, period, count) == begin
