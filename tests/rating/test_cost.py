"""The price of a quantity: worked numbers of behaviour/rating#worked-flat-fees, and the edges of
behaviour/rating#cost-of-a-quantity."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.rating.cost import (
    FLAT_FEE,
    PACKAGE,
    SLAB,
    TIERED,
    VOLUME,
    PriceTerms,
    Tier,
    TransformQuantity,
    bucketed_cost,
    cost,
    unit_amount,
)
from mockserver.rating.money import (
    api_number,
    display_price_amount,
    multiply,
    parse_decimal,
    plain,
    quantize_column,
    round_money,
    total,
)


def tiers(*rows: tuple) -> tuple[Tier, ...]:
    return tuple(Tier(row[0], D(row[1]), D(row[2]) if len(row) > 2 else None) for row in rows)


T = tiers((1000, "0.10"), (5000, "0.08"), (None, "0.05"))
F = tiers((100, "0", "10"), (200, "0.5", "5"), (None, "0.25", "2"))


def flat(amount: str, currency: str = "usd") -> PriceTerms:
    return PriceTerms(FLAT_FEE, D(amount), currency)


def package(amount: str, size: str, rounding: str = "up") -> PriceTerms:
    return PriceTerms(PACKAGE, D(amount), transform_quantity=TransformQuantity(D(size), rounding))


def tiered(mode: str, steps: tuple[Tier, ...]) -> PriceTerms:
    return PriceTerms(TIERED, tier_mode=mode, tiers=steps)


def rows(*table: tuple) -> list:
    return [pytest.param(*row[1:], id=f"row{row[0]}-{row[2]}") for row in table]


@pytest.mark.parametrize(
    ("terms", "quantity", "exact", "billed"),
    rows(
        (1, flat("0.04"), "1", "0.04", "0.04"),
        (2, flat("0.0000012"), "982344", "1.1788128", "1.18"),
        (3, flat("0.0000024"), "982344", "2.3576256", "2.36"),
        (5, flat("0.00001"), "1200", "0.012", "0.01"),
        (6, flat("0.00004"), "4160", "0.1664", "0.17"),
        (8, flat("0.0000012"), "4166", "0.0049992", "0"),
        (8, flat("0.0000012"), "4167", "0.0050004", "0.01"),
        (9, flat("0.005"), "1", "0.005", "0.01"),
        (9, flat("0.005"), "3", "0.015", "0.02"),
        (9, flat("0.005"), "5", "0.025", "0.03"),
        (10, flat("0.125"), "1", "0.125", "0.13"),
        (10, flat("0.135"), "1", "0.135", "0.14"),
        (11, flat("0.5", "jpy"), "1", "0.5", "1"),
        (11, flat("0.5", "jpy"), "3", "1.5", "2"),
        (12, flat("0.0000012", "jpy"), "982344", "1.1788128", "1"),
        (12, flat("0.0000012", "kwd"), "982344", "1.1788128", "1.179"),
        (12, flat("0.0000012", "clf"), "982344", "1.1788128", "1.1788"),
        (12, flat("0.0000012", "usd"), "982344", "1.1788128", "1.18"),
        (12, flat("0.0000012", "bhd"), "982344", "1.1788128", "1.18"),
        (13, flat("0.0005", "kwd"), "1", "0.0005", "0.001"),
        (13, flat("0.00005", "clf"), "1", "0.00005", "0.0001"),
        (14, flat("0.0000012"), "1000000000001", "1200000.0000012", "1200000"),
        (15, flat("0.01"), "9007199254740993", "90071992547409.93", "90071992547409.93"),
        (16, flat("0.000000000000001"), "123456789012", "0.000123456789012", "0"),
        (17, flat("0.04"), "1.12345678", "0.0449382712", "0.04"),
        (18, flat("0.004"), "1", "0.004", "0"),
        (20, flat("0.04"), "0", "0", "0"),
        (20, package("5", "1000"), "0", "0", "0"),
        (20, tiered(SLAB, F), "0", "0", "0"),
        (20, tiered(VOLUME, F), "0", "0", "0"),
    ),
)
def test_flat_fee_and_rounding(terms, quantity, exact, billed):
    """behaviour/rating#worked-flat-fees."""
    found = cost(terms, D(quantity))
    assert plain(found) == exact
    assert plain(round_money(found, terms.currency)) == billed


@pytest.mark.parametrize(
    ("quantities", "exact", "billed"),
    [
        pytest.param([("0.0000012", "982344"), ("0.0000024", "982344")], "3.5364384", "3.54", id="row4"),
        pytest.param([("0.00001", "1200"), ("0.00004", "4160")], "0.1784", "0.18", id="row7"),
        pytest.param([("0.004", "1")] * 3, "0.012", "0.01", id="row18"),
    ],
)
def test_several_prices_together(quantities, exact, billed):
    """behaviour/rating#worked-flat-fees: the sum is rounded, not the parts."""
    found = total(cost(flat(amount), D(quantity)) for amount, quantity in quantities)
    assert (plain(found), plain(round_money(found, "usd"))) == (exact, billed)


