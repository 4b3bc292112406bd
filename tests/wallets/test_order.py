"""Which wallet gives first: prepaid ones when an invoice is sealed, postpaid ones when it is paid
(behaviour/invoices-and-wallets#coupons, behaviour/invoices-and-wallets#life-of-an-invoice)."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.store.tables.wallets import WALLETS
from tests.billing.conftest import Shop
from tests.invoices.test_lifecycle import draft, read
from tests.invoices.test_one_off import one_off

_KEPT_APART = ("eur", "gbp", "chf", "sek")


def wallets(shop: Shop, *wanted: dict[str, Any]) -> list[str]:
    """Wallets in usd, several of one type as the API does not open them: they are opened in other currencies first."""
    made = []
    for currency, changes in zip(_KEPT_APART, wanted, strict=False):
        body = {"customer_id": shop.customer, "currency": currency, **changes}
        made.append(shop.api.made("/v1/wallets", body)["id"])
        if "config" in changes:
            assert shop.api.put(f"/v1/wallets/{made[-1]}", {"config": changes["config"]}).status == 200
    with shop.work() as work:
        for wallet in made:
            row = work.tx.get(WALLETS, wallet)
            assert row is not None
            work.change(WALLETS, row, {"currency": "usd"})
    return made


def held(shop: Shop, made: list[str]) -> list[str]:
    return [shop.api.get(f"/v1/wallets/{wallet}").json["balance"] for wallet in made]


def sold(shop: Shop, usage: str, fixed: str = "0", **changes: Any) -> dict[str, Any]:
    """A one-off invoice over usage and something else; prepaid credits are used at once."""
    lines = [
        {"display_name": kind, "amount": amount, "quantity": "1", "price_type": kind}
        for kind, amount in (("FIXED", fixed), ("USAGE", usage))
    ]
    amount = str(float(usage) + float(fixed))
    made: dict[str, Any] = one_off(shop, amount, line_items=lines, **changes).json
    return made


def prepaid(*balances: str) -> list[dict[str, Any]]:
    return [{"initial_credits_to_load": balance} for balance in balances]


def postpaid(balance: str, *kinds: str) -> dict[str, Any]:
    config = {"config": {"allowed_price_types": list(kinds)}} if kinds else {}
    return {"wallet_type": "POST_PAID", "initial_credits_to_load": balance, **config}


@pytest.mark.parametrize(
    ("balances", "usage", "left"),
    [
        (("5", "8"), "6", ["5", "2"]),
        (("8", "5"), "6", ["2", "5"]),
        (("5", "8"), "10", ["3", "0"]),
        (("8", "5"), "10", ["0", "3"]),
        (("2", "9", "4"), "11", ["2", "0", "2"]),
    ],
)
def test_larger_balances_are_drawn_first(shop: Shop, balances: tuple[str, ...], usage: str, left: list[str]) -> None:
    made = wallets(shop, *prepaid(*balances))
    assert sold(shop, usage)["total_prepaid_credits_applied"] == usage
    assert held(shop, made) == left


def test_the_balance_counts_not_the_credits(shop: Shop) -> None:
    """5 credits at 1 are more than 400 at 0.01."""
    made = wallets(shop, {"initial_credits_to_load": "400", "conversion_rate": "0.01"}, *prepaid("5"))
    sold(shop, "1")
    assert held(shop, made) == ["4", "4"]


def test_each_wallet_that_gives_has_one_debit_for_the_invoice(shop: Shop) -> None:
    made = wallets(shop, *prepaid("5", "8", "1"))
    invoice = sold(shop, "10")["id"]
    for wallet, amount in zip(made, ("2", "8", None), strict=True):
        debits = shop.api.get(f"/v1/wallets/{wallet}/transactions?type=debit").json["items"]
        found = [(each["amount"], each["transaction_reason"], each["reference_id"]) for each in debits]
        assert found == ([] if amount is None else [(amount, "CREDIT_ADJUSTMENT", invoice)])


def test_only_prepaid_wallets_of_the_invoices_currency_are_drawn(shop: Shop) -> None:
    usd, eur, debt = (
        shop.api.made("/v1/wallets", {"customer_id": shop.customer, "initial_credits_to_load": "20", **changes})["id"]
        for changes in (
            {"currency": "usd"},
            {"currency": "eur"},
            {"currency": "usd", "wallet_type": "POST_PAID"},
        )
    )
    assert sold(shop, "30")["total_prepaid_credits_applied"] == "20"
    assert held(shop, [usd, eur, debt]) == ["0", "20", "20"]


def test_credits_pay_for_usage_only(shop: Shop) -> None:
    (made,) = wallets(shop, *prepaid("20"))
    invoice = sold(shop, "6", "9")
    assert (invoice["total_prepaid_credits_applied"], invoice["total"]) == ("6", "9")
    assert [line["prepaid_credits_applied"] for line in invoice["line_items"]] == ["0", "6"]
    assert held(shop, [made]) == ["14"]


def test_credits_pay_what_discounts_leave(shop: Shop) -> None:
    """10 % off the line, then 2 off the invoice: 7 of 10 are left."""
    whole = {"name": "W", "cadence": "forever", "type": "fixed", "amount_off": "2", "currency": "usd"}
    part = {"name": "P", "cadence": "forever", "type": "percentage", "percentage_off": "10"}
    on_invoice, on_line = (shop.api.made("/v1/coupons", body)["id"] for body in (whole, part))
    (made,) = wallets(shop, *prepaid("20"))
    line = {"display_name": "A", "amount": "10", "quantity": "1", "price_type": "USAGE", "price_id": "a"}
    used = [{"line_item_id": "a", "coupon_id": on_line}]
    invoice = one_off(shop, "10", line_items=[line], coupons=[on_invoice], line_item_coupons=used).json
    assert (invoice["total_discount"], invoice["total_prepaid_credits_applied"], invoice["total"]) == ("3", "7", "0")
    assert held(shop, [made]) == ["13"]


def test_an_invoice_is_drawn_from_the_wallets_of_who_pays_it(shop: Shop) -> None:
    payer = shop.api.made("/v1/customers", {"external_id": "payer", "name": "Payer"})["id"]
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe(inheritance={"invoicing_customer_external_id": "payer"})
    shop.use(q=3)
    made = [
        shop.api.made("/v1/wallets", {"customer_id": each, "currency": "usd", "initial_credits_to_load": "5"})["id"]
        for each in (shop.customer, payer)
    ]
    invoice = draft(shop, subscription, customer_id=payer, invoice_status="FINALIZED").json
    assert read(shop, invoice["id"])["total_prepaid_credits_applied"] == "3"
    assert held(shop, made) == ["5", "2"]


PAYERS = [
    # The order of the wallets' creation is the reverse of the one they pay in.
    pytest.param([postpaid("5"), postpaid("8")], "6", "0", ["5", "2"], id="larger balance first"),
    pytest.param([postpaid("8"), postpaid("5")], "6", "0", ["2", "5"], id="whichever is older"),
    pytest.param([postpaid("50"), postpaid("20", "USAGE")], "6", "0", ["50", "14"], id="usage before all"),
    pytest.param([postpaid("50"), postpaid("20", "FIXED")], "0", "4", ["50", "16"], id="fixed before all"),
    pytest.param([postpaid("50"), postpaid("20", "USAGE")], "6", "4", ["46", "14"], id="usage only for usage"),
    pytest.param([postpaid("50"), postpaid("20", "FIXED")], "6", "4", ["44", "16"], id="fixed only for fixed"),
    pytest.param(
        [postpaid("50"), postpaid("20", "FIXED"), postpaid("20", "USAGE")], "6", "4", ["50", "16", "14"], id="each its"
    ),
    pytest.param(
        [postpaid("50"), postpaid("4", "USAGE"), postpaid("5", "USAGE")], "6", "0", ["50", "3", "0"], id="usage shared"
    ),
    pytest.param(
        [postpaid("50"), postpaid("4", "USAGE"), postpaid("5", "USAGE")], "6", "4", ["46", "3", "0"], id="usage once"
    ),
    pytest.param([postpaid("50", "USAGE", "FIXED"), postpaid("20", "USAGE")], "6", "4", ["46", "14"], id="both last"),
]


@pytest.mark.parametrize(("made", "usage", "fixed", "left"), PAYERS)
def test_who_pays_first(shop: Shop, made: list[dict[str, Any]], usage: str, fixed: str, left: list[str]) -> None:
    ids = wallets(shop, *made)
    invoice = sold(shop, usage, fixed)["id"]
    shop.api.made(f"/v1/invoices/{invoice}/payment/attempt", None)
    assert read(shop, invoice)["payment_status"] == "SUCCEEDED"
    assert held(shop, ids) == left


def test_usage_wallets_come_before_those_for_fixed_charges(shop: Shop) -> None:
    """With 5 of 10 left to pay, the first of them pays it all."""
    ids = wallets(shop, postpaid("20", "FIXED"), postpaid("20", "USAGE"))
    invoice = sold(shop, "5", "5")["id"]
    shop.api.put(f"/v1/invoices/{invoice}/payment", {"payment_status": "PENDING", "amount": "5"})
    shop.api.made(f"/v1/invoices/{invoice}/payment/attempt", None)
    assert held(shop, ids) == ["20", "15"]


def test_only_postpaid_wallets_of_the_invoices_currency_pay(shop: Shop) -> None:
    invoice = sold(shop, "6")["id"]
    ids = [
        shop.api.made("/v1/wallets", {"customer_id": shop.customer, "initial_credits_to_load": "4", **changes})["id"]
        for changes in (
            {"currency": "usd"},
            {"currency": "eur", "wallet_type": "POST_PAID"},
            {"currency": "usd", "wallet_type": "POST_PAID"},
        )
    ]
    shop.api.made(f"/v1/invoices/{invoice}/payment/attempt", None)
    assert read(shop, invoice)["amount_remaining"] == "2"
    assert held(shop, ids) == ["4", "4", "0"]


@pytest.mark.parametrize(("balance", "status"), [("30", "active"), ("29", "incomplete")])
def test_a_subscription_becomes_active_once_a_wallet_has_paid_it(shop: Shop, balance: str, status: str) -> None:
    shop.price(amount="30", invoice_cadence="ADVANCE")
    subscription = shop.subscribe(collection_method="send_invoice", payment_behavior="default_incomplete")
    path = f"/v1/subscriptions/{subscription}"
    assert shop.api.get(path).json["subscription_status"] == "incomplete"
    wallets(shop, postpaid(balance))
    (opening,) = shop.api.get("/v1/invoices").json["items"]
    shop.api.made(f"/v1/invoices/{opening['id']}/payment/attempt", None)
    assert shop.api.get(path).json["subscription_status"] == status
