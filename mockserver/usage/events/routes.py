"""Which URL calls which event rule (behaviour/events-and-usage#event-routes)."""

from __future__ import annotations

from typing import Any

from mockserver.http.rendering import error_response, settle
from mockserver.http.routing import Call, Routes, plain_not_found
from mockserver.usage.events import (
    analytics,
    costs,
    ingestion,
    listing,
    lookup,
    monitoring,
    questions,
    reprocessing,
    vendor,
)
from mockserver.usage.events.schemas import (
    AcceptedOut,
    AnalyticsIn,
    AnalyticsOut,
    BulkAcceptedOut,
    BulkIngestIn,
    EventListOut,
    EventListQuery,
    EventQueryIn,
    HuggingFaceIn,
    HuggingFaceOut,
    IngestEventIn,
    LookupOut,
    LookupQuery,
    MeterUsageQuestionIn,
    MonitoringOut,
    MonitoringQuery,
    RawAcceptedOut,
    RawBulkIn,
    ReprocessIn,
    ReprocessOut,
    UsageIn,
    UsageOut,
)

ROUTES = Routes("Events")
EVENT_WRITE = {"permission": "event:write"}
READ_BODY = {"permission": None}
LIST, LIST_QUERY, LIST_OUT = EventQueryIn(), EventListQuery(), EventListOut()
USAGE, METER_USAGE, USAGE_OUT = UsageIn(), MeterUsageQuestionIn(), UsageOut()
ANALYTICS, ANALYTICS_OUT = AnalyticsIn(), AnalyticsOut()
COSTS, COSTS_OUT = HuggingFaceIn(), HuggingFaceOut()
LOOKUP, LOOKUP_OUT = LookupQuery(), LookupOut()
MONITORING, MONITORING_OUT = MonitoringQuery(), MonitoringOut()
REPROCESS, REPROCESS_OUT = ReprocessIn(), ReprocessOut()


@ROUTES.post("/v1/events", status=202, body=IngestEventIn(), answer=AcceptedOut(), **EVENT_WRITE)
def ingest(call: Call) -> dict[str, Any]:
    """Send an event."""
    assert call.environment is not None
    event = ingestion.single(call.store, call.environment, lambda: call.work, call.raw)
    call.tell("event", event.id)
    return {"event_id": event.id, "message": "Event accepted for processing"}


@ROUTES.post("/v1/events/bulk", status=202, body=BulkIngestIn(), answer=BulkAcceptedOut(), **EVENT_WRITE)
def ingest_bulk(call: Call) -> Any:
    """Send up to 1000 events."""
    raw = call.raw
    work = call.work
    batch = ingestion.bulk(work, raw)
    call.tell("events", len(batch.events))
    if batch.refusal is not None:
        # Answered, not raised: what the batch stored before the bad element stays.
        settled = settle(batch.refusal, work.divergences, work.touched)
        assert settled is not None
        return error_response(settled)
    # One page of the documents lists event_ids here; the OpenAPI document and every official client made from it take
    # an object of texts and refuse a list. The server sends none.
    return {"message": "Events accepted for processing"}


@ROUTES.post("/v1/events/raw/bulk", status=202, body=RawBulkIn(), answer=RawAcceptedOut(), **EVENT_WRITE)
def ingest_raw(call: Call) -> dict[str, Any]:
    """Send up to 1000 raw vendor events."""
    raw = call.raw
    return {"message": "Raw events accepted for processing", "batch_size": vendor.bulk(call.work, raw)}


@ROUTES.post("/v1/events/raw/reprocess/all", body=REPROCESS, answer=REPROCESS_OUT, **EVENT_WRITE)
def reprocess_all(call: Call) -> dict[str, Any]:
    """Start reprocessing raw events."""
    return REPROCESS_OUT.dump(reprocessing.start(call.unchecked_body()))


@ROUTES.post("/v1/events/raw/reprocess/pending", body=REPROCESS, answer=REPROCESS_OUT, **EVENT_WRITE)
def reprocess_pending(call: Call) -> dict[str, Any]:
    """Start reprocessing raw events that were not processed."""
    return REPROCESS_OUT.dump(reprocessing.start(call.unchecked_body()))


@ROUTES.get("/v1/events", query=LIST_QUERY, answer=LIST_OUT)
def list_(call: Call) -> dict[str, Any]:
    """List events, newest first."""
    query = call.query()
    return LIST_OUT.dump(listing.list_events(call.work, listing.from_query_string(query, query.get("page_size", ""))))


@ROUTES.search("/v1/events/query", body=LIST, answer=LIST_OUT, **READ_BODY)
def query(call: Call) -> dict[str, Any]:
    """List events with filters."""
    return LIST_OUT.dump(listing.list_events(call.work, call.body()))


@ROUTES.search("/v1/events/usage", body=USAGE, answer=USAGE_OUT, **READ_BODY)
def usage(call: Call) -> dict[str, Any]:
    """Aggregate a property of raw events."""
    return USAGE_OUT.dump(questions.ask(call.work, call.body()))


@ROUTES.search("/v1/events/usage/meter", body=METER_USAGE, answer=USAGE_OUT, **READ_BODY)
def usage_by_meter(call: Call) -> dict[str, Any]:
    """Aggregate raw events the way a meter does, without its filters."""
    return USAGE_OUT.dump(questions.ask_meter(call.work, call.body()))


@ROUTES.search("/v1/events/analytics", body=ANALYTICS, answer=ANALYTICS_OUT, **READ_BODY)
def analyse(call: Call) -> dict[str, Any]:
    """Usage and cost per line item or meter."""
    return ANALYTICS_OUT.dump(analytics.of_events(call.work, call.body()))


@ROUTES.search("/v1/events/huggingface-billing", body=COSTS, answer=COSTS_OUT, **READ_BODY)
def event_costs(call: Call) -> dict[str, Any]:
    """What single events cost, in billionths."""
    body = call.body()
    return COSTS_OUT.dump({"requests": costs.in_nano_dollars(call.work, body["request_ids"])})


@ROUTES.search("/v1/events/huggingface-inference", body=COSTS, answer=COSTS_OUT, **READ_BODY)
def event_costs_as_documented(call: Call) -> Any:
    """What single events cost, under the documented name of the route, which the real server does not have."""
    if call.work.differs("huggingface-route-name"):
        return plain_not_found()
    return event_costs(call)


@ROUTES.get("/v1/events/lookup", query=LOOKUP, answer=LOOKUP_OUT)
def look_up(call: Call) -> dict[str, Any]:
    """What became of the event named by ``id``."""
    return lookup.look_up(call.work, call.arg("id"))


@ROUTES.get("/v1/events/<event_id>", answer=LOOKUP_OUT)
def look_up_by_path(call: Call) -> dict[str, Any]:
    """What became of an event; ``id`` in the query string wins over the path."""
    return lookup.look_up(call.work, call.arg("id") or call.params["event_id"])


@ROUTES.get("/v1/events/monitoring", query=MONITORING, answer=MONITORING_OUT)
def monitor(call: Call) -> dict[str, Any]:
    """Count the events that came in."""
    return MONITORING_OUT.dump(monitoring.monitor(call.work, call.query()))
