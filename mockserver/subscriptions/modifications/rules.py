"""What a modification does, and what its preview says it would do (behaviour/subscriptions#addons)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import ApiError, Invalid
from mockserver.subscriptions.base import rules as subscriptions
from mockserver.subscriptions.modifications import (
    addon_changes,
    children,
    coupon_changes,
    quantities,
    tax_changes,
    trials,
)
from mockserver.subscriptions.modifications.checks import Params, check_request
from mockserver.work import Work

SHOWING = ("quantity_change", "inheritance", "addon", "tax")
"""The types whose answer shows the subscription as reading it does."""
SHOWING_BASE = ("coupon",)
"""The types whose answer shows the subscription by itself."""


def modify(work: Work, subscription_id: str, body: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """The changed resources; a preview leaves everything as it is."""
    params, kind = check_request(body), body["type"]
    if body.get("checkout") is not None and not preview:
        _check_checkout(kind, params)
    if kind == "grouped_invoicing":
        return children.change_group(work, params, preview=preview)
    row = subscriptions.get(work, subscription_id)
    if kind == "quantity_change":
        changes = quantities.read_changes(work, row, params["line_items"])
        return quantities.apply(work, row, changes, preview=preview)
    if kind == "inheritance":
        return children.change_heirs(work, row, params, preview=preview)
    if kind == "trial_end":
        return trials.change_trial(work, row, params, preview=preview)
    if kind == "addon":
        return addon_changes.change_addon(work, row.id, params, body.get("checkout"), preview=preview)
    if kind == "coupon":
        return coupon_changes.change_coupon(work, row, params, preview=preview)
    return tax_changes.change_tax(work, row, params, preview=preview)


def _check_checkout(kind: str, params: Params) -> None:
    if kind == "quantity_change":
        raise ApiError("paying for quantities by checkout is not emulated", code="not_implemented")
    if kind != "addon" or params["action"] != "add":
        raise Invalid("checkout is for changed quantities and new addons")
