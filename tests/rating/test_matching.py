"""Meter filters and price filters (behaviour/events-and-usage#filter-comparison,
behaviour/prices-and-meters#filter_values)."""

from __future__ import annotations

import pytest

from mockserver.rating.matching import (
    KeyFilter,
    key_filters,
    meter_matches,
    meter_mismatch,
    price_mismatch,
    price_texts,
    specificity,
)


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
    """behaviour/events-and-usage#filter-comparison and the answers below its table;
    behaviour/prices-and-meters#which-events-which-quantity."""
    assert meter_matches(key_filters([{"key": "p", "values": values}]), properties) is matches


def test_meter_filters_are_anded_and_none_takes_all():
    """behaviour/events-and-usage#filter-comparison."""
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
    """behaviour/prices-and-meters#what-the-documents-describe."""
    texts = price_texts(properties, filters or ())
    assert (price_mismatch(filters, texts) is None) is matches


@pytest.mark.parametrize(
    ("filters", "score"),
    [(None, 0), ({}, 0), ({"a": []}, 0), ({"a": ["1"]}, 11), ({"a": ["1", "2", "3"]}, 13),
     ({"a": ["1"], "b": ["1"]}, 22)],
)  # fmt: skip
def test_specificity(filters, score):
    """behaviour/prices-and-meters#what-the-documents-describe."""
    assert specificity(filters) == score
