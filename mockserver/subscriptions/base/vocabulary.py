"""The words a subscription may use, in the order error details list them
(behaviour/subscriptions#fields-of-a-new-subscription)."""

from __future__ import annotations

from mockserver.errors import Invalid

BILLING_PERIODS = ("MONTHLY", "ANNUAL", "WEEKLY", "DAILY", "QUARTERLY", "HALF_YEARLY", "ONETIME")
BILLING_CYCLES = ("anniversary", "calendar")
BILLING_CADENCES = ("RECURRING",)
COLLECTION_METHODS = ("charge_automatically", "send_invoice")
PAYMENT_BEHAVIORS = ("allow_incomplete", "default_incomplete", "error_if_incomplete", "default_active")
BEHAVIORS_BY_METHOD = {
    "charge_automatically": ("allow_incomplete", "error_if_incomplete", "default_active"),
    "send_invoice": ("default_active", "default_incomplete"),
}
PAYMENT_TERMS = ("15 NET", "30 NET", "45 NET", "60 NET", "75 NET", "90 NET")
PRORATION_BEHAVIORS = ("create_prorations", "none")
SUBSCRIPTION_STATUSES = ("active", "paused", "cancelled", "incomplete", "trialing", "draft")
SUBSCRIPTION_TYPES = ("standalone", "delegated_invoicing", "parent", "inherited", "grouped_invoicing")
ADDON_CADENCES = ("onetime", "recurring")
COMMITMENT_TYPES = ("amount", "quantity")


def check_status(status: str) -> None:
    """``Invalid`` for a word that is no subscription status."""
    if status and status not in SUBSCRIPTION_STATUSES:
        raise Invalid(
            f"{status!r} is not a subscription status",
            {"status": status, "allowed_status": list(SUBSCRIPTION_STATUSES)},
        )


def check_period(period: str) -> None:
    """``Invalid`` for a word that is no billing period; upper case only."""
    if period and period not in BILLING_PERIODS:
        raise Invalid(f"{period!r} is not a billing period", {"billing_period": period})


def check_proration_behavior(behavior: str) -> None:
    """``Invalid`` for a word that is no proration behaviour."""
    if behavior and behavior not in PRORATION_BEHAVIORS:
        raise Invalid(
            f"{behavior!r} is not a proration behavior",
            {"allowed_values": list(PRORATION_BEHAVIORS), "provided_value": behavior},
        )
