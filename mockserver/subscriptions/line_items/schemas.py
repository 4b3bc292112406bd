"""What line item requests carry and how a line item looks (behaviour/subscriptions#creating-a-subscription,
behaviour/subscriptions#addons)."""

from __future__ import annotations

from mockserver.catalogue.meters.schemas import WholeMeterOut
from mockserver.catalogue.prices.schemas import (
    BILLING_MODELS,
    BILLING_PERIODS,
    INVOICE_CADENCES,
    PRICE_TYPES,
    TIER_MODES,
    CreatePriceIn,
    PriceOut,
    PriceUnitConfigIn,
    TierIn,
    TransformQuantityIn,
)
from mockserver.http.fields import (
    Anything,
    Bool,
    Embedded,
    Int,
    Money,
    Part,
    Parts,
    PartsNotNull,
    Show,
    Text,
    TextListMap,
    TextMap,
    Texts,
    Time,
)
from mockserver.http.listing import MAX_TERMS, ConditionIn, SortIn
from mockserver.http.schema import BaseOut, In


class InlinePriceIn(In):
    """A price to be made for the subscription alone; its currency is the subscription's
    (behaviour/subscriptions#adding-a-line-item)."""

    struct = "SubscriptionPriceCreateRequest"
    type = Text(tags="required", enum=PRICE_TYPES)
    price_unit_type = Text(tags="required", enum=("FIAT", "CUSTOM"))
    billing_period = Text(tags="required", enum=BILLING_PERIODS)
    billing_period_count = Int(about="1 when absent or below")
    billing_model = Text(tags="required", enum=BILLING_MODELS)
    invoice_cadence = Text(tags="required", enum=INVOICE_CADENCES)
    amount = Money()
    meter_id = Text()
    filter_values = TextListMap()
    lookup_key = Text()
    trial_period_days = Int()
    description = Text()
    metadata = TextMap()
    tier_mode = Text(enum=TIER_MODES)
    tiers = Parts(TierIn)
    transform_quantity = Part(TransformQuantityIn)
    price_unit_config = Part(PriceUnitConfigIn)
    start_date = Time(about="the subscription's start when absent")
    end_date = Time()
    display_name = Text()
    min_quantity = Int()


class TimeOfDayIn(In):
    hour = Int(about="0 to 24, UTC")
    minute = Int(about="0 to 59")


class TimeBucketIn(In):
    """A part of the day, UTC, with a price and a commitment of its own; one that ends before it starts goes over
    midnight."""

    struct = "CommitmentBucketRequest"
    id = Text(about="of a bucket the item has, in place of a price")
    start = Part(TimeOfDayIn)
    end = Part(TimeOfDayIn)
    price = Part(CreatePriceIn)
    commitment_type = Text(enum=("amount", "quantity"))
    commitment_value = Money()
    overage_factor = Money()
    true_up_enabled = Bool()


class ItemCommitmentIn(In):
    """What a line item may commit to."""

    commitment_amount = Money()
    commitment_quantity = Money()
    commitment_type = Text(enum=("amount", "quantity"))
    commitment_overage_factor = Money()
    commitment_true_up_enabled = Bool()
    commitment_windowed = Bool()
    commitment_duration = Text(enum=BILLING_PERIODS)
    commitment_time_buckets = Parts(TimeBucketIn)


class NewLineItemIn(ItemCommitmentIn):
    """Exactly one of ``price_id`` and ``price``."""

    struct = "CreateSubscriptionLineItemRequest"
    price_id = Text()
    price = Part(InlinePriceIn)
    quantity = Money(about="min_quantity or 1 when 0; usage items have none")
    start_date = Time()
    end_date = Time(about="without effect on one-time prices")
    metadata = TextMap()
    display_name = Text()
    subscription_phase_id = Text()
    proration_behavior = Text()


class UpdateLineItemIn(ItemCommitmentIn):
    """Metadata changes in place; anything else ends the item and starts a new one
    (behaviour/subscriptions#changing-a-line-item)."""

    effective_from = Time(about="now when absent")
    billing_model = Text(enum=BILLING_MODELS)
    amount = Money()
    tier_mode = Text(enum=TIER_MODES)
    tiers = Parts(TierIn)
    transform_quantity = Part(TransformQuantityIn)
    metadata = TextMap()


class EndLineItemIn(In):
    effective_from = Time(about="now when absent")
    proration_behavior = Text()


class LineItemFilterIn(In):
    """Unlike other lists this one has no default status: archived items are listed too
    (behaviour/subscriptions#searching-line-items)."""

    limit = Int(about="1 to 1000, 50 when absent")
    offset = Int()
    status = Text()
    order = Text(enum=("asc", "desc"))
    expand = Text(about="comma-separated names of what to embed")
    sort = PartsNotNull(SortIn, most=MAX_TERMS)
    filters = PartsNotNull(ConditionIn, most=MAX_TERMS)
    subscription_line_item_ids = Texts()
    subscription_ids = Texts()
    customer_ids = Texts()
    price_ids = Texts()
    meter_ids = Texts()
    currencies = Texts()
    billing_periods = Texts()
    entity_ids = Texts()
    entity_type = Text()
    addon_association_ids = Texts()
    active_filter = Bool()
    current_period_start = Time()


class LineItemOut(BaseOut):
    """A line item; ``price`` and ``meter`` only where a read embeds them."""

    id = Text()
    subscription_id = Text()
    customer_id = Text()
    entity_id = Text(when=Show.IF_FULL)
    entity_type = Text(when=Show.IF_FULL)
    plan_display_name = Text(when=Show.IF_FULL)
    price_id = Text()
    price_type = Text(when=Show.IF_FULL)
    meter_id = Text(when=Show.IF_FULL)
    meter_display_name = Text(when=Show.IF_FULL)
    price_unit_id = Text()
    price_unit = Text()
    display_name = Text(when=Show.IF_FULL)
    quantity = Money()
    currency = Text()
    billing_period = Text()
    billing_period_count = Int()
    invoice_cadence = Text()
    start_date = Time()
    end_date = Time(about="0001-01-01T00:00:00Z when open-ended", null="0001-01-01T00:00:00Z")
    subscription_phase_id = Text(when=Show.IF_SET)
    addon_association_id = Text(when=Show.IF_SET)
    metadata = TextMap(when=Show.IF_FULL)
    environment_id = Text()
    commitment_amount = Money(when=Show.IF_SET)
    commitment_quantity = Money(when=Show.IF_SET)
    commitment_type = Text(when=Show.IF_FULL)
    commitment_overage_factor = Money(when=Show.IF_SET)
    commitment_true_up_enabled = Bool()
    commitment_windowed = Bool()
    commitment_duration = Text(when=Show.IF_SET)
    commitment_time_buckets = Anything(when=Show.IF_FULL)
    price = Embedded(PriceOut, when=Show.IF_SET)
    meter = Embedded(WholeMeterOut, when=Show.IF_SET)