def test_row15_a_float_field_shows_the_nearest_double():
    """behaviour/rating#worked-flat-fees."""
    assert api_number(cost(flat("0.01"), D(9007199254740993))) == 90071992547409.94


def test_row19_transform_quantity_is_ignored_on_flat_fee():
    """behaviour/rating#worked-flat-fees."""
    terms = PriceTerms(FLAT_FEE, D("0.00001"), transform_quantity=TransformQuantity(D(1), "up"))
    assert plain(cost(terms, D("1200.5"))) == "0.012005"


@pytest.mark.parametrize(
    ("terms", "quantity", "exact"),
    rows(
        (21, package("5", "1000"), "1", "5"),
        (22, package("5", "1000"), "1000", "5"),
        (23, package("5", "1000"), "1000.000001", "10"),
        (24, package("5", "1000"), "1001", "10"),
        (25, package("5", "1000", "down"), "999", "0"),
        (26, package("5", "1000", "down"), "1999", "5"),
        (26, package("5", "1000", "down"), "2000", "10"),
        (26, package("5", "1000", "down"), "2500", "10"),
        (27, package("5", "1000"), "0", "0"),
        (28, package("5", "1"), "0.5", "5"),
        (29, package("0.0015", "1000"), "1234567", "1.8525"),
        (30, package("5", "1000000000"), "0.00000001", "0"),
        (31, package("5", "1000"), "-1500", "-5"),
        (31, package("5", "1000", "down"), "-1500", "-10"),
    ),
)
def test_package(terms, quantity, exact):
    """behaviour/rating#worked-flat-fees."""
    assert plain(cost(terms, D(quantity))) == exact


def test_package_without_a_size_costs_nothing():
    """behaviour/rating#cost-of-a-quantity: divide_by of 0 or less; an empty rounding means up."""
    assert cost(package("5", "0"), D(7)) == 0
    assert cost(PriceTerms(PACKAGE, D(5)), D(7)) == 0
    assert cost(package("5", "1000", ""), D(1)) == 5


@pytest.mark.parametrize(
    ("steps", "quantity", "volume", "slab"),
    [
        pytest.param(*row[1:], id=f"row{row[0]}")
        for row in (
            (32, T, "0", "0", "0"),
            (33, T, "1", "0.1", "0.1"),
            (34, T, "1000", "100", "100"),
            (35, T, "1000.000001", "80.00000008", "100.00000008"),
            (36, T, "1000.5", "80.04", "100.04"),
            (37, T, "1001", "80.08", "100.08"),
            (38, T, "5000", "400", "420"),
            (39, T, "5000.25", "250.0125", "420.0125"),
            (40, T, "10000", "500", "670"),
            (41, T, "982344", "49117.2", "49287.2"),
            (42, F, "0", "0", "0"),
            (43, F, "0.000001", "10", "10"),
            (44, F, "100", "10", "10"),
            (45, F, "100.5", "55.25", "15.25"),
            (46, F, "101", "55.5", "15.5"),
            (47, F, "200", "105", "65"),
            (48, F, "201", "52.25", "67.25"),
            (49, F, "350.75", "89.6875", "104.6875"),
            (50, tiers((10, "1"), (20, "0.5")), "25", "12.5", "15"),
            (51, tiers((0, "9", "3"), (None, "1")), "4", "4", "7"),
        )
    ],
)
def test_tiers(steps, quantity, volume, slab):
    """behaviour/rating#worked-flat-fees."""
    assert plain(cost(tiered(VOLUME, steps), D(quantity))) == volume
    assert plain(cost(tiered(SLAB, steps), D(quantity))) == slab


@pytest.mark.parametrize(
    ("row", "quantity", "volume", "slab"),
    [(35, "1000.000001", "80", "100"), (39, "5000.25", "250.01", "420.01"), (49, "350.75", "89.69", "104.69")],
)
def test_tiers_billed(row, quantity, volume, slab):
    """behaviour/rating#worked-flat-fees, the rounded column of the rows that need rounding."""
    steps = F if row == 49 else T
    assert plain(round_money(cost(tiered(VOLUME, steps), D(quantity)), "usd")) == volume
    assert plain(round_money(cost(tiered(SLAB, steps), D(quantity)), "usd")) == slab


def test_row29_billed():
    """behaviour/rating#worked-packages."""
    assert plain(round_money(cost(package("0.0015", "1000"), D(1234567)), "usd")) == "1.85"


@pytest.mark.parametrize("quantity", ["1", "1000", "0.5"])
def test_row52_no_tier_mode_costs_nothing(quantity):
    """behaviour/rating#worked-tiers-with-flat-amounts, behaviour/rating#cost-of-a-quantity."""
    assert cost(tiered("", T), D(quantity)) == 0
    assert cost(tiered(SLAB, ()), D(quantity)) == 0


