"""Tenants, environments, keys and users: read on every request, written rarely. Times are UTC texts."""

from __future__ import annotations

import functools
import hashlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.store.columns import decode_time, encode_time
from mockserver.store.transaction import new_id

ZERO_ID = "00000000-0000-0000-0000-000000000000"
PRODUCTION_ID = "00000000-0000-0000-0000-000000000001"
STOCK_MARK, SIGN_UP_MARK = "stock", "sign-up"
"""``Key.admitted_by`` of what was minted through the stock development key, or by people who signed up."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment and its clock: a distance from the machine's time, or a frozen instant.

    ``ingestion_delay_ms`` is how long events wait before they count, ``waiting`` whether some do, ``faults`` how many
    faults are set. They come with every request's key, so that asking for them costs nothing.
    """

    id: str
    tenant_id: str
    clock_offset_us: int
    clock_frozen_at: str | None
    ingestion_delay_ms: int = 0
    waiting: int = 0
    faults: int = 0

    def now(self) -> datetime:
        if self.clock_frozen_at is not None:
            return decode_time(self.clock_frozen_at)
        return datetime.now(UTC) + timedelta(microseconds=self.clock_offset_us)


@dataclass(frozen=True, slots=True)
class Key:
    """A stored credential; ``environment_id`` None means bound to no environment, otherwise ``environment`` is that one
    (None if it is gone). ``admitted_by`` marks what let in the credential that minted this one, or this one itself if
    it was chosen and not minted; empty if the server took any key."""

    tenant_id: str
    environment_id: str | None
    user_id: str
    user_type: str
    roles: tuple[str, ...]
    type: str
    status: str
    expires_at: str | None
    environment: Environment | None = None
    minted: bool = True
    admitted_by: str = ""

    def works(self, now: datetime) -> bool:
        """Publishable, deleted and expired keys never authenticate (behaviour/http#api-keys)."""
        if self.type == "publishable_key" or self.status != "published":
            return False
        return self.expires_at is None or decode_time(self.expires_at) > now


@functools.lru_cache(maxsize=4096)
def key_hash(raw: str) -> str:
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


def find_key(connection: sqlite3.Connection, raw: str) -> Key | None:
    """The credential and its environment, in one look: every request starts with this."""
    found = connection.execute(
        "SELECT k.tenant_id, k.environment_id, k.user_id, k.user_type, k.roles, k.type, k.status, k.expires_at,"
        " k.minted, k.admitted_by,"
        " e.id, e.tenant_id, e.clock_offset_us, e.clock_frozen_at, e.ingestion_delay_ms, e.waiting, e.faults"
        " FROM keys AS k LEFT JOIN environments AS e ON e.id = k.environment_id WHERE k.hash = ?",
        (key_hash(raw),),
    ).fetchone()
    if found is None:
        return None
    tenant_id, environment_id, user_id, user_type, roles, *rest = found
    kind, status, expires_at, minted, admitted_by, *bound = rest
    environment = None if bound[0] is None else Environment(*bound)
    known = (tenant_id, environment_id, user_id, user_type, _roles(roles), kind, status, expires_at, environment)
    return Key(*known, bool(minted), admitted_by)


@functools.lru_cache(maxsize=256)
def _roles(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def add_key(
    connection: sqlite3.Connection,
    raw: str,
    *,
    tenant_id: str,
    environment_id: str | None,
    user_id: str,
    name: str,
    kind: str,
    roles: tuple[str, ...],
    now: datetime,
    user_type: str = "user",
    minted: bool = True,
    expires_at: datetime | None = None,
    admitted_by: str | None = None,
) -> str:
    """Store a credential (only its hash) and return its id. It is marked like the others of its tenant unless
    ``admitted_by`` is given."""
    key_id = new_id("secret")
    stamp = encode_time(now)
    connection.execute(
        "INSERT INTO keys (hash, id, tenant_id, environment_id, user_id, name, type, display_id, roles, user_type,"
        " status, minted, expires_at, created_at, updated_at, admitted_by)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            key_hash(raw),
            key_id,
            tenant_id,
            environment_id,
            user_id,
            name,
            kind,
            f"{raw[:5]}***{raw[-2:]}",
            json.dumps(roles),
            user_type,
            "published",
            int(minted),
            None if expires_at is None else encode_time(expires_at),
            stamp,
            stamp,
            mark_of(connection, tenant_id) if admitted_by is None else admitted_by,
        ),
    )
    return key_id


