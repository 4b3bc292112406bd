"""Which properties a meter's usage is told apart by.

Under the documented reading an event belongs to the one price whose ``filter_values`` fit best
(behaviour/prices-and-meters#what-the-documents-describe). So that this needs no events at billing time, the usage of a
meter is kept apart by the texts of exactly those properties that some price of the meter names.
"""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.metering.meters import prepare
from mockserver.rating.matching import filter_keys, price_texts
from mockserver.store import events as raw
from mockserver.store import streams, usage
from mockserver.store.columns import Row
from mockserver.work import Work


def price_created(work: Work, price: Row) -> None:
    """Call this for every new row of PRICES. If it names a property that no price of its meter named before, the
    meter's earlier usage is told apart by it too, from the raw events; that costs time once."""
    keys, meter_id = filter_keys(price.get("filter_values")), price.get("meter_id")
    if not keys or not meter_id:
        return
    connection, environment_id = work.tx.connection, work.tx.environment_id
    if streams.add_dimensions(connection, environment_id, meter_id, keys):
        _sign_again(work, meter_id)


def _sign_again(work: Work, meter_id: str) -> None:
    connection, environment_id = work.tx.connection, work.tx.environment_id
    stored = streams.meter_text(connection, environment_id, meter_id)
    if stored is None:
        return
    dimensions = prepare(stored).dimensions
    for stream in streams.streams_of(connection, environment_id, meter_id, None):
        rows = usage.rows_of_stream(connection, stream)
        known: dict[str, int] = {}
        signed = []
        for start in range(0, len(rows), 1000):
            chunk = rows[start : start + 1000]
            found = raw.by_seqs(connection, [row.event_seq for row in chunk])
            for row in chunk:
                event = found.get(row.event_seq)
                properties: dict[str, Any] | None = None if event is None else orjson.loads(event.properties)
                texts = price_texts(properties, dimensions)
                key = repr(texts)
                if key not in known:
                    known[key] = streams.signature_id(connection, environment_id, meter_id, texts)
                signed.append(row._replace(signature=known[key]))
        usage.sign_again(connection, environment_id, stream, signed)
