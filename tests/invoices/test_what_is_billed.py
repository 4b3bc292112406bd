"""Which charges an invoice's reason, period and subscriptions bring (behaviour/rating#commitment-of-a-subscription,
behaviour/rating#commitment-over-several-periods, behaviour/invoices-and-wallets#invoice-routes,
behaviour/invoices-and-wallets#when-invoices-come)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import APRIL, MAY, Shop
from tests.invoices.test_lifecycle import draft, metered, read

YEAR = {"commitment_amount": "120", "overage_factor": "1.5", "commitment_duration": "ANNUAL"}


def amounts(invoice: dict[str, Any]) -> list[str]:
    return [line["amount"] for line in invoice.get("line_items", ())]


def sealed(shop: Shop, subscription: str, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = draft(shop, subscription, invoice_status="FINALIZED", **changes).json
    return made


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("SUBSCRIPTION_CYCLE", [("5", APRIL[0]), ("7", MAY[0]), ("3", APRIL[0])]),
        ("MANUAL", [("5", APRIL[0]), ("7", MAY[0]), ("3", APRIL[0])]),
        ("PRORATION", [("5", APRIL[0]), ("3", APRIL[0])]),
        ("SUBSCRIPTION_UPDATE", [("7", APRIL[0])]),
        ("SUBSCRIPTION_TRIAL_END", [("7", APRIL[0])]),
    ],
)
def test_a_reason_opens_or_closes_a_period(shop: Shop, reason: str, found: list[tuple[str, str]]) -> None:
    """What opens it bills what is paid in advance of it; a closing one what is in arrear, and the next advance unless
    nothing follows."""
    shop.price(amount="5")
    shop.price(amount="7", invoice_cadence="ADVANCE")
    subscription = metered(shop, quantity=3)
    (opening,) = shop.api.get("/v1/invoices").json["items"]
    shop.api.made(f"/v1/invoices/{opening['id']}/void", None)
    made = draft(shop, subscription, billing_reason=reason).json
    assert [(line["amount"], line["period_start"]) for line in made["line_items"]] == found


def test_what_is_billed_already_uses_up_the_commitment_all_the_same(shop: Shop) -> None:
    """6 of 10 were used by what the first half of the period has been invoiced for; 4 are left for what came later."""
    shop.price(shop.meter("a"), amount="1")
    subscription = shop.subscribe(commitment_amount="10", overage_factor="2")
    shop.use(a=6)
    half = (APRIL[0], "2026-04-16T00:00:00Z")
    assert amounts(draft(shop, subscription, half, invoice_status="FINALIZED").json) == ["6"]
    price = shop.price(shop.meter("b"), amount="1")["id"]
    shop.api.made(f"/v1/subscriptions/{subscription}/lineitems", {"price_id": price})
    shop.use("2026-04-20T12:00:00Z", b=8)
    assert amounts(draft(shop, subscription).json) == ["4", "8"]


def child_of(shop: Shop, kind: str) -> tuple[str, str]:
    """A parent and a child whose customer is D."""
    customer = shop.api.made("/v1/customers", {"external_id": "d", "name": "D"})["id"]
    if kind == "grouped":
        child = shop.subscribe(customer_id=customer)
        return shop.subscribe(inheritance={"subscriptions_ids_for_grouped_invoicing": [child]}), child
    parent = shop.subscribe(inheritance={"external_customer_ids_to_inherit_subscription": ["d"]})
    (heir,) = shop.api.made("/v1/subscriptions/search", {"customer_id": customer})["items"]
    return parent, heir["id"]


@pytest.mark.parametrize("kind", ["grouped", "inherited"])
def test_a_child_has_no_invoice_of_its_own(shop: Shop, kind: str) -> None:
    shop.price(shop.meter(), amount="1")
    _, child = child_of(shop, kind)
    event = {"event_name": "used", "external_customer_id": "d", "timestamp": "2026-04-14T15:00:00Z"}
    shop.api.made("/v1/events", {**event, "properties": {"q": 4}})
    made = draft(shop, child).json
    assert (made["invoice_status"], made["subtotal"], amounts(made)) == ("DRAFT", "0", [])


def test_a_parent_without_charges_of_its_own_is_not_invoiced_for_its_children(shop: Shop) -> None:
    shop.price(amount="5")
    parent, _ = child_of(shop, "grouped")
    assert amounts(sealed(shop, parent)) == ["5", "5"]
    again = draft(shop, parent, billing_reason="MANUAL").json
    assert (again["invoice_status"], amounts(again)) == ("SKIPPED", [])


def test_an_item_counts_up_to_the_moment_it_ends(shop: Shop) -> None:
    """behaviour/rating#quantity-of-a-meter: items that end at the start of a period are on its invoice, for nothing;
    earlier ones are not."""
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe()
    (item,) = shop.api.get(f"/v1/subscriptions/{subscription}").json["line_items"]
    body = {"effective_from": "2026-05-01T00:00:00Z"}
    ended = shop.api.delete(f"/v1/subscriptions/lineitems/{item['id']}", body)
    assert (ended.status, ended.json["end_date"]) == (200, MAY[0])
    assert amounts(shop.preview(subscription, MAY)) == ["0"]
    assert amounts(shop.preview(subscription, ("2026-05-01T00:00:01Z", MAY[1]))) == []


def test_a_minute_is_the_same_period(shop: Shop) -> None:
    subscription = metered(shop, quantity=3)
    first = draft(shop, subscription).json["id"]
    assert draft(shop, subscription, ("2026-04-01T00:00:59Z", APRIL[1])).json["id"] == first
    assert draft(shop, subscription, ("2026-04-01T00:01:00Z", APRIL[1])).json["id"] != first


def test_recalculating_leaves_the_due_date(shop: Shop) -> None:
    made = draft(shop, metered(shop, quantity=3)).json["id"]
    shop.api.put(f"/v1/invoices/{made}", {"due_date": "2030-06-01T00:00:00Z"})
    shop.api.made(f"/v1/invoices/{made}/recalculate-v2", None)
    found = read(shop, made)
    assert (found["invoice_status"], found["due_date"]) == ("FINALIZED", "2030-06-01T00:00:00Z")


def test_recalculating_to_nothing_replaces_nothing(shop: Shop) -> None:
    meter = shop.meter()
    shop.price(meter, amount="1")
    subscription = shop.subscribe()
    shop.use(q=3)
    made = sealed(shop, subscription)["id"]
    shop.entitle(meter, None)
    assert shop.api.post(f"/v1/invoices/{made}/recalculate").status == 202
    assert "recalculated_invoice_id" not in read(shop, made)


def test_only_usage_counts_towards_a_commitment_over_a_year(shop: Shop) -> None:
    shop.price(amount="30")
    subscription = metered(shop, quantity=100, **YEAR)
    assert amounts(sealed(shop, subscription)) == ["30", "100"]
    shop.use("2026-05-14T00:00:00Z", q=25)
    assert amounts(shop.preview(subscription, MAY)) == ["30", "20", "7.5"]


@pytest.mark.parametrize(
    ("period", "found"),
    [
        (("2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z"), ["0"]),
        (("2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z"), ["0", "20"]),
        (("2027-04-01T00:00:00Z", "2027-05-01T00:00:00Z"), ["0", "20"]),
    ],
    ids=["before", "last", "after"],
)
def test_a_commitment_over_a_year_is_filled_up_in_its_last_period(
    shop: Shop, period: tuple[str, str], found: list[str]
) -> None:
    subscription = metered(shop, quantity=100, enable_true_up=True, **YEAR)
    sealed(shop, subscription)
    assert amounts(shop.preview(subscription, period)) == found


def test_a_grouped_meter_commits_its_largest_value_of_a_window(shop: Shop) -> None:
    """The largest of the groups' values stands for a window of MAX: 14 against 10 is 10 and 4 at 1.5."""
    price = shop.price(shop.meter(type="MAX", bucket_size="DAY", group_by="region"), amount="1")["id"]
    commitment = {"commitment_amount": "10", "overage_factor": "1.5", "is_window_commitment": True}
    subscription = shop.subscribe(line_item_commitments={price: commitment})
    for region, q in (("eu", 4), ("us", 14)):
        shop.use("2026-04-02T05:00:00Z", q=q, region=region)
    assert amounts(shop.preview(subscription)) == ["16"]


