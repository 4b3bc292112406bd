"""Usage, explanations, the stream, look-ups and trials of events name the same line items, whatever the catalogue."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.taking.world import APRIL, World

_NUMBERS = itertools.count()
_CHILDREN = ("child", "grandchild")
TIMES = [
    APRIL[0],
    "2026-04-03T00:00:00Z",
    "2026-04-10T12:00:00Z",
    "2026-04-10T12:00:00.5Z",
    "2026-04-10T12:00:01Z",
    "2026-04-20T00:00:00Z",
]
"""Few, so that items begin and end together, and events meet their ends."""


@dataclass(frozen=True)
class PriceOf:
    plan: int
    meter: int
    filters: dict[str, list[str]] | None


@dataclass(frozen=True)
class SubscriptionOf:
    customer: str
    plan: int
    start: str
    heirs: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class ItemOf:
    subscription: int
    price: int
    start: str
    end: str | None


@dataclass(frozen=True)
class EventOf:
    customer: str
    at: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Plot:
    """What a world is made of. Numbers that name something count round and round; ``ended`` are items and when they
    end, ``left`` are children whose inherited subscriptions get a status, ``archived`` are customers."""

    meters: list[dict[str, list[str]]]
    prices: list[PriceOf]
    subscriptions: list[SubscriptionOf]
    items: list[ItemOf]
    ended: list[tuple[int, str]]
    left: dict[str, str]
    archived: tuple[str, ...]
    events: list[EventOf]


values = st.lists(st.sampled_from(["a", "b", "true", "false"]), max_size=2, unique=True)
filters = st.none() | st.none() | st.dictionaries(st.sampled_from(["model", "hd"]), values, max_size=2)
statuses = st.sampled_from(["active", "active", "active", "trialing", "paused", "cancelled"])
properties = st.fixed_dictionaries(
    {}, optional={"model": st.sampled_from(["a", "b", "c"]), "hd": st.booleans() | st.just("a")}
)
plots = st.builds(
    Plot,
    meters=st.lists(st.just({}) | st.just({"model": ["a", "b"]}), min_size=1, max_size=2),
    prices=st.lists(st.builds(PriceOf, st.integers(0, 1), st.integers(0, 1), filters), min_size=1, max_size=5),
    subscriptions=st.lists(
        st.builds(
            SubscriptionOf,
            customer=st.sampled_from("ab"),
            plan=st.integers(0, 1),
            start=st.sampled_from([APRIL[0], "2026-04-02T10:30:00.25Z"]),
            heirs=st.just(()) | st.just(_CHILDREN) | st.just(_CHILDREN[:1]),
            status=statuses,
        ),
        min_size=1,
        max_size=3,
    ),
    items=st.lists(
        st.builds(
            ItemOf,
            st.integers(0, 2),
            st.integers(0, 4),
            st.sampled_from(TIMES),
            st.none() | st.sampled_from(TIMES),
        ),
        max_size=4,
    ),
    ended=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(TIMES)), max_size=2),
    left=st.dictionaries(st.sampled_from(_CHILDREN), statuses, max_size=2),
    archived=st.just(()) | st.just(()) | st.sampled_from([("a",), ("b",), ("child",)]),
    events=st.lists(
        st.builds(EventOf, st.sampled_from(["a", "a", "b", *_CHILDREN]), st.sampled_from(TIMES), properties),
        min_size=1,
        max_size=5,
    ),
)


def built(api: Any, plot: Plot) -> World:
    """The world of a plot. What the API forbids is left out of it: a second parent for a child, an end before a
    start."""
    world = World(api)
    for name in ("a", "b", *_CHILDREN):
        world.customer(name)
    meters = [
        world.meter(filters=[{"key": key, "values": wanted} for key, wanted in each.items()]) for each in plot.meters
    ]
    plans = [world.plan(), world.plan()]
    # The plans have a price each in any case: without one nobody can subscribe.
    first = [PriceOf(0, 0, None), PriceOf(1, 0, None)]
    prices = [
        world.price(plans[each.plan], meters[each.meter % len(meters)], each.filters) for each in (*first, *plot.prices)
    ]
    free = set(_CHILDREN)
    for each in plot.subscriptions:
        heirs = [name for name in each.heirs if name in free]
        free -= set(heirs)
        world.subscribe(each.customer, plans[each.plan], start=each.start, heirs=heirs)
    for more in plot.items:
        number = more.subscription % len(plot.subscriptions)
        start = max(more.start, plot.subscriptions[number].start, key=datetime.fromisoformat)
        if more.end is None or datetime.fromisoformat(start) <= datetime.fromisoformat(more.end):
            world.item(world.subscriptions[number], prices[more.price % len(prices)], start, more.end)
    items = [item for subscription in world.subscriptions for item in world.items(subscription)]
    for number, moment in plot.ended:
        world.try_to_end(items[number % len(items)], moment)
    for subscription, each in zip(world.subscriptions, plot.subscriptions, strict=True):
        world.relabel(subscription, each.status)
    for name, status in plot.left.items():
        for child in world.inherited(name):
            world.relabel(child, status)
    for event in plot.events:
        world.send(event.customer, [event.properties], at=event.at)
    for name in plot.archived:
        world.archive(name)
    return world


def agreement(api: Any, plot: Plot) -> None:
    fresh = type(api)(api.app, f"{api.key}-{next(_NUMBERS)}")
    built(fresh, plot).agree()


BUDGET = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.generate, Phase.shrink],
)


@settings(BUDGET, max_examples=20, derandomize=True)
@given(plots)
def test_everybody_names_the_same_takers_by_the_documents(documented: Any, plot: Plot) -> None:
    agreement(documented, plot)


@settings(BUDGET, max_examples=20, derandomize=True)
@given(plots)
def test_everybody_names_the_same_takers_on_the_real_server(upstream: Any, plot: Plot) -> None:
    agreement(upstream, plot)


@pytest.mark.long
@settings(BUDGET, max_examples=150)
@given(plots)
def test_everybody_names_the_same_takers_at_length(apis: dict[str, Any], plot: Plot) -> None:
    for api in apis.values():
        agreement(api, plot)
