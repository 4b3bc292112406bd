"""Previews: entitlements, commitments, fixed charges, units (behaviour/rating#entitlements,
behaviour/invoices-and-wallets#fixed-charges, behaviour/invoices-and-wallets#invoice-routes,
behaviour/rating#worked-flat-fees, behaviour/rating#worked-buckets)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mockserver.billing import ledger, pipeline
from mockserver.billing.bill import Bill, Part
from mockserver.billing.items import subscription_named as stored
from mockserver.rating.charges import USAGE, Line
from mockserver.rating.periods import Period
from mockserver.times import parse_rfc3339
from mockserver.vocabulary import BillingReason
from tests.billing.conftest import APRIL, MAY

T = [
    {"up_to": 1000, "unit_amount": "0.10"},
    {"up_to": 5000, "unit_amount": "0.08"},
    {"up_to": None, "unit_amount": "0.05"},
]
SLAB_T = {"billing_model": "TIERED", "tier_mode": "SLAB", "tiers": T}
PACKAGE = {"billing_model": "PACKAGE", "amount": "5", "transform_quantity": {"divide_by": 1000, "round": "up"}}


def test_a_preview_is_a_draft_that_is_not_kept(shop: Any) -> None:
    """06-18-H8, 06-18-H9"""
    meter = shop.meter()
    price = shop.price(meter, amount="0.0000012", display_name="Tokens")["id"]
    subscription = shop.subscribe()
    shop.use(q=982344)
    preview = shop.preview(subscription)
    assert preview["customer"]["external_id"] == "c"
    for name, value in {
        "invoice_type": "SUBSCRIPTION",
        "invoice_status": "DRAFT",
        "payment_status": "PENDING",
        "subtotal": "1.18",
        "total": "1.18",
        "amount_due": "1.18",
        "amount_remaining": "1.18",
        "amount_paid": "0",
        "total_discount": "0",
        "total_tax": "0",
        "total_prepaid_credits_applied": "0",
        "invoice_number": None,
        "idempotency_key": None,
        "billing_sequence": None,
        "billing_reason": "SUBSCRIPTION_CYCLE",
        "billing_period": "MONTHLY",
        "description": f"Preview invoice for subscription {subscription}",
        "due_date": "2026-05-02T00:00:00Z",
        "metadata": {"is_preview": "true"},
        "version": 0,
    }.items():
        assert preview[name] == value, name
    (line,) = preview["line_items"]
    assert line["id"].startswith("inv_line_")
    for name, value in {
        "invoice_id": preview["id"],
        "subscription_id": subscription,
        "entity_id": shop.plan,
        "entity_type": "plan",
        "plan_display_name": "Basic",
        "price_id": price,
        "price_type": "USAGE",
        "meter_id": meter,
        "meter_display_name": "q",
        "price_unit_amount": "0",
        "display_name": "Tokens",
        "amount": "1.18",
        "quantity": "982344",
        "period_start": APRIL[0],
        "period_end": APRIL[1],
        "metadata": {"description": "Tokens (Usage Charge)"},
    }.items():
        assert line[name] == value, name
    assert "adjusted_entitlement_quantity" not in line
    assert shop.api.get("/v1/invoices").json["items"] == []


def test_lines_of_nothing_can_be_left_out(shop: Any) -> None:
    shop.price(shop.meter(), amount="0.001")
    subscription = shop.subscribe()
    shop.use(q=4)
    assert shop.preview(subscription)["line_items"][0]["amount"] == "0"
    assert "line_items" not in shop.preview(subscription, hide_zero_charges_line_items=True)


def test_a_period_after_the_end_is_refused(shop: Any) -> None:
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe(end_date="2026-04-20T00:00:00Z")
    reply = shop.api.post("/v1/invoices/preview", {"subscription_id": subscription, "period_start": MAY[0]})
    assert (reply.status, reply.code) == (400, "validation_error")
    assert set(reply.details) == {"subscription_id", "period_start", "subscription_end_date"}


@pytest.mark.parametrize("end", ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_no_period_is_too_far_for_an_answer(shop: Any, end: str) -> None:
    shop.price(shop.meter(), amount="1")
    shop.price(amount="1", invoice_cadence="ADVANCE")
    body = {"subscription_id": shop.subscribe(), "period_start": "0001-01-01T00:00:00Z", "period_end": end}
    assert shop.api.post("/v1/invoices/preview", body).status == 400


ENTITLED = [
    ("66", {"amount": "0.01"}, 1000, 2500, "1500", "15", "1000"),
    ("67", SLAB_T, 1000, 2500, "1500", "140", "1000"),
    ("68", {"amount": "0.01"}, 1000, 800, "0", "0", "800"),
    ("69", {"amount": "0.01"}, None, 2500, "0", "0", "2500"),
    ("70", {"amount": "0.01"}, 0, 2500, "2500", "25", "0"),
    ("74", PACKAGE, 1000, 2500, "1500", "10", "1000"),
]


@pytest.mark.parametrize(
    ("price", "limit", "used", "billable", "amount", "deducted"),
    [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in ENTITLED],
)
def test_included_usage_comes_off_the_quantity(
    shop: Any, price: dict[str, Any], limit: int | None, used: int, billable: str, amount: str, deducted: str
) -> None:
    """H5: the usage answer shows the full money."""
    meter = shop.meter()
    shop.price(meter, **price)
    shop.entitle(meter, limit)
    subscription = shop.subscribe()
    shop.use(q=used)
    (line,) = shop.preview(subscription)["line_items"]
    assert (line["quantity"], line["amount"], line["adjusted_entitlement_quantity"]) == (billable, amount, deducted)
    assert line["metadata"]["usage_reset_period"] == "monthly"
    assert shop.usage(subscription)["charges"][0]["quantity"] == used


@pytest.mark.parametrize(
    ("reset", "label"),
    [("DAILY", "daily"), ("NEVER", "never"), ("WEEKLY", None), ("QUARTERLY", None), ("ANNUAL", None)],
)
def test_only_some_reset_periods_are_named(shop: Any, reset: str, label: str | None) -> None:
    meter = shop.meter()
    shop.price(meter, amount="0.01")
    shop.entitle(meter, 1000, reset)
    subscription = shop.subscribe()
    shop.use(q=2500)
    (line,) = shop.preview(subscription)["line_items"]
    assert (line["quantity"], line["metadata"].get("usage_reset_period")) == ("1500", label)


def test_a_daily_allowance_starts_anew_each_utc_day(shop: Any) -> None:
    """06-16-71"""
    meter = shop.meter()
    shop.price(meter, amount="1")
    shop.entitle(meter, 100, "DAILY")
    subscription = shop.subscribe()
    for at, q in (("2026-04-02T10:00:00Z", 150), ("2026-04-03T23:59:59Z", 80), ("2026-04-04T00:00:00Z", 120)):
        shop.use(at=at, q=q)
    (line,) = shop.preview(subscription)["line_items"]
    assert (line["quantity"], line["adjusted_entitlement_quantity"]) == ("70", "280")


def test_a_monthly_allowance_of_a_yearly_subscription_follows_the_anchor(shop: Any) -> None:
    meter = shop.meter()
    shop.price(meter, amount="1", billing_period="ANNUAL")
    shop.entitle(meter, 100)
    subscription = shop.subscribe(billing_period="ANNUAL", start_date="2026-04-15T00:00:00Z")
    for at, q in (("2026-04-20T00:00:00Z", 90), ("2026-05-14T00:00:00Z", 60), ("2026-05-15T00:00:00Z", 130)):
        shop.use(at=at, q=q)
    (line,) = shop.preview(subscription, ("2026-04-15T00:00:00Z", "2027-04-15T00:00:00Z"))["line_items"]
    assert line["quantity"] == "80"  # 50 beyond in the first month, 30 in the second


def test_an_allowance_that_never_resets_is_granted_every_period(shop: Any) -> None:
    """06-16-72"""
    meter = shop.meter()
    shop.price(meter, amount="1")
    shop.entitle(meter, 1000, "NEVER")
    subscription = shop.subscribe()
    shop.use(at="2026-04-10T00:00:00Z", q=900)
    shop.use(at="2026-05-10T00:00:00Z", q=1200)
    assert shop.preview(subscription, APRIL)["subtotal"] == "0"
    assert shop.preview(subscription, MAY)["subtotal"] == "200"


def test_every_line_of_a_meter_gets_the_whole_allowance(upstream_shop: Any) -> None:
    """06-16-73"""
    shop = upstream_shop
    meter = shop.meter()
    for _ in range(2):
        shop.price(meter, amount="1")
    shop.entitle(meter, 1000)
    subscription = shop.subscribe()
    shop.use(q=1500)
    assert [line["quantity"] for line in shop.preview(subscription)["line_items"]] == ["500", "500"]


@pytest.mark.parametrize("reset", ["MONTHLY", "DAILY", "NEVER"])
def test_as_documented_an_allowance_is_of_the_price_that_takes_the_usage(documented_shop: Any, reset: str) -> None:
    shop = documented_shop
    meter = shop.meter()
    shop.price(meter, amount="1", filter_values={"model": ["a"]})
    shop.price(meter, amount="1")
    shop.entitle(meter, 100, reset)
    subscription = shop.subscribe()
    shop.use(q=150, model="a")
    shop.use(q=120, model="b")
    assert [line["quantity"] for line in shop.preview(subscription)["line_items"]] == ["50", "20"]


def test_a_subscription_may_override_the_plans_allowance(shop: Any) -> None:
    meter = shop.meter()
    shop.price(meter, amount="0.1")
    entitlement = shop.entitle(meter, 100)
    more = shop.subscribe(override_entitlements=[{"entitlement_id": entitlement, "usage_limit": 220}])
    usual = shop.subscribe()
    shop.use(q=250)
    assert shop.preview(more)["line_items"][0]["quantity"] == "30"
    assert shop.preview(usual)["line_items"][0]["quantity"] == "150"


def test_a_true_up_closes_what_was_not_used(shop: Any) -> None:
    """06-16-80"""
    shop.price(shop.meter(), amount="0.01")
    subscription = shop.subscribe(commitment_amount="5", overage_factor="1.5", enable_true_up=True)
    shop.use(q=100)
    preview = shop.preview(subscription)
    used, closing = preview["line_items"]
    assert (preview["subtotal"], used["amount"]) == ("5", "1")
    assert closing["price_id"].startswith("price_")
    assert "price_unit_amount" not in closing
    for name, value in {
        "display_name": "Basic True Up",
        "price_type": "FIXED",
        "amount": "4",
        "quantity": "1",
        "entity_id": shop.plan,
        "plan_display_name": "Basic",
        "metadata": {
            "is_commitment_trueup": "true",
            "description": "Remaining commitment amount for billing period",
            "commitment_amount": "5",
            "commitment_utilized": "1",
        },
    }.items():
        assert closing[name] == value, name


AMOUNT = {"commitment_amount": "100", "overage_factor": "1.5"}
ITEM_COMMITMENTS = [
    ("82", AMOUNT, {"amount": "1"}, 130, "145", "0", "45"),
    ("83-off", AMOUNT, {"amount": "1"}, 40, "40", "0", "0"),
    ("83-on", {**AMOUNT, "enable_true_up": True}, {"amount": "1"}, 40, "100", "60", "0"),
    ("85", {"commitment_quantity": "1000", "overage_factor": "2"}, SLAB_T, 1500, "180", "0", "80"),
]


@pytest.mark.parametrize(
    ("commitment", "price", "used", "amount", "true_up", "overage"),
    [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in ITEM_COMMITMENTS],
)
def test_commitments_of_an_item(
    shop: Any, commitment: dict[str, Any], price: dict[str, Any], used: int, amount: str, true_up: str, overage: str
) -> None:
    price_id = shop.price(shop.meter(), **price)["id"]
    subscription = shop.subscribe(line_item_commitments={price_id: commitment})
    shop.use(q=used)
    (line,) = shop.preview(subscription)["line_items"]
    assert line["amount"] == amount
    assert line["commitment_info"] == {
        "type": "quantity" if "commitment_quantity" in commitment else "amount",
        "amount": "100",
        "quantity": commitment.get("commitment_quantity", "0"),
        "overage_factor": commitment["overage_factor"],
        "true_up_enabled": commitment.get("enable_true_up", False),
        "is_windowed": False,
        "computed_true_up_amount": true_up,
        "computed_overage_amount": overage,
        "computed_commitment_utilized_amount": "40" if used == 40 else "100",
    }
    assert shop.usage(subscription)["amount"] == (140 if "tiers" in price else used)


@pytest.mark.parametrize(("true_up", "amount"), [(True, "36"), (False, "20")])
def test_a_commitment_per_window(documented_shop: Any, true_up: bool, amount: str) -> None:
    """06-16-84; the real server's true-up differs, see the register."""
    shop = documented_shop
    price = shop.price(shop.meter(bucket_size="DAY"), amount="1")["id"]
    commitment = {"commitment_amount": "10", "overage_factor": "1.5", "is_window_commitment": True}
    subscription = shop.subscribe(line_item_commitments={price: {**commitment, "enable_true_up": true_up}})
    for day, q in ((1, 4), (2, 14)):
        shop.use(at=f"2026-04-0{day}T05:00:00Z", q=q)
    assert shop.preview(subscription, (APRIL[0], "2026-04-04T00:00:00Z"))["subtotal"] == amount


