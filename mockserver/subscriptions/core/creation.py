"""Creating a subscription (behaviour/subscriptions#creating-a-subscription)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from mockserver.catalogue.owners import entities
from mockserver.customers import rules as customers
from mockserver.errors import Invalid
from mockserver.rating.money import ONE, ZERO
from mockserver.rating.periods import calendar_anchor, next_period_end, trial_window
from mockserver.store.columns import Row
from mockserver.store.records.prices import Price
from mockserver.store.records.subscriptions import LineItem, Subscription
from mockserver.subscriptions.addons.attaching import attach
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.base.grants import grant_credits
from mockserver.subscriptions.core.checks import check_create
from mockserver.subscriptions.core.extras import override_entitlements
from mockserver.subscriptions.core.inheritance import group, hand_down, prepare
from mockserver.subscriptions.core.opening import Created, open_subscription, status_before_payment
from mockserver.subscriptions.core.phases import draft_phase, start_first_phase, start_later_phase
from mockserver.subscriptions.core.pricing import matching_prices, plan_sequence, trial_days
from mockserver.subscriptions.coupons.attaching import attach_requested, items_by_price
from mockserver.subscriptions.line_items import time_buckets
from mockserver.subscriptions.line_items.building import check_committed_item, item_row
from mockserver.subscriptions.line_items.commitments import apply_commitment, check_commitments
from mockserver.subscriptions.line_items.overriding import apply_overrides
from mockserver.subscriptions.line_items.rules import add_to
from mockserver.terms.taxes.linking import link_subscription
from mockserver.times import truncate_ms
from mockserver.vocabulary import BillingCycle, SubscriptionStatus
from mockserver.work import Work
from mockserver.zones import is_zone


def create(work: Work, body: dict[str, Any], *, credit: Decimal = ZERO) -> Created:
    """A new subscription with its line items. Checks come in the order of behaviour/subscriptions#order-of-checks.

    ``credit`` of a subscription that this one replaces comes off the opening invoice.
    """
    check_create(body, work.now)
    customer = _customer(work, body)
    plan = _plan(work, body["plan_id"])
    prices = matching_prices(work, "PLAN", plan["id"], body["billing_period"], body["currency"].lower())
    row = _row(work, body, customer, plan)
    requests = body.get("phases", ())
    first = draft_phase(work, row, requests[0]) if requests else None
    row = _dated(row, body, _zone(work, body, customer))
    row = _in_trial(row, body, trial_days(body.get("trial_period_days"), prices))
    items = [_plan_item(work, row, plan, price, body, first) for price in prices]
    planned = {item.price_id: item.id for item in items}
    items = apply_overrides(work, row, prices, items, body.get("override_line_items", ()))
    check_mixed_periods(row, items)
    check_commitments(row, items)
    status = _status(row, body)
    row = replace(row, synced_price_sequence=plan_sequence(work, plan["id"]))
    row, heirs = prepare(work, row, body.get("inheritance"))
    check_threshold(row, items)
    words.check_status(status)
    row = work.add(replace(row, subscription_status=SubscriptionStatus(status)))
    for item in items:
        work.add(item)
    items += _add_extras(work, row, items, body, planned)
    if first is not None:
        items += start_first_phase(work, row, first, requests[0])
    created = open_subscription(work, row, items, credit=credit)
    for heir in heirs:
        hand_down(work, created.row, heir)
    for child_id in (body.get("inheritance") or {}).get("subscriptions_ids_for_grouped_invoicing", ()):
        group(work, created.row, child_id)
    for request in requests[1:]:
        start_later_phase(work, created.row, plan, prices, request)
    return created


def _add_extras(
    work: Work, row: Subscription, items: Sequence[LineItem], body: Mapping[str, Any], planned: Mapping[str, str]
) -> list[LineItem]:
    """Everything that refers to the stored subscription; the further items among it.

    ``planned`` are the items by the plan price they were made for.
    """
    added: list[LineItem] = []
    for addon in body.get("addons", ()):
        added += attach(work, row, (*items, *added), addon, start=row.start_date).items
    added += [add_to(work, row, item, with_entity=True) for item in body.get("line_items", ())]
    override_entitlements(work, row, body.get("override_entitlements", ()))
    grant_credits(work, row, body.get("credit_grants"))
    link_subscription(work, row, body.get("tax_rate_overrides"))
    attach_requested(work, row, body, items_by_price((*items, *added), planned))
    return added


def _customer(work: Work, body: Mapping[str, Any]) -> Row:
    """By id or else by external id; an archived one found by id is ``Invalid``
    (behaviour/subscriptions#fields-of-a-new-subscription)."""
    if body.get("customer_id"):
        customer = customers.get(work, body["customer_id"])
    else:
        customer = customers.get_by_external_id(work, body["external_customer_id"])
    if customer["status"] != "published":
        raise Invalid("the customer is archived", {"customer_id": customer["id"], "status": customer["status"]})
    return customer


def _plan(work: Work, plan_id: str) -> Row:
    plan = entities.plan(work, plan_id)
    if plan["status"] != "published":
        raise Invalid("the plan is archived", {"plan_id": plan["id"], "status": plan["status"]})
    return plan


def _zone(work: Work, body: Mapping[str, Any], customer: Row) -> str:
    """The zone the subscription bills in (divergence ``customer-timezone-ignored``)."""
    own: str = customer["timezone"] or "UTC"
    wanted: str = body.get("customer_timezone") or body.get("timezone") or own
    if wanted == own or work.differs("customer-timezone-ignored"):
        return own
    if not is_zone(wanted):
        raise Invalid(f"{wanted!r} is not a time zone", {"CustomerTimezone": "not an IANA time zone"})
    return wanted


def _row(work: Work, body: Mapping[str, Any], customer: Row, plan: Row) -> Subscription:
    phases = body.get("phases") or ()
    end = phases[-1].get("end_date") if phases else body.get("end_date")
    copied = (
        "lookup_key",
        "billing_period",
        "billing_period_count",
        "billing_cycle",
        "metadata",
        "payment_behavior",
        "collection_method",
        "gateway_payment_method_id",
        "payment_terms",
        "proration_behavior",
        "commitment_amount",
        "commitment_duration",
        "auto_invoice_threshold",
    )
    return work.make(
        Subscription,
        **{
            **{name: body.get(name) for name in copied},
            "customer_id": customer["id"],
            "plan_id": plan["id"],
            "currency": body["currency"].lower(),
            "end_date": None if end is None else end.instant,
            "cancel_at_period_end": False,
            "billing_cadence": "RECURRING",
            "version": 1,
            "pause_status": "none",
            "overage_factor": body.get("overage_factor", ONE),
            "enable_true_up": body.get("enable_true_up", False),
            "subscription_type": "standalone",
        },
    )


def _dated(row: Subscription, body: Mapping[str, Any], zone: str) -> Subscription:
    """With start, anchor and the first period (behaviour/subscriptions#creating-a-subscription)."""
    start, given = truncate_ms(body["start_date"].instant), body.get("billing_anchor")
    row = replace(row, timezone=zone, start_date=start, current_period_start=start)
    row = replace(row, billing_anchor=anchor_of(row, None if given is None else given.instant))
    return replace(row, current_period_end=period_end(row, start))


def anchor_of(row: Subscription, given: datetime | None = None) -> datetime:
    """The anchor of a subscription that starts at its ``start_date`` (behaviour/subscriptions#anchor)."""
    if given is not None:
        return given
    start = row.start_date
    if row.billing_cycle is not BillingCycle.CALENDAR:
        return start
    try:
        return calendar_anchor(start, row.billing_period, row.timezone)
    except ValueError:  # a one-time period has no calendar; its end is refused later
        return start


def period_end(row: Subscription, start: datetime) -> datetime:
    """Where the period from ``start`` ends; ``Invalid`` for a period without length
    (behaviour/subscriptions#anchor)."""
    try:
        return next_period_end(
            start,
            row.billing_anchor,
            row.billing_period,
            row.billing_period_count,
            row.timezone,
            row.end_date,
        )
    except ValueError:
        raise Invalid("the billing period has no length", {"period": row.billing_period}) from None
    except OverflowError:
        raise Invalid("the period ends beyond the year 9999") from None


def _in_trial(row: Subscription, body: Mapping[str, Any], days: int) -> Subscription:
    """With the trial's dates; a trial without explicit status also is the first period
    (behaviour/subscriptions#trials)."""
    try:
        trial = trial_window(row.start_date, days)
    except OverflowError:
        raise Invalid("the trial ends beyond the year 9999") from None
    if trial is None:
        return row
    row = replace(row, trial_start=trial.start, trial_end=trial.end)
    if body.get("subscription_status", "") in ("", SubscriptionStatus.TRIALING):
        return replace(row, current_period_start=trial.start, current_period_end=trial.end)
    return row


def _status(row: Subscription, body: Mapping[str, Any]) -> str:
    """As sent, whatever word that is; else trialing, draft for a checkout, or what the payment behaviour starts with
    (behaviour/subscriptions#creating-a-subscription)."""
    in_trial = row.trial_start is not None
    started = SubscriptionStatus.TRIALING if in_trial else status_before_payment(row.payment_behavior)
    status: str = body.get("subscription_status") or started
    if body.get("checkout") is not None and status != SubscriptionStatus.TRIALING:
        return SubscriptionStatus.DRAFT
    return status


def _plan_item(
    work: Work, row: Subscription, plan: Row, price: Price, body: Mapping[str, Any], phase: Row | None
) -> LineItem:
    """The item of one plan price. The end of the first phase, or else the subscription's, ends it
    (behaviour/subscriptions#creating-a-subscription)."""
    item = item_row(work, row, price, {})
    item = replace(item, entity_id=plan["id"], entity_type="plan", plan_display_name=plan["name"])
    if phase is not None:
        item = replace(item, subscription_phase_id=phase["id"])
    end = phase["end_date"] if phase is not None else None
    if end is not None or row.end_date is not None:
        item = replace(item, end_date=end or row.end_date)
    commitment = (body.get("line_item_commitments") or {}).get(price.id)
    if commitment is not None:
        item = apply_commitment(item, commitment)
        check_committed_item(work, item)
        item = time_buckets.put(work, row, item, commitment.get("commitment_time_buckets", ()))
    return item


def check_mixed_periods(row: Subscription, items: Sequence[LineItem]) -> None:
    """Prorations need items of one billing period."""
    if row.proration_behavior == "create_prorations" and len({item.billing_period for item in items}) > 1:
        raise Invalid(
            "prorations need line items of one billing period", {"proration_behavior": row.proration_behavior}
        )


def check_threshold(row: Subscription, items: Sequence[LineItem]) -> None:
    """A threshold is for standalone subscriptions to usage only
    (behaviour/subscriptions#fields-of-a-new-subscription)."""
    threshold = row.auto_invoice_threshold
    if threshold is None or threshold <= 0:
        return
    if row.subscription_type != "standalone":
        raise Invalid(
            "auto_invoice_threshold needs a standalone subscription", {"subscription_type": row.subscription_type}
        )
    for item in items:
        if item.price_type != "USAGE":
            raise Invalid(
                "auto_invoice_threshold needs a plan of usage prices only",
                {"price_id": item.price_id, "price_type": item.price_type},
            )
