"""What was paid for the rest of a period comes back as wallet credits (behaviour/subscriptions#cancelling,
behaviour/subscriptions#addons)."""

from __future__ import annotations

from typing import Any

HALF = "2026-04-16T00:00:00Z"


def seats(shop: Any, quantity: str = "1", **changes: Any) -> tuple[str, str]:
    """A subscription to seats of 30 a month in advance, and its line item."""
    made = shop.made(plan_id=shop.fixed_plan(), **changes)
    item = str(made["line_items"][0]["id"])
    return str(made["id"]), item


def balances(shop: Any) -> list[tuple[str, str]]:
    wallets = shop.api.get(f"/v1/customers/{shop.customer}/wallets").json
    return [(wallet["wallet_type"], wallet["balance"]) for wallet in wallets]


def test_cancelling_at_once_gives_back_the_rest(shop: Any) -> None:
    subscription, _ = seats(shop)
    body = {"cancellation_type": "immediate", "proration_behavior": "create_prorations", "cancel_at": HALF}
    assert shop.cancel(subscription, **body).json["total_credit_amount"] == "15"
    assert balances(shop) == [("PRE_PAID", "15")]


def test_cancelling_without_prorations_gives_nothing(shop: Any) -> None:
    subscription, _ = seats(shop)
    shop.cancel(subscription, cancellation_type="immediate", cancel_at=HALF)
    assert balances(shop) == []


def test_fewer_seats_give_back_the_difference(shop: Any) -> None:
    subscription, item = seats(shop)
    params = {"line_items": [{"id": item, "quantity": "0", "effective_date": HALF}]}
    body = {"type": "quantity_change", "quantity_change_params": params}
    path = f"/v1/subscriptions/{subscription}/modify"
    (preview,) = shop.api.post(f"{path}/preview", body).json["changed_resources"]["invoices"]
    assert (preview["action"], preview["status"]) == ("wallet_credit", "preview")
    assert preview["wallet_transaction"]["amount"] == "15"
    assert balances(shop) == []
    (issued,) = shop.api.post(f"{path}/execute", body).json["changed_resources"]["invoices"]
    assert (issued["action"], issued["status"]) == ("wallet_credit", "issued")
    assert issued["wallet_transaction"]["transaction_reason"] == "SUBSCRIPTION_CREDIT_GRANT"
    assert balances(shop) == [("PRE_PAID", "15")]


def test_a_cheaper_plan_gives_back_the_difference(shop: Any) -> None:
    subscription, _ = seats(shop, start_date="2026-11-08T12:00:00Z")
    cheap = shop.fixed_plan(amount="10")
    body = {"target_plan_id": cheap, "proration_behavior": "create_prorations"}
    done = shop.api.post(f"/v1/subscriptions/{subscription}/change/v2/execute", body).json
    assert [row["action"] for row in done["changed_resources"]["invoices"]] == ["wallet_credit"]
    assert balances(shop) == [("PRE_PAID", "10")]


def test_ending_an_item_gives_back_its_rest(shop: Any) -> None:
    _, item = seats(shop)
    body = {"effective_from": HALF, "proration_behavior": "create_prorations"}
    assert shop.api.delete(f"/v1/subscriptions/lineitems/{item}", body).status == 200
    assert balances(shop) == [("PRE_PAID", "15")]


def test_detaching_an_addon_gives_back_its_rest(shop: Any) -> None:
    subscription = shop.made()["id"]
    addon = shop.api.made("/v1/addons", {"name": "Pack", "lookup_key": "pack"})["id"]
    shop.fixed_price("", entity_type="ADDON", entity_id=addon, amount="20")
    wanted = {"subscription_id": subscription, "addon_id": addon, "start_date": "2026-04-01T00:00:00Z"}
    association = shop.api.post("/v1/subscriptions/addon", wanted).json["id"]
    body = {"addon_association_id": association, "effective_date": HALF, "proration_behavior": "create_prorations"}
    assert shop.api.delete("/v1/subscriptions/addon", body).status == 200
    assert balances(shop) == [("PRE_PAID", "10")]
