"""``/_mock/explain`` and ``/_mock/unbilled``: why events were billed, or not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mockserver.billing.items import subscription_named
from mockserver.control.errors import ControlError
from mockserver.control.values import whole
from mockserver.errors import NotFound, Refused
from mockserver.explaining.present import show_story, show_subscription, show_unbilled
from mockserver.explaining.reading import READINGS, own_reading
from mockserver.explaining.stories import explain_event, explain_subscription, unbilled
from mockserver.store.records.subscriptions import Subscription
from mockserver.times import parse_rfc3339
from mockserver.work import Work

_LONG_AGO, _FAR_AHEAD = datetime(1970, 1, 1, tzinfo=UTC), datetime(2106, 1, 1, tzinfo=UTC)
MAX_LISTED = 1000


def _reading(work: Work, name: str) -> str:
    if not name:
        return own_reading(work)
    if name not in READINGS:
        raise ControlError(f"reading must be one of {', '.join(READINGS)}")
    return name


def _time(name: str, text: str, default: datetime) -> datetime:
    if not text:
        return default
    try:
        return parse_rfc3339(text).instant
    except ValueError:
        raise ControlError(f"{name} must be an RFC3339 time such as 2026-04-14T00:00:00Z") from None


def event(work: Work, event_id: str) -> dict[str, Any]:
    """Every event of that id, explained in both readings."""
    stories = explain_event(work, event_id)
    if not stories:
        raise ControlError(f"no event {event_id!r}", 404)
    return {"reading": _reading(work, ""), "events": [show_story(story) for story in stories]}


def window(work: Work, subscription_id: str, start: str, end: str) -> tuple[Subscription, datetime, datetime]:
    """A subscription and the times asked about, by default its current period."""
    try:
        row = subscription_named(work, subscription_id)
    except NotFound as error:
        raise ControlError(str(error), 404) from None
    first = _time("start_time", start, row.current_period_start)
    last = _time("end_time", end, row.current_period_end)
    if last < first:
        raise ControlError("end_time must not be before start_time")
    return row, first, last


def whole_subscription(work: Work, subscription_id: str, start: str, end: str) -> dict[str, Any]:
    """Every event of a subscription's customers in a window, by default its current period."""
    row, first, last = window(work, subscription_id, start, end)
    try:
        return show_subscription(explain_subscription(work, row, first, last), _reading(work, ""))
    except Refused as error:
        raise ControlError(str(error)) from None


def nobody_pays(work: Work, customer: str, start: str, end: str, reading: str, limit: str) -> dict[str, Any]:
    """The events nobody pays for, grouped by reason."""
    most = whole("limit", limit, 100, 1, MAX_LISTED)
    name = _reading(work, reading)
    first, last = _time("start_time", start, _LONG_AGO), _time("end_time", end, _FAR_AHEAD)
    return show_unbilled(unbilled(work, name, customer or None, first, last), name, most)
