"""What questions about metered usage carry and how the answers look (behaviour/events-and-usage#metered-usage)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.http.fields import Int, Money, Parts, Show, Text, Texts, Time
from mockserver.http.schema import Failed, Failure, In, Out, Unreadable
from mockserver.usage.events.schemas import AGGREGATION_TYPES, WINDOW_SIZES, AnalyticsIn


class _QuestionIn(In):
    external_customer_id = Text(tags="required")
    start_time = Time(tags="required", about="inclusive")
    end_time = Time(tags="required", about="exclusive")
    aggregation_type = Text(tags="required", enum=AGGREGATION_TYPES, about="any other text sums")
    window_size = Text(enum=WINDOW_SIZES)
    billing_anchor = Time()


class MeterQuestionIn(_QuestionIn):
    """A question about one meter."""

    names_failures = False
    meter_id = Text(tags="required")


class MetersQuestionIn(_QuestionIn):
    """A question about several meters."""

    struct = "MeterUsageAnalyticsRequest"
    names_failures = False
    meter_ids = Texts(tags="required,min=1", go="MeterIDs")

    def refusal(self, data: Mapping[str, Any], failures: Sequence[Failure]) -> Failed | Unreadable:
        """A missing field has no details, an empty list does (behaviour/events-and-usage#usage-of-several-meters)."""
        empty = data.get("meter_ids") == [] and {failure.go for failure in failures} == {"MeterIDs"}
        return Failed(failures) if empty else super().refusal(data, failures)


class DetailedIn(AnalyticsIn):
    names_failures = False
    external_customer_id = Text(tags="required")
    meter_ids = Texts()
    billing_anchor = Time(about="its day of the month begins MONTH windows; the subscription's when absent")


class MeterPointOut(Out):
    timestamp = Time()
    value = Money()
    event_count = Int()


class MeterAnswerOut(Out):
    meter_id = Text()
    aggregation_type = Text(about="as asked for")
    total_value = Money(about="the sum of the points where there are windows")
    event_count = Int()
    points = Parts(MeterPointOut, when=Show.IF_FULL)


class MetersAnswerOut(Out):
    items = Parts(MeterAnswerOut)
