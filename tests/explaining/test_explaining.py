"""Explanations: one verdict per event, amounts that sum to the bill, reasons and near misses."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.rating.cost import PriceTerms, Tier, TransformQuantity, bucketed_cost, cost
from mockserver.rating.explanation import REASONS, Entry, Reason, Running
from mockserver.rating.money import total
from mockserver.rating.near import nearest
from mockserver.rating.quantity import Aggregation

START, MIDDLE, END = "2026-04-01T00:00:00Z", "2026-04-15T00:00:00Z", "2026-05-01T00:00:00Z"
READINGS = ("documented", "upstream")


class Shop:
    """A customer on a plan, at the start of April 2026."""

    def __init__(self, api: Any) -> None:
        self.api = api.at(START)
        self.plan = api.made("/v1/plans", {"name": "P"})["id"]
        self.customer = api.made("/v1/customers", {"external_id": "c", "name": "C"})["id"]
        self.subscription = ""

    def meter(self, name: str = "seconds", event_name: str = "video", **changes: Any) -> str:
        body = {
            "name": name,
            "event_name": event_name,
            "aggregation": {"type": "SUM", "field": "seconds"},
            "reset_usage": "BILLING_PERIOD",
            **changes,
        }
        return str(self.api.made("/v1/meters", body)["id"])

    def price(self, meter: str, key: str, **changes: Any) -> str:
        body = {
            "entity_type": "PLAN",
            "entity_id": self.plan,
            "type": "USAGE",
            "billing_model": "FLAT_FEE",
            "billing_period": "MONTHLY",
            "billing_period_count": 1,
            "invoice_cadence": "ARREAR",
            "currency": "usd",
            "amount": "0.1",
            "meter_id": meter,
            "lookup_key": key,
            "start_date": START,
            **changes,
        }
        return str(self.api.made("/v1/prices", body)["id"])

    def subscribe(self, start: str = START) -> str:
        body = {
            "plan_id": self.plan,
            "customer_id": self.customer,
            "billing_period": "MONTHLY",
            "currency": "usd",
            "start_date": start,
        }
        self.subscription = self.api.made("/v1/subscriptions", body)["id"]
        return self.subscription

    def send(self, event_id: str, properties: dict[str, Any] | None = None, **changes: Any) -> None:
        body = {
            "event_name": "video",
            "external_customer_id": "c",
            "event_id": event_id,
            "timestamp": MIDDLE,
            "properties": properties or {},
            **changes,
        }
        self.api.made("/v1/events", body)

    def explained(self) -> Any:
        return self.api.get(f"/_mock/explain/subscriptions/{self.subscription}").json

    def verdict(self, event_id: str, reading: str = "documented") -> Any:
        (event,) = self.api.get(f"/_mock/explain/events/{event_id}").json["events"]
        return event[reading]


@pytest.fixture
def shop(documented: Any) -> Shop:
    return Shop(documented)


def test_a_billed_event_names_meter_property_price_and_amount(shop: Shop) -> None:
    meter = shop.meter()
    shop.price(meter, "any")
    shop.price(meter, "pro", amount="0.5", filter_values={"mode": ["pro"]})
    shop.subscribe()
    shop.send("e", {"seconds": 8, "mode": "pro"})
    (billed,) = shop.verdict("e")["billed"]
    assert (billed["price"], billed["quantity"], billed["property"], billed["amount"]) == ("pro", "8", "seconds", "4")
    considered = {row["specificity"]: (row["matched"], row["won"]) for row in shop.verdict("e")["prices_considered"]}
    assert considered == {11: (True, True), 0: (True, False)}
    assert sorted(b["price"] for b in shop.verdict("e", "upstream")["billed"]) == ["any", "pro"]
    assert shop.explained()["totals"] == {"documented": "4", "upstream": "4.8"}


def test_a_tie_is_told_and_goes_to_the_earliest_price(shop: Shop) -> None:
    """behaviour/prices-and-meters#what-the-documents-describe: ties to the earliest created, reported as ambiguous."""
    meter = shop.meter()
    shop.price(meter, "first", filter_values={"mode": ["pro"]})
    shop.price(meter, "second", filter_values={"size": ["4k"]})
    shop.subscribe()
    shop.send("e", {"seconds": 1, "mode": "pro", "size": "4k"})
    (billed,) = shop.verdict("e")["billed"]
    assert (billed["price"], billed["ambiguous"]) == ("first", True)


