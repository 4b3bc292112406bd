"""Usage bills and invoice lines: entitlements and commitments (behaviour/rating#worked-buckets,
behaviour/rating#the-pipeline, behaviour/rating#entitlements, behaviour/rating#commitments;
behaviour/rating#the-usage-question)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.charges import (
    FIXED,
    USAGE,
    PriceUnit,
    UsageItem,
    subtotal,
    usage_bill,
    usage_lines,
    without_zero_lines,
)
from mockserver.rating.commitments import (
    QUANTITY,
    CumulativeCommitment,
    LineCommitment,
    SubscriptionCommitment,
    TimeBucket,
    apply_commitment,
    apply_windowed_commitment,
    cumulative_share,
    fill_buckets,
)
from mockserver.rating.cost import FLAT_FEE, PACKAGE, SLAB, TIERED, PriceTerms, Tier, TransformQuantity
from mockserver.rating.entitlements import Entitlement, billable_quantity, deducted_quantity
from mockserver.rating.money import api_number, plain, total

T = PriceTerms(TIERED, tier_mode=SLAB, tiers=(Tier(1000, D("0.10")), Tier(5000, D("0.08")), Tier(None, D("0.05"))))
F = PriceTerms(
    TIERED,
    tier_mode=SLAB,
    tiers=(Tier(100, D(0), D(10)), Tier(200, D("0.5"), D(5)), Tier(None, D("0.25"), D(2))),
)


def flat(amount: str) -> PriceTerms:
    return PriceTerms(FLAT_FEE, D(amount))


def package(amount: str, size: int) -> PriceTerms:
    return PriceTerms(PACKAGE, D(amount), transform_quantity=TransformQuantity(D(size), "up"))


def item(terms: PriceTerms, quantity: str, name: str = "m", **more) -> UsageItem:
    return UsageItem(f"line_{name}", f"meter_{name}", name, terms, D(quantity), name, f"price_{name}", **more)


def parts(bill) -> list[tuple[str, str, bool]]:
    return [(plain(charge.quantity), plain(charge.amount), charge.is_overage) for charge in bill.charges]


def amounts(lines) -> list[str]:
    return [plain(line.amount) for line in lines]


def billed(items, commitment=None, cumulative=None, plan="Pro"):
    bill = usage_bill(items, "usd", commitment)
    return usage_lines(items, bill, "MONTHLY", "usd", commitment, cumulative, plan)


class TestUsageBill:
    """behaviour/rating#the-usage-question."""

    @pytest.mark.parametrize(
        ("items", "amount", "lines", "sum_of_lines"),
        [
            pytest.param(
                [item(flat("0.0000012"), "982344", "a"), item(flat("0.0000024"), "982344", "b")],
                "3.54",
                ["1.18", "2.36"],
                "3.54",
                id="row4",
            ),
            pytest.param(
                [item(flat("0.00001"), "1200", "a"), item(flat("0.00004"), "4160", "b")],
                "0.18",
                ["0.01", "0.17"],
                "0.18",
                id="row7",
            ),
            pytest.param([item(flat("0.004"), "1", name) for name in "abc"], "0.01", ["0", "0", "0"], "0", id="row18"),
        ],
    )
    def test_exact_sum_against_rounded_lines(self, items, amount, lines, sum_of_lines):
        bill = usage_bill(items, "usd")
        assert plain(bill.amount) == amount
        assert amounts(bill.charges) == lines
        assert plain(subtotal(billed(items))) == sum_of_lines

    def test_no_usage_items(self):
        bill = usage_bill([], "usd")
        assert (bill.charges, bill.amount, bill.display_amount, bill.overage_factor) == (None, 0, "", 0)

    def test_no_events(self):
        bill = usage_bill([item(flat("1"), "0")], "usd")
        assert (bill.amount, bill.display_amount, bill.overage_factor, bill.has_overage) == (0, "$0", 1, False)
        assert parts(bill) == [("0", "0", False)]

    def test_charges_are_sorted_by_meter_name(self):
        """behaviour/rating#which-usage-a-line-item-bills: invoice lines keep the order of the items."""
        items = [item(flat("1"), "1", name) for name in "bca"]
        items.append(UsageItem("line_z", "meter_a", "a", flat("2"), D(1), "z"))
        assert [charge.item.line_item_id for charge in usage_bill(items, "usd").charges or ()] == [
            "line_a",
            "line_z",
            "line_b",
            "line_c",
        ]
        assert [line.line_item_id for line in billed(items)] == ["line_b", "line_c", "line_a", "line_z"]

    def test_display_amounts(self):
        """behaviour/rating#currencies."""
        bill = usage_bill([item(flat("0.1"), "4")], "usd")
        assert bill.display_amount == "$0.4"
        assert (bill.charges or ())[0].display_amount == "$0.4"
        unknown = PriceTerms(FLAT_FEE, D("1.5"), "bhd")
        assert usage_bill([item(unknown, "1")], "bhd").display_amount == "1.5"

    def test_bucketed_items_are_rounded_once(self):
        """behaviour/rating#the-pipeline, behaviour/rating#worked-buckets."""
        fine = item(flat("0.001"), "4.5", bucket_values=(D("0.9"),) * 5)
        assert usage_bill([fine, fine], "usd").exact == 0
        coarse = item(package("5", 100), "200", bucket_values=(D(120), D(0), D(80)))
        assert parts(usage_bill([coarse], "usd")) == [("200", "15", False)]