def test_windows_are_filled_up_to_now(shop: Any) -> None:
    price = shop.price(shop.meter(bucket_size="DAY"), amount="1")["id"]
    commitment = {
        "commitment_amount": "10",
        "overage_factor": "1.5",
        "is_window_commitment": True,
        "enable_true_up": True,
    }
    subscription = shop.subscribe(line_item_commitments={price: commitment})
    shop.api.at("2026-04-02T12:00:00Z")
    assert shop.preview(subscription)["subtotal"] == "20"
    shop.api.at("2026-06-03T00:00:00Z")
    assert shop.preview(subscription)["subtotal"] == "300"


@pytest.mark.parametrize(
    ("used", "amounts"),
    [
        pytest.param({"a": 15, "b": 10}, [("12", "12"), ("8", "8"), ("7.5", "5")], id="06-16-86"),
        pytest.param({"a": 10, "b": 10, "c": 10}, [("6.67", "6.67")] * 3 + [("15", "10")], id="06-16-87"),
    ],
)
def test_a_commitment_over_several_invoices(shop: Any, used: dict[str, int], amounts: list[tuple[str, str]]) -> None:
    for name in used:
        shop.price(shop.meter(name), amount="1")
    subscription = shop.subscribe(commitment_amount="120", overage_factor="1.5", commitment_duration="ANNUAL")
    finalized_usage(shop, subscription, Decimal(100))
    shop.use(at="2026-05-14T00:00:00Z", **used)
    lines = shop.preview(subscription, MAY)["line_items"]
    assert [(line["amount"], line["quantity"]) for line in lines] == amounts
    assert lines[-1]["display_name"] == "Basic Overage"
    assert lines[-1]["metadata"] == {
        "is_overage": "true",
        "overage_factor": "1.5",
        "description": "Overage charge (cumulative commitment)",
    }


