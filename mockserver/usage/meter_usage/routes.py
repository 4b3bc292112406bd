"""Which URL calls which rule about metered usage (behaviour/events-and-usage#metered-usage)."""

from __future__ import annotations

from typing import Any

from mockserver.http.routing import Call, Routes
from mockserver.usage.events import analytics
from mockserver.usage.events.schemas import AnalyticsOut
from mockserver.usage.meter_usage import rules
from mockserver.usage.meter_usage.schemas import (
    DetailedIn,
    MeterAnswerOut,
    MeterQuestionIn,
    MetersAnswerOut,
    MetersQuestionIn,
)

ROUTES = Routes("Meter usage")
ONE, MANY, DETAILED = MeterQuestionIn(), MetersQuestionIn(), DetailedIn()
OUT, MANY_OUT, DETAILED_OUT = MeterAnswerOut(), MetersAnswerOut(), AnalyticsOut()


@ROUTES.search("/v1/meter-usage/query", body=ONE, answer=OUT, permission=None)
def query(call: Call) -> dict[str, Any]:
    """The usage of one meter."""
    return OUT.dump(rules.query(call.work, call.body()))


@ROUTES.search("/v1/meter-usage/analytics", body=MANY, answer=MANY_OUT, permission=None)
def query_many(call: Call) -> dict[str, Any]:
    """The usage of several meters."""
    return MANY_OUT.dump({"items": rules.query_many(call.work, call.body())})


@ROUTES.search("/v1/meter-usage/detailed-analytics", body=DETAILED, answer=DETAILED_OUT, permission=None)
def detailed(call: Call) -> dict[str, Any]:
    """Usage and cost per line item or meter."""
    return DETAILED_OUT.dump(analytics.detailed(call.work, call.body()))
