"""What event requests carry and how events look (behaviour/events-and-usage)."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.catalogue.meters.schemas import WholeMeterOut
from mockserver.http.fields import (
    AnyObject,
    Anything,
    BindError,
    Bool,
    Int,
    Money,
    Number,
    Part,
    Parts,
    Show,
    Text,
    TextListMap,
    TextMap,
    Texts,
    Time,
)
from mockserver.http.schema import BaseOut, In, Out
from mockserver.invoices.schemas import CommitmentInfoOut

AGGREGATION_TYPES = ("COUNT", "SUM", "AVG", "COUNT_UNIQUE", "LATEST", "SUM_WITH_MULTIPLIER", "MAX", "WEIGHTED_SUM")
WINDOW_SIZES = ("MINUTE", "15MIN", "30MIN", "HOUR", "3HOUR", "6HOUR", "12HOUR", "DAY", "WEEK", "MONTH")


class EventTime(Time):
    """An event's timestamp: checked like every time, kept as text, because events keep milliseconds by cutting."""

    def bind(self, value: Any) -> Any:
        super().bind(value)
        return value


class Properties(AnyObject):
    """An event's properties: any JSON object, printed from its stored text."""

    def show(self, value: Any) -> Any:
        return orjson.Fragment(value) if isinstance(value, str) else value


class IngestEventIn(In):
    struct = "IngestEventRequest"
    event_name = Text(tags="required", about="stored without surrounding blanks")
    external_customer_id = Text(tags="required", about="your own id of the customer, who need not exist yet")
    customer_id = Text()
    event_id = Text(about="made up when absent; the same id and timestamp again replaces the event")
    timestamp = EventTime(about="now when absent")
    source = Text()
    properties = Properties()


