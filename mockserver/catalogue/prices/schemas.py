"""What price requests carry and how a price looks (behaviour/prices-and-meters#the-price-object,
behaviour/prices-and-meters#fields-of-a-price)."""

from __future__ import annotations

from mockserver.catalogue.groups.schemas import GroupReadOut
from mockserver.catalogue.meters.schemas import MeterOut
from mockserver.catalogue.owners.schemas import AddonOut, PlanOut
from mockserver.catalogue.price_units.schemas import PriceUnitOut
from mockserver.http.fields import (
    Bool,
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
    Unsigned,
)
from mockserver.http.listing import MAX_TERMS, ConditionIn, TextSortFilter
from mockserver.http.schema import BaseOut, In, Out

PRICE_TYPES = ("USAGE", "FIXED")
BILLING_MODELS = ("FLAT_FEE", "PACKAGE", "TIERED")
BILLING_PERIODS = ("MONTHLY", "ANNUAL", "WEEKLY", "DAILY", "QUARTERLY", "HALF_YEARLY", "ONETIME")
INVOICE_CADENCES = ("ARREAR", "ADVANCE")
ENTITY_TYPES = ("PLAN", "SUBSCRIPTION", "ADDON", "PRICE", "COSTSHEET")
TIER_MODES = ("VOLUME", "SLAB")
ROUNDINGS = ("up", "down")


class TierIn(In):
    up_to = Unsigned(about="inclusive; absent or null: no end")
    unit_amount = Money()
    flat_amount = Money(about="paid once on entering the tier")


class TransformQuantityIn(In):
    divide_by = Int(about="size of a package")
    round = Text(enum=ROUNDINGS, about="up when absent")


class PriceUnitConfigIn(In):
    price_unit = Text(tags="required", about="code of a published price unit")
    amount = Money(about="in the price unit")
    price_unit_tiers = Parts(TierIn, about="tiers in the price unit")


class CreatePriceIn(In):
    struct = "CreatePriceRequest"
    currency = Text(tags="required,len=3")
    entity_type = Text(tags="required", enum=("PLAN", "ADDON", "SUBSCRIPTION", "COSTSHEET"))
    entity_id = Text(tags="required")
    type = Text(tags="required", enum=PRICE_TYPES)
    price_unit_type = Text(enum=("FIAT", "CUSTOM"), about="FIAT when absent")
    billing_period = Text(tags="required", enum=BILLING_PERIODS)
    billing_period_count = Int(about="at least 1")
    billing_model = Text(tags="required", enum=BILLING_MODELS)
    invoice_cadence = Text(tags="required", enum=INVOICE_CADENCES)
    amount = Money(about="required for FLAT_FEE and PACKAGE prices in real currency")
    meter_id = Text(about="required for USAGE prices")
    filter_values = TextListMap(about="bill only the meter's events whose properties have one of these values")
    lookup_key = Text(about="your own key of the price; unique among prices without an end")
    trial_period_days = Int()
    description = Text()
    display_name = Text(about="name of the plan, addon or meter when absent")
    metadata = TextMap()
    tier_mode = Text(enum=TIER_MODES)
    tiers = Parts(TierIn, about="required for TIERED prices in real currency")
    transform_quantity = Part(TransformQuantityIn, about="required for PACKAGE prices")
    price_unit_config = Part(PriceUnitConfigIn, about="required for CUSTOM prices")
    start_date = Time(about="now when absent")
    end_date = Time()
    min_quantity = Int(about="FIXED prices only")
    group_id = Text()


class BulkPricesIn(In):
    items = Parts(CreatePriceIn, about="1 to 100 prices; all or none are created")


class UpdatePriceIn(In):
    """Changing one of the first seven makes a new version of the price
    (behaviour/prices-and-meters#updating-a-price)."""

    billing_model = Text(enum=BILLING_MODELS)
    amount = Money()
    tier_mode = Text(enum=TIER_MODES)
    tiers = Parts(TierIn)
    transform_quantity = Part(TransformQuantityIn)
    price_unit_amount = Money()
    price_unit_tiers = Parts(TierIn)
    effective_from = Time(about="when the new version starts, now when absent")
    lookup_key = Text()
    description = Text()
    display_name = Text()
    metadata = TextMap(about="replaces all metadata")
    group_id = Text(about="an empty text leaves the group")


class EndPriceIn(In):
    end_date = Time(about="now when absent")


class PriceFilterIn(TextSortFilter):
    price_ids = Texts()
    plan_ids = Texts()
    subscription_id = Text()
    parent_price_id = Text()
    entity_type = Text(enum=ENTITY_TYPES)
    entity_ids = Texts()
    meter_ids = Texts()
    billing_periods = Texts()
    start_date_lt = Time(about="only prices that start before")
    allow_expired_prices = Bool(about="list ended prices too")
    filters = PartsNotNull(ConditionIn, most=MAX_TERMS)


class TierOut(Out):
    up_to = Unsigned(nullable=True)
    unit_amount = Money(null="0")
    flat_amount = Money(when=Show.IF_SET)


class TransformQuantityOut(Out):
    divide_by = Int(when=Show.IF_FULL)
    round = Text(when=Show.IF_FULL)


class PriceOut(BaseOut):
    """A price by itself or as other answers embed it; see ``prices.present``.

    A row's ``filter_values`` are printed only when ``present.visible`` has put them forward.
    """

    id = Text()
    amount = Money()
    display_amount = Text()
    currency = Text()
    price_unit_type = Text()
    price_unit_id = Text(when=Show.IF_SET)
    price_unit = Text(when=Show.IF_SET)
    price_unit_amount = Money(when=Show.IF_SET)
    display_price_unit_amount = Text(when=Show.IF_FULL)
    conversion_rate = Money(when=Show.IF_SET)
    type = Text()
    billing_period = Text()
    billing_period_count = Int()
    billing_model = Text()
    display_name = Text(null="")
    min_quantity = Money(when=Show.IF_SET)
    billing_cadence = Text(enum=("RECURRING",))
    invoice_cadence = Text()
    trial_period_days = Int()
    tier_mode = Text(when=Show.IF_FULL)
    tiers = Parts(TierOut, when=Show.IF_FULL)
    price_unit_tiers = Parts(TierOut, when=Show.IF_FULL)
    meter_id = Text(null="")
    shown_filter_values = TextListMap(data_key="filter_values", when=Show.IF_FULL)
    lookup_key = Text(null="")
    description = Text(null="")
    transform_quantity = Part(TransformQuantityOut)
    metadata = TextMap(null={})
    entity_type = Text()
    entity_id = Text()
    parent_price_id = Text(when=Show.IF_FULL)
    group_id = Text(when=Show.IF_FULL)
    start_date = Time(when=Show.IF_SET)
    end_date = Time(when=Show.IF_SET)
    sequence = Int(when=Show.IF_FULL)


class PriceWithPartsOut(PriceOut):
    """A price with what reads and expansions embed."""

    meter = Part(MeterOut, when=Show.IF_SET)
    plan = Part(PlanOut, when=Show.IF_SET)
    addon = Part(AddonOut, when=Show.IF_SET)
    group = Part(GroupReadOut, when=Show.IF_SET)
    pricing_unit = Part(PriceUnitOut, when=Show.IF_SET)


class BulkPricesOut(Out):
    items = Parts(PriceOut)
