"""Discounts on previews and opening invoices (behaviour/invoices-and-wallets#coupons,
behaviour/rating#worked-buckets)."""

from __future__ import annotations

from typing import Any

import pytest

MONTHS = [
    ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"),
    ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"),
    ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"),
]


def previewed(shop: Any, quantity: str, *coupons: dict[str, Any]) -> dict[str, Any]:
    """A month of so many units at 1 each, less coupons."""
    entries = []
    for index, coupon in enumerate(coupons):
        on_line = coupon.pop("line", False)
        shop.coupon(f"C{index}", **coupon)
        entries.append({"coupon_code": f"C{index}", **({"price_id": shop.usage_price} if on_line else {})})
    subscription = shop.subscribe(subscription_coupons=entries)
    shop.use(q=quantity)
    answer: dict[str, Any] = shop.preview(subscription)
    return answer


@pytest.mark.parametrize(
    ("quantity", "coupon", "discount", "total"),
    [
        pytest.param("10", {"percent": "33.333"}, "3.33", "6.67", id="90a"),
        pytest.param("0.01", {"percent": "50"}, "0.01", "0", id="90b"),
        pytest.param("29.99", {"percent": "10"}, "3", "26.99", id="90c"),
        pytest.param("12.34", {"off": "50"}, "12.34", "0", id="91"),
        pytest.param("10", {"percent": "100"}, "10", "0", id="all"),
    ],
)
def test_one_coupon(shop: Any, quantity: str, coupon: dict[str, Any], discount: str, total: str) -> None:
    invoice = previewed(shop, quantity, coupon)
    assert (invoice["total_discount"], invoice["total"], invoice["subtotal"]) == (discount, total, quantity)
    (applied,) = invoice["coupon_applications"]
    assert (applied["original_price"], applied["discounted_amount"], applied["final_price"]) == (
        quantity,
        discount,
        total,
    )
    assert applied["coupon_snapshot"]["applied_to"] == "invoice"
    assert invoice["line_items"][0]["invoice_level_discount"] == "0"


def test_line_coupons_use_the_original_amount_and_invoice_coupons_compound(shop: Any) -> None:
    invoice = previewed(
        shop, "30", {"percent": "10", "line": True}, {"off": "4.5", "line": True}, {"percent": "20"}, {"off": "5"}
    )
    applied = [(each["original_price"], each["discounted_amount"]) for each in invoice["coupon_applications"]]
    assert applied == [("30", "3"), ("30", "4.5"), ("22.5", "4.5"), ("18", "5")]
    line = invoice["line_items"][0]
    assert (line["line_item_discount"], invoice["total"]) == ("7.5", "13")
    snapshot = invoice["coupon_applications"][0]["coupon_snapshot"]
    assert snapshot == {
        "amount_off": "0",
        "applied_to": "line_item",
        "line_item_id": line["id"],
        "percentage_off": "10",
        "price_id": shop.usage_price,
        "type": "percentage",
    }


def test_nothing_is_recorded_where_nothing_is_left(shop: Any) -> None:
    invoice = previewed(shop, "3", {"off": "5"}, {"percent": "10"})
    assert len(invoice["coupon_applications"]) == 1
    empty = shop.preview(shop.subscribe(subscription_coupons=[{"coupon_code": "C1"}]), MONTHS[2])
    assert "coupon_applications" not in empty


@pytest.mark.parametrize(
    ("changes", "totals"),
    [
        ({"cadence": "once"}, ["90", "90", "90"]),
        ({"cadence": "repeated", "duration_in_periods": 2}, ["90", "90", "100"]),
        ({"cadence": "forever"}, ["90", "90", "90"]),
    ],
)
def test_cadences_in_previews(shop: Any, changes: dict[str, Any], totals: list[str]) -> None:
    shop.coupon("C", percent="10", **changes)
    subscription = shop.subscribe(subscription_coupons=[{"coupon_code": "C"}])
    for start, _ in MONTHS:
        shop.use(at=start, q="100")
    assert [shop.preview(subscription, month)["total"] for month in MONTHS] == totals


@pytest.mark.parametrize("how", ["archived", "expired", "redeemed"])
def test_what_became_unusable_is_passed_over(shop: Any, how: str) -> None:
    limits = {"expired": {"redeem_before": "2026-04-21T00:00:00Z"}, "redeemed": {"max_redemptions": 1}}
    coupon = shop.coupon("C", percent="10", **limits.get(how, {}))
    subscription = shop.subscribe(subscription_coupons=[{"coupon_code": "C"}])
    shop.use(q="10")
    if how == "archived":
        shop.api.delete(f"/v1/coupons/{coupon}")
    shop.api.at("2026-04-25T00:00:00Z")
    assert shop.preview(subscription)["total"] == "10"