@pytest.mark.parametrize(
    ("terms", "usage", "entitlement", "quantity", "amount", "deducted"),
    [
        pytest.param(flat("0.01"), "2500", Entitlement(1000, "MONTHLY"), "1500", "15", "1000", id="row66"),
        pytest.param(T, "2500", Entitlement(1000, "MONTHLY"), "1500", "140", "1000", id="row67"),
        pytest.param(T, "2500", None, "2500", "220", None, id="row67-without"),
        pytest.param(flat("0.01"), "800", Entitlement(1000, "MONTHLY"), "0", "0", "800", id="row68"),
        pytest.param(flat("0.01"), "800", Entitlement(None, "MONTHLY"), "0", "0", "800", id="row69"),
        pytest.param(flat("0.01"), "800", Entitlement(0, "MONTHLY"), "800", "8", "0", id="row70"),
        pytest.param(
            flat("1"),
            "350",
            Entitlement(100, "DAILY", window_sums=(D(150), D(80), D(120))),
            "70",
            "70",
            "280",
            id="row71",
        ),
        pytest.param(
            flat("1"), "900", Entitlement(1000, "NEVER", since_start=D(900)), "0", "0", "900", id="row72-month1"
        ),
        pytest.param(
            flat("1"),
            "1200",
            Entitlement(1000, "NEVER", since_start=D(2100), before=D(900)),
            "200",
            "200",
            "1000",
            id="row72-month2",
        ),
        pytest.param(package("5", 1000), "2500", Entitlement(1000, "MONTHLY"), "1500", "10", "1000", id="row74"),
        pytest.param(flat("1"), "5", Entitlement(3, "MONTHLY", is_enabled=False), "5", "5", None, id="disabled"),
        pytest.param(flat("1"), "5", Entitlement(3, "QUARTERLY"), "2", "2", "3", id="unlisted-reset"),
    ],
)
def test_entitlements(terms, usage, entitlement, quantity, amount, deducted):
    """behaviour/rating#worked-buckets, behaviour/rating#entitlements."""
    (line,) = billed([item(terms, usage, entitlement=entitlement)])
    assert (plain(line.quantity), plain(line.amount)) == (quantity, amount)
    found = line.adjusted_entitlement_quantity
    assert (found if found is None else plain(found)) == deducted


def test_row73_two_prices_each_get_the_full_allowance():
    """behaviour/rating#worked-entitlements."""
    limit = Entitlement(1000, "MONTHLY")
    lines = billed([item(flat("1"), "1500", name, entitlement=limit) for name in "ab"])
    assert amounts(lines) == ["500", "500"]


def test_row58_a_limit_turns_buckets_into_one_quantity():
    """behaviour/rating#worked-buckets, behaviour/rating#quantity-of-a-meter; an untouched quantity keeps the bucketed
    cost."""
    buckets = {"bucket_values": (D(120), D(0), D(80))}
    terms = package("5", 100)
    (line,) = billed([item(terms, "200", entitlement=Entitlement(150, "MONTHLY"), **buckets)])
    assert (plain(line.quantity), plain(line.amount)) == ("50", "5")
    (line,) = billed([item(terms, "200", entitlement=Entitlement(0, "DAILY"), **buckets)])
    assert (plain(line.quantity), plain(line.amount)) == ("200", "15")
    (line,) = billed([item(F, "0", bucket_values=(D(0),), entitlement=Entitlement(None, "MONTHLY"))])
    assert (plain(line.quantity), plain(line.amount)) == ("0", "0")


