"""What a create request must satisfy by itself, before anything is looked up, in the real server's order
(behaviour/subscriptions#order-of-checks)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mockserver.errors import Invalid
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.line_items.checks import (
    check_item_commitment,
    check_new_item,
    check_no_repeats,
)
from mockserver.times import Timestamp, format_time

MAX_EXTRA_ITEMS = 100


def check_create(body: dict[str, Any], now: datetime) -> None:
    """Refuse what is wrong by itself, and fill in the defaults that later rules rely on."""
    check_checkout(body)
    threshold = body.get("auto_invoice_threshold")
    if threshold is not None and threshold < 0:
        raise Invalid("auto_invoice_threshold must not be negative", {"auto_invoice_threshold": threshold})
    if not body.get("customer_id") and not body.get("external_customer_id"):
        raise Invalid("customer_id or external_customer_id is required")
    check_inheritance(body.get("inheritance"))
    check_billing(body)
    check_payment(body)
    check_dates(body, now)
    check_proration(body, now)
    days = body.get("trial_period_days")
    if days is not None and days < 0:
        raise Invalid("trial_period_days must not be negative", {"trial_period_days": days})
    if body.get("subscription_status") == "draft" and body.get("phases"):
        raise Invalid("a draft cannot have phases")
    check_creation_config(body)
    check_phases(body)


def check_checkout(body: Mapping[str, Any]) -> None:
    """A checkout rules out a status, phases and most of inheritance; only one provider is known
    (behaviour/subscriptions#fields-of-a-new-subscription)."""
    checkout = body.get("checkout")
    if checkout is None:
        return
    if checkout.get("payment_provider") != "razorpay":
        raise Invalid("payment_provider of a checkout must be razorpay", {"allowed_values": ["razorpay"]})
    if body.get("subscription_status"):
        raise Invalid(
            "subscription_status cannot be combined with checkout",
            {"subscription_status": body["subscription_status"]},
        )
    if body.get("phases"):
        raise Invalid("phases cannot be combined with checkout")
    inheritance = body.get("inheritance") or {}
    if (
        any(
            inheritance.get(name)
            for name in (
                "external_customer_ids_to_inherit_subscription",
                "parent_subscription_id",
                "subscriptions_ids_for_grouped_invoicing",
            )
        )
        or "invoicing_customer_external_id" in inheritance
    ):
        raise Invalid("inheritance cannot be combined with checkout")


_EXCLUSIVE = (
    ("parent_subscription_id", "external_customer_ids_to_inherit_subscription"),
    ("invoicing_customer_external_id", "external_customer_ids_to_inherit_subscription"),
    ("subscriptions_ids_for_grouped_invoicing", "parent_subscription_id"),
    ("subscriptions_ids_for_grouped_invoicing", "invoicing_customer_external_id"),
    ("subscriptions_ids_for_grouped_invoicing", "external_customer_ids_to_inherit_subscription"),
    ("grouped_invoicing_children_to_create", "subscriptions_ids_for_grouped_invoicing"),
    ("grouped_invoicing_children_to_create", "parent_subscription_id"),
)


def check_inheritance(inheritance: Mapping[str, Any] | None) -> None:
    """The pairs that exclude each other (behaviour/subscriptions#inheritance)."""
    if inheritance is None:
        return
    given = {name for name, value in inheritance.items() if value or name == "invoicing_customer_external_id"}
    for one, other in _EXCLUSIVE:
        if one in given and other in given:
            raise Invalid(f"{one} cannot be combined with {other}")
    if "" in inheritance.get("subscriptions_ids_for_grouped_invoicing", ()):
        raise Invalid("subscriptions_ids_for_grouped_invoicing must not hold an empty id")


def check_billing(body: dict[str, Any]) -> None:
    """Period, cycle and anchor."""
    words.check_period(body["billing_period"])
    cycle = body["billing_cycle"] = body.get("billing_cycle") or "anniversary"
    if cycle not in words.BILLING_CYCLES:
        raise Invalid(
            f"{cycle!r} is not a billing cycle",
            {"allowed_values": list(words.BILLING_CYCLES), "provided_value": cycle},
        )
    if "billing_anchor" in body and cycle != "anniversary":
        raise Invalid(
            "billing_anchor needs the anniversary cycle",
            {"billing_anchor": body["billing_anchor"].echo, "billing_cycle": cycle},
        )


def check_payment(body: dict[str, Any]) -> None:
    """Collection method, terms, period count, and whether method and behaviour go together
    (behaviour/subscriptions#fields-of-a-new-subscription)."""
    if body.get("checkout") is not None:
        body.setdefault("collection_method", "send_invoice")
    if body.get("collection_method") == "default_incomplete":
        body["collection_method"] = "charge_automatically"
        if body.get("payment_behavior", "default_incomplete") == "default_incomplete":
            body["payment_behavior"] = "allow_incomplete"
    method = body.setdefault("collection_method", "charge_automatically")
    if method not in words.COLLECTION_METHODS:
        raise Invalid(
            f"{method!r} is not a collection method",
            {"allowed_values": list(words.COLLECTION_METHODS), "collection_method": method},
        )
    behavior = body.setdefault("payment_behavior", "default_active")
    terms = body.get("payment_terms")
    if terms and terms not in words.PAYMENT_TERMS:
        raise Invalid(
            f"{terms!r} are no payment terms", {"allowed_values": list(words.PAYMENT_TERMS), "payment_terms": terms}
        )
    count = body.get("billing_period_count", 0)
    if count < 0:
        raise Invalid("billing_period_count must not be negative", {"billing_period_count": count})
    body["billing_period_count"] = count or 1
    allowed = words.BEHAVIORS_BY_METHOD[method]
    if behavior not in allowed:
        raise Invalid(
            f"{behavior!r} does not go with {method}",
            {"allowed_behaviors": list(allowed), "collection_method": method, "payment_behavior": behavior},
        )


def check_dates(body: dict[str, Any], now: datetime) -> None:
    """The start is now when absent; the end may equal it."""
    start = body.setdefault("start_date", Timestamp(now, format_time(now)))
    end = body.get("end_date")
    if end is not None and end.instant < start.instant:
        raise Invalid("end_date must not be before start_date", {"start_date": start.echo, "end_date": end.echo})


def check_proration(body: dict[str, Any], now: datetime) -> None:
    """Prorations need a start not before today and go without entitlement overrides."""
    behavior = body.get("proration_behavior", "")
    words.check_proration_behavior(behavior)
    body["proration_behavior"] = behavior or "none"
    if body["proration_behavior"] != "create_prorations":
        return
    # The day is the one the client wrote, whatever its offset.
    start_day, today = body["start_date"].echo[:10], now.astimezone(UTC).strftime("%Y-%m-%d")
    if start_day < today:
        raise Invalid(
            "prorations need a start_date that is not before today",
            {"start_date": start_day, "current_date": today},
        )
    overrides = body.get("override_entitlements")
    if overrides:
        raise Invalid(
            "prorations cannot be combined with override_entitlements",
            {"proration_behavior": behavior, "override_entitlements_count": len(overrides)},
        )


def check_creation_config(body: Mapping[str, Any]) -> None:
    """Commitment, grants, taxes, item commitments, overrides and extra items
    (behaviour/subscriptions#terms-of-a-new-subscription)."""
    amount, factor = body.get("commitment_amount"), body.get("overage_factor")
    if amount is not None and amount < 0:
        raise Invalid("commitment_amount must not be negative", {"commitment_amount": amount})
    if factor is not None and factor < 1:
        raise Invalid("overage_factor must be at least 1", {"overage_factor": factor})
    for index, grant in enumerate(body.get("credit_grants", ())):
        scope = grant.get("scope", "")
        if scope != "SUBSCRIPTION":
            raise Invalid(
                "credit grants of a subscription must have the scope SUBSCRIPTION",
                {"grant_index": index, "grant_scope": scope},
            )
    for override in body.get("tax_rate_overrides", ()):
        if not override.get("tax_rate_code") or override.get("priority", 0) < 0:
            raise Invalid("a tax rate override needs a tax_rate_code and a priority that is not negative")
    for price_id, commitment in body.get("line_item_commitments", {}).items():
        check_item_commitment(price_id, commitment)
    check_no_repeats(body.get("override_line_items", ()))
    items = body.get("line_items", ())
    if len(items) > MAX_EXTRA_ITEMS:
        raise Invalid(f"at most {MAX_EXTRA_ITEMS} line_items", {"count": len(items), "max": MAX_EXTRA_ITEMS})
    for index, item in enumerate(items):
        try:
            check_new_item(item)
        except Invalid as error:
            raise Invalid(error.message, {**error.details, "line_item_index": index}) from None


def check_phases(body: Mapping[str, Any]) -> None:
    """Phases follow one another without gap and frame the subscription's dates
    (behaviour/subscriptions#terms-of-a-new-subscription)."""
    phases = body.get("phases")
    if not phases:
        return
    for index, phase in enumerate(phases):
        end = phase.get("end_date")
        if end is not None and end.instant < phase["start_date"].instant:
            raise Invalid("a phase must not end before it starts", {"phase_index": index})
    for index, (phase, following) in enumerate(zip(phases, [*phases[1:], None], strict=True)):
        if following is None:
            break
        end = phase.get("end_date")
        if end is None:
            raise Invalid(
                "every phase but the last needs an end_date",
                {"phase_index": index, "phase_start": phase["start_date"].echo},
            )
        if end.instant != following["start_date"].instant:
            raise Invalid(
                "a phase must start where the one before it ends",
                {
                    "phase_index": index,
                    "current_phase_end": end.echo,
                    "next_phase_index": index + 1,
                    "next_phase_start": following["start_date"].echo,
                },
            )
    if body["start_date"].instant != phases[0]["start_date"].instant:
        raise Invalid(
            "start_date must equal the start of the first phase",
            {
                "subscription_start_date": body["start_date"].echo,
                "first_phase_start_date": phases[0]["start_date"].echo,
            },
        )
    end, last = body.get("end_date"), phases[-1].get("end_date")
    if end is not None and last is not None and end.instant != last.instant:
        raise Invalid(
            "end_date must equal the end of the last phase",
            {"subscription_end_date": end.echo, "last_phase_end_date": last.echo},
        )