def mark_of(connection: sqlite3.Connection, tenant_id: str) -> str:
    """What let in the tenant's first credential."""
    if tenant_id == ZERO_ID:
        return STOCK_MARK
    first = connection.execute(
        "SELECT admitted_by FROM keys WHERE tenant_id = ? ORDER BY minted, rowid LIMIT 1", (tenant_id,)
    ).fetchone()
    return "" if first is None else str(first[0])


def admit(connection: sqlite3.Connection, tenant_id: str, admitted_by: str) -> None:
    """Mark a tenant's credentials with what lets its chosen key in now."""
    connection.execute("UPDATE keys SET admitted_by = ? WHERE tenant_id = ?", (admitted_by, tenant_id))


def find_environment(connection: sqlite3.Connection, environment_id: str) -> Environment | None:
    found = connection.execute(
        "SELECT id, tenant_id, clock_offset_us, clock_frozen_at, ingestion_delay_ms, waiting, faults"
        " FROM environments WHERE id = ?",
        (environment_id,),
    ).fetchone()
    return None if found is None else Environment(*found)


def add_tenant(connection: sqlite3.Connection, name: str, now: datetime, tenant_id: str | None = None) -> str:
    tenant_id = tenant_id or new_id("tenant")
    connection.execute(
        "INSERT OR IGNORE INTO tenants (id, name, created_at) VALUES (?, ?, ?)", (tenant_id, name, encode_time(now))
    )
    return tenant_id


def add_environment(
    connection: sqlite3.Connection,
    tenant_id: str,
    name: str,
    kind: str,
    now: datetime,
    environment_id: str | None = None,
) -> str:
    environment_id = environment_id or new_id("env")
    stamp = encode_time(now)
    connection.execute(
        "INSERT OR IGNORE INTO environments (id, tenant_id, name, type, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (environment_id, tenant_id, name, kind, stamp, stamp),
    )
    return environment_id


def seed(connection: sqlite3.Connection, now: datetime) -> list[str]:
    """The tenant, user and two environments of a self-hosted Flexprice (behaviour/http#development-credentials).

    Safe to run twice; returns the ids of the environments it made.
    """
    if find_environment(connection, ZERO_ID) is not None:
        return []
    add_tenant(connection, "Default Tenant", now, ZERO_ID)
    add_environment(connection, ZERO_ID, "Sandbox", "development", now, ZERO_ID)
    add_environment(connection, ZERO_ID, "Production", "production", now, PRODUCTION_ID)
    connection.execute(
        "INSERT OR IGNORE INTO users (id, tenant_id, type, email, roles, created_at) VALUES (?, ?, 'user', ?, ?, ?)",
        (ZERO_ID, ZERO_ID, "admin@flexprice.dev", json.dumps(["super_admin"]), encode_time(now)),
    )
    return [ZERO_ID, PRODUCTION_ID]


def adopt_key(connection: sqlite3.Connection, raw: str, now: datetime, admitted_by: str = "") -> str:
    """Give a key that was never seen before a tenant and an environment of its own; returns the environment's id."""
    tenant_id = add_tenant(connection, "Default Tenant", now)
    environment_id = add_environment(connection, tenant_id, "Sandbox", "development", now)
    connection.execute(
        "INSERT INTO users (id, tenant_id, type, roles, created_at) VALUES (?, ?, 'user', ?, ?)",
        (user_id := new_id("user"), tenant_id, json.dumps(["super_admin"]), encode_time(now)),
    )
    add_key(
        connection,
        raw,
        tenant_id=tenant_id,
        environment_id=environment_id,
        user_id=user_id,
        name="default",
        kind="private_key",
        roles=("super_admin",),
        now=now,
        minted=False,
        admitted_by=admitted_by,
    )
    return environment_id


def environments_of(connection: sqlite3.Connection, tenant_id: str) -> list[dict[str, Any]]:
    """Newest first."""
    rows = connection.execute(
        "SELECT id, name, type, created_at, updated_at FROM environments WHERE tenant_id = ?"
        " ORDER BY created_at DESC, rowid",
        (tenant_id,),
    )
    return [
        {"id": i, "name": n, "type": t, "created_at": decode_time(c), "updated_at": decode_time(u)}
        for i, n, t, c, u in rows
    ]


