"""What the control plane keeps with the state: faults, and events that do not count yet."""

CONTROL_STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE faults (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        environment_id TEXT NOT NULL,
        rule TEXT NOT NULL,
        seen INTEGER NOT NULL DEFAULT 0,
        hits INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX faults_environment ON faults (environment_id)",
    """CREATE TABLE events_waiting (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        environment_id TEXT NOT NULL,
        visible_ms INTEGER NOT NULL,
        id TEXT NOT NULL,
        time_ms INTEGER NOT NULL,
        event_name TEXT NOT NULL,
        external_customer_id TEXT NOT NULL,
        customer_id TEXT NOT NULL,
        source TEXT NOT NULL,
        properties TEXT NOT NULL)""",
    "CREATE INDEX events_waiting_visible ON events_waiting (environment_id, visible_ms)",
)
"""``faults.rule`` is JSON; ``seen`` counts the requests that met its conditions, ``hits`` those it struck."""
