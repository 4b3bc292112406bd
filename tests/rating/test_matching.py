"""Meter filters and price filters (facts/05 §8.2, facts/03 §4)."""

from __future__ import annotations

from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.cost import FLAT_FEE, PriceTerms, cost
from mockserver.rating.matching import (
    Candidate,
    KeyFilter,
    PriceSelector,
    key_filters,
    meter_matches,
    meter_mismatch,
    price_mismatch,
    price_texts,
    select_price,
    select_price_for_event,
    specificity,
)
from mockserver.rating.money import plain, round_money, total
from mockserver.rating.quantity import Aggregation, ingest_quantity


@pytest.mark.parametrize(
    ("values", "properties", "matches"),
    [
        (["false"], {"p": False}, True),
        (["False"], {"p": False}, False),
        (["24"], {"p": 24}, True),
        (["8"], {"p": 8.0}, True),
        (["8.0"], {"p": 8.0}, False),
        (["1000000"], {"p": 1000000}, False),
        (["1e+06"], {"p": 1000000}, True),
        (["1080P"], {"p": "1080p"}, False),
        (["1080p"], {"p": "1080p "}, False),
        (["1.5"], {"p": "1.50"}, False),
        (["a", "b"], {"p": "b"}, True),
        ([""], {"p": ""}, True),
        ([""], {}, False),
        ([""], {"p": None}, False),
        (["<nil>"], {"p": None}, True),
        (["x"], None, False),
        (["x"], {"a": {"p": "x"}}, False),
    ],
)
def test_meter_filters(values, properties, matches):
    """facts/05 §8.2 and the answers below its table; facts/03 §5.4."""
    assert meter_matches(key_filters([{"key": "p", "values": values}]), properties) is matches


def test_meter_filters_are_anded_and_none_takes_all():
    """facts/05 §8.2."""
    both = (KeyFilter("a", ("1",)), KeyFilter("b", ("2", "3")))
    assert meter_matches(both, {"a": 1, "b": 3})
    assert not meter_matches(both, {"a": 1})
    assert meter_matches((), None)
    assert key_filters(None) == ()


def test_a_meter_mismatch_says_why():
    filters = key_filters([{"key": "model", "values": ["dall-e-3", "dall-e-2"]}])
    missing = meter_mismatch(filters, {})
    assert missing is not None
    assert missing.text() == 'the event has no property "model"; wanted: "dall-e-3", "dall-e-2"'
    other = meter_mismatch(filters, {"model": "gpt"})
    assert other is not None
    assert (other.key, other.found) == ("model", "gpt")
    assert other.text() == 'property "model" is "gpt"; wanted: "dall-e-3", "dall-e-2"'
    nothing = meter_mismatch(key_filters([{"key": "model", "values": None}, {"key": "n"}]), {"model": "gpt"})
    assert nothing is not None
    assert nothing.text() == 'property "model" is "gpt"; wanted: nothing'
    second = meter_mismatch((KeyFilter("a", ("1",)), KeyFilter("b", ("2",))), {"a": 1})
    assert second is not None
    assert (second.key, second.found, second.wanted) == ("b", None, ("2",))


@pytest.mark.parametrize(
    ("filters", "properties", "matches"),
    [
        ({}, {}, True),
        (None, None, True),
        ({"q": []}, {}, True),
        ({"q": ["hd"]}, {"q": "hd"}, True),
        ({"q": ["HD"]}, {"q": "hd"}, False),
        ({"q": ["hd"], "s": ["1"]}, {"q": "hd", "s": 1}, True),
        ({"q": ["hd"], "s": ["1"]}, {"q": "hd"}, False),
        ({"audio": ["false"]}, {"audio": False}, True),
        ({"audio": ["false"]}, {"audio": "false"}, True),
        ({"n": ["1000000"]}, {"n": 1000000}, True),
        ({"n": [""]}, {"n": None}, True),
        ({"n": [""]}, {}, False),
    ],
)
def test_price_filters(filters, properties, matches):
    """facts/03 §4.2 rows 2 and 6."""
    texts = price_texts(properties, filters or ())
    assert (price_mismatch(filters, texts) is None) is matches


@pytest.mark.parametrize(
    ("filters", "score"),
    [(None, 0), ({}, 0), ({"a": []}, 0), ({"a": ["1"]}, 11), ({"a": ["1", "2", "3"]}, 13),
     ({"a": ["1"], "b": ["1"]}, 22)],
)  # fmt: skip
def test_specificity(filters, score):
    """facts/03 §4.2 row 4."""
    assert specificity(filters) == score


