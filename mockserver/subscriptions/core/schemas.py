"""What subscription requests carry and how a subscription looks (behaviour/subscriptions#creating-a-subscription)."""

from __future__ import annotations

from mockserver.catalogue.credit_grants.schemas import CreateCreditGrantIn
from mockserver.catalogue.entitlements.schemas import AggregatedFeatureOut
from mockserver.catalogue.plans.embedding import PlanWithPartsOut
from mockserver.customers.schemas import CustomerOut, TaxRateOverrideIn
from mockserver.http.fields import (
    Anything,
    Bool,
    Embedded,
    EmbeddedParts,
    Int,
    Money,
    Part,
    PartMap,
    Parts,
    Show,
    Text,
    TextListMap,
    TextMap,
    Texts,
    Time,
)
from mockserver.http.listing import ListFilter
from mockserver.http.schema import BaseOut, In, Out
from mockserver.subscriptions.addons.schemas import AddonIn, CheckoutIn, CommitmentIn, OverrideIn
from mockserver.subscriptions.base import vocabulary as words
from mockserver.subscriptions.line_items.schemas import LineItemOut, NewLineItemIn


class CouponIn(In):
    struct = "SubscriptionCouponInput"
    coupon_code = Text(tags="required")
    start_date = Time()
    end_date = Time()
    price_id = Text()


class PhaseIn(In):
    """A stretch of the subscription with prices of its own; overrides of the first phase have no effect."""

    struct = "SubscriptionPhaseCreateRequest"
    start_date = Time(tags="required")
    end_date = Time()
    coupons = Texts()
    subscription_coupons = Parts(CouponIn)
    line_item_coupons = TextListMap()
    override_line_items = Parts(OverrideIn, tags="omitempty,dive")
    line_items = Parts(NewLineItemIn, tags="omitempty,dive")
    metadata = TextMap()


class EntitlementOverrideIn(In):
    struct = "OverrideEntitlementRequest"
    entitlement_id = Text(tags="required")
    usage_limit = Int()
    is_enabled = Bool()
    static_value = Text()
    config_value = Anything()


class InheritanceIn(In):
    """How the subscription hangs together with others (behaviour/subscriptions#inheritance)."""

    struct = "SubscriptionInheritanceConfig"
    external_customer_ids_to_inherit_subscription = Texts()
    parent_subscription_id = Text()
    invoicing_customer_external_id = Text()
    subscriptions_ids_for_grouped_invoicing = Texts()


class CreateSubscriptionIn(In):
    struct = "CreateSubscriptionRequest"
    customer_id = Text(about="wins over external_customer_id")
    external_customer_id = Text()
    plan_id = Text(tags="required")
    currency = Text(tags="required,len=3", about="three letters, any case")
    lookup_key = Text()
    start_date = Time(about="now when absent; cut to milliseconds")
    end_date = Time()
    billing_period = Text(tags="required", enum=words.BILLING_PERIODS)
    billing_period_count = Int(about="1 when absent or 0")
    billing_cycle = Text(enum=words.BILLING_CYCLES)
    billing_anchor = Time(about="only with the anniversary cycle")
    collection_method = Text(enum=words.COLLECTION_METHODS)
    payment_behavior = Text(enum=words.PAYMENT_BEHAVIORS)
    payment_terms = Text(enum=words.PAYMENT_TERMS)
    gateway_payment_method_id = Text()
    proration_behavior = Text(enum=words.PRORATION_BEHAVIORS)
    timezone = Text(tags="omitempty,timezone")
    customer_timezone = Text(about="IANA time zone the subscription bills in; wins over timezone")
    subscription_status = Text(enum=words.SUBSCRIPTION_STATUSES)
    metadata = TextMap()
    auto_invoice_threshold = Money()
    inheritance = Part(InheritanceIn)
    checkout = Part(CheckoutIn)
    trial_period_days = Int(about="the plan's trial when absent, none for 0")
    commitment_amount = Money()
    commitment_duration = Text(enum=words.BILLING_PERIODS)
    overage_factor = Money()
    enable_true_up = Bool()
    tax_rate_overrides = Parts(TaxRateOverrideIn)
    subscription_coupons = Parts(CouponIn)
    coupons = Texts()
    line_item_coupons = TextListMap()
    line_item_commitments = PartMap(CommitmentIn)
    override_line_items = Parts(OverrideIn, tags="omitempty,dive")
    override_entitlements = Parts(EntitlementOverrideIn, tags="omitempty,dive")
    addons = Parts(AddonIn, tags="omitempty,dive")
    line_items = Parts(NewLineItemIn, tags="omitempty,dive", about="further items, at most 100")
    phases = Parts(PhaseIn, tags="omitempty,dive")
    credit_grants = Parts(CreateCreditGrantIn, about="in place of the plan's; an empty list means none")


