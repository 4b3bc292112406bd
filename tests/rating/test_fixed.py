"""Fixed charges and shares of periods (behaviour/invoices-and-wallets#fixed-charges,
behaviour/invoices-and-wallets#when-invoices-come, behaviour/rating#worked-buckets;
behaviour/subscriptions#opening-invoice, behaviour/subscriptions#cancelling)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest

from mockserver.rating.charges import PriceUnit
from mockserver.rating.cost import FLAT_FEE, PriceTerms
from mockserver.rating.fixed import ADVANCE, ARREAR, Due, FixedItem, due, fixed_line, is_longer, matching_period
from mockserver.rating.money import plain
from mockserver.rating.periods import Period
from mockserver.rating.proration import (
    OpeningProration,
    cancel_credit,
    opening_share,
    prorated,
    share,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + ("T00:00:00Z" if "T" not in text else ""))


def span(start: str, end: str) -> Period:
    return Period(at(start), at(end))


APRIL = span("2026-04-01", "2026-05-01")
MAY = span("2026-05-01", "2026-06-01")
JUNE = span("2026-06-01", "2026-07-01")


def fixed(amount: str, start: str = "2026-01-01", period: str = "MONTHLY", cadence: str = ADVANCE, **more) -> FixedItem:
    terms = PriceTerms(FLAT_FEE, D(amount))
    return FixedItem("line_1", terms, at(start), period, cadence, display_name="Seat", price_id="price_1", **more)


@pytest.mark.parametrize(
    ("item", "period", "amount"),
    [
        pytest.param(fixed("30", "2026-04-11"), APRIL, "20", id="row88"),
        pytest.param(fixed("10", end=at("2026-05-11")), MAY, "3.23", id="row89"),
        pytest.param(fixed("30"), APRIL, "30", id="whole"),
        pytest.param(fixed("30", end=at("2026-06-01")), APRIL, "30", id="ends-later"),
    ],
)
def test_a_line_active_for_part_of_a_period(item, period, amount):
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits, behaviour/invoices-and-wallets#fixed-charges:
    seconds of activity over seconds of the period."""
    line = fixed_line(item, period, "MONTHLY", "usd")
    assert line is not None
    assert plain(line.amount) == amount
    assert line.metadata == {"description": "Seat (Fixed Charge)"}
    assert (line.price_type, line.line_item_id, line.price_id) == ("FIXED", "line_1", "price_1")


def test_row88_exact():
    """behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits: the product before rounding."""
    part = share(timedelta(days=20), timedelta(days=30))
    assert plain(part * 30) == "20.000000000000001"


@pytest.mark.parametrize(
    "item", [fixed("30", "2026-05-02"), fixed("30", "2026-05-01"), fixed("30", end=at("2026-04-01"))]
)
def test_a_line_not_active_in_the_period(item):
    assert fixed_line(item, APRIL, "MONTHLY", "usd") is None


def test_quantities_and_units():
    """behaviour/rating#cost-of-a-quantity FIXED price, behaviour/rating#custom-units."""
    unit = PriceUnit("CRD", D("0.01"), "usd")
    line = fixed_line(fixed("2.5", quantity=D(3), price_unit=unit), APRIL, "MONTHLY", "usd")
    assert line is not None
    assert (plain(line.amount), plain(line.quantity), plain(line.price_unit_amount)) == ("7.5", "3", "750")


def test_onetime_charges():
    """behaviour/invoices-and-wallets#fixed-charges, behaviour/invoices-and-wallets#when-invoices-come: in full, its
    period is a point; ADVANCE by start in [S, E), ARREAR by start in (S, E]."""
    item = fixed("30", "2026-04-10", "ONETIME")
    line = fixed_line(item, APRIL, "MONTHLY", "usd")
    assert line is not None
    assert (line.amount, line.period) == (30, Period(item.start, item.start))
    assert due(item, APRIL, MAY, "MONTHLY") == Due(current_advance=True)
    assert due(fixed("30", "2026-05-01", "ONETIME"), APRIL, MAY, "MONTHLY") == Due(next_advance=True)
    arrear = fixed("30", "2026-05-01", "ONETIME", ARREAR)
    assert due(arrear, APRIL, MAY, "MONTHLY") == Due(current_arrear=True)
    assert due(arrear, MAY, JUNE, "MONTHLY") == Due()


