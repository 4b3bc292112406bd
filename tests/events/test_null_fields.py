"""A null field is an absent one, in a batch as on its own (behaviour/http#json, behaviour/events-and-usage#batches)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("field", ["event_name", "external_customer_id"])
def test_a_null_required_field_is_refused_by_name(api: Any, field: str) -> None:
    event = {"event_name": "e", "external_customer_id": "c", field: None}
    reply = api.post("/v1/events/bulk", {"events": [event]})
    assert (reply.status, reply.code) == (400, "validation_error")
    assert list(reply.details) == [{"event_name": "EventName", "external_customer_id": "ExternalCustomerID"}[field]]
    assert api.post("/v1/events", event).status == 400
