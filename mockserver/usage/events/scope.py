"""What an analytics request is about: the range, the meters, the groups (behaviour/events-and-usage#detailed-usage,
behaviour/events-and-usage#analytics)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mockserver.errors import Invalid
from mockserver.metering.analysis import Slicing, Timing
from mockserver.metering.buckets import resolution
from mockserver.rating.windows import window_start
from mockserver.store.query import OLDEST_FIRST, In, Query
from mockserver.store.tables.meters import FEATURES
from mockserver.usage.events.listing import property_conditions
from mockserver.usage.events.ranges import TimeRange, given_range
from mockserver.work import Work

_PROPERTY = re.compile(r"properties\.([A-Za-z0-9_.]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scope:
    """An analytics request, checked. ``meter_ids`` is None for all meters; ``grouped`` says that group_by was given,
    even if only by meter; ``anchor`` is the request's own."""

    asked: TimeRange
    external_customer_id: str
    meter_ids: tuple[str, ...] | None
    slicing: Slicing
    grouped: bool
    window: str
    anchor: datetime | None
    expand: frozenset[str]
    with_children: bool

    @property
    def is_scalar(self) -> bool:
        """Whether usage is asked for as billing counts it."""
        return not (self.window or self.grouped or self.slicing.filtered)

    def timing(self, zone: str | None, anchor: datetime | None) -> Timing:
        """How points are cut in a time zone."""
        if not self.window:
            return Timing()
        return Timing(lambda moment: window_start(moment, self.window, zone, anchor), resolution(self.window))


def read_scope(
    work: Work, data: Mapping[str, Any], *, length: timedelta = timedelta(days=7), check: bool = True
) -> Scope:
    """The request's scope. ``Invalid`` for a range that ends before it starts (unless ``check`` is off) and for a bad
    group_by. Feature ids that name no meter leave no meters."""
    asked = given_range(data, work.now, length, check=check)
    by_source, by_properties = _groups(data.get("group_by", ()))
    expand = frozenset(data.get("expand", ()))
    slicing = Slicing(
        frozenset(data.get("sources", ())),
        tuple(property_conditions(data.get("property_filters"))),
        by_source,
        by_properties,
        "source" in expand,
    )
    anchor = data.get("billing_anchor")
    return Scope(
        asked,
        data.get("external_customer_id", ""),
        _meter_ids(work, data),
        slicing,
        bool(data.get("group_by")),
        data.get("window_size", ""),
        None if anchor is None else anchor.instant,
        expand,
        bool(data.get("include_children")),
    )


def _groups(entries: Sequence[str]) -> tuple[bool, tuple[str, ...]]:
    by_source, properties = False, []
    for entry in entries:
        if entry in ("feature_id", "meter_id"):
            continue
        named = _PROPERTY.fullmatch(entry)
        if entry == "source":
            by_source = True
        elif named is not None:
            properties.append(named[1])
        else:
            raise Invalid(
                "group_by takes source, feature_id, meter_id and properties.<name>", {"group_by_entry": entry}
            )
    return by_source, tuple(dict.fromkeys(properties))


def _meter_ids(work: Work, data: Mapping[str, Any]) -> tuple[str, ...] | None:
    meter_ids, feature_ids = data.get("meter_ids"), data.get("feature_ids")
    if not meter_ids and feature_ids:
        where = (In("id", feature_ids), In("status", ("published", "archived")))
        features = work.tx.find(FEATURES, Query(where, OLDEST_FIRST))
        return tuple(dict.fromkeys(feature["meter_id"] for feature in features if feature["meter_id"]))
    return tuple(dict.fromkeys(meter_ids)) if meter_ids else None
