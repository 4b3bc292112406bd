"""Reprocessing of raw vendor events (behaviour/events-and-usage#batches). Raw events become events at once here, so a
run changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.errors import BadBody
from mockserver.times import parse_rfc3339
from mockserver.ulids import new_ulid


def start(data: Mapping[str, Any]) -> dict[str, str]:
    """The ids of a started run; ``BadBody`` without a start or with a range that ends before it starts."""
    first, last = _time(data, "start_date"), _time(data, "end_date")
    if first is None:
        raise BadBody("start_date is required")
    if last is not None and last < first:
        raise BadBody("end_date must not be before start_date")
    return {
        "message": "Raw events reprocessing workflow started successfully",
        "workflow_id": f"wf_ReprocessRawEventsWorkflow_{new_ulid()}",
        "run_id": str(uuid.uuid4()),
    }


def _time(data: Mapping[str, Any], name: str) -> datetime | None:
    text = data.get(name)
    if not text:
        return None
    try:
        return parse_rfc3339(text).instant
    except ValueError as error:
        raise BadBody(f"{name}: {error}") from None
