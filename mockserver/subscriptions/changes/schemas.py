"""What plan change requests carry and what they answer (behaviour/subscriptions#addons)."""

from __future__ import annotations

from mockserver.http.fields import Bool, Int, Money, Part, Parts, Show, Text, TextMap, Texts, Time
from mockserver.http.schema import In, Out
from mockserver.subscriptions.base.vocabulary import PRORATION_BEHAVIORS
from mockserver.subscriptions.core.schemas import SubscriptionOut
from mockserver.subscriptions.modifications.schemas import ChangedOut

CHANGE_AT = ("immediate", "end_of_period")
CHANGE_TYPES = ("upgrade", "downgrade", "lateral")


class ChangeIn(In):
    """All but count, date and metadata are required; a preview does not look at period, cadence and cycle."""

    struct = "SubscriptionChangeRequest"
    target_plan_id = Text()
    proration_behavior = Text(enum=PRORATION_BEHAVIORS)
    billing_cadence = Text(enum=("RECURRING",))
    billing_period = Text()
    billing_period_count = Int()
    billing_cycle = Text()
    change_at = Text(enum=CHANGE_AT)
    metadata = TextMap()


class EntityPolicyIn(In):
    default_behaviour = Text(enum=("carry", "drop"))
    overrides = TextMap()


class EntityPoliciesIn(In):
    addons = Part(EntityPolicyIn)


class ChangeV2In(In):
    struct = "SubscriptionChangeV2Request"
    target_plan_id = Text(tags="required")
    proration_behavior = Text(tags="required", enum=PRORATION_BEHAVIORS)
    entity_policies = Part(EntityPoliciesIn)
    idempotency_key = Text()
    change_at = Text(enum=CHANGE_AT)
    metadata = TextMap()


class PlanSummaryOut(Out):
    id = Text()
    name = Text()
    lookup_key = Text(when=Show.IF_FULL)
    description = Text(when=Show.IF_FULL)


class ProrationOut(Out):
    credit_amount = Money()
    credit_description = Text()
    charge_amount = Money()
    charge_description = Text()
    net_amount = Money()
    proration_date = Time()
    current_period_start = Time()
    current_period_end = Time()
    days_used = Int()
    days_remaining = Int()
    currency = Text()


class PreviewLineOut(Out):
    description = Text()
    amount = Money()
    quantity = Money()
    unit_price = Money()
    is_proration = Bool()


class InvoicePreviewOut(Out):
    subtotal = Money()
    tax_amount = Money()
    total = Money()
    currency = Text()
    line_items = Parts(PreviewLineOut)


class BillingCycleOut(Out):
    period_start = Time()
    period_end = Time()
    billing_anchor = Time()
    billing_cadence = Text()
    billing_period = Text()
    billing_period_count = Int()


class ChangePreviewOut(Out):
    subscription_id = Text()
    current_plan = Part(PlanSummaryOut)
    target_plan = Part(PlanSummaryOut)
    change_type = Text(enum=CHANGE_TYPES)
    proration_details = Part(ProrationOut, when=Show.IF_SET)
    next_invoice_preview = Part(InvoicePreviewOut)
    effective_date = Time()
    new_billing_cycle = Part(BillingCycleOut)
    warnings = Texts(when=Show.IF_FULL)
    metadata = TextMap(when=Show.IF_FULL)


class SubscriptionSummaryOut(Out):
    """Zero values where a change says nothing about the subscription."""

    id = Text(null="")
    status = Text(null="")
    plan_id = Text(null="")
    current_period_start = Time(null="0001-01-01T00:00:00Z")
    current_period_end = Time(null="0001-01-01T00:00:00Z")
    billing_anchor = Time(null="0001-01-01T00:00:00Z")
    created_at = Time(null="0001-01-01T00:00:00Z")


class ChangeExecutedOut(Out):
    is_scheduled = Bool()
    schedule_id = Text(when=Show.IF_SET)
    scheduled_at = Time(when=Show.IF_SET)
    old_subscription = Part(SubscriptionSummaryOut)
    new_subscription = Part(SubscriptionSummaryOut)
    change_type = Text(enum=CHANGE_TYPES)
    proration_applied = Part(ProrationOut, when=Show.IF_SET)
    effective_date = Time()
    metadata = TextMap(when=Show.IF_FULL)


class EntityChangeOut(Out):
    entity_type = Text(enum=("addon",))
    reference_id = Text(about="the addon association")
    entity_id = Text()
    behaviour = Text(enum=("carry", "drop"))


class ChangeV2Out(Out):
    subscription = Part(SubscriptionOut)
    changed_resources = Part(ChangedOut)
    change_type = Text(enum=CHANGE_TYPES)
    effective_at = Time()
    from_plan = Part(PlanSummaryOut)
    to_plan = Part(PlanSummaryOut)
    entity_changes = Parts(EntityChangeOut, when=Show.IF_FULL)
    is_scheduled = Bool()
    schedule_id = Text(when=Show.IF_SET)
    scheduled_at = Time(when=Show.IF_SET)
    warnings = Texts(when=Show.IF_FULL)
    metadata = TextMap(when=Show.IF_FULL)
