"""What a modification does, and what its preview says it would do (facts/04 §17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from mockserver.errors import ApiError, Invalid, NotFound
from mockserver.resources.subscription_modifications import addon_changes, children, quantities, trials
from mockserver.resources.subscription_modifications.checks import Params, check_request
from mockserver.resources.subscriptions import rules as subscriptions
from mockserver.work import Work

SHOWING = ("quantity_change", "inheritance", "addon")
"""The types whose answer shows the subscription."""


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
        return addon_changes.change_addon(work, row["id"], params, body.get("checkout"), preview=preview)
    _refuse_unknown(kind, params)


def _check_checkout(kind: str, params: Params) -> None:
    if kind == "quantity_change":
        raise ApiError("paying for quantities by checkout is not emulated", code="not_implemented")
    if kind != "addon" or params["action"] != "add":
        raise Invalid("checkout is for changed quantities and new addons")


def _refuse_unknown(kind: str, params: Params) -> NoReturn:
    """There are no coupons or tax rates, so whatever is named is unknown."""
    keys = {
        "coupon": ("coupon_code", "coupon_association_id"),
        "tax": ("tax_rate_id", "tax_association_id"),
    }[kind]
    key = keys[params["action"] == "remove"]
    raise NotFound(f"no {kind} {params[key]!r}", {key: params[key]})