def test_an_opening_invoice_spreads_its_discount(shop: Any) -> None:
    shop.price(invoice_cadence="ADVANCE", amount="30")
    shop.coupon("C", percent="10")
    made = shop.api.made("/v1/subscriptions", shop.request(subscription_coupons=[{"coupon_code": "C"}]))
    invoice = made["latest_invoice"]
    assert (invoice["total_discount"], invoice["total"], invoice["version"]) == ("3", "27", 4)
    assert invoice["line_items"][0]["invoice_level_discount"] == "3"
    assert "coupon_applications" not in invoice


def test_normal_and_overage_usage_of_one_item_share_a_coupon(shop: Any) -> None:
    shop.coupon("C", percent="10")
    subscription = shop.subscribe(
        commitment_amount="20",
        overage_factor="2",
        subscription_coupons=[{"coupon_code": "C", "price_id": shop.usage_price}],
    )
    shop.use(q="30")
    invoice = shop.preview(subscription)
    assert [(line["amount"], line["line_item_discount"]) for line in invoice["line_items"]] == [
        ("20", "0"),
        ("20", "2"),
    ]
    assert len(invoice["coupon_applications"]) == 1


def test_coupons_of_a_one_off_invoice_start_from_its_lines(shop: Any) -> None:
    coupon = shop.coupon("C", percent="10")
    invoice = {
        "customer_id": shop.customer,
        "invoice_type": "ONE_OFF",
        "currency": "usd",
        **dict.fromkeys(("subtotal", "total", "amount_due"), "100"),
        "line_items": [{"display_name": "A", "amount": "50", "quantity": "1"}],
        "coupons": [coupon, "coupon_x"],
    }
    made = shop.api.made("/v1/invoices", invoice)
    assert (made["subtotal"], made["total_discount"], made["total"]) == ("100", "5", "95")
    assert shop.api.get(f"/v1/coupons/{coupon}").json["total_redemptions"] == 1


def drafted(shop: Any, subscription: str, month: tuple[str, str]) -> dict[str, Any]:
    body = {
        "customer_id": shop.customer,
        "subscription_id": subscription,
        "invoice_type": "SUBSCRIPTION",
        "currency": "usd",
        "billing_period": "MONTHLY",
        "billing_reason": "SUBSCRIPTION_CYCLE",
        **dict(zip(("period_start", "period_end"), month, strict=True)),
    }
    made: dict[str, Any] = shop.api.made("/v1/invoices", body)
    return made


def test_computing_again_uses_a_coupon_no_further(shop: Any) -> None:
    """A coupon for once is recorded once for an invoice, however often that is computed, and redeemed by attaching
    it alone."""
    coupon = shop.coupon("ONCE", percent="10", cadence="once")
    subscription = shop.subscribe(subscription_coupons=[{"coupon_code": "ONCE"}])
    shop.use(q=10)
    draft = drafted(shop, subscription, MONTHS[0])["id"]
    for _ in range(3):
        computed = shop.api.made(f"/v1/invoices/{draft}/compute?sync=true", None)["invoice"]
        assert (computed["total_discount"], computed["total"]) == ("1", "9")
    assert shop.api.get(f"/v1/coupons/{coupon}").json["total_redemptions"] == 1


def test_a_coupon_for_once_passes_a_second_time(shop: Any) -> None:
    """As on the real server, which objects from the third invoice on."""
    shop.coupon("ONCE", percent="10", cadence="once")
    subscription = shop.subscribe(subscription_coupons=[{"coupon_code": "ONCE"}])
    found = []
    for month in MONTHS:
        shop.use(month[0], q=10)
        found.append(drafted(shop, subscription, month)["total_discount"])
    assert found == ["1", "1", "0"]


def test_a_parents_invoice_leaves_its_childrens_coupons_on_the_whole_out(shop: Any) -> None:
    for code in ("WHOLE", "PART"):
        shop.coupon(code, percent="10")
    other = shop.api.made("/v1/customers", {"external_id": "d", "name": "D"})["id"]
    coupons = [{"coupon_code": "WHOLE"}, {"coupon_code": "PART", "price_id": shop.usage_price}]
    child = shop.subscribe(customer_id=other, subscription_coupons=coupons)
    parent = shop.subscribe(inheritance={"subscriptions_ids_for_grouped_invoicing": [child]})
    shop.use(q=10)
    event = {"event_name": "used", "external_customer_id": "d", "timestamp": "2026-04-14T15:00:00Z"}
    shop.api.made("/v1/events", {**event, "properties": {"q": 20}})
    preview = shop.preview(parent)
    assert (preview["subtotal"], preview["total_discount"], preview["total"]) == ("30", "2", "28")


def test_a_coupon_on_a_line_over_nothing_is_not_recorded(shop: Any) -> None:
    shop.coupon("PART", percent="10")
    coupons = [{"coupon_code": "PART", "price_id": shop.usage_price}]
    assert "coupon_applications" not in shop.preview(shop.subscribe(subscription_coupons=coupons))
