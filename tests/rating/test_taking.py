"""Who takes an event (behaviour/prices-and-meters#filter_values): the rule alone, held to the rule as a sentence says
it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.cost import FLAT_FEE, PriceTerms, cost
from mockserver.rating.money import plain, round_money, total
from mockserver.rating.quantity import Aggregation, ingest_quantity
from mockserver.rating.taking import Candidate, Rivals, who_takes

THEN = datetime(2026, 4, 1, tzinfo=UTC)


def item(id_, filters=(), *, created=0, price="p", start=0, end=None):
    return Candidate(id_, dict(filters), THEN + timedelta(seconds=created), price, start, end)


def test_the_most_specific_price_takes_the_event():
    """behaviour/prices-and-meters#what-the-documents-describe: one only, whatever order they come in; every one where
    filters are ignored."""
    everything = item("any", created=1)
    hd = item("hd", {"q": ["hd"]}, created=2)
    hd_large = item("hd_large", {"q": ["hd"], "s": ["1792"]}, created=3)
    for order in permutations([everything, hd, hd_large]):
        for properties, winner in (
            ({"q": "hd", "s": 1792}, hd_large),
            ({"q": "hd", "s": 512}, hd),
            ({"q": "sd"}, everything),
            ({}, everything),
        ):
            selection = who_takes(order, 5, properties, honour_filters=True)
            assert selection.takers == (winner,)
            assert not selection.ambiguous
            ignored = who_takes(order, 5, properties, honour_filters=False)
            assert sorted(taker.id for taker in ignored.takers) == ["any", "hd", "hd_large"]
            assert not ignored.ambiguous
            assert all(each.matched for each in ignored.considered)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (item("b", created=1, price="q", start=2), item("a", created=2, price="p", start=1)),
        (item("b", price="p", start=2), item("a", price="q", start=1)),
        (item("b", start=1), item("a", start=2)),
        (item("a"), item("b")),
    ],
    ids=["the earlier price", "the smaller price id", "the item that began earlier", "the smaller item id"],
)
def test_a_tie_has_an_order_and_is_reported(first, second):
    """behaviour/prices-and-meters#what-the-documents-describe, and on from there for items of one price."""
    for order in ([first, second], [second, first]):
        selection = who_takes(order, 5, {}, honour_filters=True)
        assert selection.takers == (first,)
        assert selection.ambiguous
        assert [each.candidate for each in selection.considered] == [first, second]
        assert (selection.takes(first.id), selection.takes(second.id)) == (True, False)


def test_no_price_takes_an_unmatched_event():
    selection = who_takes([item("a", {"q": ["hd"]})], 5, {"q": "sd"}, honour_filters=True)
    assert (selection.takers, selection.ambiguous) == ((), False)
    (considered,) = selection.considered
    assert considered.score == 11
    assert considered.mismatch.text() == 'property "q" is "sd"; wanted: "hd"'
    assert who_takes([], 5, {}, honour_filters=True).considered == ()


@pytest.mark.parametrize("honoured", [True, False])
def test_an_item_covers_its_start_and_not_its_end(honoured):
    one = item("a", start=3, end=6)
    took = [s for s in range(9) if who_takes([one], s, {}, honour_filters=honoured).takers]
    assert took == [3, 4, 5]
    assert who_takes([item("a", start=3)], 2**40, {}, honour_filters=honoured).takers