class Events(Parts):
    """The events of a batch; null elements stay null, they are refused one by one."""

    def bind(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise BindError("an array is expected")
        bind = self.bound_part.bind
        return [None if item is None else bind(item) for item in value]


class BulkIngestIn(In):
    struct = "BulkIngestEventRequest"
    events = Events(IngestEventIn, tags="required,min=1,max=1000", about="1 to 1000 events")


class RawBulkIn(In):
    events = Anything(about="1 to 1000 objects in the vendor's own shape")


class ReprocessIn(In):
    start_date = Text(tags="required", about="RFC3339")
    end_date = Text(about="RFC3339")
    external_customer_ids = Texts()
    event_names = Texts()
    event_ids = Texts()
    batch_size = Int()


class EventQueryIn(In):
    """Which events to list."""

    external_customer_id = Text()
    event_name = Text()
    event_id = Text()
    source = Text()
    start_time = Time(about="inclusive; seven days before end_time when absent")
    end_time = Time(about="inclusive; now when absent")
    property_filters = TextListMap(about="all keys must match, one of each key's values suffices")
    page_size = Int(about="50 when absent or not positive")
    offset = Int()
    iter_first_key = Text(about="events after this key")
    iter_last_key = Text(about="events before this key")
    sort = Text(enum=("timestamp", "event_name"))
    order = Text(enum=("asc", "desc"))


class EventListQuery(In):
    """The same as a query string; sizes that are no numbers are ignored."""

    external_customer_id = Text()
    event_name = Text()
    event_id = Text()
    source = Text()
    start_time = Text(about="RFC3339")
    end_time = Text(about="RFC3339")
    property_filters = Text(about="key:value,value;key:value")
    page_size = Text(about="1 to 50")
    offset = Text()
    iter_first_key = Text()
    iter_last_key = Text()
    sort = Text(enum=("timestamp", "event_name"))
    order = Text(enum=("asc", "desc"))


class UsageIn(In):
    """A question over raw events."""

    names_failures = False
    event_name = Text(tags="required")
    aggregation_type = Text(tags="required", enum=AGGREGATION_TYPES)
    property_name = Text(about="a first-level property; without it the question is a COUNT")
    external_customer_id = Text()
    customer_id = Text()
    start_time = Time()
    end_time = Time()
    window_size = Text(enum=WINDOW_SIZES)
    bucket_size = Text(enum=WINDOW_SIZES, about="MAX and SUM only")
    filters = TextListMap()
    multiplier = Money(about="SUM_WITH_MULTIPLIER only")
    billing_anchor = Time(about="its day of the month begins MONTH windows")
    timezone = Text(about="IANA name; UTC when absent or unknown")
    group_by = Texts()
    group_by_property = Text()


class MeterUsageQuestionIn(In):
    """A question over raw events the way a meter asks it; the meter's filters do not apply."""

    names_failures = False
    meter_id = Text(tags="required")
    external_customer_id = Text()
    customer_id = Text()
    start_time = Time()
    end_time = Time()
    window_size = Text(enum=WINDOW_SIZES)
    bucket_size = Text()
    filters = TextListMap()
    billing_anchor = Time()
    timezone = Text()


class AnalyticsIn(In):
    """Usage and cost per line item or meter."""

    external_customer_id = Text()
    feature_ids = Texts()
    sources = Texts()
    start_time = Time()
    end_time = Time()
    group_by = Texts(about="source, feature_id, meter_id or properties.<name>")
    window_size = Text(enum=WINDOW_SIZES)
    expand = Texts(about="price, meter, feature, subscription_line_item, plan, addon, source")
    property_filters = TextListMap()
    include_children = Bool()
    breakdown_bucket = Bool()


class HuggingFaceIn(In):
    names_failures = False
    request_ids = Texts(data_key="requestIds", tags="required,min=1", about="event ids")


class MonitoringQuery(In):
    start_time = Text(about="RFC3339; together with end_time or not at all")
    end_time = Text(about="RFC3339")
    window_size = Text(enum=WINDOW_SIZES)


class LookupQuery(In):
    id = Text(about="the event's id")


class AcceptedOut(Out):
    event_id = Text()
    message = Text()


class BulkAcceptedOut(Out):
    message = Text()


class RawAcceptedOut(Out):
    message = Text()
    batch_size = Int()


class ReprocessOut(Out):
    message = Text()
    workflow_id = Text()
    run_id = Text()


class EventOut(Out):
    id = Text()
    external_customer_id = Text()
    customer_id = Text()
    event_name = Text()
    timestamp = Time()
    properties = Properties()
    source = Text()
    environment_id = Text()


class ProcessedOut(Out):
    """A line item that bills the event."""

    customer_id = Text()
    subscription_id = Text()
    sub_line_item_id = Text()
    price_id = Text()
    meter_id = Text()
    feature_id = Text()
    qty_total = Money()
    processed_at = Time()


class LookupOut(Out):
    event = Part(EventOut)
    status = Text(about="processed, processing or failed")
    processed_events = Parts(ProcessedOut, when=Show.IF_SET)
    debug_tracker = Anything(when=Show.IF_SET, about="the steps from customer to line item, and where they end")


class EventListOut(Out):
    events = Parts(EventOut)
    has_more = Bool()
    total_count = Int(when=Show.IF_FULL)
    offset = Int(when=Show.IF_SET)
    iter_first_key = Text(when=Show.IF_SET)
    iter_last_key = Text(when=Show.IF_SET)


class UsageResultOut(Out):
    window_size = Time(about="the window's start")
    value = Number()


class UsageOut(Out):
    results = Parts(UsageResultOut, when=Show.IF_FULL)
    value = Number(when=Show.IF_FULL)
    event_name = Text()
    type = Text()


class GroupWholeOut(BaseOut):
    """A feature's group, as analytics embeds it."""

    id = Text()
    name = Text()
    entity_type = Text()
    lookup_key = Text(when=Show.IF_FULL)
    metadata = TextMap(when=Show.IF_FULL)


class AnalyticsPointOut(Out):
    timestamp = Time()
    usage = Money()
    subtotal = Money()
    discount = Money()
    cost = Money()
    event_count = Int()
    computed_commitment_utilized_amount = Money()
    computed_overage_amount = Money()
    computed_true_up_amount = Money()


class AnalyticsItemOut(Out):
    """The usage of one line item or, without a subscription, of one meter; of each group of it."""

    feature_id = Text()
    price_id = Text(when=Show.IF_FULL)
    meter_id = Text(when=Show.IF_FULL)
    sub_line_item_id = Text(when=Show.IF_FULL)
    subscription_id = Text(when=Show.IF_FULL)
    price = Anything(when=Show.IF_SET)
    meter = Part(WholeMeterOut, when=Show.IF_SET)
    feature = Anything(when=Show.IF_SET)
    subscription_line_item = Anything(when=Show.IF_SET)
    plan = Anything(when=Show.IF_SET)
    addon = Anything(when=Show.IF_SET)
    name = Text(when=Show.IF_FULL)
    event_name = Text(when=Show.IF_FULL)
    source = Text(when=Show.IF_FULL)
    sources = Texts(when=Show.IF_FULL)
    unit = Text(when=Show.IF_FULL)
    unit_plural = Text(when=Show.IF_FULL)
    aggregation_type = Text(when=Show.IF_FULL)
    total_usage = Money()
    total_usage_display = Text()
    reporting_unit = Anything(when=Show.IF_SET)
    subtotal = Money()
    total_discount = Money()
    total_cost = Money()
    currency = Text(when=Show.IF_FULL)
    event_count = Int()
    properties = TextMap(when=Show.IF_FULL)
    commitment_info = Part(CommitmentInfoOut, when=Show.IF_SET)
    points = Parts(AnalyticsPointOut, when=Show.IF_FULL)
    add_on_id = Text(when=Show.IF_FULL)
    plan_id = Text(when=Show.IF_FULL)
    window_size = Text(when=Show.IF_FULL)
    group = Part(GroupWholeOut, when=Show.IF_SET)


class AnalyticsOut(Out):
    subtotal = Money()
    total_discount = Money()
    total_cost = Money()
    currency = Text()
    items = Parts(AnalyticsItemOut)


class EventCostOut(Out):
    requestId = Text()
    costNanoUsd = Money()


class HuggingFaceOut(Out):
    requests = Parts(EventCostOut)


class MonitoringPointOut(Out):
    timestamp = Time()
    event_count = Int()


class MonitoringOut(Out):
    total_count = Int()
    consumption_lag = Int()
    post_processing_lag = Int()
    points = Parts(MonitoringPointOut, when=Show.IF_FULL)