class UpdateSubscriptionIn(In):
    """Nothing else of a subscription can be updated (behaviour/subscriptions#updating)."""

    struct = "UpdateSubscriptionRequest"
    status = Text(enum=words.SUBSCRIPTION_STATUSES)
    cancel_at = Time(about="also becomes the end_date")
    cancel_at_period_end = Bool(about="cleared when absent")
    parent_subscription_id = Text(about="an empty text clears it")


class ActivateSubscriptionIn(In):
    struct = "ActivateDraftSubscriptionRequest"
    start_date = Time(tags="required")


class CancelSubscriptionIn(In):
    cancellation_type = Text(enum=("immediate", "end_of_period", "scheduled_date"))
    cancel_at = Time()
    proration_behavior = Text(enum=words.PRORATION_BEHAVIORS)
    cancel_immediately_inovice_policy = Text(enum=("generate_invoice", "skip"))
    reason = Text()


class ProrationDetailOut(Out):
    line_item_id = Text()
    price_id = Text(about="empty where nothing was computed")
    original_amount = Money()
    credit_amount = Money()
    charge_amount = Money()
    proration_days = Int()
    description = Text(when=Show.IF_FULL)


class CancelledOut(Out):
    subscription_id = Text()
    cancellation_type = Text()
    effective_date = Time()
    status = Text()
    reason = Text(when=Show.IF_FULL)
    proration_details = Parts(ProrationDetailOut)
    total_credit_amount = Money()
    message = Text()
    processed_at = Time()


class SubscriptionFilterIn(ListFilter):
    """Filters of lists and searches (behaviour/subscriptions#lists-and-searches); only active subscriptions unless a
    status is asked for."""

    subscription_ids = Texts()
    customer_id = Text()
    customer_ids = Texts()
    external_customer_id = Text()
    plan_id = Text()
    subscription_status = Texts()
    billing_cadence = Texts()
    billing_period = Texts()
    subscription_type = Texts()
    parent_subscription_ids = Texts()
    invoicing_customer_ids = Texts()
    active_at = Time()
    effective_date_for_update = Time()
    trial_end_due_lte = Time()
    with_line_items = Bool()
    with_coupon_associations = Bool()


class SubscriptionOut(BaseOut):
    """A subscription; what some answers embed comes from ``subscriptions.present``, already printed."""

    id = Text()
    lookup_key = Text(when=Show.IF_FULL)
    customer_id = Text()
    plan_id = Text()
    subscription_status = Text(enum=words.SUBSCRIPTION_STATUSES)
    currency = Text()
    billing_anchor = Time()
    billing_cycle = Text()
    start_date = Time()
    end_date = Time(when=Show.IF_SET)
    current_period_start = Time()
    current_period_end = Time()
    cancelled_at = Time(when=Show.IF_SET)
    cancel_at = Time()
    cancel_at_period_end = Bool()
    trial_start = Time()
    trial_end = Time()
    billing_cadence = Text()
    billing_period = Text()
    billing_period_count = Int()
    version = Int()
    metadata = TextMap(when=Show.IF_FULL)
    environment_id = Text()
    pause_status = Text()
    active_pause_id = Text(when=Show.IF_SET)
    commitment_amount = Money(when=Show.IF_SET)
    commitment_duration = Text(when=Show.IF_SET)
    overage_factor = Money(when=Show.IF_SET)
    payment_behavior = Text()
    collection_method = Text()
    gateway_payment_method_id = Text(null="")
    line_items = EmbeddedParts(LineItemOut, when=Show.IF_FULL)
    plan = Embedded(PlanWithPartsOut, when=Show.IF_SET, nullable=True)
    customer = Embedded(CustomerOut, when=Show.IF_SET, nullable=True)
    pauses = Anything(when=Show.IF_FULL)
    timezone = Text()
    proration_behavior = Text()
    enable_true_up = Bool()
    invoicing_customer_id = Text(when=Show.IF_SET)
    parent_subscription_id = Text(when=Show.IF_SET)
    payment_terms = Text(when=Show.IF_SET)
    subscription_type = Text()
    auto_invoice_threshold = Money(when=Show.IF_SET)
    synced_price_sequence = Int(when=Show.IF_FULL)


class PhaseOut(BaseOut):
    id = Text()
    subscription_id = Text()
    start_date = Time()
    end_date = Time(when=Show.IF_SET)
    metadata = TextMap(when=Show.IF_FULL)


class EntitledOut(Out):
    subscription_id = Text()
    plan_id = Text()
    features = Parts(AggregatedFeatureOut)