def finalized_usage(shop: Any, subscription: str, amount: Decimal) -> None:
    """An invoice of April over that much usage, as a closing period leaves it."""
    with shop.work() as work:
        row = stored(work, subscription)
        april = Period(*(parse_rfc3339(text).instant for text in APRIL))
        bill = Bill((Part(row, {}, (Line(USAGE, "April", amount, amount),)),))
        pipeline.seal(work, pipeline.compute(work, ledger.draft(work, row, april, BillingReason.CYCLE), bill))


FIXED = [
    ("88", {"amount": "30", "start_date": "2026-04-11T00:00:00Z"}, APRIL, "20", "2026-04-11T00:00:00Z"),
    ("89", {"amount": "10", "start_date": "2026-05-22T00:00:00Z"}, MAY, "3.23", "2026-05-22T00:00:00Z"),
    ("full", {"amount": "10", "min_quantity": 3}, APRIL, "30", APRIL[0]),
    ("rounded", {"amount": "19.995"}, APRIL, "20", APRIL[0]),
    ("free", {"amount": "0"}, APRIL, "0", APRIL[0]),
]


@pytest.mark.parametrize(
    ("price", "window", "amount", "start"), [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in FIXED]
)
def test_fixed_charges_in_arrear(
    shop: Any, price: dict[str, Any], window: tuple[str, str], amount: str, start: str
) -> None:
    shop.price(**price)
    (line,) = shop.preview(shop.subscribe(), window)["line_items"]
    assert (line["amount"], line["period_start"], line["period_end"]) == (amount, start, window[1])
    assert line["metadata"] == {"description": "Basic (Fixed Charge)"}
    assert "meter_id" not in line