def set_clock(
    connection: sqlite3.Connection, environment_id: str, offset: timedelta, frozen_at: datetime | None
) -> None:
    connection.execute(
        "UPDATE environments SET clock_offset_us = ?, clock_frozen_at = ? WHERE id = ?",
        (
            offset // timedelta(microseconds=1),
            None if frozen_at is None else encode_time(frozen_at),
            environment_id,
        ),
    )


def set_ingestion_delay(connection: sqlite3.Connection, environment_id: str, delay_ms: int) -> None:
    """How long events of an environment wait before they count."""
    connection.execute("UPDATE environments SET ingestion_delay_ms = ? WHERE id = ?", (delay_ms, environment_id))


def count_environments(connection: sqlite3.Connection, tenant_id: str, kind: str) -> int:
    found = connection.execute(
        "SELECT count(*) FROM environments WHERE tenant_id = ? AND type = ?", (tenant_id, kind)
    ).fetchone()
    return int(found[0])


_KEY_FIELDS = (
    "id, name, type, display_id, roles, user_type, user_id, expires_at, last_used_at, status, created_at, updated_at"
)


def _key_row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(_KEY_FIELDS.split(", "), values, strict=True))
    row["roles"] = json.loads(row["roles"])
    row["provider"] = "flexprice"
    for name in ("expires_at", "last_used_at", "created_at", "updated_at"):
        row[name] = None if row[name] is None else decode_time(row[name])
    return row


def keys_of(connection: sqlite3.Connection, tenant_id: str, environment_id: str) -> list[dict[str, Any]]:
    """The published keys bound to an environment, newest first."""
    rows = connection.execute(
        f"SELECT {_KEY_FIELDS} FROM keys WHERE tenant_id = ? AND environment_id = ? AND status = 'published'"
        " AND type <> 'session' ORDER BY created_at DESC, rowid DESC",
        (tenant_id, environment_id),
    )
    return [_key_row(values) for values in rows]


def key_by_id(
    connection: sqlite3.Connection, tenant_id: str, environment_id: str, key_id: str
) -> dict[str, Any] | None:
    found = connection.execute(
        f"SELECT {_KEY_FIELDS} FROM keys WHERE tenant_id = ? AND environment_id = ? AND id = ?",
        (tenant_id, environment_id, key_id),
    ).fetchone()
    return None if found is None else _key_row(found)


def archive_key(connection: sqlite3.Connection, key_id: str) -> None:
    connection.execute("UPDATE keys SET status = 'archived' WHERE id = ?", (key_id,))


_USER_FIELDS = "id, tenant_id, type, email, password_hash, roles, created_at"


def _user_row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(_USER_FIELDS.split(", "), values, strict=True))
    row["roles"] = json.loads(row["roles"])
    return row


def user_by_id(connection: sqlite3.Connection, tenant_id: str, user_id: str) -> dict[str, Any] | None:
    found = connection.execute(
        f"SELECT {_USER_FIELDS} FROM users WHERE tenant_id = ? AND id = ?", (tenant_id, user_id)
    ).fetchone()
    return None if found is None else _user_row(found)


def user_by_email(connection: sqlite3.Connection, email: str) -> dict[str, Any] | None:
    found = connection.execute(f"SELECT {_USER_FIELDS} FROM users WHERE email = ?", (email,)).fetchone()
    return None if found is None else _user_row(found)


def add_user(
    connection: sqlite3.Connection,
    tenant_id: str,
    kind: str,
    roles: tuple[str, ...],
    now: datetime,
    email: str | None = None,
    password_hash: str | None = None,
) -> str:
    user_id = new_id("user")
    connection.execute(
        "INSERT INTO users (id, tenant_id, type, email, password_hash, roles, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (user_id, tenant_id, kind, email, password_hash, json.dumps(roles), encode_time(now)),
    )
    return user_id


def tenant_row(connection: sqlite3.Connection, tenant_id: str) -> dict[str, Any]:
    name, created_at = connection.execute("SELECT name, created_at FROM tenants WHERE id = ?", (tenant_id,)).fetchone()
    return {"id": tenant_id, "name": name, "created_at": decode_time(created_at)}
