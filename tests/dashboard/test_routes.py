"""What the page asks: bounded, in agreement with the whole explanations and the bill, and without side effects."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mockserver.dashboard

START = "2026-04-01T00:00:00Z"
READINGS = ("documented", "upstream")
FOLDER = Path(mockserver.dashboard.__file__).parent


class Shop:
    """A customer on a plan with prices of several kinds, at the start of April 2026."""

    def __init__(self, api: Any) -> None:
        self.api = api.at(START)
        self.plan = api.made("/v1/plans", {"name": "P"})["id"]
        self.customer = api.made("/v1/customers", {"external_id": "c", "name": "C"})["id"]
        seconds = self.meter("seconds", {"type": "SUM", "field": "seconds"})
        self.price(seconds, "any", amount="0.013")
        self.price(seconds, "a", filter_values={"model": ["a"]})
        self.price(self.meter("jobs", {"type": "COUNT"}), "job", filter_values={"model": ["a", "b"]})
        tiers = [{"up_to": 2, "unit_amount": "1"}, {"up_to": None, "unit_amount": "0.5", "flat_amount": "3"}]
        peak = self.meter("peak", {"type": "MAX", "field": "seconds"})
        self.price(peak, "tiered", billing_model="TIERED", tier_mode="SLAB", tiers=tiers)
        body = {"plan_id": self.plan, "customer_id": self.customer, "billing_period": "MONTHLY", "currency": "usd"}
        self.subscription = api.made("/v1/subscriptions", {**body, "start_date": START})["id"]

    def meter(self, name: str, aggregation: dict[str, Any]) -> str:
        body = {"name": name, "event_name": "video", "aggregation": aggregation, "reset_usage": "BILLING_PERIOD"}
        return str(self.api.made("/v1/meters", body)["id"])

    def price(self, meter: str, key: str, **changes: Any) -> None:
        body = {
            "entity_type": "PLAN", "entity_id": self.plan, "type": "USAGE", "billing_model": "FLAT_FEE",
            "billing_period": "MONTHLY", "billing_period_count": 1, "invoice_cadence": "ARREAR", "currency": "usd",
            "amount": "0.1", "meter_id": meter, "lookup_key": key, "start_date": START,
        }  # fmt: skip
        self.api.made("/v1/prices", {**body, **changes})

    def send(self, event_id: str, day: int = 15, customer: str = "c", name: str = "video", **properties: Any) -> None:
        body = {"event_id": event_id, "event_name": name, "external_customer_id": customer, "properties": properties}
        self.api.made("/v1/events", {**body, "timestamp": f"2026-04-{day:02d}T12:00:00Z"})

    def stream(self, **query: Any) -> Any:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        reply = self.api.get(f"/_mock/stream?{text}")
        assert reply.status == 200, reply.text
        return reply.json

    def bill(self) -> Any:
        return self.api.get(f"/_mock/bill/{self.subscription}").json


@pytest.fixture
def shop(documented: Any) -> Shop:
    return Shop(documented)


def test_the_stream_is_the_newest_first_and_pages_both_ways(shop: Shop) -> None:
    for n in range(7):
        shop.send(f"e{n}", seconds=1)
    first = shop.stream(limit=3)
    assert ([e["event_id"] for e in first["events"]], first["more"]) == (["e6", "e5", "e4"], True)
    older = shop.stream(limit=10, before=first["events"][-1]["seq"])
    assert ([e["event_id"] for e in older["events"]], older["more"]) == (["e3", "e2", "e1", "e0"], False)
    newer = shop.stream(after=first["events"][0]["seq"])
    assert (newer["events"], newer["more"]) == ([], False)


def test_the_stream_of_a_small_environment_is_found_among_others(documented: Any) -> None:
    shop, other = Shop(documented), {"x-api-key": f"{documented.key}-crowd"}
    shop.send("mine", seconds=1)
    crowd = [{"event_name": "x", "external_customer_id": "x", "event_id": f"o{n}"} for n in range(1000)]
    for batch in range(3):
        events = [{**event, "event_id": f"{batch}-{event['event_id']}"} for event in crowd]
        documented.post("/v1/events/bulk", {"events": events}, headers=other)
    assert [e["event_id"] for e in shop.stream()["events"]] == ["mine"]
    found = documented.get("/_mock/stream?limit=2", headers=other).json
    assert [e["event_id"] for e in found["events"]] == ["2-o999", "2-o998"]


def test_the_stream_finds_an_id(shop: Shop) -> None:
    for n in range(3):
        shop.send(f"e{n % 2}", day=10 + n, seconds=1)
    found = shop.stream(event_id="e0")["events"]
    assert [e["timestamp"][:10] for e in found] == ["2026-04-12", "2026-04-10"]
    assert shop.stream(event_id="none")["events"] == []


def test_amounts_that_depend_on_the_period_are_left_open(shop: Shop) -> None:
    shop.send("e", seconds=2, model="a")
    (event,) = shop.stream()["events"]
    told = {b["price"]: b["amount"] for b in event["documented"]["billed"]}
    assert told == {"a": "0.2", "job": "0.1", "tiered": None}
    assert {b["price"] for b in event["upstream"]["billed"]} == {"any", "a", "job", "tiered"}


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "event_id": st.sampled_from([f"e{n}" for n in range(6)]),
            "day": st.integers(1, 30),
            "customer": st.sampled_from(["c", "c", "c", "nobody"]),
            "name": st.sampled_from(["video", "video", "Video"]),
            "seconds": st.sampled_from([0, 1, 2.5, "3", "x", -4]),
            "model": st.sampled_from(["a", "b", "A"]),
        }
    ),
    max_size=10,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_single_verdicts_agree_with_the_whole_explanation(apis: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """What is told of an event by itself is what its billing period says, amounts left open aside; and days and lines
    add up to the bill."""
    for api in apis.values():
        api.post("/_mock/reset")
        shop = Shop(api)
        for event in events:
            shop.send(**event)
        # Sent over and over, two events may look alike; the stream tells them in the other order.
        told = sorted(shop.stream(details="true")["events"], key=_key)
        whole = api.get(f"/_mock/explain/subscriptions/{shop.subscription}").json
        ours = [event for event in told if event["external_customer_id"] == "c"]
        for alone, event in zip(ours, sorted(whole["events"], key=_key), strict=True):
            for reading in READINGS:
                assert _outcome(alone[reading]) == _outcome(event[reading]), event
                for mine, theirs in zip(alone[reading]["billed"], event[reading]["billed"], strict=True):
                    assert mine["amount"] in (None, theirs["amount"])
        bill = shop.bill()
        for reading in READINGS:
            total = Decimal(whole["totals"][reading])
            assert Decimal(bill["totals"][reading]["exact"]) == total
            assert sum(Decimal(line[reading]["amount"]) for line in bill["lines"]) == total
            assert sum(Decimal(v) for point in bill["points"] for v in point[reading].values()) == total
        unbilled = api.get("/_mock/stream/unbilled?reading=documented").json
        assert unbilled["total"] == sum(event["documented"]["reason"] is not None for event in told)


def _key(event: dict[str, Any]) -> Any:
    named = (event[name] for name in ("event_id", "timestamp", "event_name", "external_customer_id"))
    return (*named, str(event["properties"]), [str(event[reading]["reason"]) for reading in READINGS])


def _outcome(verdict: dict[str, Any]) -> Any:
    billed = [(b["price"], b["quantity"], b["ambiguous"]) for b in verdict["billed"]]
    return billed, verdict["reason"], verdict["explanation"], verdict["hints"]


def test_the_unbilled_look_at_so_many_events_only(shop: Shop) -> None:
    for n in range(6):
        shop.send(f"e{n}", name="nothing")
    found = shop.api.get("/_mock/stream/unbilled?scan=4&limit=2").json
    assert (found["scanned"], found["more"], found["total"]) == (4, True, 4)
    assert [len(group["events"]) for group in found["reasons"]] == [2]


def test_a_long_period_has_a_bounded_number_of_points(shop: Shop) -> None:
    from mockserver.dashboard.bill import MAX_POINTS

    for day in range(150):
        stamp = f"2026-{4 + day // 28:02d}-{1 + day % 28:02d}T12:00:00Z"
        body = {"event_name": "video", "external_customer_id": "c", "event_id": f"d{day}", "timestamp": stamp}
        shop.api.made("/v1/events", {**body, "properties": {"seconds": 1}})
    bill = shop.api.get(f"/_mock/bill/{shop.subscription}?end_time=2027-01-01T00:00:00Z").json
    assert 1 < len(bill["points"]) <= MAX_POINTS
    total = sum(Decimal(v) for point in bill["points"] for v in point["upstream"].values())
    assert total == Decimal(bill["totals"]["upstream"]["exact"])


WHAT_IF = {"event_name": "video", "external_customer_id": "c", "properties": {"seconds": 2, "model": "a"}}


def test_what_if_asks_the_customers_subscriptions_and_stores_nothing(shop: Shop) -> None:
    found = shop.api.post("/_mock/what-if", WHAT_IF).json
    assert (found["against"], found["customer_known"]) == ("subscriptions", True)
    (payer,) = found["payers"]
    assert payer["subscription_id"] == shop.subscription
    amounts = {b["price"]: b["amount"] for b in payer["documented"]["billed"]}
    assert amounts == {"a": "0.2", "job": "0.1", "tiered": None}
    considered = {c["price"]: c["won"] for c in payer["documented"]["prices_considered"]}
    assert considered == {"a": True, "any": False, "job": True, "tiered": True}
    assert {b["price"] for b in payer["upstream"]["billed"]} == {"any", "a", "job", "tiered"}
    assert shop.stream()["events"] == []


@pytest.mark.parametrize(("customer", "known"), [(None, None), ("nobody", False)])
def test_what_if_without_a_subscription_asks_every_plan(shop: Shop, customer: str | None, known: bool | None) -> None:
    event = {name: value for name, value in WHAT_IF.items() if name != "external_customer_id"}
    found = shop.api.post("/_mock/what-if", {**event, **({"external_customer_id": customer} if customer else {})}).json
    assert (found["against"], found["customer_known"]) == ("plans", known)
    assert [(p["plan"], len(p["documented"]["billed"])) for p in found["payers"]] == [("P", 3)]


def test_what_if_names_near_misses(shop: Shop) -> None:
    found = shop.api.post("/_mock/what-if", {**WHAT_IF, "event_name": "Video"}).json
    assert found["documented"]["hints"] == ['event name "Video" is near "video"']
    assert (found["meters"], found["payers"][0]["documented"]["reason"]) == ([], "no_meter")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_mock/stream?limit=0", None, 400),
        ("GET", "/_mock/stream?limit=201", None, 400),
        ("GET", "/_mock/stream?after=x", None, 400),
        ("GET", "/_mock/stream?before=99999999999999999999", None, 400),
        ("GET", "/_mock/stream/unbilled?scan=5001", None, 400),
        ("GET", "/_mock/stream/unbilled?reading=other", None, 400),
        ("GET", "/_mock/subscriptions?limit=1000", None, 400),
        ("GET", "/_mock/catalogue?limit=-1", None, 400),
        ("GET", "/_mock/bill/none", None, 404),
        ("POST", "/_mock/what-if", [], 400),
        ("POST", "/_mock/what-if", {}, 400),
        ("POST", "/_mock/what-if", {"event_name": 5}, 400),
        ("POST", "/_mock/what-if", {"event_name": "x", "timestamp": "yesterday"}, 400),
        ("POST", "/_mock/what-if", {"event_name": "x", "properties": []}, 400),
    ],
)
def test_bad_questions_are_refused(documented: Any, method: str, path: str, body: Any, status: int) -> None:
    reply = documented(method, path, body)
    assert (reply.status, set(reply.json)) == (status, {"error"})


@pytest.mark.parametrize("path", ["stream", "stream/unbilled", "subscriptions", "catalogue", "routes", "bill/x"])
def test_every_question_needs_a_key(documented: Any, path: str) -> None:
    assert documented.get(f"/_mock/{path}", headers={"x-api-key": ""}).status == 401


def test_subscriptions_are_found_by_their_customer(shop: Shop) -> None:
    for text, found in (("c", 1), ("C", 1), (shop.subscription, 1), ("zz", 0), ("%", 0)):
        reply = shop.api.get(f"/_mock/subscriptions?search={text.replace('%', '%25')}").json
        assert len(reply["subscriptions"]) == found, text


@pytest.mark.parametrize("path", ["", "static/dashboard.js", "static/dashboard.css"])
def test_the_page_is_served_without_a_key_under_a_strict_policy(documented: Any, path: str) -> None:
    reply = documented.get(f"/_mock/{path}", headers={"x-api-key": ""})
    assert reply.status == 200
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["..%2froutes.py", "routes.py", "..%2f..%2fapp.py"])
def test_nothing_but_the_static_files_is_served(documented: Any, name: str) -> None:
    assert documented.get(f"/_mock/static/{name}").status == 404


def test_the_page_holds_no_inline_code_and_nothing_from_elsewhere() -> None:
    page = (FOLDER / "page.html").read_text(encoding="utf-8")
    script = (FOLDER / "static" / "dashboard.js").read_text(encoding="utf-8")
    assert not re.search(r"<style|style=|\son\w+=|<script>|https?://", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script)
    assert set(re.findall(r"https?://[^\"']+", script)) == {"http://www.w3.org/2000/svg"}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast(theme: int) -> None:
    """WCAG AA: 4.5 for text, 3 for what a chart draws."""
    style = (FOLDER / "static" / "dashboard.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", style))
    colours = {name: value.split(", ")[theme] for name, value in found.items()}
    for ground in ("paper", "raised", "sunken"):
        for text in ("ink", "soft", "accent", "good", "bad", "warn"):
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for text, ground in (("accent-ink", "accent"), ("bad", "bad-soft"), ("warn", "warn-soft"), ("ink", "accent-soft")):
        assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for n in range(8):
        assert _contrast(colours[f"c{n}"], colours["paper"]) >= 3, n
