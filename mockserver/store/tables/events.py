"""Raw events, and what metering makes of them at ingest (behaviour/events-and-usage#what-is-stored).

These tables are read and written by plain SQL (``store.events``, ``store.usage``, ``store.rollups``), so they are
given as statements. Times are integers, because they are divided into windows; the view ``event_log`` shows them as
text.

``event_environments``  short numbers for the environments that have events
``events``              one row per event in the merged steady state: the replace key is time (ms) and id
``events_unlisted``     raw rows no list shows, because a later event of the same key took their place or their name is
                        blank; meters may still count them
``event_ids``           the sequence numbers of events, of either table, by a short hash of environment and id; the
                        latest ones are in ``event_ids_new``
``usage_streams``       one row per customer and meter that ever had usage
``usage_dimensions``    the property keys a meter's usage is told apart by
``usage_signatures``    the texts of those properties that occurred; signature 0 stands for none
``usage_blocks``        one usage row per event and matching meter, those that came together for one hour in one block:
                        JSON lists of their seconds within the hour, their events' numbers counted from the first, their
                        quantities and, for COUNT_UNIQUE, their texts; the replace key of a row is customer, meter, time
                        (s) and event id
``usage_repeats``       the rows of event ids that a meter counted at more than one time or customer
``usage_rollups``       sums of rows per stream, span, start and signature
``usage_uniques``       the distinct texts of COUNT_UNIQUE meters per stream, span, start and signature

Events arrive by the thousand, and what each costs is the bytes and the pages it touches. Hence the numbers for
environments, the two steps in which ids are kept, by short hashes, and usage rows in blocks.

A quantity sum is split over four integers, so that SQLite adds exactly and never overflows:
``billions * 10^9 + units + sevenths / 10^7 + fifteenths / 10^15``. A row's quantity is an integer where it is whole
and below 10^12, exact text otherwise. ``peak`` is the largest quantity in a form that sorts as text.
"""

from __future__ import annotations

_EVENT = """(
    seq INTEGER PRIMARY KEY,
    environment INTEGER NOT NULL,
    id TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    event_name TEXT NOT NULL,
    external_customer_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    source TEXT NOT NULL,
    properties TEXT NOT NULL,
    ingested_ms INTEGER NOT NULL
)"""

EVENT_STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE event_environments (number INTEGER PRIMARY KEY, environment_id TEXT NOT NULL UNIQUE)",
    f"CREATE TABLE events {_EVENT}",
    "CREATE INDEX events_customer ON events (environment, external_customer_id, time_ms)",
    "CREATE INDEX events_time ON events (environment, time_ms)",
    f"CREATE TABLE events_unlisted {_EVENT}",
    "CREATE INDEX events_unlisted_time ON events_unlisted (environment, time_ms)",
    *(
        f"CREATE TABLE {table} (id_hash INTEGER NOT NULL, seq INTEGER NOT NULL,"
        " PRIMARY KEY (id_hash, seq)) WITHOUT ROWID"
        for table in ("event_ids", "event_ids_new")
    ),
    """CREATE VIEW event_log AS
        SELECT seq, environment_id, id,
            strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch') AS timestamp,
            event_name, external_customer_id, customer_id, source, properties,
            strftime('%Y-%m-%dT%H:%M:%fZ', ingested_ms / 1000.0, 'unixepoch') AS ingested_at
        FROM events JOIN event_environments ON number = environment""",
    """CREATE TABLE usage_streams (
        id INTEGER PRIMARY KEY,
        environment_id TEXT NOT NULL,
        meter_id TEXT NOT NULL,
        external_customer_id TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX usage_streams_key ON usage_streams (environment_id, external_customer_id, meter_id)",
    "CREATE INDEX usage_streams_meter ON usage_streams (environment_id, meter_id)",
    """CREATE TABLE usage_dimensions (
        environment_id TEXT NOT NULL,
        meter_id TEXT NOT NULL,
        property TEXT NOT NULL,
        PRIMARY KEY (environment_id, meter_id, property)
    ) WITHOUT ROWID""",
    """CREATE TABLE usage_signatures (
        id INTEGER PRIMARY KEY,
        environment_id TEXT NOT NULL,
        meter_id TEXT NOT NULL,
        texts TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX usage_signatures_key ON usage_signatures (environment_id, meter_id, texts)",
    """CREATE TABLE usage_blocks (
        stream INTEGER NOT NULL,
        hour INTEGER NOT NULL,
        first_seq INTEGER NOT NULL,
        signature INTEGER NOT NULL,
        rows TEXT NOT NULL,
        environment_id TEXT NOT NULL,
        PRIMARY KEY (stream, hour, first_seq)
    ) WITHOUT ROWID""",
    """CREATE TABLE usage_repeats (
        stream INTEGER NOT NULL,
        time INTEGER NOT NULL,
        event_id TEXT NOT NULL,
        signature INTEGER NOT NULL,
        has_text INTEGER NOT NULL,
        event_seq INTEGER NOT NULL,
        environment_id TEXT NOT NULL,
        PRIMARY KEY (stream, time, event_id)
    ) WITHOUT ROWID""",
    """CREATE TABLE usage_rollups (
        stream INTEGER NOT NULL,
        span INTEGER NOT NULL,
        start INTEGER NOT NULL,
        signature INTEGER NOT NULL,
        events INTEGER NOT NULL,
        billions INTEGER NOT NULL,
        units INTEGER NOT NULL,
        sevenths INTEGER NOT NULL,
        fifteenths INTEGER NOT NULL,
        peak TEXT NOT NULL,
        environment_id TEXT NOT NULL,
        PRIMARY KEY (stream, span, start, signature)
    ) WITHOUT ROWID""",
    """CREATE TABLE usage_uniques (
        stream INTEGER NOT NULL,
        span INTEGER NOT NULL,
        start INTEGER NOT NULL,
        signature INTEGER NOT NULL,
        unique_key TEXT NOT NULL,
        events INTEGER NOT NULL,
        environment_id TEXT NOT NULL,
        PRIMARY KEY (stream, span, start, signature, unique_key)
    ) WITHOUT ROWID""",
)
