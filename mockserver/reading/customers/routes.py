"""Which URL calls which rule of a customer's sides (behaviour/customers-and-plans#sub-resources-of-a-customer)."""

from __future__ import annotations

from typing import Any

from mockserver.catalogue.entitlements.effective import show_aggregated
from mockserver.catalogue.features.view import show as show_feature
from mockserver.credits.grants.applying import upcoming
from mockserver.credits.grants.schemas import GrantApplicationOut
from mockserver.credits.wallets import accounts
from mockserver.credits.wallets.listing import BREAKDOWN, with_breakdown
from mockserver.credits.wallets.schemas import WalletBalanceOut, WalletOut
from mockserver.customers import rules as customers
from mockserver.errors import Invalid
from mockserver.http.listing import check_expand, envelope, names_of
from mockserver.http.routing import Answer, Call, Routes
from mockserver.reading.customers import invoices, portal, usage
from mockserver.reading.customers.schemas import (
    CustomerEntitlementsOut,
    CustomerEntitlementsQuery,
    CustomerSubscriptionsOut,
    CustomerUsageOut,
    CustomerUsageQuery,
    CustomerWalletsQuery,
    FeatureUsageOut,
    InvoiceSummariesOut,
    PortalSessionOut,
)
from mockserver.reading.wallets import balance
from mockserver.subscriptions.core import entitled as subscribed
from mockserver.subscriptions.core.present import show as show_subscription
from mockserver.subscriptions.core.present import show_embedding

ROUTES = Routes("Customers")
ENTITLEMENTS_QUERY, USAGE_QUERY = CustomerEntitlementsQuery(), CustomerUsageQuery()
WALLETS_QUERY = CustomerWalletsQuery()
ENTITLEMENTS, FEATURE_USAGE, USAGE = CustomerEntitlementsOut(), FeatureUsageOut(), CustomerUsageOut()
SUMMARIES, PORTAL, SUBSCRIPTIONS = InvoiceSummariesOut(), PortalSessionOut(), CustomerSubscriptionsOut()
WALLET, BALANCE, GRANT_APPLICATION = WalletOut(), WalletBalanceOut(), GrantApplicationOut()
_LINE_ITEMS = "subscription_line_items"


def _entitlements(call: Call, customer_id: str) -> dict[str, Any]:
    query = call.query()
    subscriptions, features = subscribed.entitled(
        call.work, customer_id, query.get("feature_ids", ()), query.get("subscription_ids", ())
    )
    return {
        "customer_id": customer_id,
        "subscriptions": [show_subscription(row) for row in subscriptions],
        "features": show_aggregated(features),
    }


@ROUTES.get("/v1/customers/<customer_id>/entitlements", query=ENTITLEMENTS_QUERY, answer=ENTITLEMENTS)
def entitlements(call: Call) -> dict[str, Any]:
    """What a customer's running subscriptions entitle to, added up; empty for an unknown customer."""
    return _entitlements(call, call.params["customer_id"])


@ROUTES.get("/v1/customers/external/<external_id>/entitlements", query=ENTITLEMENTS_QUERY, answer=ENTITLEMENTS)
def external_entitlements(call: Call) -> dict[str, Any]:
    """What the customer of that external id is entitled to."""
    customer = customers.get_by_external_id(call.work, call.params["external_id"])
    return _entitlements(call, customer["id"])


@ROUTES.get("/v1/customers/external/<external_id>/subscriptions", answer=SUBSCRIPTIONS)
def external_subscriptions(call: Call) -> dict[str, Any]:
    """The running subscriptions of the customer of that external id."""
    expand = call.arg("expand")
    check_expand(expand, (_LINE_ITEMS, f"{_LINE_ITEMS}.meters", "entitlements"))
    rows = subscribed.of_external_customer(call.work, call.params["external_id"])
    # "entitlements" is accepted and adds nothing here (behaviour/customers-and-plans#sub-resources-of-a-customer).
    wanted = [name for name in names_of(expand) if name != "entitlements"]
    shown = show_embedding(call.work, rows, wanted)
    return {**envelope([], 0, 0, 0), "items": shown or None}


