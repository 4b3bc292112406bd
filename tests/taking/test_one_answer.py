"""Who takes an event, asked in every way there is to ask: usage, explanation, stream, look-up and an unsent event."""

from __future__ import annotations

from typing import Any

import pytest

from tests.taking.world import APRIL, World


@pytest.fixture
def world(documented: Any) -> World:
    return World(documented)


def test_two_prices_without_filters(world: World) -> None:
    """Usage bills the older price, and so says everybody."""
    meter, plan = world.meter(), world.plan()
    older, newer = world.price(plan, meter), world.price(plan, meter)
    subscription = world.subscribe("a", plan)
    (event,) = world.send("a", [{}])
    items = world.items(subscription)
    assert [items[taker].price_id for taker in world.by_usage(subscription)[event]] == [older]
    world.agree()
    assert newer in {item.price_id for item in items.values()}


def test_two_prices_without_filters_on_the_real_server(upstream: Any) -> None:
    world = World(upstream)
    meter, plan = world.meter(), world.plan()
    prices = {world.price(plan, meter), world.price(plan, meter)}
    subscription = world.subscribe("a", plan)
    (event,) = world.send("a", [{}])
    items = world.items(subscription)
    assert {items[taker].price_id for taker in world.by_usage(subscription)[event]} == prices
    world.agree()


def test_two_open_items_of_one_price(world: World) -> None:
    """The item that began first takes the event, though it was made last; a period that begins after both does not
    change that."""
    meter, plan = world.meter(), world.plan()
    price = world.price(plan, meter)
    subscription = world.subscribe("a", plan)
    (of_plan,) = world.items(subscription)
    world.end(of_plan, "2026-04-02T00:00:00Z")
    later = world.item(subscription, price, "2026-04-05T00:00:00Z")
    earlier = world.item(subscription, price, "2026-04-03T00:00:00Z")
    (event,) = world.send("a", [{}], at="2026-04-20T00:00:00Z")
    assert world.by_usage(subscription)[event] == [earlier]
    assert world.by_usage(subscription, ("2026-04-15T00:00:00Z", APRIL[1]))[event] == [earlier]
    world.agree()
    (told,) = world.explained_event(event)["events"]
    verdict = told["documented"]
    assert {row["subscription_line_item_id"]: row["won"] for row in verdict["prices_considered"]} == {
        earlier: True,
        later: False,
    }
    assert [row["ambiguous"] for row in verdict["billed"]] == [True]


def test_two_subscriptions_of_one_plan_both_bill(world: World) -> None:
    """They do not share out anything between them, and none is told to have lost."""
    meter, plan = world.meter(), world.plan()
    world.price(plan, meter)
    both = [world.subscribe("a", plan), world.subscribe("a", plan)]
    (event,) = world.send("a", [{}])
    world.agree()
    (told,) = world.explained_event(event)["events"]
    assert {row["subscription_id"] for row in told["documented"]["billed"]} == set(both)
    assert [row["ambiguous"] for row in told["documented"]["billed"]] == [False, False]
    assert [row["won"] for row in told["documented"]["prices_considered"]] == [True, True]


@pytest.mark.parametrize("moment", ["04-10T00:00:00.2Z", "04-10T00:00:00Z", "04-10T00:00:00.9Z"])
def test_an_item_ends_with_the_second_before(world: World, moment: str) -> None:
    """Items begin and end in whole seconds: in the second of its end an item takes nothing any more."""
    meter, plan = world.meter(), world.plan()
    price = world.price(plan, meter)
    subscription = world.subscribe("a", plan)
    (first,) = world.items(subscription)
    world.end(first, "2026-04-10T00:00:00.5Z")
    second = world.item(subscription, price, "2026-04-10T00:00:00.5Z")
    (event,) = world.send("a", [{}], at=f"2026-{moment}")
    assert world.by_usage(subscription)[event] == [second]
    world.agree()


def test_a_customer_that_inherits(api: Any) -> None:
    """The parent's subscription bills its events, once; explanation and look-up know that."""
    world = World(api)
    meter, plan = world.meter(), world.plan()
    world.price(plan, meter)
    world.customer("child")
    parent = world.subscribe("a", plan, heirs=["child"])
    (event,) = world.send("child", [{}])
    (item,) = world.items(parent)
    assert world.by_usage(parent)[event] == [item]
    assert world.by_lookup(event)[1] == [item]
    world.agree()


def test_a_child_that_has_left_is_not_billed(api: Any) -> None:
    """Once its inherited subscription is cancelled, nobody pays for the customer."""
    world = World(api)
    meter, plan = world.meter(), world.plan()
    world.price(plan, meter)
    world.customer("child")
    parent = world.subscribe("a", plan, heirs=["child"])
    (child,) = world.inherited("child")
    (event,) = world.send("child", [{}])
    assert world.by_usage(parent)[event] != []
    assert api.put(f"/v1/subscriptions/{child}", {"status": "cancelled"}).status == 200
    assert world.by_usage(parent)[event] == []
    world.agree()


def test_an_archived_customer(api: Any) -> None:
    world = World(api)
    meter, plan = world.meter(), world.plan()
    world.price(plan, meter)
    world.subscribe("a", plan)
    world.send("a", [{}])
    world.archive("a")
    world.agree()
