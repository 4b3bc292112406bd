"""What a modification does, and what its preview says it would do (facts/04 §17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from mockserver.errors import NotFound
from mockserver.resources.subscription_modifications import children, quantities, trials
from mockserver.resources.subscription_modifications.checks import Params, check_request
from mockserver.resources.subscriptions import rules as subscriptions
from mockserver.work import Work

SHOWING = ("quantity_change", "inheritance")
"""The types whose answer shows the subscription."""


def modify(work: Work, subscription_id: str, body: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    """The changed resources; a preview leaves everything as it is."""
    params, kind = check_request(body), body["type"]
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
    _refuse_unknown(kind, params)


def _refuse_unknown(kind: str, params: Params) -> NoReturn:
    """There are no coupons, tax rates or addons, so whatever is named is unknown."""
    named = params.get(params["action"], {}) if kind == "addon" else params
    keys = {
        "coupon": ("coupon_code", "coupon_association_id"),
        "tax": ("tax_rate_id", "tax_association_id"),
        "addon": ("addon_id", "addon_association_id"),
    }[kind]
    key = keys[params["action"] == "remove"]
    raise NotFound(f"no {kind} {named[key]!r}", {key: named[key]})