@pytest.mark.parametrize(
    ("cadence", "starts", "now", "soon"),
    [
        (ADVANCE, "2026-04-01", ("2026-04-01", "2026-07-01"), False),
        (ADVANCE, "2026-02-01", None, True),
        (ADVANCE, "2026-03-15", None, False),
        (ARREAR, "2026-02-01", ("2026-02-01", "2026-05-01"), False),
        (ARREAR, "2026-01-01", None, False),
    ],
)
def test_a_line_longer_than_its_subscription(cadence, starts, now, soon):
    """behaviour/invoices-and-wallets#fixed-charges: quarterly on monthly, in full on the invoice its start (ADVANCE) or
    end (ARREAR) falls on."""
    item = fixed("90", starts, "QUARTERLY", cadence)
    expected = span(*now) if now else None
    assert matching_period(item, APRIL) == expected
    line = fixed_line(item, APRIL, "MONTHLY", "usd")
    assert (line and (line.amount, line.period)) == (expected and (90, expected))
    found = due(item, APRIL, MAY, "MONTHLY")
    assert (found.current_advance or found.current_arrear, found.next_advance) == (now is not None, soon)


@pytest.mark.parametrize(
    ("cadence", "starts", "now"),
    [
        (ADVANCE, "2026-03-31T23:59:59.9Z", None),
        (ADVANCE, "2026-04-01T00:00:00.9Z", "2026-04-01T00:00:00.9Z"),
        (ADVANCE, "2026-05-01T00:00:00.2Z", None),
        (ARREAR, "2026-01-01T00:00:00.9Z", None),
        (ARREAR, "2026-02-01T00:00:00.9Z", "2026-02-01T00:00:00.9Z"),
    ],
)
def test_longer_lines_fall_on_an_invoice_by_whole_seconds(cadence, starts, now):
    """behaviour/invoices-and-wallets#fixed-charges."""
    window = Period(at("2026-04-01T00:00:00.5Z"), at("2026-05-01T00:00:00.5Z"))
    found = matching_period(fixed("90", starts, "QUARTERLY", cadence), window)
    assert (found and found.start) == (now and at(now))


def test_a_longer_line_that_ends_is_billed_to_its_end():
    """behaviour/invoices-and-wallets#fixed-charges: the last period of an item is cut at its end, and there is none
    after it."""
    ends = at("2026-04-20")
    assert matching_period(fixed("90", "2026-02-01", "QUARTERLY", ARREAR, end=ends), APRIL) == Period(
        at("2026-02-01"), ends
    )
    assert matching_period(fixed("90", "2026-01-01", "QUARTERLY", end=at("2026-04-01")), APRIL) is None
    twice = fixed("90", "2026-01-01", "QUARTERLY", billing_period_count=2)
    assert matching_period(twice, APRIL) is None
    assert matching_period(twice, span("2026-07-01", "2026-08-01")) == span("2026-07-01", "2027-01-01")


def test_a_longer_line_keeps_its_zones_clock():
    """behaviour/subscriptions#anchor rule 8: a quarter from winter into summer is an hour shorter in Berlin."""
    item = fixed("90", "2026-01-10T15:00:00Z", "QUARTERLY", ARREAR)
    april = Period(at("2026-04-01"), at("2026-05-01"))
    assert matching_period(item, april, "Europe/Berlin") == span("2026-01-10T15:00:00Z", "2026-04-10T14:00:00Z")
    line = fixed_line(item, april, "MONTHLY", "usd", "Europe/Berlin")
    assert line is not None
    assert line.period == span("2026-01-10T15:00:00Z", "2026-04-10T14:00:00Z")
    hour = Period(at("2026-04-10T14:00:00Z"), at("2026-04-10T15:00:00Z"))
    assert not due(item, hour, MAY, "MONTHLY", "Europe/Berlin").current_arrear
    assert due(item, hour, MAY, "MONTHLY").current_arrear


def test_a_onetime_line_may_have_an_end_of_its_own():
    line = fixed_line(fixed("30", "2026-04-10", "ONETIME", end=at("2026-04-12")), APRIL, "MONTHLY", "usd")
    assert line is not None
    assert line.period == span("2026-04-10", "2026-04-12")