@pytest.mark.parametrize(
    ("case", "reason", "hint"),
    [
        ("unknown customer", "customer_unknown", None),
        ("no meter", "no_meter", None),
        ("name in another case", "no_meter", 'event name "Video" is near "video"'),
        ("meter filter", "filter_mismatch", None),
        ("missing field", "field_unusable", None),
        ("text field", "field_unusable", None),
        ("misspelt field", "field_unusable", 'property "duration_seconds" was sent'),
        ("counted twice", "duplicate", None),
        ("replaced", "duplicate", None),
        ("no subscription", "no_subscription", None),
        ("before the start", "before_start", None),
        ("no price", "no_price", None),
        ("filters fail", "no_price", 'model "kling-v2-6" is near "kling-v2-5-turbo"'),
    ],
)
def test_every_reason_of_the_list(shop: Shop, case: str, reason: str, hint: str | None) -> None:
    filters = [{"key": "provider", "values": ["a"]}] if case == "meter filter" else []
    aggregation = {"type": "COUNT"} if case == "counted twice" else {"type": "SUM", "field": "seconds"}
    meter = shop.meter(filters=filters, aggregation=aggregation)
    if case == "no price":
        shop.price(shop.meter("other", "other"), "other")
    else:
        values = {"model": ["kling-v2-5-turbo"]} if case == "filters fail" else {}
        shop.price(meter, "k", filter_values=values)
    if case != "no subscription":
        shop.subscribe(MIDDLE if case == "before the start" else START)
    properties: dict[str, Any] = {"seconds": 8, "model": "kling-v2-6", "provider": "b"}
    if case == "missing field":
        properties = {"model": "x"}
    elif case == "text field":
        properties["seconds"] = "eight"
    elif case == "misspelt field":
        properties = {"duration_seconds": 8}
    changes: dict[str, Any] = {}
    if case == "unknown customer":
        changes["external_customer_id"] = "nobody"
    elif case in ("no meter", "name in another case"):
        changes["event_name"] = "Video" if case.startswith("name") else "audio"
    elif case == "before the start":
        changes["timestamp"] = "2026-04-02T00:00:00Z"
    shop.send("e", properties, **changes)
    if case == "counted twice":
        shop.send("e", properties, timestamp="2026-04-16T00:00:00Z")
    elif case == "replaced":
        shop.send("e", {**properties, "seconds": 9})
    told = [event["documented"] for event in shop.api.get("/_mock/explain/events/e").json["events"]]
    verdict = next(verdict for verdict in told if verdict["reason"] is not None)
    assert (verdict["reason"], verdict["meaning"]) == (reason, Reason(reason).sentence)
    assert verdict["billed"] == []
    assert verdict["explanation"]
    if hint is not None:
        assert any(text.startswith(hint) for text in verdict["hints"]), verdict["hints"]
    [group] = shop.api.get("/_mock/unbilled").json["reasons"]
    assert (group["reason"], group["meaning"], group["count"]) == (reason, Reason(reason).sentence, 1)


def test_the_list_of_reasons_is_fixed() -> None:
    assert [str(reason) for reason in REASONS] == [
        "customer_unknown",
        "no_meter",
        "filter_mismatch",
        "field_unusable",
        "duplicate",
        "no_subscription",
        "before_start",
        "no_price",
    ]
    assert all(re.fullmatch(r"[a-z].* .*[a-z]", reason.sentence) for reason in REASONS)


def test_an_event_older_than_its_meter_says_so(shop: Shop) -> None:
    shop.send("e", {"seconds": 8})
    shop.price(shop.meter(), "k")
    shop.subscribe()
    verdict = shop.verdict("e")
    assert verdict["reason"] == "no_meter"
    assert "younger" in verdict["explanation"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_mock/explain/events/none", 404),
        ("/_mock/explain/subscriptions/none", 404),
        ("/_mock/unbilled?limit=0", 400),
        ("/_mock/unbilled?limit=x", 400),
        ("/_mock/unbilled?reading=other", 400),
        ("/_mock/unbilled?start_time=yesterday", 400),
    ],
)
def test_bad_questions_are_refused(documented: Any, path: str, status: int) -> None:
    reply = documented.get(path)
    assert (reply.status, set(reply.json)) == (status, {"error"})