@pytest.mark.parametrize(
    ("reset", "shown"), [("DAILY", "daily"), ("MONTHLY", "monthly"), ("NEVER", "never"), ("WEEKLY", None)]
)
def test_the_reset_period_in_the_metadata(reset, shown):
    """behaviour/rating#entitlements."""
    (line,) = billed([item(flat("1"), "1", "calls", entitlement=Entitlement(1, reset))])
    assert line.metadata.get("usage_reset_period") == shown
    assert line.metadata["description"] == "calls (Usage Charge)"


def test_windowed_resets_need_another_billing_period():
    """behaviour/rating#entitlements: MONTHLY on a monthly subscription is the line's own quantity."""
    limit = Entitlement(100, "MONTHLY", window_sums=(D(150), D(80)))
    assert billable_quantity(D(230), limit, "MONTHLY") == 130
    assert billable_quantity(D(230), limit, "ANNUAL") == 50
    assert deducted_quantity(D(5), D(7)) == 0


class TestSubscriptionCommitment:
    """behaviour/rating#worked-commitments, behaviour/rating#commitment-of-a-subscription."""

    def test_row76(self):
        promised = SubscriptionCommitment(D(10), D("1.5"))
        bill = usage_bill([item(flat("0.01"), "1500")], "usd", promised)
        assert parts(bill) == [("1000", "10", False), ("500", "7.5", True)]
        assert (bill.commitment_utilized, bill.overage_amount, bill.amount) == (10, D("7.5"), D("17.5"))
        assert bill.has_overage
        assert [charge.display_amount for charge in bill.charges or ()] == ["10", "$7.5"]

    def test_row77(self):
        promised = SubscriptionCommitment(D(10), D("1.5"))
        items = [item(flat("0.03"), "500")]
        bill = usage_bill(items, "usd", promised)
        assert parts(bill) == [("333", "9.99", False), ("167", "7.52", True)]
        assert (plain(bill.commitment_utilized), plain(bill.overage_amount)) == ("9.99", "7.515")
        assert plain(bill.amount) == "17.51"
        assert plain(subtotal(billed(items, promised))) == "17.51"

    def test_row78(self):
        promised = SubscriptionCommitment(D(10), D(2))
        items = [item(flat("0.01"), "600", "ma"), item(package("4", 1000), "1200", "mb")]
        bill = usage_bill(items, "usd", promised)
        assert parts(bill) == [("600", "6", False), ("599", "3.99", False), ("601", "8.01", True)]
        assert api_number(bill.commitment_utilized) == pytest.approx(9.9933333333333533)
        assert plain(bill.amount) == "18.01"
        assert [charge.display_amount for charge in bill.charges or ()] == ["$6", "3.99", "$8.01"]
        lines = billed(items, promised)
        assert amounts(lines) == ["6", "4", "8.01"]
        assert plain(subtotal(lines)) == "18.01"

    def test_row79(self):
        bill = usage_bill([item(flat("0.01"), "700")], "usd", SubscriptionCommitment(D(5), D("1.5")))
        assert parts(bill) == [("500", "5", False), ("200", "3", True)]
        assert plain(bill.amount) == "8"

    def test_row80(self):
        promised = SubscriptionCommitment(D(5), D("1.5"), enable_true_up=True)
        items = [item(flat("0.01"), "100")]
        assert plain(usage_bill(items, "usd", promised).amount) == "1"
        lines = billed(items, promised)
        assert amounts(lines) == ["1", "4"]
        assert (lines[1].display_name, lines[1].price_type, lines[1].quantity) == ("Pro True Up", FIXED, 1)
        assert lines[1].metadata == {
            "is_commitment_trueup": "true",
            "description": "Remaining commitment amount for billing period",
            "commitment_amount": "5",
            "commitment_utilized": "1",
        }

    def test_row81(self):
        bill = usage_bill([item(flat("0.01"), "1500")], "usd", SubscriptionCommitment(D(10), D(1)))
        assert (bill.amount, bill.commitment_amount, bill.overage_factor) == (15, 10, 1)
        assert (bill.commitment_utilized, bill.has_overage) == (0, False)

    def test_a_used_up_commitment_makes_everything_overage(self):
        promised = SubscriptionCommitment(D(6), D("1.5"))
        items = [item(flat("0.01"), "600", "a"), item(flat("0.01"), "100", "b")]
        assert parts(usage_bill(items, "usd", promised)) == [("600", "6", False), ("100", "1.5", True)]

    def test_one_unit_above_the_commitment(self):
        """behaviour/rating#commitment-of-a-subscription: 3 x 20 with 10 x 1.5 is 90 of overage, nothing utilized."""
        bill = usage_bill([item(flat("20"), "3")], "usd", SubscriptionCommitment(D(10), D("1.5")))
        assert parts(bill) == [("3", "90", True)]
        assert (bill.amount, bill.commitment_utilized) == (90, 0)

    def test_facts04_example(self):
        """behaviour/rating#the-usage-question: commitment 10, factor 1.5, 0.08 x 200."""
        bill = usage_bill([item(flat("0.08"), "200")], "usd", SubscriptionCommitment(D(10), D("1.5")))
        assert parts(bill) == [("125", "10", False), ("75", "9", True)]
        assert (bill.amount, bill.commitment_utilized, bill.overage_amount) == (19, 10, 9)

    def test_the_overage_line(self):
        """behaviour/rating#commitment-of-a-subscription; an overage part gets no entitlement
        (behaviour/rating#entitlements)."""
        promised = SubscriptionCommitment(D(10), D("1.5"), enable_true_up=True)
        calls = item(flat("0.01"), "1500", "calls", entitlement=Entitlement(400, "MONTHLY"))
        lines = billed([calls], promised)
        assert [(line.display_name, plain(line.quantity), plain(line.amount)) for line in lines] == [
            ("calls", "600", "6"),
            ("calls (Overage)", "500", "7.5"),
        ]
        assert lines[1].metadata == {
            "description": "calls (Overage Charge)",
            "is_overage": "true",
            "overage_factor": "1.5",
        }
        assert lines[1].adjusted_entitlement_quantity is None

    def test_cents_are_trued_up(self):
        promised = SubscriptionCommitment(D(5), D("1.5"), enable_true_up=True)
        assert amounts(billed([item(flat("0.01"), "499")], promised)) == ["4.99", "0.01"]
        assert amounts(billed([item(flat("0.01"), "400")], promised)) == ["4", "1"]
        last = CumulativeCommitment(D(120), D("1.5"), D(100), enable_true_up=True, is_last_period=True)
        (used, missing) = billed([item(flat("0.01"), "1950")], cumulative=last)
        assert (used.amount, missing.amount, missing.quantity) == (D("19.5"), D("0.5"), 1)
        (_, over) = billed([item(flat("0.01"), "2050")], cumulative=last)
        assert (over.amount, over.quantity, over.is_overage) == (D("0.75"), D("0.5"), True)

    def test_nothing_is_trued_up_when_all_is_used(self):
        promised = SubscriptionCommitment(D(5), D("1.5"), enable_true_up=True)
        assert amounts(billed([item(flat("0.01"), "500")], promised)) == ["5"]

    def test_a_split_bucketed_charge_is_priced_by_all_its_buckets_on_both_lines(self):
        """behaviour/rating#the-pipeline: the real server prices each part of a bucketed item anew, by all buckets."""
        promised = SubscriptionCommitment(D(10), D("1.5"))
        items = [item(package("5", 100), "200", bucket_values=(D(120), D(0), D(80)))]
        bill = usage_bill(items, "usd", promised)
        assert parts(bill) == [("133", "9.98", False), ("67", "7.54", True)]
        assert amounts(billed(items, promised)) == ["15", "15"]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(0, 3000), min_size=1, max_size=4), st.integers(1, 60), st.integers(11, 40))
    def test_the_parts_add_up(self, quantities, committed, factor):
        """Quantities are neither lost nor doubled, and the amount is what was used plus the overage."""
        items = [item(flat("0.01"), str(quantity), str(i)) for i, quantity in enumerate(quantities)]
        bill = usage_bill(items, "usd", SubscriptionCommitment(D(committed), D(factor) / 10))
        assert total(charge.quantity for charge in bill.charges or ()) == sum(quantities)
        assert bill.exact == bill.commitment_utilized + bill.overage_amount
        assert bill.commitment_utilized <= committed


