"""The time range of a question about events (behaviour/events-and-usage#time-ranges,
behaviour/events-and-usage#list-parameters)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mockserver.errors import Invalid
from mockserver.metering.claims import seconds


@dataclass(frozen=True, slots=True)
class TimeRange:
    """``start`` inclusive; whether ``end`` counts is the question's business. Bounds count in whole seconds."""

    start: datetime
    end: datetime

    @property
    def from_ms(self) -> int:
        """The first millisecond."""
        return seconds(self.start) * 1000

    @property
    def before_ms(self) -> int:
        """The first millisecond after the range, ``end`` excluded."""
        return seconds(self.end) * 1000

    @property
    def through_ms(self) -> int:
        """The first millisecond after the range, the full second at ``end`` included."""
        return seconds(self.end) * 1000 + 1


def given_range(
    data: Mapping[str, Any], now: datetime, length: timedelta = timedelta(days=7), *, check: bool = True
) -> TimeRange:
    """``start_time`` and ``end_time`` of a request; now and so long before it where absent. ``Invalid`` if the end
    lies before the start, unless ``check`` is off."""
    end = data["end_time"].instant if "end_time" in data else now
    start = data["start_time"].instant if "start_time" in data else _before(end, length)
    if "end_time" not in data and end >= start:
        end = after_now(now)
    if check and end < start:
        raise Invalid("end_time must not be before start_time")
    return TimeRange(start, end)


def after_now(now: datetime) -> datetime:
    """The end of a range up to now. Bounds count in whole seconds, so the second that runs is taken in: an event just
    sent is seen, as it is on a real server by the time it can be."""
    return now.replace(microsecond=0) + timedelta(seconds=1)


def _before(end: datetime, length: timedelta) -> datetime:
    try:
        return end - length
    except OverflowError:
        return end
