"""From draft to void: computing, sealing, paying, recalculating (behaviour/invoices-and-wallets#life-of-an-invoice,
behaviour/invoices-and-wallets#when-invoices-come, behaviour/invoices-and-wallets#worked-invoices-and-wallets)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import APRIL, MAY, Shop
from tests.invoices.test_one_off import one_off


def draft(shop: Shop, subscription: str, window: tuple[str, str] = APRIL, **changes: Any) -> Any:
    body = {
        "customer_id": shop.customer,
        "subscription_id": subscription,
        "invoice_type": "SUBSCRIPTION",
        "currency": "usd",
        "billing_period": "MONTHLY",
        "billing_reason": "SUBSCRIPTION_CYCLE",
        "period_start": window[0],
        "period_end": window[1],
        **changes,
    }
    return shop.api.post("/v1/invoices", {name: value for name, value in body.items() if value is not None})


def read(shop: Shop, invoice: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.api.get(f"/v1/invoices/{invoice}").json
    return found


def metered(shop: Shop, amount: str = "1", quantity: int = 0, **subscription: Any) -> str:
    """A subscription to one usage price, with some usage in April."""
    shop.price(shop.meter(), amount=amount)
    made = shop.subscribe(**subscription)
    if quantity:
        shop.use(q=quantity)
    return made


def pay(shop: Shop, invoice: str, status: str, amount: str | None = None) -> Any:
    body = {"payment_status": status, **({} if amount is None else {"amount": amount})}
    return shop.api.put(f"/v1/invoices/{invoice}/payment", body)


@pytest.mark.parametrize("name", ["subscription_id", "billing_period", "period_start", "period_end"])
def test_a_subscriptions_invoice_needs_its_period(shop: Shop, name: str) -> None:
    assert draft(shop, metered(shop), **{name: None}).status == 400


def test_a_period_is_invoiced_once(shop: Shop) -> None:
    subscription = metered(shop, quantity=3)
    made = draft(shop, subscription)
    assert (made.status, made.json["invoice_status"], made.json["subtotal"]) == (201, "DRAFT", "3")
    assert (made.json["invoice_number"], made.json["billing_sequence"], made.json["version"]) == ("", 2, 1)
    again = draft(shop, subscription)
    assert (again.status, again.json["id"], again.json["version"]) == (201, made.json["id"], 2)
    assert len(read(shop, made.json["id"])["line_items"]) == 1
    shop.api.made(f"/v1/invoices/{made.json['id']}/finalize", None)
    assert draft(shop, subscription).status == 409
    assert [line["amount"] for line in shop.preview(subscription)["line_items"]] == ["3"]


def test_nothing_due_is_skipped_until_there_is_usage(shop: Shop) -> None:
    subscription = metered(shop)
    made = draft(shop, subscription).json
    assert (made["invoice_status"], made["version"]) == ("SKIPPED", 0)
    url = f"/v1/invoices/{made['id']}"
    assert shop.api.get("/v1/invoices").json["items"] == []
    assert shop.api.post(f"{url}/finalize").status == shop.api.post(f"{url}/payment/attempt").status == 200
    assert read(shop, made["id"])["invoice_status"] == "SKIPPED"
    shop.use(q=3)
    computed = shop.api.made(f"{url}/compute?sync=true", None)
    assert (computed["invoice"]["invoice_status"], computed["invoice"]["subtotal"], computed["skipped"]) == (
        "DRAFT",
        "3",
        False,
    )


def test_what_is_on_another_invoice_of_the_period_is_left_out(shop: Shop) -> None:
    shop.price(amount="5")
    subscription = metered(shop, quantity=3)
    first = draft(shop, subscription).json
    assert first["subtotal"] == "8"
    shop.use(q=1)
    second = draft(shop, subscription, billing_reason="MANUAL").json
    assert (second["invoice_status"], second["subtotal"]) == ("SKIPPED", "0")
    shop.api.made(f"/v1/invoices/{first['id']}/void", None)
    third = draft(shop, subscription).json
    assert (third["invoice_status"], third["subtotal"]) == ("DRAFT", "9")


def test_sealing_can_be_asked_for_at_once(shop: Shop) -> None:
    made = draft(shop, metered(shop, quantity=3), invoice_status="FINALIZED").json
    assert (made["invoice_status"], made["invoice_number"]) == ("FINALIZED", "INV-202604-00001")


def test_98_credits_are_used_when_the_invoice_is_sealed(shop: Shop) -> None:
    api = shop.api
    subscription = metered(shop, "0.0000012", 982344)
    body = {"customer_id": shop.customer, "currency": "usd", "conversion_rate": "0.01"}
    body["initial_credits_to_load"] = "500"
    wallet = api.made("/v1/wallets", body)["id"]
    assert shop.preview(subscription)["total"] == "1.18"
    made = draft(shop, subscription).json
    assert (made["total"], made["total_prepaid_credits_applied"]) == ("1.18", "0")
    api.made(f"/v1/invoices/{made['id']}/finalize", None)
    found = read(shop, made["id"])
    shown = ("invoice_status", "payment_status", "total", "total_prepaid_credits_applied", "version")
    assert [found[name] for name in shown] == ["FINALIZED", "SUCCEEDED", "0", "1.18", 4]
    held = api.get(f"/v1/wallets/{wallet}").json
    assert (held["balance"], held["credit_balance"]) == ("3.82", "382")
    used = api.get(f"/v1/wallets/{wallet}/transactions?type=debit").json["items"][0]
    assert (used["amount"], used["credit_amount"], used["reference_id"]) == ("1.18", "118", made["id"])
    api.made(f"/v1/invoices/{made['id']}/void", None)
    assert read(shop, made["id"])["payment_status"] == "REFUNDED"
    assert api.get(f"/v1/wallets/{wallet}").json["credit_balance"] == "500"


def test_86_the_rest_of_a_commitment_over_a_year(shop: Shop) -> None:
    subscription = metered(
        shop, quantity=100, commitment_amount="120", overage_factor="1.5", commitment_duration="ANNUAL"
    )
    shop.use("2026-05-14T00:00:00Z", q=25)
    assert [line["amount"] for line in shop.preview(subscription, MAY)["line_items"]] == ["25"]
    made = draft(shop, subscription).json
    shop.api.made(f"/v1/invoices/{made['id']}/finalize", None)
    lines = [(line["amount"], line["quantity"]) for line in shop.preview(subscription, MAY)["line_items"]]
    assert lines == [("20", "20"), ("7.5", "5")]


@pytest.mark.parametrize(
    ("used", "amounts"),
    [([15, 10], ["12", "8", "7.5"]), ([10, 10, 10], ["6.67", "6.67", "6.67", "15"])],
    ids=["86", "87"],
)
def test_86_87_several_lines_share_what_is_left(shop: Shop, used: list[int], amounts: list[str]) -> None:
    names = [f"q{n}" for n, _ in enumerate(used)]
    for name in names:
        shop.price(shop.meter(name), amount="1")
    subscription = shop.subscribe(commitment_amount="120", overage_factor="1.5", commitment_duration="ANNUAL")
    shop.use(q0=100)
    shop.api.made(f"/v1/invoices/{draft(shop, subscription).json['id']}/finalize", None)
    shop.use("2026-05-14T00:00:00Z", **dict(zip(names, used, strict=True)))
    assert [line["amount"] for line in shop.preview(subscription, MAY)["line_items"]] == amounts


def test_h14_h15_h16_sealed_and_void(shop: Shop) -> None:
    api = shop.api
    unpaid = one_off(shop).json["id"]
    assert api.post(f"/v1/invoices/{unpaid}/finalize").status == 400
    assert api.post(f"/v1/invoices/{unpaid}/void").status == 200
    found = read(shop, unpaid)
    assert (found["invoice_status"], found["payment_status"], "voided_at" in found) == ("VOIDED", "PENDING", True)
    again = api.post(f"/v1/invoices/{unpaid}/void")
    assert (again.status, again.details) == (400, {"allowed_statuses": ["DRAFT", "FINALIZED", "SKIPPED"]})
    paid = one_off(shop).json["id"]
    pay(shop, paid, "SUCCEEDED")
    assert api.post(f"/v1/invoices/{paid}/void", {"metadata": {"why": "test"}}).status == 200
    found = read(shop, paid)
    assert (found["payment_status"], found["refunded_amount"], found["metadata"]) == ("REFUNDED", "10", {"why": "test"})
    partly = one_off(shop).json["id"]
    pay(shop, partly, "PENDING", "4")
    api.made(f"/v1/invoices/{partly}/void", None)
    assert read(shop, partly)["payment_status"] == "REFUNDED"
    wallets = api.get(f"/v1/customers/{shop.customer}/wallets").json
    assert [(wallet["name"], wallet["balance"]) for wallet in wallets] == [("Subscription Wallet", "14")]


def test_h17_to_h20_payment_by_hand(shop: Shop) -> None:
    invoice = one_off(shop).json["id"]
    assert pay(shop, invoice, "OVERPAID").status == 400
    partly = pay(shop, invoice, "PENDING", "4").json
    assert (partly["amount_paid"], partly["amount_remaining"]) == ("4", "6")
    assert pay(shop, invoice, "PENDING", "40").status == pay(shop, invoice, "PENDING", "-1").status == 400
    assert pay(shop, invoice, "FAILED").json["amount_paid"] == "0"
    paid = pay(shop, invoice, "SUCCEEDED", "1").json
    assert (paid["amount_paid"], paid["amount_remaining"], "paid_at" in paid) == ("10", "0", True)
    refused = pay(shop, invoice, "FAILED")
    assert (refused.status, refused.details) == (400, {"allowed_statuses": ["SUCCEEDED", "OVERPAID"]})
    assert pay(shop, invoice, "OVERPAID").json["payment_status"] == "OVERPAID"
    assert shop.api.put(f"/v1/invoices/{invoice}/payment", {}).details == {}


def test_h21_only_sealed_invoices_are_paid(shop: Shop) -> None:
    made = draft(shop, metered(shop, quantity=3)).json
    reply = shop.api.post(f"/v1/invoices/{made['id']}/payment/attempt")
    assert (reply.status, reply.details) == (400, {"invoice_id": made["id"], "invoice_status": "DRAFT"})


def test_a_postpaid_wallet_pays_as_far_as_it_goes(shop: Shop) -> None:
    body = {"customer_id": shop.customer, "currency": "usd", "wallet_type": "POST_PAID"}
    body["initial_credits_to_load"] = "12"
    wallet = shop.api.made("/v1/wallets", body)["id"]
    first, second = one_off(shop).json["id"], one_off(shop).json["id"]
    for invoice in (first, second):
        shop.api.made(f"/v1/invoices/{invoice}/payment/attempt", None)
    assert [read(shop, each)["payment_status"] for each in (first, second)] == ["SUCCEEDED", "PENDING"]
    assert read(shop, second)["amount_remaining"] == "8"
    assert shop.api.get(f"/v1/wallets/{wallet}").json["balance"] == "0"
    assert shop.api.post(f"/v1/invoices/{first}/payment/attempt").code == "invalid_operation"


def test_changes_show_the_version_before(shop: Shop) -> None:
    url = f"/v1/invoices/{one_off(shop).json['id']}"
    first = shop.api.put(url, {"metadata": {"po": "77"}, "due_date": "2030-06-01T00:00:00Z"}).json
    assert (first["metadata"], first["due_date"], first["version"]) == ({"po": "77"}, "2030-06-01T00:00:00Z", 2)
    assert shop.api.put(url, {}).json["version"] == 3
    for refused in ({"due_date": "2020-06-01T00:00:00Z"}, {"invoice_pdf_url": "ftp://x"}, {"invoice_pdf_url": "x"}):
        assert shop.api.put(url, refused).status == 400
    shop.api.made(f"{url}/void", None)
    assert shop.api.put(url, {"metadata": {}}).details["current_status"] == "VOIDED"


def test_jobs_and_triggers(shop: Shop) -> None:
    api, invoice = shop.api, one_off(shop).json["id"]
    for known in (invoice, "inv_none"):
        reply = api.post(f"/v1/invoices/{known}/recalculate")
        assert (reply.status, reply.json["workflow_id"].startswith("wf_RecalculateInvoiceWorkflow_")) == (202, True)
        assert api.post(f"/v1/invoices/{known}/webhook/trigger").status == 400
    assert api.post(f"/v1/invoices/{invoice}/comms/trigger").status == 200
    assert api.post(f"/v1/invoices/{invoice}/webhook/trigger?event_name=invoice.update.voided").status == 200
    for call in ("comms/trigger", "recalculate-v2", "compute", "void", "finalize"):
        assert api.post(f"/v1/invoices/inv_none/{call}").status == 404
    assert api.post(f"/v1/invoices/{invoice}/compute?sync=true").details["current_status"] == "FINALIZED"


def test_recalculating_replaces_a_subscriptions_invoice_once(shop: Shop) -> None:
    subscription = metered(shop, quantity=3)
    made = draft(shop, subscription, invoice_status="FINALIZED").json
    shop.use(q=2)
    for _ in range(2):
        assert shop.api.post(f"/v1/invoices/{made['id']}/recalculate").status == 202
    old = read(shop, made["id"])
    new = read(shop, old["recalculated_invoice_id"])
    assert (old["invoice_status"], new["invoice_status"], new["subtotal"]) == ("VOIDED", "FINALIZED", "5")
    assert shop.api.get("/v1/invoices").json["pagination"]["total"] == 2


def test_recalculating_a_draft_seals_it(shop: Shop) -> None:
    made = draft(shop, metered(shop, quantity=3)).json
    url = f"/v1/invoices/{made['id']}/recalculate-v2"
    if shop.api.made(f"{url}?finalize=false", None)["subtotal"] == "0":
        assert read(shop, made["id"])["payment_status"] == "SUCCEEDED"
    sealed = shop.api.made(url, None)
    assert (sealed["invoice_status"], sealed["subtotal"], sealed["payment_status"]) == ("FINALIZED", "3", "PENDING")
    assert shop.api.post(url).details == {"current_status": "FINALIZED", "invoice_id": made["id"]}


def test_too_large_an_amount(upstream_shop: Shop, documented_shop: Shop) -> None:
    for shop, status, left in ((upstream_shop, 500, 1), (documented_shop, 400, 0)):
        reply = one_off(shop, "1000000000000")
        assert reply.status == status
        assert shop.api.get("/v1/invoices").json["pagination"]["total"] == left
