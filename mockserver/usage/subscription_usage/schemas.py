"""What the usage of a subscription is asked with and how it looks (behaviour/rating#the-usage-question). Amounts are
JSON numbers."""

from __future__ import annotations

from mockserver.catalogue.prices.schemas import PriceOut
from mockserver.http.fields import Bool, Number, Part, Parts, Show, Text, TextListMap, Time
from mockserver.http.schema import In, Out


class UsageIn(In):
    struct = "GetUsageBySubscriptionRequest"
    names_failures = False
    subscription_id = Text(tags="required")
    start_time = Time(about="inclusive; start of the current period when absent")
    end_time = Time(about="exclusive; end of the current period when absent")
    lifetime_usage = Bool(about="all usage up to now; start_time and end_time do not count then")


class ChargeOut(Out):
    subscription_line_item_id = Text(when=Show.IF_FULL)
    amount = Number(about="rounded to the currency")
    currency = Text()
    display_amount = Text()
    quantity = Number()
    filter_values = TextListMap()
    meter_id = Text()
    meter_display_name = Text()
    price = Part(PriceOut)
    is_overage = Bool()
    overage_factor = Number(when=Show.IF_FULL)


class SubscriptionUsageOut(Out):
    amount = Number(about="the rounded sum of unrounded costs")
    currency = Text()
    display_amount = Text()
    start_time = Time()
    end_time = Time()
    charges = Parts(ChargeOut)
    commitment_amount = Number(when=Show.IF_FULL)
    overage_factor = Number(when=Show.IF_FULL)
    commitment_utilized = Number(when=Show.IF_FULL)
    overage_amount = Number(when=Show.IF_FULL)
    has_overage = Bool()
