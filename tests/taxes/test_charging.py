"""Taxes on previews and opening invoices (behaviour/invoices-and-wallets#coupons, behaviour/rating#worked-buckets)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.coupons.conftest import CouponShop

RATES: dict[str, dict[str, Any]] = {
    "vat": {"tax_rate_type": "percentage", "percentage_value": "19"},
    "city": {"tax_rate_type": "percentage", "percentage_value": "1.5"},
    "five_a": {"tax_rate_type": "percentage", "percentage_value": "5"},
    "five_b": {"tax_rate_type": "percentage", "percentage_value": "5"},
    "odd": {"tax_rate_type": "percentage", "percentage_value": "7.25"},
    "flat": {"tax_rate_type": "fixed", "fixed_value": "2.5"},
}


@pytest.fixture
def shop(api: Any) -> CouponShop:
    return CouponShop(api)


def rates(shop: CouponShop, *codes: str) -> list[dict[str, Any]]:
    """Make the rates; the overrides that charge them."""
    for code in codes:
        shop.api.made("/v1/taxes/rates", {"name": code, "code": code, **RATES[code]})
    return [{"tax_rate_code": code, "currency": "usd", "auto_apply": True} for code in codes]


@pytest.mark.parametrize(
    ("quantity", "codes", "taxes", "total"),
    [
        pytest.param("8.1", ("vat", "city"), ["0.12", "1.54"], "9.76", id="94"),
        pytest.param("10.05", ("five_a", "five_b"), ["0.5", "0.5"], "11.05", id="95"),
        pytest.param("0.13", ("vat",), ["0.02"], "0.15", id="96a"),
        pytest.param("33.33", ("odd",), ["2.42"], "35.75", id="96b"),
        pytest.param("8", ("vat", "flat"), ["2.5", "1.52"], "12.02", id="fixed-and-percentage"),
        pytest.param("0", ("flat",), ["2.5"], "2.5", id="fixed-on-nothing"),
    ],
)
def test_previews(shop: CouponShop, quantity: str, codes: tuple[str, ...], taxes: list[str], total: str) -> None:
    subscription = shop.subscribe(tax_rate_overrides=rates(shop, *codes))
    shop.use(q=quantity)
    invoice = shop.preview(subscription)
    assert [tax["tax_amount"] for tax in invoice["taxes"]] == taxes
    assert {tax["taxable_amount"] for tax in invoice["taxes"]} == {quantity}
    assert invoice["total"] == invoice["amount_due"] == total
    tax = invoice["taxes"][0]
    assert (tax["entity_type"], tax["entity_id"]) == ("invoice", invoice["id"])
    assert (tax["created_at"], tax["tax_rate"]["code"]) == ("0001-01-01T00:00:00Z", codes[-1])
    assert "id" not in tax


def test_97_coupons_come_before_taxes(shop: CouponShop) -> None:
    shop.price(amount="10")
    for code, changes in (("CL", {"percent": "10"}), ("CI", {"percent": "20"}), ("CF", {"off": "5"})):
        shop.coupon(code, **changes)
    entries = [
        {"coupon_code": "CL", "price_id": shop.usage_price},
        {"coupon_code": "CI"},
        {"coupon_code": "CF", "start_date": "2026-04-01T00:00:01Z"},
    ]
    subscription = shop.subscribe(subscription_coupons=entries, tax_rate_overrides=rates(shop, "vat"))
    shop.use(q="30")
    invoice = shop.preview(subscription)
    assert (invoice["subtotal"], invoice["total_discount"], invoice["total_tax"]) == ("40", "15.4", "4.67")
    assert invoice["total"] == "29.27"


def test_a_subscription_takes_its_customers_taxes_once(shop: CouponShop) -> None:
    rates(shop, "vat")
    untaxed = shop.subscribe()
    body = {"tax_rate_code": "vat", "entity_type": "customer", "entity_id": shop.customer, "currency": "usd"}
    shop.api.made("/v1/taxes/associations", {**body, "auto_apply": True})
    taxed, exempt = shop.subscribe(), shop.subscribe(tax_rate_overrides=[])
    shop.use(q="10")
    assert [shop.preview(each)["total_tax"] for each in (untaxed, taxed, exempt)] == ["0", "1.9", "0"]


def test_only_what_applies_by_itself_is_charged(shop: CouponShop) -> None:
    (override,) = rates(shop, "vat")
    subscription = shop.subscribe(tax_rate_overrides=[{**override, "auto_apply": False}])
    shop.use(q="10")
    invoice = shop.preview(subscription)
    assert invoice["total_tax"] == "0"
    assert "taxes" not in invoice


def test_an_opening_invoice_is_taxed_when_it_is_sealed(shop: CouponShop) -> None:
    shop.price(invoice_cadence="ADVANCE", amount="50")
    body = shop.request(tax_rate_overrides=rates(shop, "vat"))
    invoice = shop.api.made("/v1/subscriptions", body)["latest_invoice"]
    assert (invoice["total_tax"], invoice["total"]) == ("9.5", "59.5")
    read = shop.api.get(f"/v1/invoices/{invoice['id']}").json
    (tax,) = read["taxes"]
    assert (tax["tax_amount"], tax["taxable_amount"]) == ("9.5", "50")
    assert tax["id"].startswith("taxapp_")
    assert tax["idempotency_key"].startswith("tax_application-")
    assert "tax_rate" not in tax


def test_an_unknown_rate_is_refused(shop: CouponShop) -> None:
    body = shop.request(tax_rate_overrides=[{"tax_rate_code": "nope", "currency": "usd"}])
    reply = shop.api.post("/v1/subscriptions", body)
    assert (reply.status, reply.details) == (404, {"taxrate_code": "nope"})
