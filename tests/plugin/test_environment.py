"""The environment a test holds: its clock, its requests, and what its assertions say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mockserver.testing.environment import Environment
from mockserver.testing.servers import Server, in_process
from mockserver.testing.talk import ApiRefused

PRICE = {
    "entity_type": "PLAN",
    "type": "USAGE",
    "billing_model": "FLAT_FEE",
    "billing_period": "MONTHLY",
    "billing_period_count": 1,
    "invoice_cadence": "ARREAR",
    "currency": "usd",
    "start_date": "2026-04-01T00:00:00Z",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with in_process("", {}) as made:
        yield made


@pytest.fixture
def shop(server: Server) -> Iterator[Environment]:
    """Calls are 0.125 each; ``cust_001`` is subscribed as ``shop.subscription``."""
    with server.environment(now="2026-04-14T12:00:00Z") as made:
        meter = made.post(
            "/meters",
            {"name": "calls", "event_name": "call", "aggregation": {"type": "COUNT"}, "reset_usage": "BILLING_PERIOD"},
        )
        plan = made.post("/plans", {"name": "Calls"})
        body = {**PRICE, "entity_id": plan["id"], "meter_id": meter["id"], "lookup_key": "call", "amount": "0.125"}
        made.post("/prices", body)
        made.post("/customers", {"external_id": "cust_001", "name": "Studio"})
        yield made


@pytest.fixture
def subscription(shop: Environment) -> dict[str, Any]:
    body = {
        "plan_id": shop.get("/plans")["items"][0]["id"],
        "external_customer_id": "cust_001",
        "billing_period": "MONTHLY",
        "currency": "usd",
        "start_date": "2026-04-14T00:00:00Z",
    }
    made: dict[str, Any] = shop.post("/subscriptions", body)
    return made


def call(shop: Environment, event_id: str, customer: str = "cust_001") -> str:
    return shop.send({"event_name": "call", "external_customer_id": customer}, event_id=event_id)


def test_usage_bill_and_explanation_agree(shop: Environment, subscription: dict[str, Any]) -> None:
    call(shop, "evt_1")
    call(shop, "evt_2")
    assert shop.usage(subscription)["amount"] == Decimal("0.25")
    assert shop.bill(subscription["id"])["total"] == "0.25"
    told = shop.explain("evt_1")
    assert (told.amount, told.reason, [share.price for share in told.billed]) == (Decimal("0.125"), None, ["call"])
    assert str(told) == "event evt_1 was billed by\n  call: 1 of calls = 0.125 usd"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"price": "other"}, "event evt_1 was not billed by other\nevent evt_1 was billed by\n  call: 1 of calls"),
        ({"subscription": "subs_x"}, "was not billed on subs_x"),
        ({"amount": "0.13"}, "amount of event evt_1: expected 0.13, billed 0.125"),
        ({"quantity": 2}, "quantity of event evt_1: expected 2, billed 1"),
    ],
)
def test_assert_billed_says_what_was_billed(
    shop: Environment, subscription: dict[str, Any], wanted: dict[str, Any], said: str
) -> None:
    call(shop, "evt_1")
    shop.assert_billed("evt_1", price="call", amount="0.1250", quantity=1, subscription=subscription)
    with pytest.raises(AssertionError) as failed:
        shop.assert_billed("evt_1", **wanted)
    assert said in str(failed.value)


def test_assert_billed_says_why_nobody_pays(shop: Environment, subscription: dict[str, Any]) -> None:
    call(shop, "evt_1", customer="cust_002")
    with pytest.raises(AssertionError, match=r"evt_1 was not billed\nnobody pays for event evt_1 \(.*\): .*cust_002"):
        shop.assert_billed("evt_1")
    reason = shop.explain("evt_1").reason
    assert shop.assert_unbilled("evt_1", reason=reason).billed == ()
    with pytest.raises(AssertionError, match=r"should not be billed \(no_price\)"):
        shop.assert_unbilled("evt_1", reason="no_price")
    with pytest.raises(ValueError, match="no reason 'unknown_customer'; the reasons are customer_unknown, no_meter"):
        shop.assert_unbilled("evt_1", reason="unknown_customer")


def test_assert_unbilled_says_what_billed(shop: Environment, subscription: dict[str, Any]) -> None:
    call(shop, "evt_1")
    with pytest.raises(AssertionError, match="evt_1 was billed by"):
        shop.assert_unbilled("evt_1")


def test_assert_total_prints_the_bill(shop: Environment, subscription: dict[str, Any]) -> None:
    for number in range(8):
        call(shop, f"evt_{number}")
    for same in ("1", "1.00", 1, Decimal("1.0")):
        shop.assert_total(subscription, same)
    with pytest.raises(AssertionError, match=r"expected a total of 2\.04 usd, the bill comes to 1(\.0+)?\n  .*8 = 1"):
        shop.assert_total(subscription, "2.04")
    end = datetime(2026, 5, 14, tzinfo=UTC)
    shop.assert_total(subscription, 1, start="2026-04-14T00:00:00Z", end=end)


@pytest.mark.parametrize(("amount", "error"), [(0.1, TypeError), (True, TypeError), ("1,5", ValueError)])
def test_amounts_must_be_exact(
    shop: Environment, subscription: dict[str, Any], amount: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        shop.assert_total(subscription, amount)


def test_a_refusal_carries_status_and_code(shop: Environment) -> None:
    with pytest.raises(ApiRefused, match="GET /v1/customers/nobody answered 404") as refused:
        shop.get("/customers/nobody")
    assert (refused.value.status, refused.value.code) == (404, "not_found")
    with pytest.raises(ApiRefused) as unknown:
        shop.explain("never/sent")
    assert unknown.value.status == 404


def test_the_clock(shop: Environment) -> None:
    clock = shop.clock
    start = clock.freeze(datetime(2026, 4, 15, tzinfo=UTC))
    assert clock.now == start == datetime(2026, 4, 15, tzinfo=UTC)
    assert clock.advance(90) == start + timedelta(seconds=90)
    assert clock.advance(hours=1, days=1) == start + timedelta(days=1, hours=1, seconds=90)
    assert clock.advance(timedelta(minutes=1)) == clock.freeze()
    clock.run()
    assert clock.set("2026-04-01T00:00:00Z") < clock.now < start
    assert abs(clock.reset() - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(TypeError):
        clock.advance()
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2026, 4, 1))


def test_environments_are_apart_and_a_key_comes_back_to_its_own(server: Server, shop: Environment) -> None:
    with server.environment() as other:
        assert other.get("/customers")["items"] == []
    with server.environment(shop.key) as same:
        assert same.get("/customers")["pagination"]["total"] == 1
        same.reset()
    assert shop.get("/customers")["pagination"]["total"] == 0
    assert "pytest-" in repr(shop)


def test_a_catalogue_may_be_a_name_a_file_or_itself(server: Server, tmp_path: Any) -> None:
    meter = {"id": "m", "name": "m", "event_name": "e", "aggregation": {"type": "COUNT"}, "reset_usage": "NEVER"}
    file = tmp_path / "catalog.json"
    file.write_text('{"meters": []}')
    with server.environment(catalog="documented") as made:
        assert made.get("/meters/meter_img_count")["id"] == "meter_img_count"
        assert made.seed({"meters": [meter]})["meters"] == 1
        assert made.seed(file)["catalog"] == "catalog"
        with pytest.raises(ApiRefused, match="shipped must be one of"):
            made.seed("nothing")


def test_a_sdk_client_is_made_when_asked_for(shop: Environment) -> None:
    assert shop.client is shop.client
    assert [c.external_id for c in shop.client.customers.query_customer().items] == ["cust_001"]
    assert shop.put(f"/customers?external_customer_id={'cust_001'}", {"name": "New"})["name"] == "New"
    assert shop.delete(f"/customers/{shop.get('/customers/external/cust_001')['id']}") is None
