"""Which URL calls which rule about metered usage (facts/05 §9)."""

from __future__ import annotations

from typing import Any

from mockserver.errors import BadBody, Invalid
from mockserver.http.routing import Call, Routes
from mockserver.http.schema import In
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


def _bound(call: Call, schema: In) -> dict[str, Any]:
    """The body; a missing field has no details, an empty list does (facts/05 §9.2)."""
    body = call.body()
    failed = schema.failures(body)
    if not failed:
        return body
    if body.get("meter_ids") == [] and set(failed) == {"MeterIDs"}:
        raise Invalid("meter_ids must not be empty", failed)
    raise BadBody(f"required: {', '.join(failed)}")


@ROUTES.search("/v1/meter-usage/query", body=ONE, answer=OUT, permission=None)
def query(call: Call) -> dict[str, Any]:
    """The usage of one meter."""
    return OUT.show(rules.query(call.work, _bound(call, ONE)))


@ROUTES.search("/v1/meter-usage/analytics", body=MANY, answer=MANY_OUT, permission=None)
def query_many(call: Call) -> dict[str, Any]:
    """The usage of several meters."""
    return MANY_OUT.show({"items": rules.query_many(call.work, _bound(call, MANY))})


@ROUTES.search("/v1/meter-usage/detailed-analytics", body=DETAILED, answer=DETAILED_OUT, permission=None)
def detailed(call: Call) -> dict[str, Any]:
    """Usage and cost per line item or meter."""
    return DETAILED_OUT.show(analytics.detailed(call.work, _bound(call, DETAILED)))