class TestLineCommitment:
    """behaviour/rating#worked-commitments, behaviour/rating#commitment-of-a-line-item."""

    def test_row82(self):
        promised = LineCommitment(amount=D(100), overage_factor=D("1.5"))
        (line,) = billed([item(flat("1"), "130", commitment=promised)])
        info = line.commitment_info
        assert info is not None
        assert (line.amount, info.overage, info.utilized, info.true_up) == (145, 45, 100, 0)

    @pytest.mark.parametrize(("true_up", "amount", "missing"), [(False, 40, 0), (True, 100, 60)])
    def test_row83(self, true_up, amount, missing):
        promised = LineCommitment(amount=D(100), overage_factor=D("1.5"), true_up_enabled=true_up)
        (line,) = billed([item(flat("1"), "40", commitment=promised)])
        assert line.commitment_info is not None
        assert (line.amount, line.commitment_info.true_up) == (amount, missing)

    @pytest.mark.parametrize(("true_up", "amount"), [(True, 36), (False, 20)])
    def test_row84(self, true_up, amount):
        promised = LineCommitment(amount=D(10), overage_factor=D("1.5"), true_up_enabled=true_up, windowed=True)
        days = [datetime(2026, 4, day, tzinfo=UTC) for day in (1, 2, 3)]
        stored = {days[0]: D(4), days[1]: D(14), days[2]: D(0)}
        buckets = tuple(fill_buckets(stored, days, promised))
        calls = item(
            flat("1"), "18", commitment=promised, commitment_buckets=buckets, bucket_values=tuple(stored.values())
        )
        (line,) = billed([calls])
        assert line.amount == amount
        assert line.commitment_info is not None
        assert line.commitment_info.is_windowed

    def test_row85(self):
        promised = LineCommitment(QUANTITY, quantity=D(1000), overage_factor=D(2))
        charge, info = apply_commitment(D(140), promised, T)
        assert (charge, info.amount, info.overage) == (180, 100, 80)
        (line,) = billed([item(T, "1500", commitment=promised)])
        assert line.amount == 180

    def test_a_month_of_empty_buckets(self):
        """behaviour/rating#commitment-of-a-line-item: 30 x 10 is 300, and 300 again where the stored values are not
        found."""
        promised = LineCommitment(amount=D(10), overage_factor=D("1.5"), true_up_enabled=True, windowed=True)
        days = [datetime(2026, 4, 1, tzinfo=UTC) + timedelta(days=n) for n in range(30)]
        stored = {days[0]: D(4), days[1]: D(14)}
        for found, lost, amount in (({}, False, 300), (stored, False, 306), (stored, True, 300)):
            charge, _ = apply_windowed_commitment(fill_buckets(found, days, promised, lost), promised, flat("1"))
            assert charge == amount

    def test_without_true_up_only_stored_buckets_count(self):
        """behaviour/rating#commitment-of-a-line-item: days costing 4 and 14 against 10 x 1.5 are 20."""
        promised = LineCommitment(amount=D(10), overage_factor=D("1.5"), windowed=True)
        days = [datetime(2026, 4, day, tzinfo=UTC) for day in range(1, 31)]
        buckets = fill_buckets({days[1]: D(14), days[0]: D(4)}, days, promised)
        assert [start for start, _ in buckets] == days[:2]
        charge, info = apply_windowed_commitment(buckets, promised, flat("1"))
        assert (charge, info.utilized, info.overage, info.true_up) == (20, 14, 6, 0)

    def test_time_of_day_buckets(self):
        """behaviour/rating#commitment-of-a-line-item: a part of the day with its own price; one may wrap over
        midnight."""
        night = TimeBucket(22 * 60, 6 * 60, flat("0.5"), "amount", D(3), D(2), true_up_enabled=True)
        noon = TimeBucket(720, 780, flat("2"), QUANTITY, D(2), D(1))
        promised = LineCommitment(windowed=True, time_buckets=(night, noon))
        hours = [datetime(2026, 4, 1, hour, tzinfo=UTC) for hour in (5, 6, 12, 13, 23)]
        stored = {hours[1]: D(1), hours[2]: D(1), hours[4]: D(8)}
        buckets = fill_buckets(stored, hours, promised)
        assert [value for _, value in buckets] == [0, 1, 1, 8]
        charge, info = apply_windowed_commitment(buckets, promised, flat("1"))
        assert charge == 3 + 1 + 2 + (3 + 2)
        assert (info.true_up, info.overage) == (3, 2)
        assert not TimeBucket(60, 60, flat("1"), "amount", D(1), D(1)).contains(hours[0])

    def test_a_split_charge_is_committed_once(self):
        """behaviour/rating#the-pipeline: only the normal part of a split item meets the item's own commitment."""
        promised = LineCommitment(amount=D(20), overage_factor=D(1), true_up_enabled=True)
        lines = billed([item(flat("0.01"), "1500", commitment=promised)], SubscriptionCommitment(D(10), D("1.5")))
        assert amounts(lines) == ["20", "7.5"]


