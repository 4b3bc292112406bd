"""What the customer's side routes are asked and answer (behaviour/customers-and-plans#sub-resources-of-a-customer)."""

from __future__ import annotations

from mockserver.catalogue.entitlements.schemas import AggregatedFeatureOut, EntitlementSourceOut
from mockserver.catalogue.features.schemas import FeatureOut
from mockserver.http.fields import Bool, Int, Money, Part, Parts, Text, Texts, Time
from mockserver.http.listing import PaginationOut
from mockserver.http.schema import In, Out
from mockserver.subscriptions.core.schemas import SubscriptionOut


class CustomerEntitlementsQuery(In):
    feature_ids = Texts()
    subscription_ids = Texts()


class CustomerUsageQuery(In):
    customer_id = Text()
    customer_lookup_key = Text(about="the customer's external_id")
    feature_ids = Texts()
    feature_lookup_keys = Texts(about="keys that match no feature do not narrow the answer")
    subscription_ids = Texts()


class CustomerWalletsQuery(In):
    id = Text()
    lookup_key = Text(about="the customer's external_id")
    include_real_time_balance = Bool()
    from_cache = Bool()
    expand = Text()


class CustomerEntitlementsOut(Out):
    customer_id = Text()
    subscriptions = Parts(SubscriptionOut)
    features = Parts(AggregatedFeatureOut)


class FeatureUsageOut(Out):
    feature = Part(FeatureOut)
    total_limit = Int(about="null when unlimited")
    is_unlimited = Bool()
    current_usage = Money()
    usage_percent = Money(about="a fraction: 0.25 is a quarter of the limit")
    is_enabled = Bool()
    is_soft_limit = Bool()
    next_usage_reset_at = Time()
    sources = Parts(EntitlementSourceOut)


class CustomerUsageOut(Out):
    customer_id = Text()
    features = Parts(FeatureUsageOut)
    period = Text(about="always null", nullable=True)


class CustomerSubscriptionsOut(Out):
    items = Parts(SubscriptionOut, about="null when there are none")
    pagination = Part(PaginationOut)


class InvoiceSummaryOut(Out):
    customer_id = Text()
    currency = Text()
    total_revenue_amount = Money()
    total_unpaid_amount = Money()
    total_overdue_amount = Money()
    total_invoice_count = Int()
    unpaid_invoice_count = Int()
    overdue_invoice_count = Int()
    unpaid_usage_charges = Money()
    unpaid_fixed_charges = Money()


class InvoiceSummariesOut(Out):
    customer_id = Text()
    default_currency = Text()
    summaries = Parts(InvoiceSummaryOut)


class PortalSessionOut(Out):
    url = Text()
    token = Text()
    expires_at = Time()
