"""The second way to change a plan: swap the line items in place (behaviour/subscriptions#in-place)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.billing.proration import Charge, rest_of
from mockserver.catalogue.owners import associations, entities
from mockserver.catalogue.prices import rules as prices
from mockserver.errors import Invalid
from mockserver.invoices.changed import credited, invoice_of
from mockserver.rating.money import ZERO, multiply, plain, subtract, total
from mockserver.rating.periods import Period
from mockserver.store.columns import Row
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.addons.detaching import cancel as cancel_association
from mockserver.subscriptions.base import rules as base
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.changes.replacing import PRORATIONS, change_type, check_change_at
from mockserver.subscriptions.core import rules
from mockserver.subscriptions.core.pricing import matching_prices, plan_sequence
from mockserver.subscriptions.line_items.building import item_row
from mockserver.subscriptions.schedules import rules as schedules
from mockserver.times import Timestamp, format_time
from mockserver.vocabulary import InvoiceCadence, PriceType
from mockserver.work import Work

CARRY, DROP = BEHAVIOURS = ("carry", "drop")
_SAME_BILLING = (
    "transform_quantity",
    "price_unit_id",
    "amount",
    "currency",
    "type",
    "meter_id",
    "billing_model",
    "billing_cadence",
    "invoice_cadence",
    "billing_period",
    "billing_period_count",
)


@dataclass(frozen=True, slots=True)
class Move:
    """A line item that is carried over, ended or opened, and the price it has afterwards."""

    item: LineItem
    price: Price


@dataclass(frozen=True, slots=True)
class Swap:
    """A subscription's move from plan to plan at a moment."""

    row: Subscription
    items: Sequence[LineItem]
    from_plan: Row
    to_plan: Row
    at: datetime
    carried: Sequence[Move]
    closing: Sequence[Move]
    opening: Sequence[Move]
    addons: Sequence[tuple[Row, str]]
    """The subscription's addon associations, and whether each is carried over or dropped."""

    @property
    def type(self) -> str:
        """By what ends and what begins; items that are carried over and addons do not matter."""
        return change_type(_worth(self.closing), _worth(self.opening))


def price_of(work: Work, item: LineItem) -> Price:
    """The price a line item has now."""
    return Price.of(prices.get(work, item.price_id))


def _worth(moves: Sequence[Move]) -> Decimal:
    return total(
        multiply(move.price.amount or ZERO, move.item.quantity) for move in moves if move.item.entity_type != "addon"
    )


def check_request(body: Mapping[str, Any]) -> None:
    """Proration, date, and that the end of a period needs no prorations."""
    words.check_proration_behavior(body["proration_behavior"])
    check_change_at(body)
    if body.get("change_at") == "end_of_period" and body["proration_behavior"] == PRORATIONS:
        raise Invalid("a change at the end of the period takes no prorations")
    policy = _addon_policy(body)
    for word in (policy.get("default_behaviour", ""), *policy.get("overrides", {}).values()):
        if word and word not in BEHAVIOURS:
            raise Invalid(f"{word!r} is not a behaviour", {"allowed_values": list(BEHAVIOURS), "provided_value": word})


