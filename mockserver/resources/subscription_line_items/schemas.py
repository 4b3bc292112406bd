"""What line item requests carry and how a line item looks (facts/04 §4, §15)."""

from __future__ import annotations

from mockserver.http.fields import Anything, Bool, Int, Money, Parts, Show, Text, TextMap, Texts, Time
from mockserver.http.listing import ConditionIn, SortIn
from mockserver.http.schema import BaseOut, In, Out


class LineItemFilterIn(In):
    """Unlike other lists this one has no default status: archived items are listed too (facts/04 §15.4)."""

    limit = Int(about="1 to 1000, 50 when absent")
    offset = Int()
    status = Text()
    order = Text(enum=("asc", "desc"))
    expand = Text(about="comma-separated names of what to embed")
    sort = Parts(SortIn, skip_null=True)
    filters = Parts(ConditionIn, skip_null=True)
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
    price = Anything(when=Show.IF_SET)
    meter = Anything(when=Show.IF_SET)


class LineItemListOut(Out):
    items = Parts(LineItemOut)
