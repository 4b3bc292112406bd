"""Usage read from rollups equals usage folded from the rows one by one, whatever was sent and however often."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mockserver.divergences import Divergences
from mockserver.metering.claims import seconds
from mockserver.metering.dimensions import price_created
from mockserver.metering.events import Event, metered_second, milliseconds, read_properties
from mockserver.metering.ingest import ingest
from mockserver.metering.meters import aggregation_of
from mockserver.metering.usage import UsageWindow, series, usage
from mockserver.rating.aggregation import UsageRow, aggregate, bucketed, event_count
from mockserver.rating.money import total
from mockserver.rating.quantity import AGGREGATION_TYPES, ingest_quantity
from mockserver.rating.taking import Candidate, who_takes
from mockserver.rating.windows import WINDOW_SIZES, bucket_start, window_start
from mockserver.store.columns import Row
from mockserver.store.store import Store
from mockserver.store.tables.meters import METERS
from mockserver.work import Caller, Work

START = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


class Bench:
    """An environment of its own, with direct access to metering."""

    def __init__(self, store: Store, name: str, profile: str) -> None:
        self.store, self.name, self.divergences = store, name, Divergences(profile)

    def work(self, tx: Any) -> Work:
        return Work(tx, Caller("user", "tenant", self.name, ()), START, self.divergences)

    def meter(self, aggregation: dict[str, Any], filters: Sequence[dict[str, Any]] = ()) -> Row:
        with self.store.write(self.name) as tx:
            work = self.work(tx)
            values = {"event_name": "call", "name": "m", "aggregation": aggregation, "filters": list(filters)}
            return work.insert(METERS, work.new_row(METERS, {**values, "reset_usage": "BILLING_PERIOD"}))

    def price(self, meter: Row, number: int, filter_values: dict[str, list[str]]) -> Row:
        row = {
            "id": f"price_{number}",
            "meter_id": meter["id"],
            "filter_values": filter_values,
            "created_at": START + timedelta(seconds=number),
        }
        with self.store.write(self.name) as tx:
            price_created(self.work(tx), row)
        return row

    def send(self, events: Sequence[Event]) -> None:
        with self.store.write(self.name) as tx:
            ingest(tx, events, 0)

    def usage(self, windows: Sequence[UsageWindow], customers: Sequence[str] = ("c1",)) -> dict[str, Any]:
        with self.store.read(self.name) as tx:
            return usage(self.work(tx), customers, windows)


def asks(
    key: str, group: str, meter: Row, price: Row, start: datetime, end: datetime, *anchor: datetime
) -> UsageWindow:
    """A question about the whole life of a line item; without a price it has no filters."""
    first, last = seconds(start), seconds(end)
    created, price_id = price.get("created_at", START), price.get("id", "")
    candidate = Candidate(key, price.get("filter_values", {}), created, price_id, first, last)
    return UsageWindow(candidate, group, meter, start, end, *anchor)


def event(event_id: str, at: datetime, properties: dict[str, Any] | None, customer: str = "c1") -> Event:
    values, text = read_properties(properties)
    return Event(event_id, milliseconds(at), "call", customer, "", "", values, text)


def _random_events(rng: random.Random, count: int) -> list[Event]:
    result = []
    for number in range(count):
        at = START + timedelta(seconds=rng.randrange(40 * 86400), milliseconds=rng.randrange(1000))
        if result and rng.random() < 0.2:
            again = rng.choice(result)
            event_id = again.id
            if rng.random() < 0.5:
                at = START + timedelta(milliseconds=again.time_ms - milliseconds(START))
        else:
            event_id = f"e{number}"
        properties: dict[str, Any] = {
            "n": rng.choice([1, 2.5, "3.25", 10**13, -4, "x", 0.1, 1e-15, 123456.789]),
            "model": rng.choice(["a", "b", "c"]),
            "hd": rng.choice([True, False]),
        }
        if rng.random() < 0.1:
            del properties["model"]
        result.append(event(event_id, at, properties, rng.choice(["c1", "c1", "c1", "c2"])))
    return result


def _expected_rows(events: Sequence[Event], meter: Row, customer: str) -> list[tuple[UsageRow, Event]]:
    aggregation = aggregation_of(meter["aggregation"])
    kept: dict[tuple[str, int], tuple[UsageRow, Event]] = {}
    for each in events:
        if each.external_customer_id != customer:
            continue
        measured = ingest_quantity(aggregation, each.properties, each.event_name)
        if measured is None:
            continue
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=metered_second(each.time_ms))
        group = str((each.properties or {}).get("model", ""))
        row = UsageRow(at, each.id, measured.quantity, measured.unique_key, group)
        kept.pop((each.id, metered_second(each.time_ms)), None)
        kept[each.id, metered_second(each.time_ms)] = (row, each)
    return list(kept.values())


AGGREGATIONS: list[dict[str, Any]] = [
    {"type": kind, **({} if kind == "COUNT" else {"field": "n"})}
    | ({"multiplier": "0.5"} if kind == "SUM_WITH_MULTIPLIER" else {})
    for kind in AGGREGATION_TYPES
] + [{"type": "COUNT_UNIQUE", "field": "model"}, {"type": "SUM", "expression": "n * 2.0"}]

BUCKETED: list[dict[str, Any]] = [{"type": "SUM"}, {"type": "MAX"}, {"type": "MAX", "group_by": "model"}]

EDGES = [
    (START, START + timedelta(days=31)),
    (START + timedelta(seconds=61), START + timedelta(days=9, hours=3, minutes=7, seconds=1)),
    (START + timedelta(days=3, minutes=20), START + timedelta(days=3, minutes=50)),
    (START + timedelta(days=39), START + timedelta(days=45)),
    (datetime(1, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)),
    (START + timedelta(days=2), START + timedelta(days=1)),
]


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("aggregation", AGGREGATIONS, ids=lambda a: "-".join(a.values()))
def test_rollups_answer_what_the_rows_say(store: Store, aggregation: dict[str, Any], batch: int) -> None:
    rng = random.Random(repr(aggregation))
    bench = Bench(store, f"{aggregation}{batch}", "upstream")
    meter = bench.meter(aggregation)
    events = _random_events(rng, 300)
    for start in range(0, len(events), batch):
        bench.send(events[start : start + batch])
    windows = [asks(str(n), "g", meter, {}, start, end) for n, (start, end) in enumerate(EDGES)]
    found = bench.usage(windows)
    rows = [row for row, _ in _expected_rows(events, meter, "c1")]
    for window in windows:
        inside = [row for row in rows if window.start <= row.timestamp < window.end]
        got = found[window.key]
        assert got.event_count == event_count(aggregation["type"], inside), window.key
        if aggregation["type"] == "LATEST" and inside:
            latest = max(row.timestamp for row in inside)
            assert got.quantity in [row.quantity for row in inside if row.timestamp == latest]
        elif aggregation["type"] == "AVG":
            assert float(got.quantity) == pytest.approx(float(aggregate("AVG", inside)), rel=1e-15)
        else:
            assert got.quantity == aggregate(aggregation["type"], inside), window.key


@pytest.mark.parametrize("kind", ["SUM", "COUNT", "MAX", "COUNT_UNIQUE", "LATEST", "AVG"])
@pytest.mark.parametrize("late", [False, True], ids=["prices-first", "events-first"])
def test_prices_share_out_a_meters_events(store: Store, kind: str, late: bool) -> None:
    """Every event goes to the one most specific price whose window covers it; the sums are those of re-rating."""
    rng = random.Random(kind)
    bench = Bench(store, f"share{kind}{late}", "documented")
    meter = bench.meter({"type": kind, "field": "n"})
    filters: list[dict[str, list[str]]] = [
        {},
        {"model": ["a", "b"]},
        {"model": ["a"], "hd": ["true"]},
        {"hd": ["false"]},
        {"hd": ["false"], "model": []},
    ]
    events = _random_events(rng, 300)
    if late:
        bench.send(events)
    prices = [bench.price(meter, n, f) for n, f in enumerate(filters)]
    if not late:
        bench.send(events[:150])
        bench.send(events[150:])
    cut = START + timedelta(days=12, hours=5, seconds=3)
    windows = [asks(p["id"], "g", meter, p, START, START + timedelta(days=30)) for p in prices]
    windows[1] = asks(prices[1]["id"], "g", meter, prices[1], cut, START + timedelta(days=30))
    found = bench.usage(windows)
    rows: dict[str, list[UsageRow]] = {}
    for row, each in _expected_rows(events, meter, "c1"):
        rivals = [window.candidate for window in windows]
        for taker in who_takes(rivals, seconds(row.timestamp), each.properties, honour_filters=True).takers:
            rows.setdefault(taker.id, []).append(row)
    for window in windows:
        mine = rows.get(window.key, [])
        assert found[window.key].event_count == event_count(kind, mine)
        if kind == "LATEST":
            last = max((row.timestamp for row in mine), default=None)
            assert found[window.key].quantity in [r.quantity for r in mine if r.timestamp == last] or not mine
        elif kind == "AVG":
            assert float(found[window.key].quantity) == pytest.approx(float(aggregate(kind, mine)), rel=1e-15)
        else:
            assert found[window.key].quantity == aggregate(kind, mine)


@pytest.mark.parametrize("size", WINDOW_SIZES)
@pytest.mark.parametrize("aggregation", BUCKETED, ids=str)
def test_buckets_are_those_of_the_rows(store: Store, aggregation: dict[str, Any], size: str) -> None:
    bench = Bench(store, f"bucket{aggregation}{size}", "upstream")
    meter = bench.meter({**aggregation, "field": "n", "bucket_size": size})
    events = _random_events(random.Random(size), 200)
    bench.send(events)
    start, end = START + timedelta(days=1, seconds=77), START + timedelta(days=35, minutes=3)
    anchor = datetime(2026, 4, 20, tzinfo=UTC)
    got = bench.usage([asks("w", "g", meter, {}, start, end, anchor)])["w"]
    rows = [row for row, _ in _expected_rows(events, meter, "c1") if start <= row.timestamp < end]
    want = bucketed(aggregation["type"], rows, lambda m: bucket_start(m, size, anchor), "group_by" in aggregation)
    assert [(b.start, b.group_text, b.value, b.event_count) for b in got.buckets] == [
        (w.start, w.group, w.value, w.event_count) for w in want
    ]
    assert got.quantity == total(w.value for w in want)
    assert got.event_count == event_count(aggregation["type"], rows)


@pytest.mark.parametrize("size", ["DAY", "MONTH"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "America/New_York"])
@pytest.mark.parametrize("kind", ["SUM", "COUNT", "COUNT_UNIQUE", "MAX", "LATEST", "AVG"])
def test_series_add_up_days_of_a_time_zone(store: Store, size: str, zone: str, kind: str) -> None:
    bench = Bench(store, f"series{size}{zone}{kind}", "upstream")
    meter = bench.meter({"type": kind, "field": "n"})
    events = _random_events(random.Random(zone), 200)
    bench.send(events)
    start, end = START + timedelta(seconds=4711), START + timedelta(days=39, minutes=7)
    window = asks("w", "g", meter, {}, start, end)
    with store.read(bench.name) as tx:
        got = series(bench.work(tx), ["c1"], window, [], size, anchor=START, zone=zone)
    rows: dict[datetime, list[UsageRow]] = {}
    for row, _ in _expected_rows(events, meter, "c1"):
        if start <= row.timestamp < end:
            rows.setdefault(window_start(row.timestamp, size, zone, START), []).append(row)
    if kind == "COUNT_UNIQUE":
        rows = {at: found for at, found in rows.items() if any(r.unique_key is not None for r in found)}
    assert [at for at, _ in got] == sorted(rows)
    for at, value in got:
        if kind == "LATEST":
            last = max(row.timestamp for row in rows[at])
            assert value in [row.quantity for row in rows[at] if row.timestamp == last]
        elif kind == "AVG":
            assert float(value) == pytest.approx(float(aggregate(kind, rows[at])), rel=1e-15)
        else:
            assert value == aggregate(kind, rows[at])


@pytest.mark.parametrize("profile", ["documented", "upstream"])
def test_a_series_leaves_out_what_rivals_take(store: Store, profile: str) -> None:
    """behaviour/prices-and-meters#what-the-documents-describe: of two prices the one with filters takes what it
    matches, day by day."""
    bench = Bench(store, f"rivals{profile}", profile)
    meter = bench.meter({"type": "SUM", "field": "n"})
    rest, narrow = bench.price(meter, 1, {}), bench.price(meter, 2, {"model": ["a"]})
    sent = [(0, "a", 1), (0, "b", 2), (1, "a", 4), (2, "b", 8), (2, "b", 16)]
    bench.send(
        [event(f"e{k}", START + timedelta(days=d), {"n": n, "model": m}) for k, (d, m, n) in enumerate(sent)]
        + [event("other", START, {"n": 99, "model": "b"}, "c2")]
    )
    end = START + timedelta(days=9)
    windows = [asks(price["id"], "g", meter, price, START, end) for price in (rest, narrow)]

    def days(window: UsageWindow, customers: Sequence[str] = ("c1",)) -> list[tuple[int, Decimal]]:
        with store.read(bench.name) as tx:
            found = series(bench.work(tx), customers, window, windows, "DAY", anchor=None, zone="UTC")
        return [(start.day, value) for start, value in found]

    whole = [(1, 3), (2, 4), (3, 24)]
    assert days(windows[0]) == ([(1, 2), (3, 24)] if profile == "documented" else whole)
    assert days(windows[1]) == ([(1, 1), (2, 4)] if profile == "documented" else whole)
    assert days(windows[0], ("c1", "c2"))[0] == ((1, 101) if profile == "documented" else (1, 102))


@pytest.mark.parametrize("profile", ["documented", "upstream"])
def test_only_usage_of_filtered_prices_relies_on_filters(store: Store, profile: str) -> None:
    """behaviour/prices-and-meters#filter_values: what does not rest on price filters is not announced as a
    divergence."""
    bench = Bench(store, f"relies{profile}", profile)
    meter = bench.meter({"type": "SUM", "field": "n"})
    for filters, relied in (({}, set()), ({"model": ["a"]}, {"price-filter-values-ignored"})):
        window = asks("w", "g", meter, bench.price(meter, 1, filters), START, START + timedelta(days=1))
        with store.read(bench.name) as tx:
            work = bench.work(tx)
            usage(work, ["c1"], [window])
        assert work.touched == relied


def test_a_series_of_texts_counts_only_those_the_price_takes(store: Store) -> None:
    """behaviour/rating#quantity-of-a-meter: distinct texts, each price its own."""
    bench = Bench(store, "rival texts", "documented")
    meter = bench.meter({"type": "COUNT_UNIQUE", "field": "user"})
    rest, narrow = bench.price(meter, 1, {}), bench.price(meter, 2, {"model": ["a"]})
    sent = [("a", "ann"), ("a", "bob"), ("a", "ann"), ("b", "ann"), ("b", "cid"), ("b", "dan")]
    bench.send([event(f"e{k}", START, {"model": model, "user": user}) for k, (model, user) in enumerate(sent)])
    windows = [asks(p["id"], "g", meter, p, START, START + timedelta(days=1)) for p in (rest, narrow)]
    with store.read(bench.name) as tx:
        work = bench.work(tx)
        found = [series(work, ["c1"], w, windows, "DAY", anchor=None, zone="UTC") for w in windows]
    assert [[value for _, value in days] for days in found] == [[3], [2]]