def test_bad_ranges_are_refused(shop: Shop) -> None:
    shop.price(shop.meter(), "k")
    path = f"/_mock/explain/subscriptions/{shop.subscribe()}"
    assert shop.api.get(f"{path}?start_time={END}&end_time={START}").status == 400
    assert shop.api.get(f"{path}?end_time=tomorrow").status == 400


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from([f"e{n}" for n in range(8)]),
            "day": st.integers(1, 29),
            "name": st.sampled_from(["video", "image", "none"]),
            "seconds": st.sampled_from([0, 1, 2.5, "3", "x", None, -4, 1000000]),
            "model": st.sampled_from(["a", "b", "c", None]),
        }
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_explained_amounts_sum_to_the_usage_answer(apis: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Each event is billed or unbilled, never both, never neither; and the amounts are the bill."""
    for profile, api in apis.items():
        api.post("/_mock/reset")
        shop = Shop(api)
        for kind in ("SUM", "COUNT", "MAX", "AVG", "LATEST", "COUNT_UNIQUE"):
            aggregation = {"type": kind} if kind == "COUNT" else {"type": kind, "field": "seconds"}
            meter = shop.meter(kind, aggregation=aggregation)
            shop.price(meter, f"{kind}-a", filter_values={"model": ["a"]}, amount="0.013")
            tiers = [{"up_to": 2, "unit_amount": "1"}, {"up_to": None, "unit_amount": "0.5", "flat_amount": "3"}]
            shop.price(meter, kind, billing_model="TIERED", tier_mode="SLAB", tiers=tiers)
        package = {"billing_model": "PACKAGE", "transform_quantity": {"divide_by": 3, "round": "up"}}
        shop.price(shop.meter("images", "image"), "package", **package)
        shop.subscribe()
        for event in events:
            properties = {name: event[name] for name in ("seconds", "model") if event[name] is not None}
            stamp = f"2026-04-{event['day']:02d}T12:00:00Z"
            shop.send(event["id"], properties, event_name=event["name"], timestamp=stamp)
        told = shop.explained()
        usage = api.made("/v1/subscriptions/usage", {"subscription_id": shop.subscription})
        exact = Decimal(told["totals"][profile])
        assert round(exact, 2) == pytest.approx(Decimal(str(usage["amount"])), abs=Decimal("0.011"))
        for reading in READINGS:
            shares = [Decimal(b["amount"]) for e in told["events"] for b in e[reading]["billed"]]
            assert sum(shares) == Decimal(told["totals"][reading])
            for event in told["events"]:
                verdict = event[reading]
                assert bool(verdict["billed"]) != (verdict["reason"] is not None)
                assert verdict["reason"] is None or verdict["reason"] in REASONS


TERMS = (
    PriceTerms("FLAT_FEE", Decimal("0.013"), currency="usd"),
    PriceTerms("PACKAGE", Decimal(5), currency="usd", transform_quantity=TransformQuantity(Decimal(10), "up")),
    PriceTerms(
        "TIERED",
        currency="usd",
        tier_mode="VOLUME",
        tiers=(Tier(10, Decimal(1)), Tier(None, Decimal("0.5"), Decimal(2))),
    ),
)
QUANTITIES = st.lists(st.decimals(0, 1000, places=3), max_size=20)


@pytest.mark.parametrize("terms", TERMS, ids=lambda terms: terms.billing_model)
@pytest.mark.parametrize("kind", ["SUM", "COUNT", "MAX", "AVG", "LATEST", "COUNT_UNIQUE"])
@settings(max_examples=30, deadline=None)
@given(quantities=QUANTITIES)
def test_contributions_sum_to_the_cost(terms: PriceTerms, kind: str, quantities: list[Decimal]) -> None:
    """behaviour/rating#cost-of-a-quantity, behaviour/rating#quantity-of-a-meter: the cost of the meter's quantity, told
    event by event."""
    entries = [Entry(f"e{n % 7}", quantity, str(quantity)) for n, quantity in enumerate(quantities)]
    running = Running(terms, Aggregation(kind))
    assert total([running.add(entry) for entry in entries]) == cost(terms, running.quantity)


@pytest.mark.parametrize("terms", TERMS, ids=lambda terms: terms.billing_model)
@settings(max_examples=30, deadline=None)
@given(quantities=QUANTITIES)
def test_bucketed_contributions_sum_to_the_bucketed_cost(terms: PriceTerms, quantities: list[Decimal]) -> None:
    """behaviour/rating#quantity-of-a-meter: each bucket is priced alone."""
    entries = [Entry(str(n), quantity, None, n % 3) for n, quantity in enumerate(quantities)]
    values = [max(e.quantity for e in entries if e.bucket == b) for b in sorted({e.bucket for e in entries})]
    running = Running(terms, Aggregation("MAX", bucket_size="DAY"))
    assert total([running.add(entry) for entry in entries]) == bucketed_cost(terms, values)


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("duration_seconds", ["video_seconds", "image_count"], "video_seconds"),
        ("vidoe_seconds", ["video_seconds", "seconds"], "video_seconds"),
        ("Model.Usage", ["model.usage", "model.count"], "model.usage"),
        ("modelUsage", ["model_usage"], "model_usage"),
        ("kling-v2-6", ["kling-v2-5-turbo", "veo-3"], "kling-v2-5-turbo"),
        ("openai", ["alibaba"], None),
        ("same", ["same"], None),
        ("x", [], None),
        ("Model-Usage", ["model_usage", "modelUsage", "MODEL.USAGE"], "model_usage"),
        ("datapoint", ["data_point"], "data_point"),
        ("-", ["_", "."], None),
        ("alpha_beta", ["beta_gamma_delta", "alphabets"], "alphabets"),
        ("seconds", ["seconds of a video", "hours"], "seconds of a video"),
    ],
)
def test_near_misses(name: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(name, candidates) == expected