def test_tiers_given_out_of_order():
    """behaviour/rating#cost-of-a-quantity edges: sorted first; a doubled bound has no room but charges its flat
    amount."""
    assert cost(tiered(SLAB, T[::-1]), D(5000)) == 420
    doubled = tiers((10, "1", "1"), (10, "7", "3"), (None, "2"))
    assert cost(tiered(SLAB, doubled), D(10)) == 11
    assert cost(tiered(SLAB, doubled), D(11)) == 16


def test_negative_quantities_are_priced_in_the_first_tier():
    """behaviour/rating#cost-of-a-quantity edges."""
    assert cost(flat("0.5"), D(-3)) == D("-1.5")
    assert cost(tiered(SLAB, T), D(-10)) == -1
    assert cost(tiered(VOLUME, T), D(-10)) == -1


@pytest.mark.parametrize(
    ("terms", "buckets", "exact"),
    [
        pytest.param(flat("0.004"), ["120", "0", "80"], "0.8", id="row53"),
        pytest.param(package("5", "100"), ["120", "0", "80"], "15", id="row54"),
        pytest.param(tiered(SLAB, T), ["1200", "800"], "196", id="row55"),
        pytest.param(tiered(SLAB, F), ["120", "0", "80"], "45", id="row56"),
        pytest.param(flat("0.001"), ["0.9"] * 5, "0.0045", id="row57"),
        pytest.param(tiered(VOLUME, F), ["0"], "10", id="zero-bucket-volume"),
        pytest.param(tiered(SLAB, F), [], "0", id="no-buckets"),
    ],
)
def test_buckets(terms, buckets, exact):
    """behaviour/rating#worked-flat-fees, behaviour/rating#quantity-of-a-meter."""
    assert plain(bucketed_cost(terms, map(D, buckets))) == exact


def test_rows53_to_57_for_comparison():
    """behaviour/rating#worked-flat-fees: quantities, the unbucketed costs, and one rounding at the end."""
    assert total(map(D, ["120", "0", "80"])) == 200
    assert cost(package("5", "100"), D(200)) == 10
    assert cost(tiered(SLAB, T), D(2000)) == 180
    assert round_money(bucketed_cost(flat("0.001"), [D("0.9")] * 5), "usd") == 0


class TestPriceUnits:
    """behaviour/rating#worked-flat-fees, behaviour/rating#custom-units: one CRD is 0.01 usd."""

    rate = D("0.01")

    def test_row59(self):
        assert plain(multiply(D(4), self.rate)) == "0.04"
        assert display_price_amount("usd", multiply(D(4), self.rate)) == "$0.04"

    def test_row60(self):
        amount = multiply(D("0.00012"), self.rate)
        exact = cost(PriceTerms(FLAT_FEE, amount), D(982344))
        billed = round_money(exact, "usd")
        assert (plain(amount), plain(exact), plain(billed)) == ("0.0000012", "1.1788128", "1.18")
        assert plain(unit_amount(billed, self.rate, "usd")) == "118"

    def test_row61(self):
        exact = cost(PriceTerms(FLAT_FEE, multiply(D("2.5"), self.rate)), D(3))
        billed = round_money(exact, "usd")
        assert (plain(exact), plain(billed)) == ("0.075", "0.08")
        assert plain(unit_amount(billed, self.rate, "usd")) == "8"

    def test_row62(self):
        amount = multiply(D("7.5"), D("0.00333"))
        exact = cost(PriceTerms(FLAT_FEE, amount), D(3))
        assert (plain(amount), plain(exact), plain(round_money(exact, "usd"))) == ("0.024975", "0.074925", "0.07")

    def test_row63(self):
        assert plain(unit_amount(D("0.04"), D("0.03"), "usd")) == "1.33"

    def test_row64(self):
        fiat = tiers(*((end, *(plain(multiply(D(x), self.rate)) for x in units)) for end, *units in UNIT_TIERS))
        assert fiat == tiers((10, "1", "0.5"), (None, "0.5"))
        assert plain(cost(tiered(SLAB, fiat), D(12))) == "11.5"

    def test_row65(self):
        assert quantize_column(parse_decimal("0.000004"), 5) == 0


UNIT_TIERS = ((10, "100", "50"), (None, "50"))

quantities = st.decimals(min_value=0, max_value=10**7, places=6)


@settings(max_examples=60, deadline=None)
@given(quantities, quantities)
def test_slab_costs_never_fall(a, b):
    """With slabs a larger quantity never costs less."""
    low, high = sorted((a, b))
    assert cost(tiered(SLAB, F), low) <= cost(tiered(SLAB, F), high)


@settings(max_examples=60, deadline=None)
@given(quantities, quantities)
def test_flat_fee_adds_up(a, b):
    """A flat fee may be split over lines without changing the sum."""
    terms = flat("0.0000012")
    assert total([cost(terms, a), cost(terms, b)]) == cost(terms, total([a, b]))
