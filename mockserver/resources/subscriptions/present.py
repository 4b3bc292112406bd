"""How a subscription looks in each answer: bare, created, read, listed (facts/04 §7, §8, §9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mockserver.resources.customers.schemas import CustomerOut
from mockserver.resources.plans.schemas import PlanOut
from mockserver.resources.subscription_line_items.present import by_subscription, show_items
from mockserver.resources.subscriptions.creation import Created
from mockserver.resources.subscriptions.schemas import SubscriptionOut
from mockserver.store.columns import Row
from mockserver.store.tables.customers import CUSTOMERS
from mockserver.store.tables.plans import PLANS
from mockserver.work import Work

OUT, PLAN, CUSTOMER = SubscriptionOut(), PlanOut(), CustomerOut()


def show(row: Row, items: Sequence[Row] = ()) -> dict[str, Any]:
    """The base object with plan and customer null, and these line items."""
    return {**OUT.show({**row, "line_items": show_items(items)}), "plan": None, "customer": None}


def show_created(created: Created) -> dict[str, Any]:
    """What create and activate answer: no plan, no customer, the opening invoice if there is one."""
    result = show(created.row, created.items if created.shows_items else ())
    if created.invoice is not None:
        result["latest_invoice"] = created.invoice
    return result


def show_listed(work: Work, rows: Iterable[Row], expand: Iterable[str], *, with_items: bool) -> list[dict[str, Any]]:
    """What lists and searches answer: always the plan, the customer if asked for (facts/04 §9)."""
    listed, wanted = list(rows), set(expand)
    plans = work.tx.by_ids(PLANS, (row["plan_id"] for row in listed))
    customers = work.tx.by_ids(CUSTOMERS, (row["customer_id"] for row in listed)) if "customer" in wanted else {}
    items = by_subscription(work, (row["id"] for row in listed)) if with_items else {}
    result = []
    for row in listed:
        shown = show(row, items.get(row["id"], ()))
        plan, customer = plans.get(row["plan_id"]), customers.get(row["customer_id"])
        shown["plan"] = None if plan is None else PLAN.show(plan)
        shown["customer"] = None if customer is None else CUSTOMER.show(customer)
        result.append(shown)
    return result


def show_read(work: Work, row: Row, items: Sequence[Row]) -> dict[str, Any]:
    """What reading one answers: everything about it (facts/04 §8.1)."""
    shown = show(row, items)
    plan, customer = work.tx.get(PLANS, row["plan_id"]), work.tx.get(CUSTOMERS, row["customer_id"])
    shown["plan"] = None if plan is None else PLAN.show(plan)
    shown["customer"] = None if customer is None else CUSTOMER.show(customer)
    return shown
