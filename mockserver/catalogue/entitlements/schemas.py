"""What entitlement requests carry and how an entitlement looks (behaviour/invoices-and-wallets#billing-objects)."""

from __future__ import annotations

from mockserver.catalogue.features.schemas import FEATURE_TYPES, FeatureOut
from mockserver.catalogue.owners.schemas import PlanOut
from mockserver.http.fields import AnyObject, Anything, Bool, Int, Money, Part, Parts, Show, Text, Texts, Time
from mockserver.http.listing import ListFilter
from mockserver.http.schema import BaseOut, In, Out

ENTITY_TYPES = ("PLAN", "ADDON", "SUBSCRIPTION")
RESET_PERIODS = ("MONTHLY", "ANNUAL", "WEEKLY", "DAILY", "QUARTERLY", "HALF_YEARLY", "NEVER")


class GrantFieldsIn(In):
    """Time-boxed grants on an entitlement."""

    grant_measure = Text(enum=("quantity", "amount"))
    grant_duration_value = Int()
    grant_duration_unit = Text()
    grant_allocation_behavior = Text()
    grant_quota = Money()
    aggregation_mode = Text(enum=("additive", "parallel"))


class CreateEntitlementIn(GrantFieldsIn):
    struct = "CreateEntitlementRequest"
    names_failures = False
    feature_id = Text(tags="required")
    feature_type = Text(tags="required", enum=FEATURE_TYPES)
    plan_id = Text(about="the plan, or use entity_type and entity_id")
    entity_type = Text(enum=ENTITY_TYPES)
    entity_id = Text()
    is_enabled = Bool(about="looked at for boolean features only; others are always enabled")
    usage_limit = Int(about="unlimited when absent")
    usage_reset_period = Text(enum=RESET_PERIODS)
    is_soft_limit = Bool()
    static_value = Text()
    config_value = AnyObject()
    parent_entitlement_id = Text()
    start_date = Time()
    end_date = Time()


class BulkEntitlementsIn(In):
    struct = "CreateBulkEntitlementRequest"
    items = Parts(CreateEntitlementIn, about="1 to 100; all are created or none")


class UpdateEntitlementIn(GrantFieldsIn):
    is_enabled = Bool()
    usage_limit = Int(about="0 changes nothing")
    usage_reset_period = Text(enum=RESET_PERIODS)
    is_soft_limit = Bool()
    static_value = Text()
    config_value = AnyObject()
    clear_grant_config = Bool()


class EntitlementFilterIn(ListFilter):
    entity_type = Text(enum=ENTITY_TYPES)
    entity_ids = Texts()
    feature_ids = Texts()
    feature_type = Text(enum=FEATURE_TYPES)
    is_enabled = Bool()
    plan_ids = Texts()
    has_grant_config = Bool()


class EntitlementOut(BaseOut):
    id = Text()
    entity_type = Text()
    entity_id = Text()
    feature_id = Text()
    feature_type = Text()
    is_enabled = Bool()
    usage_limit = Int(nullable=True, about="null when unlimited")
    usage_reset_period = Text(null="")
    is_soft_limit = Bool()
    static_value = Text(null="")
    display_order = Int()
    config_value = AnyObject(when=Show.IF_FULL)
    parent_entitlement_id = Text(when=Show.IF_SET)
    start_date = Time(when=Show.IF_SET)
    end_date = Time(when=Show.IF_SET)
    aggregation_mode = Text(when=Show.IF_FULL)
    feature = Part(FeatureOut, when=Show.IF_SET)
    plan = Part(PlanOut, when=Show.IF_SET)
    plan_id = Text(when=Show.IF_FULL)


class BulkEntitlementsOut(Out):
    items = Parts(EntitlementOut)


class AggregatedEntitlementOut(Out):
    is_enabled = Bool()
    usage_limit = Int(when=Show.IF_SET, about="absent when unlimited")
    is_soft_limit = Bool()
    usage_reset_period = Text(when=Show.IF_FULL)
    static_values = Texts(when=Show.IF_FULL)
    config_values = Anything(when=Show.IF_FULL, about="the values that are not empty")
    aggregation_mode = Text(when=Show.IF_FULL)


class EntitlementSourceOut(Out):
    subscription_id = Text()
    entity_id = Text()
    entity_type = Text(enum=("plan", "addon", "subscription"))
    quantity = Int()
    entity_name = Text(null="")
    entitlement_id = Text()
    is_enabled = Bool()
    usage_limit = Int(when=Show.IF_SET)
    static_value = Text(when=Show.IF_FULL)
    config_value = AnyObject(when=Show.IF_FULL)


class AggregatedFeatureOut(Out):
    feature = Part(FeatureOut)
    entitlement = Part(AggregatedEntitlementOut)
    sources = Parts(EntitlementSourceOut)