VIDEO, IMAGE = "video_generated", "image_generated"
EVENTS = [
    (IMAGE, {"model": "dall-e-3", "quality": "standard", "size": "1024x1024", "image_count": 1}),
    (IMAGE, {"model": "gpt-image-1", "quality": "high", "input_tokens": 1200, "output_tokens": 4160}),
    (VIDEO, {"model": "veo-3.1-lite", "resolution": "1080p", "generate_audio": True, "duration_seconds": 8}),
    (VIDEO, {"model": "kling-v2-6", "mode": "pro", "generate_audio": False, "duration_seconds": 10}),
    (
        VIDEO,
        {
            "model": "seedance-1-5-pro",
            "generate_audio": False,
            "fps": 24,
            "duration_seconds": 5,
            "completion_tokens": 982344,
        },
    ),
    ("world_generated", {"model": "marble", "world_count": 1}),
]
METERS = {
    "image": (IMAGE, Aggregation("SUM", "image_count")),
    "input": (IMAGE, Aggregation("SUM", "input_tokens")),
    "output": (IMAGE, Aggregation("SUM", "output_tokens")),
    "video": (VIDEO, Aggregation("SUM", "duration_seconds")),
    "seedance": (VIDEO, Aggregation("SUM", "completion_tokens")),
    "jobs": (VIDEO, Aggregation("COUNT")),
}
PRICES = [
    ("image", "0.04", {"model": ["dall-e-3"], "quality": ["standard"]}),
    ("image", "0.08", {"model": ["dall-e-3"], "quality": ["hd"]}),
    ("image", "0.02", {"model": ["dall-e-2"]}),
    ("input", "0.00001", {"model": ["gpt-image-1"]}),
    ("output", "0.00004", {"model": ["gpt-image-1"]}),
    ("video", "0.08", {"model": ["veo-3.1-lite"], "resolution": ["1080p"]}),
    ("video", "0.60", {"model": ["veo-3.1"], "resolution": ["4k"]}),
    ("video", "0.05", {"model": ["kling-v2-5-turbo"], "mode": ["std"]}),
    ("video", "0.12", {"model": ["kling-omni"], "mode": ["pro"]}),
    ("seedance", "0.0000012", {"model": ["seedance-1-5-pro"], "generate_audio": ["false"]}),
    ("seedance", "0.0000024", {"model": ["seedance-1-5-pro"], "generate_audio": ["true"]}),
    ("jobs", "1.8", {"model": ["happyhorse"], "mode": ["std"]}),
    ("jobs", "2.4", {"model": ["happyhorse"], "mode": ["pro"]}),
]


@pytest.mark.parametrize(("filtering", "exact", "lines"), [(True, "2.0372128", "2.04"), (False, "36.0048384", "36.01")])
def test_the_two_readings_of_filter_values(filtering, exact, lines):
    """behaviour/prices-and-meters#the-six-documented-events: thirteen prices over six events, with and without price
    filters."""
    costs = []
    quantities = [D(0)] * len(PRICES)
    for meter, (name, aggregation) in METERS.items():
        candidates = [
            item(str(index), filters, created=index) for index, (on, _, filters) in enumerate(PRICES) if on == meter
        ]
        for event_name, properties in EVENTS:
            if event_name != name:
                continue
            metered = ingest_quantity(aggregation, properties, event_name)
            assert metered is not None
            for taker in who_takes(candidates, 5, properties, honour_filters=filtering).takers:
                quantities[int(taker.id)] += metered.quantity
    costs = [cost(PriceTerms(FLAT_FEE, D(amount)), quantities[i]) for i, (_, amount, _) in enumerate(PRICES)]
    assert plain(total(costs)) == exact
    assert plain(total(round_money(item, "usd") for item in costs)) == lines


filter_maps = st.dictionaries(st.sampled_from("abc"), st.lists(st.sampled_from(["1", "2", ""]), max_size=2), max_size=3)
candidates = st.builds(
    item,
    st.text("xyz", min_size=1, max_size=3),
    filter_maps,
    created=st.integers(0, 1),
    price=st.sampled_from("pq"),
    start=st.integers(0, 4),
    end=st.none() | st.integers(0, 8),
)


def specific(candidate):
    return sum(10 + len(values) for values in candidate.filter_values.values() if values)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(candidates, max_size=6, unique_by=lambda each: each.id),
    st.integers(0, 9),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1", "2", ""])),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_the_rule_in_other_words(items, second, properties, honoured, rng):
    """The takers cover the moment and accept the event; of these one that none is more specific than, or all; and
    neither the order of the items nor other events asked about change that."""
    fitting = [
        each
        for each in items
        if each.start <= second
        and (each.end is None or each.end > second)
        and (not honoured or all(properties.get(k) in v for k, v in each.filter_values.items() if v))
    ]
    selection = who_takes(items, second, properties, honour_filters=honoured)
    if not honoured:
        assert {each.id for each in selection.takers} == {each.id for each in fitting}
        assert not selection.ambiguous
    else:
        assert len(selection.takers) == bool(fitting)
        for taker in selection.takers:
            rivals = [each for each in fitting if specific(each) == specific(taker)]
            assert taker in fitting
            assert max(map(specific, fitting)) == specific(taker)
            assert taker == min(rivals, key=lambda r: (r.price_created, r.price_id, r.start, r.id))
            assert selection.ambiguous == (len(rivals) > 1)
    assert {each.candidate.id for each in selection.considered} == {
        each.id for each in items if each.start <= second and (each.end is None or each.end > second)
    }
    shuffled = rng.sample(items, len(items))
    assert who_takes(shuffled, second, properties, honour_filters=honoured) == selection
    prepared = Rivals([each for each in shuffled if each.covers(second)], honour_filters=honoured)
    prepared.takers({"a": "2"})
    assert prepared.takers(properties) == selection.takers
