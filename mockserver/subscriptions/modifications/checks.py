"""What a modification request must satisfy by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import Invalid
from mockserver.subscriptions.modifications.schemas import ADD_OR_REMOVE, TYPES

Params = Mapping[str, Any]


def check_request(body: Mapping[str, Any]) -> Params:
    """The params that go with the type; ``Invalid`` without details for whatever is missing."""
    kind = body.get("type", "")
    if kind not in TYPES:
        raise Invalid(f"type must be one of {', '.join(TYPES)}")
    params: Params | None = body.get(f"{kind}_params")
    if params is None:
        raise Invalid(f"{kind}_params are required")
    _CHECKS[kind](params)
    return params


def _quantities(params: Params) -> None:
    if not params.get("line_items"):
        raise Invalid("line_items must hold at least one entry")
    for entry in params["line_items"]:
        if not entry.get("id"):
            raise Invalid("every entry of line_items needs an id")
        if entry.get("quantity", 0) < 0:
            raise Invalid("quantity must not be negative")


def _inheritance(params: Params) -> None:
    removing = params.get("action") == "remove"
    name = "external_customer_ids_to_remove" if removing else "external_customer_ids_to_inherit_subscription"
    if not params.get(name) or (removing and not all(each.strip() for each in params[name])):
        raise Invalid(f"{name} must hold at least one id, and no empty ones")


def _grouped(params: Params) -> None:
    _action(params)
    if not params.get("child_subscription_ids"):
        raise Invalid("child_subscription_ids must hold at least one id")
    if params["action"] == "add" and not params.get("parent_subscription_id"):
        raise Invalid("parent_subscription_id is required to add children")


def _trial(params: Params) -> None:
    action = params.get("action", "")
    if action not in ("immediate", "scheduled_date"):
        raise Invalid("action must be immediate or scheduled_date")
    if action == "scheduled_date" and "new_trial_end" not in params:
        raise Invalid("new_trial_end is required for a scheduled_date")


def _action(params: Params) -> None:
    if params.get("action") not in ADD_OR_REMOVE:
        raise Invalid("action must be add or remove")


def _coupon(params: Params) -> None:
    _action(params)
    _named(params, "coupon_code" if params["action"] == "add" else "coupon_association_id")


def _tax(params: Params) -> None:
    _action(params)
    _named(params, "tax_rate_id" if params["action"] == "add" else "tax_association_id")


def _addon(params: Params) -> None:
    _action(params)
    inner = params.get(params["action"])
    if inner is None:
        raise Invalid(f"{params['action']} is required")
    _named(inner, "addon_id" if params["action"] == "add" else "addon_association_id")


def _named(params: Params, name: str) -> None:
    if not params.get(name):
        raise Invalid(f"{name} is required")


_CHECKS = {
    "quantity_change": _quantities,
    "inheritance": _inheritance,
    "grouped_invoicing": _grouped,
    "trial_end": _trial,
    "coupon": _coupon,
    "tax": _tax,
    "addon": _addon,
}