class TestCumulativeCommitment:
    """behaviour/rating#worked-commitments, behaviour/rating#commitment-over-several-periods."""

    promised = CumulativeCommitment(D(120), D("1.5"), prior_base=D(100))

    def test_row86(self):
        lines = billed([item(flat("1"), "15", "a"), item(flat("1"), "10", "b")], cumulative=self.promised)
        assert amounts(lines) == ["12", "8", "7.5"]
        assert (lines[2].display_name, plain(lines[2].quantity)) == ("Pro Overage", "5")
        assert plain(subtotal(lines)) == "27.5"
        assert lines[2].metadata == {
            "is_overage": "true",
            "overage_factor": "1.5",
            "description": "Overage charge (cumulative commitment)",
        }
        assert [plain(line.quantity) for line in lines[:2]] == ["12", "8"]

    def test_row87(self):
        lines = billed([item(flat("1"), "10", name) for name in "abc"], cumulative=self.promised)
        assert amounts(lines) == ["6.67", "6.67", "6.67", "15"]

    def test_overage_of_the_single_period_is_undone(self):
        """behaviour/rating#commitment-over-several-periods: base is the amount with the factor taken out again."""
        single = SubscriptionCommitment(D(120), D("1.5"))
        items = [item(flat("1"), "130")]
        bill = usage_bill(items, "usd", single)
        lines = usage_lines(items, bill, "MONTHLY", "usd", single, self.promised, "Pro")
        assert amounts(lines) == ["20", "165"]

    def test_true_up_in_the_last_period_only(self):
        last = CumulativeCommitment(D(120), D("1.5"), D(100), enable_true_up=True, is_last_period=True)
        lines = billed([item(flat("1"), "5")], cumulative=last)
        assert amounts(lines) == ["5", "15"]
        assert lines[1].metadata["commitment_utilized"] == "5"
        assert lines[1].metadata["description"] == "Remaining commitment amount for commitment period"
        early = CumulativeCommitment(D(120), D("1.5"), D(100), enable_true_up=True)
        assert amounts(billed([item(flat("1"), "5")], cumulative=early)) == ["5"]

    def test_a_commitment_already_spent(self):
        shares = cumulative_share(CumulativeCommitment(D(120), D(2), D(200)), D(10))
        assert (shares.within, shares.overage_base, shares.overage) == (0, 10, 20)

    def test_no_usage(self):
        lines = billed([item(flat("1"), "0")], cumulative=self.promised)
        assert [(plain(line.amount), plain(line.quantity)) for line in lines] == [("0", "0")]


class TestLines:
    """behaviour/rating#custom-units, behaviour/rating#which-usage-a-line-item-bills,
    behaviour/invoices-and-wallets#invoice-routes."""

    def test_lines_carry_their_item(self):
        (line,) = billed([item(flat("1"), "2", "calls")])
        assert (line.price_type, line.line_item_id, line.price_id) == (USAGE, "line_calls", "price_calls")
        assert (line.price_unit_amount, line.commitment_info, line.is_overage) == (0, None, False)

    def test_row60_and_row61_in_custom_units(self):
        """behaviour/rating#worked-flat-fees: from the rounded line amount."""
        unit = PriceUnit("CRD", D("0.01"), "usd")
        (line,) = billed([item(flat("0.0000012"), "982344", price_unit=unit)])
        assert (plain(line.amount), plain(line.price_unit_amount)) == ("1.18", "118")
        (line,) = billed([item(flat("0.025"), "3", price_unit=unit)])
        assert (plain(line.amount), plain(line.price_unit_amount)) == ("0.08", "8")

    def test_zero_lines_can_be_hidden(self):
        lines = billed([item(flat("1"), "0", "a"), item(flat("1"), "1", "b")])
        assert [line.line_item_id for line in without_zero_lines(lines)] == ["line_b"]
