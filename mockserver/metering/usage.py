"""How much each line item used: what billing asks (behaviour/events-and-usage#metered-usage,
behaviour/rating#quantity-of-a-meter)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mockserver.metering.buckets import Bucket, buckets, periods
from mockserver.metering.claims import Claim, SumsReader, UsageWindow, claims_for
from mockserver.metering.measure import Measure
from mockserver.metering.meters import aggregation_of_row, is_bucketed
from mockserver.rating.money import total
from mockserver.store.streams import streams_of
from mockserver.work import Work

__all__ = ["Bucket", "MeterUsage", "UsageWindow", "series", "usage"]


@dataclass(frozen=True, slots=True)
class MeterUsage:
    """``quantity`` to bill and the distinct events in it. ``buckets`` is filled for meters with a bucket_size: then
    each is priced alone and ``quantity`` is their sum (behaviour/rating#quantity-of-a-meter)."""

    quantity: Decimal
    event_count: int
    buckets: tuple[Bucket, ...]


def usage(work: Work, external_customer_ids: Sequence[str], windows: Sequence[UsageWindow]) -> dict[str, MeterUsage]:
    """The usage of every window by its key.

    With the divergence ``price-filter-values-ignored`` each window has its meter's whole usage; otherwise the windows
    of one group and meter share it out.
    """
    reader = SumsReader(work.tx)
    result: dict[str, MeterUsage] = {}
    for streams, together in _by_meter(work, external_customer_ids, windows):
        claims = claims_for(work, reader, streams, together)
        for window in together:
            result[window.key] = _measured(reader, streams, window, claims[window.key])
    return result


def _by_meter(
    work: Work, external_customer_ids: Sequence[str], windows: Sequence[UsageWindow]
) -> list[tuple[list[int], list[UsageWindow]]]:
    """The windows that share a group and a meter, with the meter's streams."""
    together: dict[tuple[str, str], list[UsageWindow]] = {}
    for window in windows:
        together.setdefault((window.group, window.meter["id"]), []).append(window)
    streams: dict[str, list[int]] = {}
    for _, meter_id in together:
        if meter_id not in streams:
            streams[meter_id] = streams_of(work.tx.connection, work.tx.environment_id, meter_id, external_customer_ids)
    return [(streams[meter_id], found) for (_, meter_id), found in together.items()]


def _measured(reader: SumsReader, streams: Sequence[int], window: UsageWindow, claims: Sequence[Claim]) -> MeterUsage:
    aggregation = aggregation_of_row(window.meter)
    measure = Measure(reader, streams, claims)
    if is_bucketed(aggregation):
        found = buckets(reader, streams, claims, aggregation, window.anchor)
        return MeterUsage(total(b.value for b in found), measure.event_count(aggregation.type), tuple(found))
    return MeterUsage(measure.quantity(aggregation.type), measure.event_count(aggregation.type), ())


def series(
    work: Work,
    external_customer_ids: Sequence[str],
    window: UsageWindow,
    rivals: Sequence[UsageWindow],
    size: str,
    *,
    anchor: datetime | None,
    zone: str,
) -> list[tuple[datetime, Decimal]]:
    """The window's usage per day or month, without the empty ones, in the order of time.

    ``rivals`` are the other windows of the same group and meter, which take their share. ``size`` is DAY or MONTH;
    days and months begin at midnight of ``zone``, months on the day of ``anchor``.
    """
    together = [window, *(r for r in rivals if r.key != window.key)]
    reader = SumsReader(work.tx)
    streams = streams_of(work.tx.connection, work.tx.environment_id, window.meter["id"], external_customer_ids)
    claims = claims_for(work, reader, streams, together)[window.key]
    return periods(reader, streams, claims, aggregation_of_row(window.meter).type, size, anchor, zone)