def test_lines_of_the_subscriptions_own_period():
    """behaviour/invoices-and-wallets#when-invoices-come."""
    assert due(fixed("1"), APRIL, MAY, "MONTHLY") == Due(current_advance=True, next_advance=True)
    assert due(fixed("1", end=at("2026-04-20")), APRIL, MAY, "MONTHLY") == Due(current_advance=True)
    assert due(fixed("1", cadence=ARREAR), APRIL, MAY, "MONTHLY") == Due(current_arrear=True)
    assert due(fixed("1", end=at("2026-05-01")), APRIL, MAY, "MONTHLY").next_advance
    assert is_longer("ANNUAL", "MONTHLY")
    assert not is_longer("MONTHLY", "MONTHLY")
    assert not is_longer("MONTHLY", "ONETIME")
    assert not is_longer("WEEKLY", "MONTHLY")
    assert not is_longer("ONETIME", "DAILY")


class TestOpeningInvoice:
    """behaviour/subscriptions#opening-invoice."""

    calendar = OpeningProration("calendar", at("2026-05-01"), "MONTHLY", 1, at("2026-05-01"))

    def test_a_short_first_month(self):
        """$30 from 2026-04-14T15:00Z: 1414799 of 2591999 seconds."""
        start = "2026-04-14T15:00:00Z"
        part = opening_share(self.calendar, at(start))
        assert part == share(at("2026-04-30T23:59:59Z") - at(start), at("2026-04-30T23:59:59Z") - at("2026-04-01"))
        assert part is not None
        assert plain(prorated(D(30), D(1), part, "usd")) == "16.37"
        first = span(start, "2026-05-01")
        line = fixed_line(fixed("30", start), first, "MONTHLY", "usd", proration=self.calendar)
        assert line is not None
        assert plain(line.amount) == "16.37"

    def test_without_prorations_the_full_price(self):
        line = fixed_line(
            fixed("30", "2026-04-14T15:00:00Z"), span("2026-04-14T15:00:00Z", "2026-05-01"), "MONTHLY", "usd"
        )
        assert line is not None
        assert line.amount == 30

    def test_anniversary_is_whole(self):
        start = at("2026-04-14T15:00:00Z")
        terms = OpeningProration("anniversary", start, "MONTHLY", 1, at("2026-05-14T15:00:00Z"))
        assert opening_share(terms, start) == 1

    def test_an_anchor_after_the_period_leaves_nothing_to_divide(self):
        terms = OpeningProration("anniversary", at("2026-09-01"), "MONTHLY", 1, at("2026-05-01"))
        assert opening_share(terms, at("2026-04-14")) is None
        line = fixed_line(fixed("30", "2026-04-14"), span("2026-04-14", "2026-05-01"), "MONTHLY", "usd", None, terms)
        assert line is not None
        assert line.amount == 30


class TestCancelCredit:
    """behaviour/subscriptions#cancelling; the rows are recorded ones: $30 monthly from 2026-04-14T15:00Z."""

    period = span("2026-04-14T15:00:00Z", "2026-05-14T15:00:00Z")

    @pytest.mark.parametrize(
        ("effective", "credit", "days"),
        [
            ("2026-04-29T15:00:00Z", "15", 14),
            ("2026-05-14T14:59:59Z", "0", 0),
            ("2026-04-14T15:00:01Z", "30", 29),
            ("2026-05-14T15:00:00Z", "0", 0),
            ("2026-04-01T00:00:00Z", "30", 29),
        ],
    )
    def test_recorded(self, effective, credit, days):
        found = cancel_credit(D(30), D(1), self.period, at(effective), "usd")
        assert (plain(found.amount), found.days) == (credit, days)

    def test_never_above_what_was_billed(self):
        middle = at("2026-04-29T15:00:00Z")
        assert cancel_credit(D(30), D(2), self.period, middle, "usd").amount == 30
        assert cancel_credit(D(30), D(2), self.period, middle, "usd", billed=D(20)).amount == 20
        assert cancel_credit(D(30), D(2), self.period, middle, "usd", credited=D(45)).amount == 15
        assert cancel_credit(D(30), D(2), self.period, middle, "usd", D(20), credited=D(15)).amount == 5
        assert cancel_credit(D(30), D(2), self.period, middle, "usd", D(20), credited=D(25)).amount == 0

    def test_after_the_period(self):
        with pytest.raises(ValueError, match="after"):
            cancel_credit(D(30), D(1), self.period, at("2026-06-01"), "usd")


def test_a_share_needs_a_length():
    with pytest.raises(ValueError, match="length"):
        share(APRIL.end - APRIL.start, APRIL.start - APRIL.start)
    assert share(APRIL.start - APRIL.end, APRIL.end - APRIL.start) == 0
