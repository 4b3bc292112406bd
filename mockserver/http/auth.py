"""Who is calling, and in which environment (behaviour/http#authentication)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from mockserver.settings import STOCK_KEY, Settings
from mockserver.store import access
from mockserver.store.access import Environment, Key
from mockserver.store.store import Store
from mockserver.work import Caller

_STOCK = Key(access.ZERO_ID, None, access.ZERO_ID, "user", ("super_admin",), "private_key", "published", None)
_NEEDS_NO_ENVIRONMENT = ("/v1/users", "/v1/environments", "/v1/tenants")


class AccessRefused(Exception):
    """A refusal in the plain envelope of the authentication stage: no ``code``, no ``http_status_code``."""

    def __init__(self, status: int, body: dict[str, str]) -> None:
        super().__init__(body.get("error") or body.get("message", ""))
        self.status = status
        self.body = body


def _unauthorized(text: str = "Unauthorized") -> AccessRefused:
    return AccessRefused(401, {"error": text})


def authenticate(store: Store, settings: Settings, api_key: str, authorization: str | None) -> Key:
    """The credential of a request. The API key wins; ``Authorization`` is looked at only without a working key."""
    now = datetime.now(UTC)
    if api_key:
        key = _by_api_key(store, settings, api_key, now)
        if key is not None:
            return key
    if authorization is None:
        raise _unauthorized()
    if not authorization.startswith("Bearer "):
        raise _unauthorized("Invalid authorization header format")
    session = store.find_key(authorization.removeprefix("Bearer "))
    if session is None or session.type != "session" or not settings.admits(session.admitted_by):
        raise _unauthorized("Invalid token")
    return session


def _by_api_key(store: Store, settings: Settings, raw: str, now: datetime) -> Key | None:
    if raw == STOCK_KEY:
        return _STOCK if settings.takes_stock_key else None
    key = store.find_key(raw)
    if key is None or not key.minted:
        key = _chosen(store, settings, raw, key, now)
    elif not settings.admits(key.admitted_by):
        return None
    return key if key is not None and key.type != "session" and key.works(now) else None


def _chosen(store: Store, settings: Settings, raw: str, key: Key | None, now: datetime) -> Key | None:
    """A key that somebody chose: one that was never seen gets an environment. What it mints is let in as long as it is,
    so its mark is kept with the state."""
    admitted_by = settings.admitting(raw)
    if admitted_by is None:
        return None
    if key is not None and (not settings.keys or key.admitted_by == admitted_by):
        return key
    with store.write() as tx:
        found = access.find_key(tx.connection, raw)
        if found is None:
            store.environment_created(tx.connection, access.adopt_key(tx.connection, raw, now, admitted_by))
        elif settings.keys:
            access.admit(tx.connection, found.tenant_id, admitted_by)
    return store.find_key(raw)


def choose_environment(
    connection: sqlite3.Connection, key: Key, header: str | None, path: str
) -> tuple[Caller, Environment | None]:
    """A bound key ignores ``X-Environment-ID``; an unbound one needs it, except where no environment is needed."""
    environment: Environment | None = None
    if key.environment_id is not None:
        environment = key.environment
    elif header:
        environment = access.find_environment(connection, header)
        if environment is not None and environment.tenant_id != key.tenant_id:
            environment = None
    if environment is None and not path.startswith(_NEEDS_NO_ENVIRONMENT):
        raise AccessRefused(403, {"error": "Access denied", "message": "Invalid or inaccessible environment"})
    caller = Caller(key.user_id, key.tenant_id, environment.id if environment else "", key.roles, key.user_type)
    return caller, environment


def check_permission(roles: tuple[str, ...], permission: str | None) -> None:
    """``permission`` is ``read``, ``write``, ``event:write`` or ``everything``; None needs no role
    (behaviour/http#roles)."""
    if permission is None or "super_admin" in roles:
        return
    granted = {
        "read": {"all_reader", "all_writer"},
        "write": {"all_writer"},
        "event:write": {"all_writer", "event_ingestor"},
        "everything": set[str](),
    }[permission]
    if not granted.intersection(roles):
        raise AccessRefused(403, {"message": "insufficient permissions"})
