"""How a subscription looks in each answer: bare, created, read, listed
(behaviour/subscriptions#creating-a-subscription, behaviour/subscriptions#reading-a-subscription,
behaviour/subscriptions#lists-and-searches)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mockserver.catalogue.credit_grants.schemas import CreditGrantOut
from mockserver.catalogue.entitlements import effective
from mockserver.catalogue.meters.schemas import WholeMeterOut
from mockserver.catalogue.plans.embedding import show_listed as show_plans
from mockserver.catalogue.plans.embedding import show_read as show_plan
from mockserver.catalogue.prices.present import show_price
from mockserver.customers.schemas import CustomerOut
from mockserver.http.listing import names_of
from mockserver.store.query import Eq
from mockserver.store.records.credit_grants import CreditGrant
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.meters import METERS
from mockserver.store.tables.plans import PLANS
from mockserver.store.tables.subscriptions import PHASES
from mockserver.subscriptions.core.entitled import entitled
from mockserver.subscriptions.core.opening import Created
from mockserver.subscriptions.core.pricing import plan_sequence
from mockserver.subscriptions.core.schemas import PhaseOut, SubscriptionOut
from mockserver.subscriptions.coupons import associations
from mockserver.subscriptions.coupons.schemas import CouponAssociationOut
from mockserver.subscriptions.line_items.present import by_subscription, show_items
from mockserver.work import Work

OUT, CUSTOMER = SubscriptionOut(), CustomerOut()
PHASE, GRANT, METER = PhaseOut(), CreditGrantOut(), WholeMeterOut()
HELD = CouponAssociationOut()


def show(row: Subscription, items: Sequence[LineItem] = ()) -> dict[str, Any]:
    """The base object with plan and customer null, and these line items."""
    return {**OUT.dump({**row.row, "line_items": show_items(items)}), "plan": None, "customer": None}


def show_created(created: Created) -> dict[str, Any]:
    """What create and activate answer: no plan, no customer, the opening invoice if there is one."""
    result = show(created.row, created.items if created.shows_items else ())
    if created.invoice is not None:
        result["latest_invoice"] = created.invoice
    return result


def show_embedding(
    work: Work, rows: Sequence[Subscription], expand: Iterable[str], *, with_items: bool = False
) -> list[dict[str, Any]]:
    """Subscriptions with plan and customer null; line items, their meters and what the customer is entitled to where
    ``expand`` names them (behaviour/subscriptions#lists-and-searches)."""
    wanted = set(expand)
    expands_items = any(name.partition(".")[0] == "subscription_line_items" for name in wanted)
    items: Mapping[str, Sequence[LineItem]] = {}
    if with_items or expands_items:
        items = by_subscription(work, (row.id for row in rows))
    embed = {}
    if expands_items and wanted & {"meters", "subscription_line_items.meters"}:
        embed["meter"] = meter_of(work, [item for listed in items.values() for item in listed])
    features = _entitled(work, rows) if "entitlements" in wanted else {}
    result = []
    for row in rows:
        shown = show(row)
        if items.get(row.id):
            shown["line_items"] = show_items(items[row.id], embed)
        if features.get(row.customer_id):
            shown["entitlements"] = features[row.customer_id]
        result.append(shown)
    return result


def meter_of(work: Work, items: Sequence[LineItem]) -> Callable[[LineItem], dict[str, Any] | None]:
    """Makes the meter of a line item as JSON; None for items without one."""
    meters = work.tx.by_ids(METERS, (item.meter_id for item in items if item.meter_id))

    def make(item: LineItem) -> dict[str, Any] | None:
        meter = meters.get(item.meter_id or "")
        return None if meter is None else METER.dump(meter)

    return make


def _entitled(work: Work, rows: Sequence[Subscription]) -> dict[str, list[dict[str, Any]]]:
    customers = {row.customer_id for row in rows}
    return {customer: effective.show_aggregated(entitled(work, customer, (), ())[1]) for customer in customers}


def show_listed(work: Work, rows: Sequence[Subscription], data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What lists and searches answer: always the plan, the customer if asked for
    (behaviour/subscriptions#lists-and-searches)."""
    expand = names_of(data.get("expand"))
    plan_rows = list(work.tx.by_ids(PLANS, (row.plan_id for row in rows if row.plan_id)).values())
    plans = {plan["id"]: plan for plan in show_plans(work, plan_rows, {"expand": data.get("expand")})}
    customers = work.tx.by_ids(CUSTOMERS, (row.customer_id for row in rows)) if "customer" in expand else {}
    result = show_embedding(work, rows, expand, with_items=bool(data.get("with_line_items")))
    for row, shown in zip(rows, result, strict=True):
        customer = customers.get(row.customer_id)
        shown["plan"] = plans.get(row.plan_id or "")
        shown["customer"] = None if customer is None else CUSTOMER.dump(customer)
    return result


def show_read(work: Work, row: Subscription, items: Sequence[LineItem]) -> dict[str, Any]:
    """What reading one answers: everything about it (behaviour/subscriptions#plain-read)."""
    shown = show(row)
    if items:
        shown["line_items"] = show_items(items, {"price": price_of(work, items)})
    plan, customer = work.tx.get(PLANS, row.plan_id or ""), work.tx.get(CUSTOMERS, row.customer_id)
    shown["plan"] = None if plan is None else show_plan(work, plan)
    shown["customer"] = None if customer is None else CUSTOMER.dump(customer)
    phases = work.tx.published(PHASES, Eq("subscription_id", row.id))
    grants = work.tx.every(CreditGrant, Eq("subscription_id", row.id))
    held = associations.of_subscription(work, row.id)
    if held:
        shown["coupon_associations"] = [HELD.dump(association) for association in held]
    if grants:
        shown["credit_grants"] = [GRANT.dump(grant) for grant in grants]
    if phases:
        shown["phases"] = [PHASE.dump(phase) for phase in phases]
    return shown


def price_of(work: Work, items: Sequence[LineItem]) -> Callable[[LineItem], dict[str, Any] | None]:
    """Makes the price of a line item as JSON."""
    prices = work.tx.loaded(Price, (item.price_id for item in items))

    def make(item: LineItem) -> dict[str, Any] | None:
        price = prices.get(item.price_id)
        return None if price is None else show_price(work, price.row)

    return make


def show_expanded(work: Work, row: Subscription, items: Sequence[LineItem], expand: set[str]) -> dict[str, Any]:
    """The second version's read: only plan, customer and line items can be expanded
    (behaviour/subscriptions#second-version-of-the-read)."""
    roots = {name.partition(".")[0] for name in expand}
    shown = OUT.dump(row)
    plan, customer = work.tx.get(PLANS, row.plan_id or ""), work.tx.get(CUSTOMERS, row.customer_id)
    if "plan" in roots and plan is not None:
        # Only plan.prices brings the plan's prices along; prices alone means those of the line items.
        nested = "prices" if "plan.prices" in expand else None
        shown["plan"] = show_plans(work, [plan], {"expand": nested})[0]
    if "customer" in roots and customer is not None:
        shown["customer"] = CUSTOMER.dump(customer)
    if "subscription_line_items" in roots and items:
        priced = expand & {"prices", "subscription_line_items.prices"}
        shown["line_items"] = show_items(items, {"price": price_of(work, items)} if priced else None)
    shown["plan_prices_out_of_sync"] = (row.synced_price_sequence or 0) < plan_sequence(work, row.plan_id or "")
    return shown
