"""What meter requests carry and how a meter looks (behaviour/prices-and-meters#creating-a-meter,
behaviour/prices-and-meters#the-meter-object)."""

from __future__ import annotations

from mockserver.http.fields import Money, Part, Parts, Show, Text, Texts, Time
from mockserver.http.listing import TextSortFilter
from mockserver.http.schema import BaseOut, In, Out

AGGREGATION_TYPES = (
    "COUNT",
    "SUM",
    "AVG",
    "COUNT_UNIQUE",
    "LATEST",
    "SUM_WITH_MULTIPLIER",
    "MAX",
    "WEIGHTED_SUM",
)
BUCKET_SIZES = ("MINUTE", "15MIN", "30MIN", "HOUR", "3HOUR", "6HOUR", "12HOUR", "DAY", "WEEK", "MONTH")


class AggregationIn(In):
    """How events become a quantity."""

    type = Text(enum=AGGREGATION_TYPES)
    field = Text(about="the event property to aggregate; not together with expression")
    expression = Text(about="a formula over event properties, instead of field")
    multiplier = Money()
    bucket_size = Text(enum=BUCKET_SIZES, about="MAX and SUM only: aggregate per window, then add up")
    group_by = Text(about="MAX with bucket_size only: a property to group by inside each window")


class MeterFilterIn(In):
    """An event counts when its property ``key`` has one of ``values``."""

    key = Text()
    values = Texts()


class CreateMeterIn(In):
    names_failures = False
    name = Text(tags="required")
    event_name = Text(tags="required", about="blanks around it are cut off; several meters may share it")
    aggregation = Part(AggregationIn)
    filters = Parts(MeterFilterIn)
    reset_usage = Text(tags="required", enum=("BILLING_PERIOD", "NEVER"))


class UpdateMeterIn(In):
    filters = Parts(MeterFilterIn, about="united with the stored filters, key by key")


class MeterFilterQuery(TextSortFilter):
    """The query string's own filters go by the names EventName and MeterIDs
    (behaviour/prices-and-meters#operations-on-meters)."""

    event_name = Text(data_key="EventName")
    meter_ids = Texts(data_key="MeterIDs")


class AggregationOut(Out):
    type = Text(null="")
    field = Text(when=Show.IF_FULL)
    expression = Text(when=Show.IF_FULL)
    multiplier = Money(when=Show.IF_SET)
    bucket_size = Text(when=Show.IF_FULL)
    group_by = Text(when=Show.IF_FULL)


class MeterFilterOut(Out):
    key = Text(null="")
    values = Texts()


class MeterOut(Out):
    """The reduced shape of behaviour/http#ids-and-base-fields: no environment, no user."""

    id = Text()
    name = Text()
    tenant_id = Text()
    event_name = Text()
    aggregation = Part(AggregationOut)
    filters = Parts(MeterFilterOut, null=[])
    reset_usage = Text()
    created_at = Time()
    updated_at = Time()
    status = Text(about="published or archived")


class WholeMeterOut(BaseOut):
    """A meter as others embed it: the whole entity, unlike the meter routes' own answer."""

    id = Text()
    event_name = Text()
    name = Text()
    aggregation = Part(AggregationOut)
    filters = Parts(MeterFilterOut, null=[])
    reset_usage = Text()