def _usage(call: Call, path_id: str = "") -> dict[str, Any]:
    query = call.query()
    customer_id = usage.customer_of(call.work, query, path_id)
    rows = usage.summary(call.work, customer_id, query)
    features = [_feature_usage(row) for row in rows]
    return {"customer_id": customer_id, "features": features, "period": None}


def _feature_usage(row: dict[str, Any]) -> dict[str, Any]:
    return {**FEATURE_USAGE.dump(row), "feature": show_feature(row["feature"], meter=row["meter"])}


@ROUTES.get("/v1/customers/usage", query=USAGE_QUERY, answer=USAGE)
def usage_by_query(call: Call) -> dict[str, Any]:
    """How much of its entitlements a customer has used in the current period."""
    return _usage(call)


@ROUTES.get("/v1/customers/<customer_id>/usage", query=USAGE_QUERY, answer=USAGE)
def usage_by_id(call: Call) -> dict[str, Any]:
    """How much of its entitlements a customer has used (older form of the route)."""
    return _usage(call, call.params["customer_id"])


@ROUTES.get("/v1/customers/<customer_id>/invoices/summary", answer=SUMMARIES)
def invoices_summary(call: Call) -> dict[str, Any]:
    """What a customer owes in each currency of its active subscriptions."""
    customer_id = call.params["customer_id"]
    rows = invoices.summaries(call.work, customer_id)
    default = rows[0]["currency"] if rows else ""
    return SUMMARIES.dump({"customer_id": customer_id, "default_currency": default, "summaries": rows})


@ROUTES.get("/v1/customers/<customer_id>/grants/upcoming", answer=GRANT_APPLICATION, items=True)
def upcoming_grants(call: Call) -> dict[str, Any]:
    """The credits that a customer's running subscriptions bring later."""
    work, customer_id = call.work, call.params["customer_id"]
    customers.get(work, customer_id)
    rows = upcoming(work, [row.id for row in subscribed.running(work, customer_id)])
    return envelope([GRANT_APPLICATION.dump(row) for row in rows], len(rows), 0, 0)


@ROUTES.get("/v1/customers/<customer_id>/wallets", answer=WALLET, bare=True)
def wallets(call: Call) -> Answer:
    """A customer's active wallets; none for an unknown customer."""
    wanted = check_expand(call.arg("expand"), (BREAKDOWN,))
    rows = accounts.active_of(call.work, call.params["customer_id"])
    return Answer(
        200,
        [WALLET.dump(row) for row in with_breakdown(call.work, [wallet.row for wallet in rows], BREAKDOWN in wanted)],
    )


@ROUTES.get("/v1/customers/wallets", query=WALLETS_QUERY, answer=BALANCE, bare=True)
def wallets_by_query(call: Call) -> Answer:
    """The active wallets of the customer named by ``id`` or ``lookup_key``, with real-time balances if asked for."""
    query = call.query()
    customer_id, lookup_key = query.get("id", ""), query.get("lookup_key", "")
    wanted = check_expand(query.get("expand"), (BREAKDOWN,))
    if bool(customer_id) == bool(lookup_key):
        raise Invalid("give either id or lookup_key")
    work = call.work
    customer = customers.get_by_external_id(work, lookup_key) if lookup_key else customers.get(work, customer_id)
    rows = accounts.active_of(work, customer["id"])
    if not query.get("include_real_time_balance"):
        return Answer(200, [BALANCE.dump({**row.row, "is_cached_fallback": False}) for row in rows])
    shown = with_breakdown(work, [balance.real_time(work, wallet) for wallet in rows], BREAKDOWN in wanted)
    return Answer(200, [BALANCE.dump(row) for row in shown])


@ROUTES.get("/v1/customers/portal/<external_id>", answer=PORTAL)
def portal_session(call: Call) -> dict[str, Any]:
    """A link to the portal of the customer of that external id, good for an hour."""
    return PORTAL.dump(portal.session(call.work, call.params["external_id"]))