def test_a_commitment_that_was_exceeded_is_not_filled_up(shop: Shop) -> None:
    """06-16-77 with a true-up: whole units leave a cent of the commitment."""
    subscription = metered(shop, "0.03", 500, commitment_amount="10", overage_factor="1.5", enable_true_up=True)
    assert amounts(shop.preview(subscription)) == ["9.99", "7.52"]


def test_a_commitment_over_a_year_names_usage_as_usual(shop: Shop) -> None:
    subscription = metered(shop, quantity=100, **YEAR)
    sealed(shop, subscription)
    shop.use("2026-05-14T00:00:00Z", q=130)
    lines = shop.preview(subscription, MAY)["line_items"]
    assert [(line["display_name"], line["amount"]) for line in lines] == [("q", "20"), ("Basic Overage", "165")]
    assert "is_overage" not in lines[0]["metadata"]


def test_recalculating_a_draft_closes_its_period(shop: Shop) -> None:
    shop.price(amount="5")
    shop.price(amount="7", invoice_cadence="ADVANCE")
    subscription = shop.subscribe()
    (opening,) = shop.api.get("/v1/invoices").json["items"]
    shop.api.made(f"/v1/invoices/{opening['id']}/void", None)
    made = draft(shop, subscription, billing_reason="SUBSCRIPTION_UPDATE").json
    assert amounts(made) == ["7"]
    found = shop.api.made(f"/v1/invoices/{made['id']}/recalculate-v2?finalize=false", None)
    billed = sorted((line["amount"], line["period_start"]) for line in found["line_items"])
    assert billed == [("5", APRIL[0]), ("7", MAY[0])]


def test_a_void_invoice_gives_back_credits_at_the_price_of_a_top_up(shop: Shop) -> None:
    body = {"customer_id": shop.customer, "currency": "usd", "conversion_rate": "1", "topup_conversion_rate": "2"}
    wallet = shop.api.made("/v1/wallets", body)["id"]
    subscription = metered(shop, quantity=10)
    made = sealed(shop, subscription)["id"]
    shop.api.put(f"/v1/invoices/{made}/payment", {"payment_status": "SUCCEEDED"})
    shop.api.made(f"/v1/invoices/{made}/void", None)
    assert shop.api.get(f"/v1/wallets/{wallet}").json["credit_balance"] == "5"


def test_recalculating_taxes_an_invoice_once(shop: Shop) -> None:
    rate = {"name": "VAT", "code": "vat", "tax_rate_type": "percentage", "percentage_value": "10"}
    shop.api.made("/v1/taxes/rates", rate)
    link = {"tax_rate_code": "vat", "entity_type": "customer", "entity_id": shop.customer, "auto_apply": True}
    shop.api.made("/v1/taxes/associations", link)
    made = draft(shop, metered(shop, quantity=30)).json["id"]
    for _ in range(4):
        shop.api.made(f"/v1/invoices/{made}/recalculate-v2?finalize=false", None)
    found = read(shop, made)
    assert (found["total"], [tax["tax_amount"] for tax in found["taxes"]]) == ("33", ["3"])