def test_two_items_of_one_price_do_not_bill_an_event_twice(store: Store) -> None:
    """One item takes the event where both are open, the one that began first; the other from its end on."""
    bench = Bench(store, "twice", "documented")
    meter = bench.meter({"type": "SUM", "field": "n"})
    price = bench.price(meter, 1, {"model": ["a"]})
    noon = START + timedelta(days=5)
    windows = [
        asks("late", "g", meter, price, noon, START + timedelta(days=20)),
        asks("early", "g", meter, price, START, START + timedelta(days=10)),
        asks("stranger", "h", meter, price, START, START + timedelta(days=20)),
    ]
    bench.send([event(f"e{d}", START + timedelta(days=d), {"n": 10**d, "model": "a"}) for d in (4, 5, 9, 10)])
    found = bench.usage(windows)
    assert {key: int(used.quantity) for key, used in found.items()} == {
        "early": 10**4 + 10**5 + 10**9,
        "late": 10**10,
        "stranger": 10**4 + 10**5 + 10**9 + 10**10,
    }
    assert {key: used.event_count for key, used in found.items()} == {"early": 3, "late": 1, "stranger": 4}


def test_windows_out_of_the_stores_time_are_cut(store: Store) -> None:
    """behaviour/events-and-usage#after-the-answer: times the store cannot have are its first and last second."""
    window = asks("w", "g", {}, {}, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    assert (window.first, window.last) == (0, 2**32)
    assert (replace(window, start=START).first, START.timestamp()) == (1775001600, 1775001600)


def test_an_event_sent_again_corrects_the_rollups(store: Store) -> None:
    """behaviour/events-and-usage#what-is-stored: the same id, second and customer counts once, with the newest value;
    another time counts again."""
    bench = Bench(store, "again", "upstream")
    summed = bench.meter({"type": "SUM", "field": "n"})
    count = bench.meter({"type": "COUNT"})
    peak = bench.meter({"type": "MAX", "field": "n"})
    windows = [asks(m["id"], "g", m, {}, START, START + timedelta(days=3)) for m in (summed, count, peak)]

    def seen() -> list[Decimal]:
        found = bench.usage(windows)
        return [found[w.key].quantity for w in windows]

    bench.send([event("a", START, {"n": 5}), event("b", START + timedelta(hours=1), {"n": 3})])
    assert seen() == [8, 2, 5]
    bench.send([event("a", START, {"n": 1})])
    assert seen() == [4, 2, 3]
    bench.send([event("a", START + timedelta(milliseconds=400), {"n": 2})])
    assert seen() == [5, 2, 3], "metered times are whole seconds"
    bench.send([event("a", START + timedelta(days=1), {"n": 7})])
    assert seen() == [12, 2, 7], "another time adds to a sum, not to a count of ids"


def test_clearing_an_environment_forgets_its_usage_and_no_other(store: Store) -> None:
    benches = [Bench(store, name, "upstream") for name in ("cleared", "kept")]
    meters = [bench.meter({"type": "SUM", "field": "n"}) for bench in benches]
    for bench in benches:
        bench.send([event("a", START, {"n": 5})])
    store.clear("cleared")
    windows = [asks("w", "g", meter, {}, START, START + timedelta(days=1)) for meter in meters]
    assert [b.usage([w])["w"].quantity for b, w in zip(benches, windows, strict=True)] == [0, 5]
    for table in ("event_log", "usage_blocks", "usage_rollups", "usage_streams"):
        count = f"SELECT count(*) FROM {table} WHERE environment_id = 'cleared'"
        assert store.connection.execute(count).fetchone()[0] == 0


def test_usage_is_read_from_the_index_whatever_the_number_of_events(store: Store) -> None:
    """The same question reads as many rollups for 20 events an hour as for one."""
    read = []
    for per_hour in (1, 20):
        bench = Bench(store, f"cost{per_hour}", "upstream")
        meter = bench.meter({"type": "SUM", "field": "n"})
        moments = [START + timedelta(hours=h, minutes=m) for h in range(72) for m in range(per_hour)]
        bench.send([event(f"e{n}", at, {"n": 1}) for n, at in enumerate(moments)])
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        window = asks("w", "g", meter, {}, START, START + timedelta(days=3))
        bench.usage([window])
        store.connection.set_progress_handler(count, 10)
        assert bench.usage([window])["w"].quantity == 72 * per_hour
        store.connection.set_progress_handler(None, 0)
        read.append(steps)
    assert read[1] <= read[0] * 1.2, read


def test_a_repeated_id_counts_once_across_days(store: Store) -> None:
    bench = Bench(store, "repeats", "upstream")
    meter = bench.meter({"type": "COUNT"})
    bench.send([event("a", START + timedelta(days=n), {}) for n in range(5)])
    bench.send([event("a", START, {}, "c2"), event("b", START, {}, "c2")])
    whole = asks("w", "g", meter, {}, START, START + timedelta(days=9))
    day = asks("d", "g2", meter, {}, START, START + timedelta(days=1))
    assert [bench.usage([whole, day])[key].quantity for key in "wd"] == [1, 1]
    assert bench.usage([whole], ["c1", "c2"])["w"].quantity == 2, "also over customers billed together"


@pytest.mark.parametrize("name", ["", "  "])
def test_a_blank_name_is_in_no_list_but_every_meter_looks_at_it(store: Store, name: str) -> None:
    """behaviour/events-and-usage#after-the-answer."""
    bench = Bench(store, f"blank{name}", "upstream")
    meter = bench.meter({"type": "SUM", "field": "n"})
    blank = event("a", START, {"n": 5})._replace(event_name=name.strip())
    bench.send([blank])
    bench.send([blank])
    window = asks("w", "g", meter, {}, START, START + timedelta(days=1))
    assert bench.usage([window])["w"].quantity == 5
    found = store.connection.execute("SELECT count(*) FROM event_log WHERE environment_id = ?", (bench.name,))
    assert found.fetchone()[0] == 0
