"""Wallets and their credits (behaviour/invoices-and-wallets#billing-objects,
behaviour/invoices-and-wallets#worked-discounts-taxes-and-credits,
behaviour/invoices-and-wallets#worked-invoices-and-wallets)."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.credits.wallets.drawing import draw
from mockserver.rating.money import parse_decimal
from tests.billing.conftest import Shop


def wallet(shop: Shop, **changes: Any) -> Any:
    body = {"customer_id": shop.customer, "currency": "usd", **changes}
    return shop.api.post("/v1/wallets", {name: value for name, value in body.items() if value is not None})


def top_up(shop: Shop, wallet_id: str, **changes: Any) -> Any:
    body = {"transaction_reason": "FREE_CREDIT_GRANT", **changes}
    return shop.api.post(f"/v1/wallets/{wallet_id}/top-up", {k: v for k, v in body.items() if v is not None})


def debit(shop: Shop, wallet_id: str, credits: str, key: str) -> Any:
    body = {"credits": credits, "transaction_reason": "MANUAL_BALANCE_DEBIT", "idempotency_key": key}
    return shop.api.post(f"/v1/wallets/{wallet_id}/debit", body)


def transactions(shop: Shop, wallet_id: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.api.get(f"/v1/wallets/{wallet_id}/transactions{query}").json["items"]
    return found


def test_h22_h23_one_active_wallet_per_currency_and_type(shop: Shop) -> None:
    made = wallet(shop, currency="USD", conversion_rate="0.01", initial_credits_to_load="500")
    shown = ("balance", "credit_balance", "wallet_type", "currency", "name", "topup_conversion_rate")
    assert made.status == 200
    assert [made.json[name] for name in shown] == ["5", "500", "PRE_PAID", "usd", "Prepaid Wallet - USD", "0.01"]
    again = wallet(shop)
    assert (again.status, again.details["wallet_id"]) == (409, made.json["id"])
    postpaid = wallet(shop, wallet_type="POST_PAID").json
    assert (postpaid["name"], postpaid["config"]) == ("Postpaid Wallet - USD", {"allowed_price_types": ["ALL"]})
    shop.api.made(f"/v1/wallets/{made.json['id']}/terminate", None)
    assert wallet(shop).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "details"),
    [
        ({"customer_id": None}, 400, set()),
        ({"currency": None}, 400, set()),
        ({"currency": "pounds"}, 400, set()),
        ({"customer_id": None, "external_customer_id": "none"}, 404, {"lookup_key"}),
        ({"conversion_rate": "-1"}, 400, {"conversion_rate"}),
        ({"topup_conversion_rate": "0"}, 400, set()),
        ({"wallet_type": "X"}, 400, {"allowed", "type"}),
        ({"price_unit": "XXX"}, 404, {"code"}),
        ({"initial_credits_expiry_date_utc": "2020-01-01T00:00:00Z"}, 400, set()),
    ],
)
def test_refused_wallets(shop: Shop, changes: dict[str, Any], status: int, details: set[str]) -> None:
    reply = wallet(shop, **changes)
    assert (reply.status, set(reply.details)) == (status, details)


def test_what_a_wallet_is_opened_with(shop: Shop) -> None:
    unit = {"name": "U", "code": "CRD", "symbol": "cr", "base_currency": "USD", "conversion_rate": "0.01"}
    shop.api.made("/v1/prices/units", unit)
    by_unit = wallet(shop, currency="eur", price_unit="CRD", initial_credits_to_load="-5").json
    assert (by_unit["currency"], by_unit["conversion_rate"], by_unit["balance"]) == ("usd", "0.01", "0")
    other = wallet(shop, customer_id=None, external_customer_id="c", currency="eur", conversion_rate="0", name="Mine")
    assert (other.json["conversion_rate"], other.json["name"]) == ("1", "Prepaid Wallet - EUR")
    assert wallet(shop, customer_id="cust_none").status == 200


def test_h24_h25_99_topping_up(shop: Shop) -> None:
    made = wallet(shop, conversion_rate="0.01", topup_conversion_rate="0.02", initial_credits_to_load="500").json
    first = top_up(shop, made["id"], credits_to_add="100").json
    change = first["wallet_transaction"]
    assert (first["wallet"]["balance"], change["credit_balance_before"], change["credit_balance_after"]) == (
        "6",
        "500",
        "600",
    )
    by_amount = top_up(shop, made["id"], amount="10").json["wallet_transaction"]
    assert (by_amount["amount"], by_amount["credit_amount"]) == ("10", "500")
    both = top_up(shop, made["id"], credits_to_add="501", amount="1").json["wallet_transaction"]
    assert (both["amount"], both["credit_amount"], both["topup_conversion_rate"]) == ("10.02", "501", "0.02")
    for changes, status in (
        ({"credits_to_add": "5", "transaction_reason": "BONUS"}, 400),
        ({"credits_to_add": "0"}, 400),
        ({"credits_to_add": "5", "transaction_reason": None}, 400),
        ({"credits_to_add": "5", "expiry_date_utc": "2020-01-01T00:00:00Z"}, 400),
        ({"credits_to_add": "5", "priority": -1}, 400),
        ({"credits_to_add": "5", "bonus_credits_to_add": "0"}, 400),
    ):
        assert top_up(shop, made["id"], **changes).status == status
    assert top_up(shop, "wallet_none", credits_to_add="5").status == 404


def test_the_same_top_up_counts_once_a_second(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    assert [top_up(shop, made, credits_to_add="5").status for _ in range(2)] == [200, 409]
    assert [top_up(shop, made, credits_to_add="5", idempotency_key="k").status for _ in range(2)] == [200, 409]
    shop.api.at("2026-04-20T00:00:01Z")
    assert top_up(shop, made, credits_to_add="5").status == 200


def test_a_bonus_is_a_transaction_of_its_own(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    bought = {"transaction_reason": "PURCHASED_CREDIT_DIRECT", "credits_to_add": "20", "bonus_credits_to_add": "5"}
    answer = top_up(shop, made, **bought).json
    assert (answer["wallet_transaction"]["credit_balance_after"], answer["wallet"]["credit_balance"]) == ("20", "25")
    bonus = next(each for each in transactions(shop, made) if each["transaction_reason"] == "PURCHASED_CREDIT_BONUS")
    assert (bonus["credit_amount"], bonus["parent_transaction_id"], bonus["reference_type"]) == (
        "5",
        answer["wallet_transaction"]["id"],
        "",
    )


def test_debits_use_credits_by_priority_then_expiry_then_size(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    for name, changes in {
        "small": {"credits_to_add": "1"},
        "large": {"credits_to_add": "3"},
        "late": {"credits_to_add": "2", "expiry_date_utc": "2031-01-01T00:00:00Z"},
        "soon": {"credits_to_add": "2", "expiry_date_utc": "2030-01-01T00:00:00Z"},
        "first": {"credits_to_add": "4", "priority": 1},
    }.items():
        top_up(shop, made, idempotency_key=name, **changes)
    left: list[set[str]] = []
    for number, credits in enumerate(("4", "2", "2", "3", "1")):
        debit(shop, made, credits, f"d{number}")
        open_ = [each for each in transactions(shop, made) if each["credits_available"] != "0"]
        left.append({each["idempotency_key"] for each in open_})
    used = ("first", "soon", "late", "large", "small")
    assert left == [set(used[number:]) for number in range(1, 6)]


def test_expired_credits_are_not_used(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    top_up(shop, made, credits_to_add="5", expiry_date_utc="2026-04-21T00:00:00Z")
    shop.api.at("2026-04-22T00:00:00Z")
    assert debit(shop, made, "2", "d").json["credit_balance"] == "3"
    credit = transactions(shop, made, "?type=credit")[0]
    assert (credit["credits_available"], "consumed_credit_tx_ids" in transactions(shop, made)[0]["metadata"]) == (
        "5",
        False,
    )


def test_debits_by_hand_may_overdraw(shop: Shop) -> None:
    made = wallet(shop, conversion_rate="3").json["id"]
    top_up(shop, made, credits_to_add="1")
    assert debit(shop, made, "3", "d").json["balance"] == "-6"
    assert debit(shop, made, "3", "d").status == 409
    assert debit(shop, made, "0", "e").details == {"credits": "0"}
    assert top_up(shop, made, credits_to_add="3").json["wallet_transaction"]["credits_available"] == "1"


def test_101_a_debit_of_money_is_stored_to_nine_decimals(shop: Shop) -> None:
    body = {"customer_id": shop.customer, "currency": "usd", "conversion_rate": "3", "initial_credits_to_load": "10"}
    made = shop.api.made("/v1/wallets", body)["id"]
    line = {"display_name": "A", "amount": "10", "quantity": "1", "price_type": "USAGE"}
    sent = {"customer_id": shop.customer, "invoice_type": "ONE_OFF", "currency": "usd", "subtotal": "10"}
    shop.api.made("/v1/invoices", {**sent, "line_items": [line]})
    used = transactions(shop, made, "?type=debit")[0]
    assert (used["amount"], used["credit_amount"]) == ("10", "3.333333333")


def test_98_100_real_time_balance(shop: Shop) -> None:
    made = wallet(shop, conversion_rate="0.01", initial_credits_to_load="500").json["id"]
    shop.price(shop.meter(), amount="0.0000012")
    shop.subscribe()
    shop.use(q=982344)
    shown = shop.api.get(f"/v1/wallets/{made}/balance/real-time").json
    names = ("real_time_balance", "real_time_credit_balance", "current_period_usage", "unpaid_invoices_amount")
    assert [shown[name] for name in names] == ["3.82", "382", "1.18", "0"]
    assert shop.api.get(f"/v1/wallets/{made}/balance/real-time-cached").json["real_time_balance"] == "3.82"
    line = {"display_name": "A", "amount": "7", "quantity": "1", "price_type": "FIXED"}
    sent = {"customer_id": shop.customer, "invoice_type": "ONE_OFF", "currency": "usd", "subtotal": "7"}
    shop.api.made("/v1/invoices", {**sent, "line_items": [line]})
    assert shop.api.get(f"/v1/wallets/{made}/balance/real-time").json["real_time_balance"] == "3.82"
    listed = shop.api.get(f"/v1/customers/wallets?id={shop.customer}&include_real_time_balance=true").json
    assert [each["real_time_balance"] for each in listed] == ["3.82"]


def test_an_unpaid_invoice_comes_on_top_of_running_usage(shop: Shop) -> None:
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe()
    shop.use(q=3)
    body = {
        "customer_id": shop.customer,
        "subscription_id": subscription,
        "invoice_type": "SUBSCRIPTION",
        "currency": "usd",
        "billing_period": "MONTHLY",
        "period_start": "2026-04-01T00:00:00Z",
        "period_end": "2026-05-01T00:00:00Z",
        "billing_reason": "SUBSCRIPTION_CYCLE",
    }
    draft = shop.api.made("/v1/invoices", body)["id"]
    made = wallet(shop, initial_credits_to_load="5").json["id"]
    url = f"/v1/wallets/{made}/balance/real-time"
    assert shop.api.get(url).json["current_period_usage"] == "3", "a draft counts once its period is over"
    shop.api.made(f"/v1/wallets/{made}/terminate", None)
    shop.api.made(f"/v1/invoices/{draft}/finalize", None)
    other = wallet(shop, initial_credits_to_load="5").json["id"]
    shown = shop.api.get(f"/v1/wallets/{other}/balance/real-time").json
    names = ("current_period_usage", "unpaid_invoices_amount", "real_time_balance")
    assert [shown[name] for name in names] == ["6", "3", "-1"]


def test_what_credits_paid_is_not_owed_any_more(shop: Shop) -> None:
    made = wallet(shop, initial_credits_to_load="4").json["id"]
    line = {"display_name": "A", "amount": "10", "quantity": "1", "price_type": "USAGE"}
    sent = {"customer_id": shop.customer, "invoice_type": "ONE_OFF", "currency": "usd", "subtotal": "10"}
    shop.api.made("/v1/invoices", {**sent, "line_items": [line]})
    shown = shop.api.get(f"/v1/wallets/{made}/balance/real-time").json
    assert (shown["unpaid_invoices_amount"], shown["real_time_balance"]) == ("6", "-6")


def test_what_a_coupon_took_off_a_line_is_not_owed(shop: Shop) -> None:
    body = {"name": "P", "cadence": "forever", "type": "percentage", "percentage_off": "10"}
    coupon = shop.api.made("/v1/coupons", body)["id"]
    line = {"display_name": "A", "amount": "10", "quantity": "1", "price_type": "USAGE", "price_id": "a"}
    sent = {"customer_id": shop.customer, "invoice_type": "ONE_OFF", "currency": "usd", "subtotal": "10"}
    used = [{"line_item_id": "a", "coupon_id": coupon}]
    shop.api.made("/v1/invoices", {**sent, "line_items": [line], "line_item_coupons": used})
    made = wallet(shop, initial_credits_to_load="5").json["id"]
    shown = shop.api.get(f"/v1/wallets/{made}/balance/real-time").json
    assert (shown["unpaid_invoices_amount"], shown["real_time_balance"]) == ("9", "-4")


def test_what_was_paid_of_an_invoice_is_not_owed_any_more(shop: Shop) -> None:
    line = {"display_name": "A", "amount": "10", "quantity": "1", "price_type": "USAGE"}
    sent = {"customer_id": shop.customer, "invoice_type": "ONE_OFF", "currency": "usd", "subtotal": "10"}
    invoice = shop.api.made("/v1/invoices", {**sent, "line_items": [line]})["id"]
    shop.api.put(f"/v1/invoices/{invoice}/payment", {"payment_status": "PENDING", "amount": "4"})
    made = wallet(shop, initial_credits_to_load="5").json["id"]
    shown = shop.api.get(f"/v1/wallets/{made}/balance/real-time").json
    assert (shown["unpaid_invoices_amount"], shown["real_time_balance"]) == ("10", "-1")


@pytest.mark.parametrize(
    ("currency", "status", "usage"),
    [("usd", "active", "3"), ("usd", "trialing", "3"), ("usd", "paused", "0"), ("eur", "active", "0")],
)
def test_usage_of_running_subscriptions_in_the_wallets_currency_counts(
    shop: Shop, currency: str, status: str, usage: str
) -> None:
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe()
    shop.use(q=3)
    shop.api.put(f"/v1/subscriptions/{subscription}", {"status": status})
    made = wallet(shop, currency=currency, initial_credits_to_load="5").json["id"]
    assert shop.api.get(f"/v1/wallets/{made}/balance/real-time").json["current_period_usage"] == usage


def test_credits_can_be_used_up_to_the_moment_they_expire(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    top_up(shop, made, credits_to_add="5", expiry_date_utc="2026-04-21T00:00:00Z")
    assert shop.api.put("/_mock/clock", {"now": "2026-04-21T00:00:00Z", "frozen": True}).status == 200
    debit(shop, made, "2", "d")
    assert transactions(shop, made, "?type=credit")[0]["credits_available"] == "3"


def test_closed_and_postpaid_balances(shop: Shop) -> None:
    postpaid = wallet(shop, wallet_type="POST_PAID", initial_credits_to_load="4").json["id"]
    shown = shop.api.get(f"/v1/wallets/{postpaid}/balance/real-time?expand=credits_available_breakdown").json
    assert (shown["real_time_balance"], shown["credits_available_breakdown"]) == ("4", {"purchased": "0", "free": "4"})
    shop.api.made(f"/v1/wallets/{postpaid}/terminate", None)
    closed = shop.api.get(f"/v1/wallets/{postpaid}/balance/real-time").json
    assert (closed["real_time_balance"], "unpaid_invoices_amount" in closed) == ("0", False)


def test_a_closed_wallet_still_takes_credits(shop: Shop) -> None:
    made = wallet(shop, initial_credits_to_load="5").json["id"]
    shop.api.made(f"/v1/wallets/{made}/terminate", None)
    assert shop.api.post(f"/v1/wallets/{made}/terminate").code == "invalid_operation"
    closing = transactions(shop, made)[0]
    assert (closing["transaction_reason"], closing["idempotency_key"]) == ("WALLET_TERMINATION", made)
    assert top_up(shop, made, credits_to_add="1").json["wallet"]["wallet_status"] == "closed"
    assert debit(shop, made, "1", "d").code == "invalid_operation"
    assert shop.api.get(f"/v1/customers/{shop.customer}/wallets").json == []


def test_credits_bought_on_invoice_come_with_its_payment(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    bought = {"credits_to_add": "25", "transaction_reason": "PURCHASED_CREDIT_INVOICED", "idempotency_key": "p"}
    answer = top_up(shop, made, **bought, bonus_credits_to_add="5").json
    assert (answer["wallet_transaction"]["transaction_status"], answer["wallet"]["balance"]) == ("pending", "0")
    invoice = shop.api.get(f"/v1/invoices/{answer['invoice_id']}").json
    assert (invoice["total"], invoice["line_items"][0]["display_name"]) == ("25", "Purchase 25 Credits")
    assert top_up(shop, made, **bought).status == 409
    for _ in range(2):
        shop.api.put(f"/v1/invoices/{invoice['id']}/payment", {"payment_status": "SUCCEEDED"})
    assert shop.api.get(f"/v1/wallets/{made}").json["credit_balance"] == "30"
    assert {each["transaction_status"] for each in transactions(shop, made)} == {"completed"}


def test_bought_credits_are_taxed_as_the_customer_is(shop: Shop) -> None:
    rate = {"name": "VAT", "code": "vat", "tax_rate_type": "percentage", "percentage_value": "19"}
    shop.api.made("/v1/taxes/rates", rate)
    link = {"tax_rate_code": "vat", "entity_type": "customer", "entity_id": shop.customer, "auto_apply": True}
    shop.api.made("/v1/taxes/associations", link)
    bought = {"credits_to_add": "10", "transaction_reason": "PURCHASED_CREDIT_INVOICED"}
    invoice = top_up(shop, wallet(shop).json["id"], **bought).json["invoice_id"]
    assert shop.api.get(f"/v1/invoices/{invoice}").json["total"] == "11.9"


def test_a_rate_stored_as_nothing(upstream_shop: Shop, documented_shop: Shop) -> None:
    for shop, status in ((upstream_shop, 500), (documented_shop, 400)):
        made = wallet(shop, conversion_rate="0.000001").json["id"]
        assert top_up(shop, made, amount="10").status == status
        assert top_up(shop, made, credits_to_add="10").status == 200


def test_a_prepaid_wallet_becomes_postpaid(shop: Shop) -> None:
    made = wallet(shop, conversion_rate="2", initial_credits_to_load="5").json["id"]
    url = f"/v1/wallets/{made}/modify"
    assert shop.api.post(url, {"modification_type": "x"}).status == shop.api.post(url, {}).status == 400
    answer = shop.api.made(url, {"modification_type": "prepaid_to_postpaid"})
    old, new = answer["original_wallet"], answer["new_wallet"]
    assert (old["wallet_status"], old["balance"]) == ("closed", "0")
    assert (new["wallet_type"], new["balance"], new["metadata"]) == ("POST_PAID", "10", {"converted_from": made})
    assert shop.api.post(url, {"modification_type": "prepaid_to_postpaid"}).code == "invalid_operation"


def test_changing_a_wallet(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    changed = shop.api.put(f"/v1/wallets/{made}", {"name": "Main", "metadata": {"x": "y"}}).json
    assert (changed["name"], changed["metadata"]) == ("Main", {"x": "y"})
    topup = {"threshold": "1", "amount": "2", "invoicing": False}
    shop.api.put(f"/v1/wallets/{made}", {"auto_topup": topup})
    merged = shop.api.put(f"/v1/wallets/{made}", {"auto_topup": {"amount": "3"}}).json["auto_topup"]
    assert merged == {**topup, "amount": "3"}
    unknown = shop.api.put("/v1/wallets/wallet_none", {"name": "x"})
    assert (unknown.status, unknown.details) == (404, {"wallet_id": "wallet_none"})


def test_lists(shop: Shop) -> None:
    one, two = wallet(shop).json["id"], wallet(shop, currency="eur").json["id"]
    shop.api.made(f"/v1/wallets/{two}/terminate", None)
    found = shop.api.get("/v1/wallets?limit=1&offset=7").json
    assert found["pagination"] == {"total": 2, "limit": 50, "offset": 0}
    assert [each["id"] for each in shop.api.get("/v1/wallets?status=closed").json["items"]] == [two]
    searched = shop.api.made("/v1/wallets/search", {"wallet_ids": [one]})["items"]
    assert [each["id"] for each in searched] == [one]
    assert shop.api.get("/v1/wallets?limit=5000").status == 400
    top_up(shop, one, credits_to_add="5")
    body = {"id": one, "type": "credit", "limit": 7, "offset": 0}
    listed = shop.api.post("/v1/wallets/transactions/search?expand=customer,wallet", body).json
    assert listed["pagination"] == {"total": 1, "limit": 7, "offset": 7}
    assert (listed["items"][0]["customer"]["id"], listed["items"][0]["wallet"]["id"]) == (shop.customer, one)
    assert shop.api.post("/v1/wallets/transactions/search?expand=foo", body).status == 400
    assert shop.api.post("/v1/wallets/transactions/search", {"reference_type": "EXTERNAL"}).status == 400


def test_a_customer_with_an_active_wallet_stays(shop: Shop) -> None:
    made = wallet(shop).json["id"]
    assert shop.api.delete(f"/v1/customers/{shop.customer}").code == "invalid_operation"
    shop.api.made(f"/v1/wallets/{made}/terminate", None)
    assert shop.api.delete(f"/v1/customers/{shop.customer}").status == 204


@pytest.mark.parametrize(
    ("balances", "nets", "taken", "given"),
    [
        ("8", "17.95", "8", "8"),
        ("5 3", "6 4", "6 2", "5 3"),
        ("5 3", "0 -1 4", "0 0 4", "4 0"),
        ("1.004 0.5", "1.5", "1.5", "1 0.5"),
        ("0.004 0.004", "0.01", "0", "0 0"),
        ("1.006", "2", "1.006", "1.006"),
    ],
)
def test_drawing_empties_one_wallet_after_the_other(balances: str, nets: str, taken: str, given: str) -> None:
    def amounts(text: str) -> list[Any]:
        return [parse_decimal(part) for part in text.split()]

    assert draw(amounts(balances), amounts(nets), "usd") == (amounts(taken), amounts(given))
