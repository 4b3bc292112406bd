"""Archiving what a run made, from its record: the youngest first, so that nothing that is in use is asked to go."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from .connection import Connection, KeyRefused, Unreachable
from .ledger import Ledger, Made

_GONE = frozenset({200, 202, 204, 400, 404, 409})

# Subscriptions go first: plans and customers with an active one are refused.
_ORDER = (
    *("subs", "cg", "ent", "wallet", "price", "feat", "meter", "price_unit", "addon", "coupon", "group"),
    *("plan", "cust"),
)

_ROUTES: dict[str, tuple[str, str, object]] = {
    "subs": ("POST", "/v1/subscriptions/{id}/cancel", {"cancellation_type": "immediate"}),
    "cg": ("DELETE", "/v1/creditgrants/{id}", None),
    "ent": ("DELETE", "/v1/entitlements/{id}", None),
    "wallet": ("POST", "/v1/wallets/{id}/terminate", {}),
    "price": ("DELETE", "/v1/prices/{id}", {}),
    "feat": ("DELETE", "/v1/features/{id}", None),
    "meter": ("DELETE", "/v1/meters/{id}", None),
    "price_unit": ("DELETE", "/v1/prices/units/{id}", None),
    "addon": ("DELETE", "/v1/addons/{id}", None),
    "coupon": ("DELETE", "/v1/coupons/{id}", None),
    "group": ("DELETE", "/v1/groups/{id}", None),
    "plan": ("DELETE", "/v1/plans/{id}", None),
    "cust": ("DELETE", "/v1/customers/{id}", None),
}

_LOOKUPS: dict[str, tuple[str, str, object]] = {
    "/v1/customers": ("GET", "/v1/customers/external/{key}", None),
    "/v1/prices": ("GET", "/v1/prices/lookup/{key}", None),
    "/v1/prices/units": ("GET", "/v1/prices/units/code/{key}", None),
    "/v1/plans": ("POST", "/v1/plans/search", "lookup_key"),
    "/v1/features": ("POST", "/v1/features/search", "lookup_key"),
}


def archive(connection: Connection, ledger: Ledger, say: Callable[[str], None]) -> list[str]:
    """Archive what the record says is left; what could not be archived, in words. Ends early if the target is gone."""
    left = [made for made in ledger.left() if not made.id or made.kind in _ROUTES]
    found = [one for made in left if (one := made if made.id else _found(connection, made)) is not None]
    found.sort(key=lambda made: _ORDER.index(made.kind) if made.kind in _ORDER else len(_ORDER))
    failed: list[str] = []
    for number, made in enumerate(found, start=1):
        method, path, body = _ROUTES[made.kind]
        try:
            answer = connection.send(method, path.format(id=made.id), body=body, expected=_GONE)
        except (Unreachable, KeyRefused) as error:
            return [f"{error}; {len(found) - number + 1} objects are left: flexprice-mock contracts clean {ledger.run}"]
        if answer.status in _GONE and not _refused(answer.status, made):
            ledger.archived(made)
        else:
            failed.append(
                f"{made.id} could not be archived: {method} {path.format(id=made.id)} answers {answer.status}"
            )
        if number % 25 == 0:
            say(f"archived {number} of {len(found)}")
    if found:
        say(f"archived {len(found) - len(failed)} of {len(found)} objects of run {ledger.run}")
    return failed


def _refused(status: int, made: Made) -> bool:
    """400 is what an ended price or a cancelled subscription answers; of a customer or plan it is a refusal."""
    return status == 400 and made.kind in ("cust", "plan", "feat")


def _found(connection: Connection, made: Made) -> Made | None:
    """The object a create without an answer may have left behind."""
    if made.path not in _LOOKUPS:
        return None
    method, path, field = _LOOKUPS[made.path]
    body = {str(field): made.key} if field else None
    answer = connection.send(method, path.format(key=quote(made.key, safe="")), body=body, expected=frozenset({404}))
    rows = answer.body.get("items", [answer.body]) if isinstance(answer.body, dict) else []
    if answer.status != 200 or not rows or not isinstance(rows[0].get("id"), str):
        return None
    return Made(rows[0]["id"], made.path, made.key)