def test_the_next_period_is_paid_in_advance(shop: Any) -> None:
    """06-13: fixed before usage; what was invoiced already is not left out."""
    shop.price(shop.meter(), amount="1")
    shop.price(amount="12.50", invoice_cadence="ADVANCE", min_quantity=2)
    fee, used = shop.preview(shop.subscribe())["line_items"]
    assert (fee["amount"], fee["quantity"], fee["period_start"], fee["period_end"]) == ("25", "2", *MAY)
    assert (used["price_type"], used["period_start"]) == ("USAGE", APRIL[0])


@pytest.mark.parametrize(
    ("cadence", "window", "amounts"),
    [
        ("ARREAR", ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"), []),
        ("ARREAR", ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"), ["90"]),
        ("ADVANCE", ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"), []),
        ("ADVANCE", ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"), ["90"]),
    ],
)
def test_a_quarterly_fee_falls_on_one_invoice(
    shop: Any, cadence: str, window: tuple[str, str], amounts: list[str]
) -> None:
    """06-10.1: in arrear the invoice its period ends in, in advance the one before the next begins."""
    shop.price(shop.meter(), amount="1")
    fee = shop.price(amount="90", billing_period="QUARTERLY", invoice_cadence=cadence)["id"]
    subscription = shop.subscribe()
    shop.api.made(f"/v1/subscriptions/{subscription}/lineitems", {"price_id": fee, "start_date": APRIL[0]})
    lines = shop.preview(subscription, window)["line_items"]
    assert [line["amount"] for line in lines if line["price_type"] == "FIXED"] == amounts


UNITS = [
    ("60", "0.01", "0.00012", 982344, "1.18", "118"),
    ("61", "0.01", "2.5", 3, "0.08", "8"),
    ("62", "0.00333", "7.5", 3, "0.07", "21.02"),
    ("63", "0.03", "1", 1.333, "0.04", "1.33"),
]


@pytest.mark.parametrize(
    ("rate", "amount", "used", "billed", "units"), [pytest.param(*row[1:], id=f"06-16-{row[0]}") for row in UNITS]
)
def test_lines_are_shown_in_the_prices_unit(
    shop: Any, rate: str, amount: str, used: float, billed: str, units: str
) -> None:
    body = {"name": "Credits", "code": "crd", "symbol": "cr", "base_currency": "usd", "conversion_rate": rate}
    shop.api.made("/v1/prices/units", body)
    shop.price(shop.meter(), price_unit_type="CUSTOM", price_unit_config={"amount": amount, "price_unit": "crd"})
    subscription = shop.subscribe()
    shop.use(q=used)
    (line,) = shop.preview(subscription)["line_items"]
    assert (line["price_unit"], line["amount"], line["price_unit_amount"]) == ("crd", billed, units)


def test_tiers_in_a_unit_are_billed_in_money(shop: Any) -> None:
    """06-16-64"""
    body = {"name": "Credits", "code": "crd", "symbol": "cr", "base_currency": "usd", "conversion_rate": "0.01"}
    shop.api.made("/v1/prices/units", body)
    unit_tiers = [{"up_to": 10, "unit_amount": "100", "flat_amount": "50"}, {"up_to": None, "unit_amount": "50"}]
    shop.price(
        shop.meter(),
        billing_model="TIERED",
        tier_mode="SLAB",
        price_unit_type="CUSTOM",
        price_unit_config={"price_unit": "crd", "price_unit_tiers": unit_tiers},
    )
    subscription = shop.subscribe()
    shop.use(q=12)
    assert shop.preview(subscription)["subtotal"] == "11.5"


def test_a_parent_is_invoiced_for_the_subscriptions_grouped_with_it(shop: Any) -> None:
    shop.price(shop.meter(), amount="1")
    other = shop.api.made("/v1/customers", {"external_id": "d", "name": "D"})["id"]
    child = shop.subscribe(customer_id=other)
    parent = shop.subscribe(inheritance={"subscriptions_ids_for_grouped_invoicing": [child]})
    shop.use(q=3)
    event = {"event_name": "used", "external_customer_id": "d", "timestamp": "2026-04-14T15:00:00Z"}
    shop.api.made("/v1/events", {**event, "properties": {"q": 4}})
    preview = shop.preview(parent)
    assert preview["subtotal"] == "7"
    own, theirs = preview["line_items"]
    assert (own["amount"], own["subscription_id"]) == ("3", parent)
    assert (theirs["amount"], theirs["subscription_id"]) == ("4", child)
    assert theirs["metadata"] == {"description": "q (Usage Charge)", "child_customer_id": other}
    assert (own["customer_id"], theirs["customer_id"]) == (shop.customer, shop.customer)


def test_an_inherited_subscription_is_billed_by_its_parent(shop: Any) -> None:
    shop.price(shop.meter(), amount="1")
    other = shop.api.made("/v1/customers", {"external_id": "d", "name": "D"})["id"]
    parent = shop.subscribe(inheritance={"external_customer_ids_to_inherit_subscription": ["d"]})
    shop.use(q=3)
    event = {"event_name": "used", "external_customer_id": "d", "timestamp": "2026-04-14T15:00:00Z"}
    shop.api.made("/v1/events", {**event, "properties": {"q": 4}})
    found = shop.api.made("/v1/subscriptions/search", {"customer_id": other})["items"]
    assert shop.preview(parent)["subtotal"] == "7"
    (heir,) = found
    assert shop.usage(heir["id"])["amount"] == 4
    assert "line_items" not in shop.preview(heir["id"])
