"""Routes that only the real server has, and what a path that nobody has may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from mockserver.errors import ApiError

_TEXT = """
POST /v1/ai/pricing/parse-gemini
POST /v1/alerts/search
POST /v1/alerts/setting
POST /v1/alerts/setting/search
GET PUT DELETE /v1/alerts/setting/{id}
POST /v1/checkout/sessions
GET DELETE /v1/checkout/sessions/{id}
GET POST /v1/connections
POST /v1/connections/search
GET PUT DELETE /v1/connections/{id}
POST /v1/costs
GET /v1/costs/active
POST /v1/costs/analytics
POST /v1/costs/search
GET PUT DELETE /v1/costs/{id}
GET POST /v1/creditnotes
GET /v1/creditnotes/{id}
POST /v1/creditnotes/{id}/finalize
POST /v1/creditnotes/{id}/void
POST /v1/customer/portal/analytics/cost
POST /v1/customer/portal/analytics/revenue
GET /v1/customer/portal/config
PUT /v1/customer/portal/info
POST /v1/customer/portal/invoices
GET /v1/customer/portal/invoices/{id}
GET /v1/customer/portal/invoices/{id}/pdf
POST /v1/customer/portal/subscriptions
GET /v1/customer/portal/subscriptions/{id}
GET /v1/customer/portal/usage
POST /v1/customer/portal/wallets
GET /v1/customer/portal/wallets/{id}
GET /v1/customer/portal/wallets/{id}/transactions
POST /v1/dashboard/revenue-dashboard
POST /v1/dashboard/revenues
GET PUT /v1/environments/{id}
POST /v1/environments/{id}/clone
GET /v1/integrations/config
POST DELETE /v1/integrations/link
GET /v1/integrations/mappings
POST /v1/integrations/sync
POST /v1/invoices/temporal/{id}/finalize
GET /v1/invoices/{id}/pdf
POST /v1/marketplace/agreements
POST /v1/oauth/complete
POST /v1/oauth/init
GET POST /v1/payments
GET /v1/payments/customers/{id}/methods
POST /v1/payments/customers/{id}/setup/intent
GET PUT DELETE /v1/payments/{id}
POST /v1/payments/{id}/process
POST /v1/portal/onboarding/events
POST /v1/portal/onboarding/setup
GET /v1/rbac/roles
GET /v1/rbac/roles/{id}
GET PUT DELETE /v1/settings/{key}
POST /v1/subscriptions/temporal/schedule-draft-finalization
POST /v1/subscriptions/temporal/schedule-update-billing-period
POST /v1/subscriptions/temporal/{id}/draft-and-compute
POST /v1/subscriptions/temporal/{id}/trigger-workflow
GET /v1/tasks
GET POST /v1/tasks/scheduled
GET PUT DELETE /v1/tasks/scheduled/{id}
POST /v1/tasks/scheduled/{id}/run
GET /v1/tasks/{id}
GET /v1/tasks/{id}/download
PUT /v1/tasks/{id}/status
GET /v1/tenants/billing
PUT /v1/tenants/update
POST /v1/usage-records/search
POST /v1/users/chat/verify
PUT /v1/users/me
POST /v1/users/search
PUT DELETE /v1/users/{id}
PUT /v1/users/{id}/roles
GET /v1/webhooks/dashboard
POST /v1/webhooks/retry
POST /v1/workflows/batch
POST /v1/workflows/search
GET /v1/workflows/{workflow}/{run}
GET /v1/workflows/{workflow}/{run}/summary
GET /v1/workflows/{workflow}/{run}/timeline
"""
_INCOMING = (
    "chargebee", "hubspot", "moyasar", "nomod", "paddle", "quickbooks", "razorpay", "stripe", "whop", "zoho_books",
)  # fmt: skip
_VARIABLE = re.compile(r"\{[^}]*\}|<[^>]*>")
_ALIKE = 0.8


class Known(NamedTuple):
    """A route; in ``path``, what varies is in braces. ``public`` ones ask for no key."""

    method: str
    path: str
    public: bool = False


@cache
def routes() -> tuple[Known, ...]:
    """The routes of the real server that are not emulated, or were not once: one that is emulated counts as such."""
    listed = [
        Known(method, path)
        for *methods, path in (line.split() for line in _TEXT.split("\n") if line)
        for method in methods
    ]
    incoming = (Known("POST", f"/v1/webhooks/{name}/{{tenant}}/{{environment}}", public=True) for name in _INCOMING)
    return (*listed, *incoming)


TAKEN_FOR_IDS = (Known("GET", "/v1/tenants/billing"),)
"""Those whose name would here be taken for the id in an emulated route. They have to be routes of their own."""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Known], ...]:
    return tuple((re.compile(_VARIABLE.sub("[^/]+", known.path)), known) for known in routes())


def find(method: str, path: str) -> Known | None:
    """The real server's route that a request would take there."""
    return next((known for pattern, known in _patterns() if known.method == method and pattern.fullmatch(path)), None)


class NotEmulated(ApiError):
    """501 ``not_implemented``: the real server has the route."""

    code = "not_implemented"

    def __init__(self, known: Known) -> None:
        super().__init__(f"a real Flexprice has {known.method} {known.path}, this emulator has not")


def meant(method: str, path: str, emulated: Iterable[tuple[str, str]]) -> str:
    """What a request that no route takes may have meant; ``emulated`` are methods and paths of routes there are. Empty
    if nothing is near."""
    asked = path.strip("/").split("/")
    there: set[str] = set()
    best = _ALIKE, ""
    for known, rule in (*emulated, *((known.method, known.path) for known in routes())):
        parts = rule.strip("/").split("/")
        if len(parts) != len(asked):
            continue
        # Only names are compared; what varies is taken as it was sent.
        fixed = [(part, sent) for part, sent in zip(parts, asked, strict=True) if not _VARIABLE.fullmatch(part)]
        names, sent_names = ("/".join(words) for words in zip(*fixed, strict=True)) if fixed else ("", "")
        if names == sent_names:
            there.add(known)
            continue
        matcher = difflib.SequenceMatcher(None, sent_names, names)
        if matcher.quick_ratio() > best[0] - 0.01:
            alike = matcher.ratio() + (0.001 if known == method else 0)
            filled = (sent if _VARIABLE.fullmatch(part) else part for part, sent in zip(parts, asked, strict=True))
            best = max(best, (alike, f"{known} /{'/'.join(filled)}"), key=lambda found: found[0])
    if there:
        return f"no {method} here; there is {', '.join(sorted(there))}"
    return f"no such route; {best[1]} is near" if best[1] else "no such route"
