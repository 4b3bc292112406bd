"""Who may call: tenants, environments with their clocks, keys, users (behaviour/http#authentication)."""

ACCESS_STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL)",
    """CREATE TABLE environments (
        id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        clock_offset_us INTEGER NOT NULL DEFAULT 0, clock_frozen_at TEXT,
        ingestion_delay_ms INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0,
        faults INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX environments_tenant ON environments (tenant_id, created_at)",
    """CREATE TABLE users (
        id TEXT PRIMARY KEY, tenant_id TEXT NOT NULL, type TEXT NOT NULL, email TEXT, password_hash TEXT,
        roles TEXT NOT NULL, created_at TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX users_email ON users (email) WHERE email IS NOT NULL",
    """CREATE TABLE keys (
        hash TEXT PRIMARY KEY, id TEXT NOT NULL, tenant_id TEXT NOT NULL, environment_id TEXT,
        user_id TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, display_id TEXT NOT NULL,
        roles TEXT NOT NULL, user_type TEXT NOT NULL, status TEXT NOT NULL, minted INTEGER NOT NULL,
        expires_at TEXT, last_used_at TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
        admitted_by TEXT NOT NULL DEFAULT '')""",
    "CREATE UNIQUE INDEX keys_id ON keys (id)",
)