def test_the_most_specific_price_takes_the_event():
    """facts/03 §4.2 rows 3 and 4: one price only, whatever order they come in."""
    everything = Candidate("price_any", {}, 1)
    hd = Candidate("price_hd", {"q": ["hd"]}, 2)
    hd_large = Candidate("price_hd_large", {"q": ["hd"], "s": ["1792"]}, 3)
    for order in permutations([everything, hd, hd_large]):
        selector = PriceSelector(order)
        for properties, winner in (
            ({"q": "hd", "s": 1792}, hd_large),
            ({"q": "hd", "s": 512}, hd),
            ({"q": "sd"}, everything),
            ({}, everything),
        ):
            texts = price_texts(properties, selector.keys)
            selection = selector.select(texts)
            assert selection.winner == winner == selector.winner(texts)
            assert not selection.ambiguous


def test_a_tie_goes_to_the_earliest_and_is_reported():
    """facts/03 §4.2 row 4."""
    late = Candidate("price_a", {"q": ["hd"]}, "2026-02-01")
    early = Candidate("price_b", {"s": ["1"]}, "2026-01-01")
    selection = select_price([late, early], {"q": "hd", "s": "1"})
    assert selection.winner == early
    assert selection.ambiguous
    assert [item.candidate for item in selection.rivals()] == [late]
    assert selection.text() == "price price_b takes the event; equally specific but created later: price_a"
    third = Candidate("price_c", {"q": ["hd"]}, "2026-03-01")
    less = Candidate("price_d", {}, "2025-01-01")
    unmatched = Candidate("price_e", {"q": ["sd"]}, "2025-01-01")
    crowd = select_price([unmatched, third, less, late, early], {"q": "hd", "s": "1"})
    assert [item.candidate.id for item in crowd.considered] == ["price_b", "price_a", "price_c", "price_d", "price_e"]
    assert [item.score for item in crowd.considered] == [11, 11, 11, 0, 11]
    assert [item.candidate for item in crowd.rivals()] == [late, third]
    assert crowd.text().endswith("created later: price_a, price_c")


def test_of_prices_created_together_the_smaller_id_takes_the_event():
    twins = [Candidate("price_b", {}, 1), Candidate("price_a", {}, 1)]
    assert select_price(twins, {}).winner == twins[1]
    assert PriceSelector(twins).winner({}) == twins[1]


def test_a_selector_asks_for_the_keys_that_constrain():
    selector = PriceSelector([Candidate("a", {"q": ["hd"], "s": []}), Candidate("b", {"m": ["x"], "q": ["sd"]})])
    assert selector.keys == ("m", "q")


def test_no_price_takes_an_unmatched_event():
    only = Candidate("price_a", {"q": ["hd"]})
    selection = select_price_for_event([only], {"q": "sd"})
    assert selection.winner is None
    assert not selection.ambiguous
    assert selection.text() == "no price takes the event"
    assert selection.considered[0].text() == 'price price_a does not match: property "q" is "sd"; wanted: "hd"'
    assert select_price([], {}).text() == "the meter has no price"
    chosen = select_price([only], {"q": "hd"})
    assert chosen.text() == "price price_a takes the event"
    assert chosen.considered[0].text() == "price price_a matches with priority 11"


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
    """facts/03 §4.3: thirteen prices over six events, with and without price filters."""
    costs = []
    quantities = [D(0)] * len(PRICES)
    for meter, (name, aggregation) in METERS.items():
        candidates = [
            Candidate(str(index), filters, index) for index, (on, _, filters) in enumerate(PRICES) if on == meter
        ]
        for event_name, properties in EVENTS:
            if event_name != name:
                continue
            metered = ingest_quantity(aggregation, properties, event_name)
            assert metered is not None
            selection = select_price_for_event(candidates, properties)
            takers = candidates if not filtering else [selection.winner] if selection.winner else []
            for taker in takers:
                quantities[int(taker.id)] += metered.quantity
    costs = [cost(PriceTerms(FLAT_FEE, D(amount)), quantities[i]) for i, (_, amount, _) in enumerate(PRICES)]
    assert plain(total(costs)) == exact
    assert plain(total(round_money(item, "usd") for item in costs)) == lines


keys = st.sampled_from("abc")
texts = st.sampled_from(["1", "2", ""])
filter_maps = st.dictionaries(keys, st.lists(texts, max_size=2), max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(filter_maps, max_size=5), st.dictionaries(keys, texts))
def test_selection_takes_the_best_of_the_matching(filters, event):
    """The winner matches, no matching price is more specific, and order of arrival does not matter."""
    candidates = [Candidate(f"price_{i}", item, i) for i, item in enumerate(filters)]
    selection = select_price(candidates, event)
    matching = [item for item in candidates if price_mismatch(item.filter_values, event) is None]
    assert (selection.winner is None) == (not matching)
    assert len(selection.considered) == len(candidates)
    if selection.winner:
        best = max(specificity(item.filter_values) for item in matching)
        equals = [item for item in matching if specificity(item.filter_values) == best]
        assert selection.winner == equals[0]
        assert selection.ambiguous == (len(equals) > 1)
        assert select_price(candidates[::-1], event).winner == selection.winner
