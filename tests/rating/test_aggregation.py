"""Folding events into quantities (behaviour/events-and-usage#what-is-stored, behaviour/events-and-usage#aggregations,
behaviour/events-and-usage#metered-usage; behaviour/rating#quantity-of-a-meter)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.aggregation import (
    ADDITIVE,
    NeedsRows,
    RawRow,
    Rollup,
    UsageRow,
    aggregate,
    bucketed,
    event_count,
    merged,
    query,
    query_buckets,
    raw_row,
    windowed,
)
from mockserver.rating.money import plain
from mockserver.rating.quantity import AGGREGATION_TYPES, Aggregation, ingest_quantity
from mockserver.rating.windows import bucket_start


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-04-{text}Z")


def usage(*rows: tuple) -> list[UsageRow]:
    return [UsageRow(at(row[0]), row[1], D(row[2]), *row[3:]) for row in rows]


SEVEN = usage(
    ("10T10:00", "e1", "1.5", "k:10"),
    ("10T10:01", "e2", "0", "k:10"),
    ("10T10:02", "e3", "4"),
    ("10T10:03", "e4", "0", "k:true"),
    ("10T10:04", "e5", "1"),
    ("11T10:00", "e6", "2", "k:x"),
    ("12T10:00", "e7", "3"),
)


@pytest.mark.parametrize(
    ("aggregation", "value"),
    [
        ("COUNT", "7"),
        ("SUM", "11.5"),
        ("SUM_WITH_MULTIPLIER", "11.5"),
        ("WEIGHTED_SUM", "11.5"),
        ("COUNT_UNIQUE", "3"),
        ("MAX", "4"),
        ("AVG", "1.6428571428571428"),
        ("LATEST", "3"),
        ("sum", "11.5"),
    ],
)
def test_metered_rows(aggregation, value):
    """behaviour/rating#quantity-of-a-meter; AVG is the recorded number. Unknown types are summed
    (behaviour/events-and-usage#usage-of-one-meter)."""
    assert plain(aggregate(aggregation, SEVEN)) == value


@pytest.mark.parametrize("aggregation", AGGREGATION_TYPES)
def test_nothing_is_zero(aggregation):
    """behaviour/rating#quantity-of-a-meter."""
    assert aggregate(aggregation, []) == 0
    assert windowed(aggregation, [], partial(bucket_start, size="DAY")) == []


def test_the_same_id_at_two_times():
    """behaviour/events-and-usage#what-is-stored, behaviour/events-and-usage#worked-events: SUM adds both, COUNT counts
    one."""
    rows = usage(("10T10:00", "e1", "1"), ("10T10:01", "e1", "3"))
    assert [aggregate(name, rows) for name in ("SUM", "COUNT", "MAX", "LATEST")] == [4, 1, 3, 3]


def test_latest_takes_the_last_of_equal_times():
    rows = usage(("10T10:00", "e1", "1"), ("10T10:00", "e2", "5"), ("10T09:00", "e3", "9"))
    assert aggregate("LATEST", rows) == 5


def test_event_counts():
    """behaviour/events-and-usage#usage-of-one-meter: rows without the property do not count for COUNT_UNIQUE."""
    assert event_count("SUM", SEVEN) == 7
    assert event_count("COUNT_UNIQUE", SEVEN) == 4


def test_windows_of_metered_rows():
    """behaviour/events-and-usage#usage-of-one-meter: the total of a windowed question is the sum of its windows,
    whatever the type."""
    days = windowed("MAX", SEVEN, partial(bucket_start, size="DAY"))
    assert [(window.start.day, window.value, window.event_count) for window in days] == [
        (10, 4, 5),
        (11, 2, 1),
        (12, 3, 1),
    ]
    assert sum(window.value for window in days) == 9
    texts = windowed("COUNT_UNIQUE", SEVEN, partial(bucket_start, size="DAY"))
    assert [(window.value, window.event_count) for window in texts] == [(2, 3), (1, 1), (0, 0)]


def test_buckets_of_metered_rows():
    """behaviour/rating#quantity-of-a-meter: MAX with groups has one value for each bucket and group; SUM ignores
    groups."""
    rows = usage(
        ("10T10:00", "b0", "5", None, "x"),
        ("10T10:20", "b1", "9", None, "x"),
        ("10T10:40", "b2", "7", None, "y"),
        ("11T09:00", "b4", "6", None, "x"),
    )
    day = partial(bucket_start, size="DAY")
    assert [(w.start.day, w.group, w.value) for w in bucketed("MAX", rows, day, grouped=True)] == [
        (10, "x", 9),
        (10, "y", 7),
        (11, "x", 6),
    ]
    assert [w.value for w in bucketed("MAX", rows, day)] == [9, 6]
    assert [w.value for w in bucketed("SUM", rows, day, grouped=True)] == [21, 6]


def test_rollups_say_what_they_cannot_answer():
    light = Rollup.of(SEVEN, keep_sets=False)
    for rollup in (light, light.merge(Rollup.of(SEVEN))):
        for name in ("COUNT", "COUNT_UNIQUE"):
            with pytest.raises(NeedsRows):
                rollup.value(name)
    assert [light.value(name) for name in sorted(ADDITIVE)] == [aggregate(name, SEVEN) for name in sorted(ADDITIVE)]


hours = st.integers(0, 5)
rows_strategy = st.lists(
    st.builds(
        lambda hour, minute, event, quantity, key: UsageRow(
            datetime(2026, 4, 10, hour, minute, tzinfo=UTC), event, quantity, key
        ),
        hours,
        st.integers(0, 59),
        st.sampled_from("abcdef"),
        st.decimals(0, 1000, places=3),
        st.sampled_from([None, "k1", "k2", "k3"]),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(rows_strategy)
def test_hourly_rollups_merge_to_the_whole(rows):
    """Folding hour by hour and merging gives what folding everything gives, for every aggregation."""
    by_hour: dict[datetime, list[UsageRow]] = {}
    for row in rows:
        by_hour.setdefault(row.timestamp.replace(minute=0), []).append(row)
    whole = merged(Rollup.of(by_hour[hour]) for hour in sorted(by_hour))
    for name in AGGREGATION_TYPES:
        assert whole.value(name) == aggregate(name, rows)


# Questions over raw events


def raw(*rows: tuple) -> list[RawRow]:
    return [RawRow(at(row[0]), row[1], float(row[2]), str(row[2]), *row[3:]) for row in rows]


def asked(name: str, rows: list[RawRow], **options) -> float:
    return query(name, rows, start=at("10T00:00"), end=at("11T00:00"), **options).value


SEED = [
    raw_row(at("14T15:00"), "evt_img_0001", {"image_count": 1, "model": "dall-e-3"}, "image_count"),
    raw_row(at("14T15:01"), "evt_img_0002", {"input_tokens": 1200, "model": "gpt-image-1"}, "image_count"),
]


@pytest.mark.parametrize(
    ("name", "value"), [("COUNT", 2), ("SUM", 1), ("AVG", 0.5), ("LATEST", 0), ("COUNT_UNIQUE", 2), ("MAX", 1)]
)
def test_seed_questions(name, value):
    """behaviour/events-and-usage#worked-events."""
    assert asked(name, SEED) == value


def test_the_same_id_counts_once_but_for_three():
    """behaviour/events-and-usage#what-is-stored, behaviour/events-and-usage#aggregations: LATEST, WEIGHTED_SUM and
    COUNT_UNIQUE see all rows."""
    rows = raw(("10T00:00", "e1", 1), ("10T12:00", "e1", 3))
    values = [asked(name, rows) for name in ("COUNT", "SUM", "MAX", "AVG", "LATEST", "COUNT_UNIQUE", "WEIGHTED_SUM")]
    assert values == [1, 3, 3, 3, 3, 2, 2.5]
    windows = query("SUM", rows, start_of=partial(bucket_start, size="HOUR"))
    assert (windows.value, [value for _, value in windows.results]) == (0, [1, 3])


NEGATIVE = raw(
    ("10T10:00", "g0", -5),
    ("10T10:01", "g1", 8),
    ("11T10:00", "g2", -4),
    ("12T10:00", "g3", -1),
    ("12T10:01", "g4", -2),
)
DAILY = partial(bucket_start, size="DAY")


def test_negative_results_are_clamped_last():
    """behaviour/events-and-usage#aggregations; every number recorded."""
    assert asked("SUM", NEGATIVE) == 0
    assert asked("SUM", NEGATIVE[:2]) == 3
    assert asked("AVG", NEGATIVE[:2]) == 1.5
    assert asked("MAX", NEGATIVE) == 8
    assert asked("MAX", NEGATIVE[2:]) == 0
    assert asked("LATEST", NEGATIVE) == 0
    assert asked("COUNT", NEGATIVE) == 5
    assert asked("SUM_WITH_MULTIPLIER", NEGATIVE[:2], multiplier=D(2)) == 6
    assert [value for _, value in query("SUM", NEGATIVE, start_of=DAILY).results] == [3, 0, 0]
    weighted = query(
        "WEIGHTED_SUM", NEGATIVE[:2], start=datetime(2026, 4, 1, tzinfo=UTC), end=datetime(2026, 4, 11, tzinfo=UTC)
    )
    assert weighted.value == pytest.approx(0.17444444444444446)


def test_bucket_totals_are_formed_before_clamping():
    """behaviour/events-and-usage#aggregations; both recorded."""
    largest = query_buckets("MAX", NEGATIVE, DAILY)
    assert (largest.value, [value for _, value in largest.results]) == (3, [8, 0, 0])
    summed = query_buckets("SUM", NEGATIVE, DAILY)
    assert (summed.value, [value for _, value in summed.results]) == (0, [3, 0, 0])


BUCKETS = raw(
    ("10T10:00", "b0", 5, "x"),
    ("10T10:20", "b1", 9, "x"),
    ("10T10:40", "b2", 7, "y"),
    ("10T12:00", "b3", 4, "y"),
    ("11T09:00", "b4", 6, "x"),
    ("11T23:59", "b5", 2, "z"),
)


@pytest.mark.parametrize(
    ("name", "size", "grouped", "total", "values"),
    [
        ("MAX", "MINUTE", False, 33, [5, 9, 7, 4, 6, 2]),
        ("MAX", "HOUR", False, 21, [9, 4, 6, 2]),
        ("SUM", "HOUR", False, 33, [21, 4, 6, 2]),
        ("MAX", "DAY", False, 15, [9, 6]),
        ("SUM", "DAY", True, 33, [25, 8]),
        ("MAX", "WEEK", False, 9, [9]),
        ("MAX", "DAY", True, 24, [9, 7, 6, 2]),
    ],
)
def test_bucketed_questions(name, size, grouped, total, values):
    """behaviour/events-and-usage#usage-answer, behaviour/events-and-usage#aggregations; every number recorded."""
    found = query_buckets(name, BUCKETS, partial(bucket_start, size=size), grouped)
    assert (found.value, [value for _, value in found.results]) == (total, values)


def test_buckets_replace_rows_of_the_same_id_and_millisecond():
    """behaviour/events-and-usage#what-is-stored, exceptions: bucketed questions keep an id twice when its times
    differ."""
    rows = raw(("10T10:00", "b0", 5), ("10T10:00", "b0", 3), ("10T11:00", "b0", 2))
    assert query_buckets("SUM", rows, DAILY).value == 5


@pytest.mark.parametrize(
    ("value", "name", "answer"),
    [
        ("NaN", "SUM", 0), ("nan", "AVG", 0), ("NaN", "MAX", 10), ("Infinity", "SUM", 0), ("inf", "AVG", 0),
        ("Infinity", "MAX", 0),
        ("-inf", "SUM", 0), ("-inf", "MAX", 10), ("x", "SUM", 10),
    ],
)  # fmt: skip
def test_numbers_that_are_not_finite(value, name, answer):
    """behaviour/events-and-usage#aggregations, the NaN rule."""
    rows = [raw_row(at("10T10:00"), "a", {"n": 10}, "n"), raw_row(at("10T10:01"), "b", {"n": value}, "n")]
    assert asked(name, rows) == answer


def test_a_window_that_is_not_finite_still_shows():
    """behaviour/events-and-usage#aggregations."""
    rows = [raw_row(at("10T10:00"), "a", {"n": 10}, "n"), raw_row(at("10T10:01"), "b", {"n": "nan"}, "n")]
    assert query("SUM", rows, start_of=DAILY).results == ((at("10T00:00"), 0.0),)


WEIGHTED = raw(("10T00:00:00", "w0", 8), ("10T00:00:16", "w1", 16), ("10T00:00:32.900", "w2", 4))


def test_weighted_sum():
    """behaviour/events-and-usage#aggregations, behaviour/events-and-usage#worked-events: whole seconds left, divided by
    the asked range; recorded weights."""
    range_ = {"start": at("10T00:00:00"), "end": at("10T00:01:04")}
    found = query("WEIGHTED_SUM", WEIGHTED, **range_)
    assert found.value == 8 + 16 * 48 / 64 + 4 * 32 / 64
    assert query("WEIGHTED_SUM", WEIGHTED, start=at("10T00:00"), end=at("10T00:00")).value == 0
    seed = raw(("14T15:02", "v1", 8), ("14T15:03", "v2", 10), ("14T15:04", "v3", 5))
    hour = query("WEIGHTED_SUM", seed, start=at("14T15:00"), end=at("14T16:00"))
    assert hour.value == pytest.approx(21.900000000000002)
    with pytest.raises(ValueError, match="range"):
        query("WEIGHTED_SUM", WEIGHTED)


@pytest.mark.parametrize("name", AGGREGATION_TYPES)
def test_questions_without_rows(name):
    """behaviour/events-and-usage#aggregations, empty set."""
    assert asked(name, []) == 0


def test_the_two_engines_differ_on_negatives():
    """behaviour/events-and-usage#worked-events."""
    values = [-5, 8]
    rows = raw(("10T10:00", "a", values[0]), ("10T10:01", "b", values[1]))
    assert asked("SUM", rows) == 3
    metered = [ingest_quantity(Aggregation("SUM", "n"), {"n": value}, "e") for value in values]
    kept = [UsageRow(at("10T10:00") + timedelta(minutes=i), str(i), m.quantity) for i, m in enumerate(metered) if m]
    assert aggregate("SUM", kept) == 8
