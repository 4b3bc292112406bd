"""One-off invoices: what is taken as sent, what is computed (behaviour/invoices-and-wallets#creating-invoices,
behaviour/rating#worked-buckets, behaviour/invoices-and-wallets#worked-invoices-and-wallets)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import Shop


def one_off(shop: Shop, amount: str = "10", **changes: Any) -> Any:
    body = {
        "customer_id": shop.customer,
        "invoice_type": "ONE_OFF",
        "currency": "usd",
        **dict.fromkeys(("subtotal", "total", "amount_due"), amount),
        **changes,
    }
    return shop.api.post("/v1/invoices", {name: value for name, value in body.items() if value is not None})


def test_h10_lines_are_rounded_the_subtotal_is_not(shop: Shop) -> None:
    line = {"display_name": "Item", "amount": "1.1788128", "quantity": "1"}
    reply = one_off(shop, currency="USD", line_items=[line])
    assert reply.status == 201
    made = reply.json
    shown = ("invoice_status", "payment_status", "currency", "subtotal", "amount_remaining", "billing_sequence")
    assert [made[name] for name in shown] == ["FINALIZED", "PENDING", "usd", "10", "10", 0]
    assert made["invoice_number"] == "INV-202604-00001"
    assert made["line_items"][0]["amount"] == "1.18"
    assert "customer" not in made


def test_h11_nothing_due_is_paid(shop: Shop) -> None:
    made = one_off(shop, "0").json
    assert (made["invoice_status"], made["payment_status"], "line_items" in made) == ("FINALIZED", "SUCCEEDED", False)


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"customer_id": None}, {"CustomerID"}),
        ({"currency": None}, {"Currency"}),
        ({"currency": "US"}, set()),
        ({"invoice_type": "X"}, {"allowed"}),
        ({"invoice_type": None}, {"InvoiceType"}),
        ({"subtotal": "abc"}, set()),
    ],
    ids=["h12-customer", "currency", "h12-currency", "h12-type", "type", "subtotal"],
)
def test_h12_refused_requests(shop: Shop, changes: dict[str, Any], details: set[str]) -> None:
    reply = one_off(shop, **changes)
    assert (reply.status, reply.code, set(reply.details)) == (400, "validation_error", details)
    assert shop.api.get("/v1/invoices").json["pagination"]["total"] == 0


def test_h13_an_idempotency_key_counts_once(shop: Shop) -> None:
    assert one_off(shop, idempotency_key="k").status == 201
    assert one_off(shop, idempotency_key="k").status == 409
    assert one_off(shop).status == one_off(shop).status == 201


def test_numbers_count_within_the_month_and_skip_refused_requests(shop: Shop) -> None:
    assert one_off(shop).json["invoice_number"] == "INV-202604-00001"
    one_off(shop, currency="US")
    assert one_off(shop).json["invoice_number"] == "INV-202604-00002"
    shop.api.at("2026-05-02T00:00:00Z")
    assert one_off(shop).json["invoice_number"] == "INV-202605-00001"


@pytest.mark.parametrize(
    ("subtotal", "currency", "total", "line"),
    [
        ("-5", "usd", "0", "1.18"),
        ("10.005", "usd", "10.005", "1.18"),
        ("7", "jpy", "7", "1"),
        ("7", "kwd", "7", "1.179"),
    ],
)
def test_amounts(shop: Shop, subtotal: str, currency: str, total: str, line: str) -> None:
    made = one_off(shop, subtotal, currency=currency, line_items=[{"amount": "1.1788128", "quantity": "1"}]).json
    assert (made["subtotal"], made["total"], made["line_items"][0]["amount"]) == (subtotal, total, line)


def test_an_unknown_customer_can_be_invoiced_but_not_read(shop: Shop) -> None:
    made = one_off(shop, customer_id="cust_none")
    assert made.status == 201
    reply = shop.api.get(f"/v1/invoices/{made.json['id']}")
    assert (reply.status, reply.details) == (404, {"customer_id": "cust_none"})


def test_97_coupons_credits_and_tax_in_their_order(shop: Shop) -> None:
    api = shop.api
    coupons = [
        api.made("/v1/coupons", {"name": name, "cadence": "forever", **terms})["id"]
        for name, terms in (
            ("line", {"type": "percentage", "percentage_off": "10"}),
            ("first", {"type": "percentage", "percentage_off": "20"}),
            ("second", {"type": "fixed", "amount_off": "5", "currency": "usd"}),
        )
    ]
    rate = {"name": "VAT", "code": "vat", "tax_rate_type": "percentage", "percentage_value": "19"}
    tax = api.made("/v1/taxes/rates", rate)["id"]
    api.made("/v1/wallets", {"customer_id": shop.customer, "currency": "usd", "initial_credits_to_load": "8"})
    made = one_off(
        shop,
        "40",
        line_items=[
            {"display_name": "A", "amount": "30", "quantity": "1", "price_type": "USAGE", "price_id": "price_a"},
            {"display_name": "B", "amount": "10", "quantity": "1", "price_type": "FIXED"},
        ],
        coupons=coupons[1:],
        line_item_coupons=[{"line_item_id": "price_a", "coupon_id": coupons[0]}],
        tax_rates=[tax],
    ).json
    shown = ("subtotal", "total_discount", "total_prepaid_credits_applied", "total_tax", "total", "version")
    assert [made[name] for name in shown] == ["40", "15.4", "8", "4.67", "21.27", 3]
    by_name = {line["display_name"]: line for line in made["line_items"]}
    taken = ("line_item_discount", "invoice_level_discount", "prepaid_credits_applied")
    assert [[by_name[name][each] for each in taken] for name in "AB"] == [["3", "9.05", "8"], ["0", "3.35", "0"]]
    read = api.get(f"/v1/invoices/{made['id']}").json
    assert [(each["taxable_amount"], each["tax_amount"]) for each in read["taxes"]] == [("24.6", "4.67")]


@pytest.mark.parametrize(
    ("off", "amounts", "shares"),
    [
        ("1", ["10", "6.67", "3.33"], ["0.5", "0.33", "0.17"]),
        ("1", ["10", "10", "10"], ["0.34", "0.33", "0.33"]),
        ("0.05", ["1", "1", "1"], ["0.01", "0.02", "0.02"]),
        ("9.99", ["5", "5"], ["4.99", "5"]),
    ],
    ids=["92", "93", "third", "halves"],
)
def test_92_93_a_discount_is_spread_over_lines(shop: Shop, off: str, amounts: list[str], shares: list[str]) -> None:
    coupon = {"name": "c", "type": "fixed", "amount_off": off, "currency": "usd", "cadence": "forever"}
    lines = [{"display_name": str(n), "amount": amount, "quantity": "1"} for n, amount in enumerate(amounts)]
    made = one_off(
        shop,
        str(sum(map(float, amounts))),
        line_items=lines,
        coupons=[shop.api.made("/v1/coupons", coupon)["id"]],
    ).json
    by_name = {line["display_name"]: line["invoice_level_discount"] for line in made["line_items"]}
    assert [by_name[str(n)] for n in range(len(amounts))] == shares


def test_a_one_off_line_of_another_type_takes_no_credits(shop: Shop) -> None:
    shop.api.made("/v1/wallets", {"customer_id": shop.customer, "currency": "usd", "initial_credits_to_load": "8"})
    made = one_off(shop, line_items=[{"display_name": "A", "amount": "10", "quantity": "1"}]).json
    assert (made["total"], made["total_prepaid_credits_applied"]) == ("10", "0")
