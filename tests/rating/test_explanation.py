"""What each event adds to a bill, for every aggregation (behaviour/rating#cost-of-a-quantity,
behaviour/rating#quantity-of-a-meter)."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from mockserver.rating.cost import FLAT_FEE, PACKAGE, PriceTerms, TransformQuantity
from mockserver.rating.explanation import Entry, Running
from mockserver.rating.quantity import Aggregation

TWO_EACH = PriceTerms(FLAT_FEE, D(2))
ENTRIES = [
    Entry("a", D(5), "red"),
    Entry("b", D(3), "blue"),
    Entry("a", D(7), "red"),
    Entry("c", D(1)),
]


@pytest.mark.parametrize(
    ("kind", "quantity", "added"),
    [
        ("SUM", "16", [10, 6, 14, 2]),
        ("COUNT", "3", [2, 2, 0, 2]),
        ("COUNT_UNIQUE", "2", [2, 2, 0, 0]),
        ("MAX", "7", [10, 0, 4, 0]),
        ("LATEST", "1", [10, -4, 8, -12]),
        ("AVG", "4", [10, -2, 2, -2]),
    ],
)
def test_what_an_event_adds(kind: str, quantity: str, added: list[int]) -> None:
    """behaviour/rating#quantity-of-a-meter: an event may lower what the ones before it cost."""
    running = Running(TWO_EACH, Aggregation(kind, "n"))
    assert (running.quantity, running.cost) == (0, 0)
    assert [running.add(entry) for entry in ENTRIES] == added
    assert running.quantity == D(quantity)
    assert running.cost == sum(added)


@pytest.mark.parametrize(("kind", "added"), [("SUM", [5, 5, 0, 5]), ("MAX", [5, 5, 0, 0])])
def test_buckets_are_priced_alone(kind: str, added: list[int]) -> None:
    """behaviour/rating#quantity-of-a-meter: packages of 10 begin anew in each bucket."""
    packages = PriceTerms(PACKAGE, D(5), transform_quantity=TransformQuantity(D(10), "up"))
    entries = [
        Entry("a", D(6), bucket="mon"),
        Entry("b", D(6), bucket="tue"),
        Entry("c", D(2), bucket="mon"),
        Entry("d", D(3), bucket="mon"),
    ]
    running = Running(packages, Aggregation(kind, "n", bucket_size="DAY"))
    assert [running.add(entry) for entry in entries] == added