def _addon_policy(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return (body.get("entity_policies") or {}).get("addons") or {}


def _addons(work: Work, row: Subscription, body: Mapping[str, Any]) -> list[tuple[Row, str]]:
    """What becomes of each addon: as its association's override says, else the default, else it is carried over."""
    policy = _addon_policy(body)
    overrides, default = policy.get("overrides", {}), policy.get("default_behaviour", "")
    return [
        (association, overrides.get(association["id"]) or default or CARRY)
        for association in associations.in_period(work, row)
    ]


def _dropped(work: Work, items: Sequence[LineItem], addons: Sequence[tuple[Row, str]]) -> list[Move]:
    """The items that end with the addons that are dropped."""
    ids = {association["id"] for association, behaviour in addons if behaviour == DROP}
    return [
        Move(item, price_of(work, item)) for item in items if item.addon_association_id in ids and item.end_date is None
    ]


def resolve(work: Work, subscription_id: str, body: Mapping[str, Any]) -> Swap:
    """What the change would do. The end of the period is when a deferred one happens."""
    row = base.get(work, subscription_id)
    items = rules.current_items(work, row)
    check_request(body)
    at = row.current_period_end if body.get("change_at") == "end_of_period" else work.now
    to_plan, from_plan = entities.plan(work, body["target_plan_id"]), entities.plan(work, row.plan_id or "")
    _check_state(row, items, body)
    targets = matching_prices(work, "PLAN", to_plan["id"], row.billing_period, row.currency)
    carried, closing, opening = _moves(work, row, items, to_plan, targets, at)
    addons = _addons(work, row, body)
    closing += _dropped(work, items, addons)
    return Swap(row, items, from_plan, to_plan, at, carried, closing, opening, addons)


def _check_state(row: Subscription, items: Sequence[LineItem], body: Mapping[str, Any]) -> None:
    named = {"subscription_id": row.id}
    if row.plan_id == body["target_plan_id"]:
        raise Invalid("the subscription is on that plan already", {**named, "plan_id": row.plan_id})
    if row.subscription_status not in ("active", "trialing"):
        raise Invalid(
            "the subscription must be active or trialing", {**named, "subscription_status": row.subscription_status}
        )
    if row.subscription_type != "standalone":
        raise Invalid(
            "only a standalone subscription can change in place",
            {**named, "subscription_type": row.subscription_type},
        )
    if row.cancel_at_period_end or row.cancel_at is not None:
        raise Invalid("the subscription's end is scheduled already", named)
    if body["proration_behavior"] == PRORATIONS and len({item.billing_period for item in items}) > 1:
        raise Invalid("prorations need line items of one billing period", named)
    if any(item.subscription_phase_id is not None for item in items):
        raise Invalid("a subscription with phases cannot change in place", named)


def _moves(
    work: Work, row: Subscription, items: Sequence[LineItem], to_plan: Row, targets: Sequence[Price], at: datetime
) -> tuple[list[Move], list[Move], list[Move]]:
    """Open-ended plan items whose price bills identically are carried over, the others end; what is left of the
    target's prices opens."""
    left = list(targets)
    carried, closing = [], []
    for item in items:
        if item.entity_type != "plan" or item.end_date is not None:
            continue
        price = price_of(work, item)
        match = next((target for target in left if _bills_identically(price, target)), None)
        if match is None:
            closing.append(Move(item, price))
        else:
            left.remove(match)
            carried.append(Move(item, match))
    start = Timestamp(at, format_time(at))
    opening = []
    for price in left:
        item = item_row(work, row, price, {"start_date": start})
        owned = replace(item, entity_id=to_plan["id"], entity_type="plan", plan_display_name=to_plan["name"])
        opening.append(Move(owned, price))
    return carried, closing, opening


def _bills_identically(one: Price, other: Price) -> bool:
    """Fixed prices without tiers that agree in everything that makes money."""
    if PriceType.USAGE in (one.type, other.type) or one.tiers or other.tiers:
        return False
    return all(getattr(one, name) == getattr(other, name) for name in _SAME_BILLING)


def preview(work: Work, subscription_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a change that is not made. One at the end of the period is not called scheduled here."""
    swap = resolve(work, subscription_id, body)
    return _answer(swap, swap.row, body, _settle(work, swap, body, preview=True))


def execute(work: Work, subscription_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Swap now, or note the swap for the end of the period. The answer's line items are still the old ones."""
    check_request(body)
    found = schedules.pending(work, subscription_id, schedules.PLAN_CHANGE)
    if found:
        noted = {"schedule_id": found[0]["id"], "scheduled_at": found[0]["scheduled_at"]}
        raise Invalid("a plan change is scheduled already", {"subscription_id": subscription_id, **noted})
    swap = resolve(work, subscription_id, body)
    if body.get("change_at") == "end_of_period":
        return _schedule(work, swap, body)
    for move in swap.carried:
        carried = replace(
            move.item,
            entity_id=swap.to_plan["id"],
            plan_display_name=swap.to_plan["name"],
            price_id=move.price.id,
            display_name=move.price.display_name,
        )
        work.alter(move.item, carried)
    for move in swap.closing:
        work.alter(move.item, replace(move.item, end_date=swap.at))
    for association, behaviour in swap.addons:
        if behaviour == DROP:
            cancel_association(work, association, swap.at, "plan change")
    for move in swap.opening:
        work.add(move.item)
    plan_id = swap.to_plan["id"]
    moved = replace(swap.row, plan_id=plan_id, synced_price_sequence=plan_sequence(work, plan_id))
    row = work.alter(swap.row, moved)
    return _answer(swap, row, body, _settle(work, swap, body, preview=False))


def _schedule(work: Work, swap: Swap, body: Mapping[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = {"version": "v2", "target_plan_id": body["target_plan_id"]}
    configuration |= {name: body[name] for name in ("idempotency_key", "entity_policies") if body.get(name)}
    if body.get("metadata"):
        configuration["change_metadata"] = body["metadata"]
    schedule = schedules.add(work, swap.row.id, schedules.PLAN_CHANGE, swap.at, configuration)
    noted = {"is_scheduled": True, "schedule_id": schedule["id"], "scheduled_at": swap.at}
    return {**_answer(swap, swap.row, body, []), **noted}


def _settle(work: Work, swap: Swap, body: Mapping[str, Any], *, preview: bool) -> list[dict[str, Any]]:
    """The invoice for what the rest of the period costs more, or the credit for what it costs less."""
    if body["proration_behavior"] != PRORATIONS:
        return []
    charges = [
        *_charges(swap, swap.opening, Decimal(1)),
        *_charges(
            swap, [move for move in swap.closing if move.price.invoice_cadence is InvoiceCadence.ADVANCE], Decimal(-1)
        ),
    ]
    net = total(charge.amount for charge in charges)
    if net == ZERO:
        return []
    if net < ZERO:
        own = body.get("idempotency_key") or f"{swap.to_plan['id']}_{swap.at.isoformat()}"
        key = f"plan_change_{swap.row.id}_{own}"
        return [credited(work, swap.row, subtract(ZERO, net), key, preview=preview)]
    period = Period(swap.at, swap.row.current_period_end)
    return [invoice_of(work, swap.row, period, charges, preview=preview)]


def _charges(swap: Swap, moves: Sequence[Move], sign: Decimal) -> list[Charge]:
    row = swap.row
    period = Period(row.current_period_start, row.current_period_end)
    result = []
    for move in moves:
        item, amount = move.item, move.price.amount or ZERO
        if item.price_type is PriceType.USAGE:
            continue
        cost = rest_of(period, amount, item.quantity, swap.at, row.currency)
        if cost:
            text = f"{plain(item.quantity)} x {item.display_name}, {swap.at:%Y-%m-%d} to {period.end:%Y-%m-%d}"
            signed = cost if sign > 0 else subtract(ZERO, cost)
            result.append(Charge(item, signed, item.quantity, item.display_name, text))
    return result


def _answer(swap: Swap, row: Subscription, body: Mapping[str, Any], invoices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "row": row,
        "items": swap.items,
        "changed_resources": {"line_items": _changed(swap), "invoices": invoices},
        "change_type": swap.type,
        "effective_at": swap.at,
        "from_plan": swap.from_plan,
        "to_plan": swap.to_plan,
        "entity_changes": [
            {
                "entity_type": "addon",
                "reference_id": association["id"],
                "entity_id": association["addon_id"],
                "behaviour": behaviour,
            }
            for association, behaviour in swap.addons
        ],
        "warnings": _warnings(swap, body),
        "is_scheduled": False,
        "metadata": body.get("metadata"),
    }


def _warnings(swap: Swap, body: Mapping[str, Any]) -> list[str]:
    """Overrides for addons the subscription does not have are no error."""
    known = {association["id"] for association, _ in swap.addons}
    return [
        f"the subscription has no addon association {association_id!r}; its behaviour is ignored"
        for association_id in _addon_policy(body).get("overrides", {})
        if association_id not in known
    ]


def _changed(swap: Swap) -> list[dict[str, Any]]:
    return [
        *(_shown(move, "updated", price_id=move.price.id) for move in swap.carried),
        *(_shown(move, "ended", end_date=swap.at) for move in swap.closing),
        *(_shown(move, "created") for move in swap.opening),
    ]


def _shown(move: Move, action: str, **changes: Any) -> dict[str, Any]:
    shown = {name: getattr(move.item, name) for name in ("id", "price_id", "quantity", "start_date")}
    return {**shown, **changes, "change_action": action}
