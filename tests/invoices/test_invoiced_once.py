"""No price is invoiced twice for the same time (behaviour/invoices-and-wallets#when-invoices-come, last paragraph)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.billing.conftest import APRIL, MAY, Shop
from tests.invoices.test_lifecycle import draft, metered, read
from tests.invoices.test_one_off import one_off

FIRST_HALF = (APRIL[0], "2026-04-16T00:00:00Z")
SECOND_HALF = ("2026-04-10T00:00:00Z", APRIL[1])
MONTHS = (APRIL[0], MAY[1])


def leave(shop: Shop, invoice: dict[str, Any], status: str) -> None:
    """Bring a draft into a state."""
    call = {"FINALIZED": "finalize", "VOIDED": "void"}.get(status)
    if call is not None:
        shop.api.made(f"/v1/invoices/{invoice['id']}/{call}", None)
    assert read(shop, invoice["id"])["invoice_status"] == status


def billed(reply: Any) -> tuple[str, list[str]]:
    """An invoice's status and the amounts of its lines."""
    assert reply.status == 201, reply.text
    return reply.json["invoice_status"], [line["amount"] for line in reply.json.get("line_items", ())]


@pytest.mark.parametrize(
    ("status", "again"),
    [
        ("DRAFT", ("SKIPPED", [])),
        ("FINALIZED", ("SKIPPED", [])),
        ("VOIDED", ("DRAFT", ["5", "3"])),
    ],
)
def test_what_a_draft_or_sealed_invoice_holds_is_not_billed_again(
    shop: Shop, status: str, again: tuple[str, list[str]]
) -> None:
    shop.price(amount="5")
    subscription = metered(shop, quantity=3)
    first = draft(shop, subscription)
    assert billed(first) == ("DRAFT", ["5", "3"])
    leave(shop, first.json, status)
    assert billed(draft(shop, subscription, billing_reason="MANUAL")) == again


@pytest.mark.parametrize("status", ["DRAFT", "FINALIZED"])
def test_part_of_a_period_counts_for_the_whole_of_it(shop: Shop, status: str) -> None:
    subscription = metered(shop, quantity=3)
    half = draft(shop, subscription, FIRST_HALF)
    assert billed(half) == ("DRAFT", ["3"])
    leave(shop, half.json, status)
    assert billed(draft(shop, subscription)) == ("SKIPPED", [])


@pytest.mark.parametrize(("before", "window"), [(APRIL, FIRST_HALF), (APRIL, SECOND_HALF), (MONTHS, APRIL)])
def test_an_invoice_that_reaches_beyond_the_period_does_not_count(
    shop: Shop, before: tuple[str, str], window: tuple[str, str]
) -> None:
    subscription = metered(shop, quantity=3)
    leave(shop, draft(shop, subscription, before).json, "FINALIZED")
    assert billed(draft(shop, subscription, window)) == ("DRAFT", ["3"])


def test_what_is_paid_in_advance_of_the_next_period_leaves_this_one_open(shop: Shop) -> None:
    """The closing invoice of April holds the fee of May, which does not stand in the way of that of April."""
    shop.price(amount="5", invoice_cadence="ADVANCE")
    subscription = shop.subscribe()
    (opening,) = shop.api.get("/v1/invoices").json["items"]
    leave(shop, opening, "VOIDED")
    closing = draft(shop, subscription).json
    assert [line["period_start"] for line in closing["line_items"]] == [MAY[0]]
    opened = draft(shop, subscription, billing_reason="SUBSCRIPTION_UPDATE")
    assert billed(opened) == ("DRAFT", ["5"])
    assert opened.json["line_items"][0]["period_start"] == APRIL[0]


def test_an_opening_invoice_is_not_repeated(shop: Shop) -> None:
    shop.price(amount="5", invoice_cadence="ADVANCE")
    subscription = shop.subscribe()
    assert billed(draft(shop, subscription, billing_reason="SUBSCRIPTION_UPDATE")) == ("SKIPPED", [])


def test_a_fee_paid_in_advance_is_left_out_of_the_invoice_before(shop: Shop) -> None:
    shop.price(amount="5", invoice_cadence="ADVANCE")
    shop.price(shop.meter(), amount="1")
    subscription = shop.subscribe()
    shop.use(q=3)
    may = draft(shop, subscription, MAY, billing_reason="SUBSCRIPTION_UPDATE")
    assert billed(may) == ("DRAFT", ["5"])
    assert billed(draft(shop, subscription)) == ("DRAFT", ["3"])


def test_a_draft_does_not_stand_in_its_own_way(shop: Shop) -> None:
    subscription = metered(shop, quantity=3)
    made = draft(shop, subscription).json
    shop.use(q=1)
    computed = shop.api.made(f"/v1/invoices/{made['id']}/compute?sync=true", None)["invoice"]
    assert (computed["invoice_status"], computed["subtotal"]) == ("DRAFT", "4")


def test_another_subscription_to_the_same_prices_is_billed_as_well(shop: Shop) -> None:
    one = metered(shop, quantity=3)
    leave(shop, draft(shop, one).json, "FINALIZED")
    assert billed(draft(shop, shop.subscribe())) == ("DRAFT", ["3"])


def test_a_one_off_invoice_does_not_count(shop: Shop) -> None:
    price = shop.price(shop.meter(), amount="1")["id"]
    subscription = shop.subscribe()
    shop.use(q=3)
    period = dict(zip(("period_start", "period_end"), APRIL, strict=True))
    line = {"display_name": "A", "amount": "9", "quantity": "1", "price_type": "USAGE", "price_id": price, **period}
    made = one_off(shop, "9", subscription_id=subscription, line_items=[line], billing_reason="MANUAL", **period)
    assert billed(made) == ("FINALIZED", ["9"])
    assert billed(draft(shop, subscription)) == ("DRAFT", ["3"])
